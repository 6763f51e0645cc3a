//! What is reported, as data: the same records become lines for people and JSON for programs
//! (documented in docs/json.md).

pub(crate) mod program;
pub(crate) mod runs;

use nn_train::RegressionMetrics;
use nn_view::analysis::LayerFigures;
use nn_view::explain::Explanation;
use nn_view::hints::{Hint, HintWords};
use std::collections::BTreeMap;

use serde::Serialize;

/// Version of the JSON output, raised when a field goes or changes its meaning.
pub(crate) const SCHEMA: u32 = 1;

/// Training starts.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TrainStart {
    pub(crate) schema: u32,
    pub(crate) version: String,
    /// The data's name for people.
    #[serde(skip)]
    pub(crate) data: String,
    pub(crate) dataset: String,
    pub(crate) dataset_sha256: String,
    pub(crate) train_samples: usize,
    pub(crate) validation_samples: usize,
    pub(crate) test_samples: usize,
    /// `classification` or `regression`.
    pub(crate) task: &'static str,
    /// The name of the recipe that was taken, if it has one.
    pub(crate) recipe: Option<String>,
    pub(crate) layers: Vec<usize>,
    pub(crate) parameters: usize,
    pub(crate) activation: String,
    pub(crate) output_activation: String,
    pub(crate) init: String,
    pub(crate) cost: String,
    pub(crate) epochs: usize,
    pub(crate) batch_size: usize,
    pub(crate) learning_rate: f64,
    pub(crate) lambda: f64,
    pub(crate) optimizer: &'static str,
    pub(crate) schedule: &'static str,
    pub(crate) seed: u64,
    pub(crate) threads: usize,
}

/// Where training stands within an epoch. Shown, never written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    pub(crate) epoch: usize,
    pub(crate) epochs: usize,
    pub(crate) samples_done: usize,
    pub(crate) samples: usize,
    /// Mean cost of the mini-batches just done.
    pub(crate) cost: f64,
    pub(crate) samples_per_second: f64,
    pub(crate) seconds_left: f64,
}

/// An epoch is done.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TrainEpoch {
    pub(crate) epoch: usize,
    pub(crate) epochs: usize,
    pub(crate) learning_rate: f64,
    pub(crate) train_cost: f64,
    /// Like all accuracies, unknown where numbers are predicted.
    pub(crate) train_accuracy: Option<f64>,
    /// Measured after the epoch, if that is asked for.
    pub(crate) train_cost_after: Option<f64>,
    pub(crate) train_accuracy_after: Option<f64>,
    pub(crate) validation_cost: Option<f64>,
    pub(crate) validation_accuracy: Option<f64>,
    pub(crate) test_cost: Option<f64>,
    pub(crate) test_accuracy: Option<f64>,
    pub(crate) test_correct: Option<u64>,
    /// Where numbers are predicted.
    pub(crate) validation_regression: Option<RegressionMetrics>,
    pub(crate) test_regression: Option<RegressionMetrics>,
    /// The layers 2 to L after the epoch, on a few of the training samples.
    pub(crate) layers: Vec<LayerFigures>,
    /// Training time of this epoch, without the evaluation after it.
    pub(crate) seconds: f64,
    pub(crate) samples_per_second: f64,
    pub(crate) seconds_left: f64,
}

/// Training is done and the model is on disk.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TrainFinish {
    pub(crate) epochs: usize,
    pub(crate) test_cost: f64,
    pub(crate) test_accuracy: Option<f64>,
    pub(crate) test_correct: Option<u64>,
    pub(crate) test_regression: Option<RegressionMetrics>,
    pub(crate) test_samples: usize,
    /// Since training started, evaluations and the saving of the model included.
    pub(crate) seconds: f64,
    pub(crate) model: String,
    pub(crate) model_bytes: u64,
    /// What could have gone better, the gravest first.
    pub(crate) hints: Vec<HintRecord>,
}

/// A hint about a run: its numbers, and its words in English.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct HintRecord {
    #[serde(flatten)]
    pub(crate) hint: Hint,
    #[serde(flatten)]
    pub(crate) words: HintWords,
}

/// The result of `report`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ReportResult {
    pub(crate) schema: u32,
    pub(crate) runs: Vec<ReportedRun>,
    pub(crate) file: String,
    pub(crate) file_bytes: u64,
}

/// One run of [`ReportResult`].
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ReportedRun {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) epochs: usize,
    pub(crate) test_accuracy: Option<f64>,
    /// Of a model that predicts numbers.
    pub(crate) test_regression: Option<RegressionMetrics>,
}

/// The result of `explain`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ExplainResult {
    pub(crate) schema: u32,
    pub(crate) dataset: String,
    pub(crate) split: &'static str,
    #[serde(flatten)]
    pub(crate) explanation: Explanation,
}

/// The result of `evaluate`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct EvaluateResult {
    pub(crate) schema: u32,
    pub(crate) models: Vec<String>,
    pub(crate) dataset: String,
    pub(crate) split: &'static str,
    pub(crate) samples: usize,
    /// Unknown, as the accuracy, where numbers are predicted.
    pub(crate) correct: Option<u64>,
    pub(crate) accuracy: Option<f64>,
    /// Where numbers are predicted.
    pub(crate) regression: Option<RegressionMetrics>,
    pub(crate) cost: String,
    pub(crate) mean_cost: f64,
    pub(crate) classes: Vec<ClassResult>,
    /// Row: the actual class; column: the predicted one.
    pub(crate) confusion: Vec<Vec<u64>>,
}

/// One class of [`EvaluateResult`].
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ClassResult {
    pub(crate) name: String,
    pub(crate) samples: u64,
    pub(crate) precision: Option<f64>,
    pub(crate) recall: Option<f64>,
    pub(crate) f1: Option<f64>,
}

/// One line of `predict`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Prediction {
    pub(crate) schema: u32,
    /// The argument: an index, a file, or `-`.
    pub(crate) input: String,
    /// Row of a table, counted from 1 without the header.
    pub(crate) row: Option<usize>,
    /// Number of the predicted class; unknown where a number is predicted.
    pub(crate) class: Option<usize>,
    /// Name of the predicted class, or of the number predicted.
    pub(crate) name: String,
    /// The number predicted, in its own unit.
    pub(crate) value: Option<f64>,
    /// The output of every class.
    pub(crate) confidences: Vec<f64>,
    /// Number of the right class, where it is known.
    pub(crate) actual: Option<usize>,
    /// The true number, where it is known.
    pub(crate) actual_value: Option<f64>,
    /// The image was inverted.
    pub(crate) inverted: bool,
    /// The image was scaled and centred.
    pub(crate) fitted: bool,
}

/// One line of `recipes`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RecipeRecord {
    pub(crate) schema: u32,
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) reference: String,
    pub(crate) expected_accuracy: Option<f64>,
    /// Of a run on two cores.
    pub(crate) expected_seconds: Option<f64>,
    /// Units of the hidden layers.
    pub(crate) hidden: Vec<usize>,
    pub(crate) epochs: usize,
    /// The recipe itself, every default in place.
    pub(crate) toml: String,
}

/// The result of `export`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ExportResult {
    pub(crate) schema: u32,
    pub(crate) model: String,
    pub(crate) format: &'static str,
    pub(crate) file: String,
    pub(crate) file_bytes: u64,
}

/// The result of `import`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ImportResult {
    pub(crate) schema: u32,
    pub(crate) file: String,
    pub(crate) layers: Vec<usize>,
    pub(crate) activations: Vec<String>,
    pub(crate) cost: String,
    pub(crate) parameters: usize,
    pub(crate) model: String,
    pub(crate) model_bytes: u64,
}

/// A trial of `tune` has reached the end of a rung.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TuneTrial {
    pub(crate) schema: u32,
    /// Stage of the search, counted from 1.
    pub(crate) rung: usize,
    pub(crate) trial: usize,
    /// Epochs it has done.
    pub(crate) epochs: usize,
    /// Networks trained of it.
    pub(crate) seeds: usize,
    /// Mean over the seeds; null if one diverged, or numbers are predicted.
    pub(crate) validation_accuracy: Option<f64>,
    /// The same of R², where numbers are predicted.
    pub(crate) validation_r2: Option<f64>,
    /// Standard deviation of either over the seeds.
    pub(crate) validation_spread: Option<f64>,
    pub(crate) validation_cost: Option<f64>,
    /// The settings that were drawn, by their keys.
    pub(crate) settings: BTreeMap<String, serde_json::Value>,
}

/// The result of `tune`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TuneWinner {
    pub(crate) schema: u32,
    pub(crate) trial: usize,
    pub(crate) validation_accuracy: Option<f64>,
    pub(crate) validation_r2: Option<f64>,
    pub(crate) validation_spread: Option<f64>,
    /// Only where the test was asked for.
    pub(crate) test_accuracy: Option<f64>,
    pub(crate) test_r2: Option<f64>,
    pub(crate) test_spread: Option<f64>,
    /// The file of its recipe.
    pub(crate) recipe: String,
}

/// The result of `tune lr`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RangeRecord {
    pub(crate) schema: u32,
    /// The rate at which the smoothed cost falls steepest.
    pub(crate) steepest: Option<f64>,
    /// The rate of the lowest smoothed cost.
    pub(crate) lowest: Option<f64>,
    pub(crate) ran_away: bool,
    pub(crate) points: Vec<RangePointRecord>,
}

/// A rate of [`RangeRecord`].
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct RangePointRecord {
    pub(crate) learning_rate: f64,
    pub(crate) cost: f64,
    pub(crate) smooth_cost: f64,
}
