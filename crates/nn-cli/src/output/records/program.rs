//! Records of commands about models, this machine and this program.

use serde::Serialize;

/// What is in a model file, as `inspect` tells it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Inspection {
    pub(crate) schema: u32,
    pub(crate) model: String,
    pub(crate) format_version: u32,
    pub(crate) bytes: u64,
    pub(crate) checksum: String,
    pub(crate) sizes: Vec<usize>,
    pub(crate) parameters: usize,
    pub(crate) cost: String,
    /// `classification` or `regression`.
    pub(crate) task: &'static str,
    /// Mean and standard deviation of the number that is predicted.
    pub(crate) target_scale: Option<[f64; 2]>,
    pub(crate) normalization: String,
    /// The columns of a table.
    pub(crate) columns: Vec<ColumnInspection>,
    pub(crate) image_shape: Option<[usize; 2]>,
    pub(crate) class_names: Vec<String>,
    pub(crate) dataset: Option<String>,
    pub(crate) dataset_sha256: Option<String>,
    pub(crate) recipe: Option<String>,
    pub(crate) seed: u64,
    pub(crate) epochs: u64,
    pub(crate) test_accuracy: Option<f64>,
    /// The program that made the model.
    pub(crate) version: Option<String>,
    pub(crate) layers: Vec<LayerInspection>,
}

/// One column of a table.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ColumnInspection {
    pub(crate) name: String,
    /// The words that may stand in it; null for numbers.
    pub(crate) words: Option<Vec<String>>,
    /// By which numbers are standardised; null if they aren't.
    pub(crate) mean: Option<f64>,
    pub(crate) deviation: Option<f64>,
}

/// One layer of [`Inspection`].
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LayerInspection {
    /// The book's number: the first weights lead to layer 2.
    pub(crate) layer: usize,
    pub(crate) inputs: usize,
    pub(crate) units: usize,
    pub(crate) activation: String,
    pub(crate) weights: NumbersInspection,
    pub(crate) biases: NumbersInspection,
}

/// What the weights or biases of a [`LayerInspection`] look like.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct NumbersInspection {
    pub(crate) count: usize,
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) norm: f64,
    pub(crate) zeros: usize,
}

/// What `doctor` found.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Diagnosis {
    pub(crate) schema: u32,
    pub(crate) checks: Vec<CheckResult>,
    pub(crate) speed: Option<Speed>,
}

/// One check of a [`Diagnosis`].
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CheckResult {
    pub(crate) name: &'static str,
    /// `ok`, `warn` or `fail`.
    pub(crate) status: &'static str,
    pub(crate) message: String,
    pub(crate) mend: Option<String>,
}

/// Measured limits of the machine, in 10⁹ floating-point operations and bytes a second.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Speed {
    pub(crate) instruction_set: &'static str,
    pub(crate) threads: usize,
    pub(crate) gflops_one: f64,
    pub(crate) gflops_all: f64,
    pub(crate) copy_gbs_one: f64,
    pub(crate) copy_gbs_all: f64,
}

/// A text that is a file of its own: a completion script or a manual page.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Script {
    pub(crate) schema: u32,
    /// The shell, or the page.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A file that was written.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct WrittenFile {
    pub(crate) schema: u32,
    pub(crate) file: String,
    pub(crate) bytes: u64,
}
