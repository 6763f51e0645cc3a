//! Records of `runs` and of `train --dry-run`.

use serde::Serialize;
use serde_json::Value;

use crate::origins::Origin;

/// A run in a list.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RunRecord {
    pub(crate) schema: u32,
    pub(crate) run: String,
    pub(crate) folder: String,
    /// `running`, `finished`, `stopped`, or `unreadable`.
    pub(crate) state: &'static str,
    pub(crate) epochs_done: usize,
    pub(crate) epochs: Option<usize>,
    pub(crate) test_accuracy: Option<f64>,
    pub(crate) best_epoch: Option<usize>,
    pub(crate) best_validation_accuracy: Option<f64>,
    pub(crate) dataset: Option<String>,
    pub(crate) recipe: Option<String>,
    pub(crate) seconds: f64,
    pub(crate) bytes: u64,
    pub(crate) age_seconds: Option<u64>,
    /// Why it can't be read.
    pub(crate) error: Option<String>,
}

/// One run with all that is known of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RunDetails {
    #[serde(flatten)]
    pub(crate) run: RunRecord,
    pub(crate) version: String,
    pub(crate) settings: Value,
    pub(crate) data: Value,
    pub(crate) history: Vec<EpochRecord>,
}

/// An epoch of [`RunDetails`].
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct EpochRecord {
    pub(crate) epoch: usize,
    pub(crate) train_cost: Option<f64>,
    pub(crate) validation_accuracy: Option<f64>,
    pub(crate) test_accuracy: Option<f64>,
    pub(crate) seconds: Option<f64>,
}

/// Runs side by side.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Comparison {
    pub(crate) schema: u32,
    pub(crate) runs: Vec<RunRecord>,
    pub(crate) differences: Vec<Difference>,
}

/// A setting that isn't the same in all runs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Difference {
    pub(crate) setting: String,
    /// In the order of the runs.
    pub(crate) values: Vec<Option<String>>,
}

/// A run that was deleted, or would be.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Pruned {
    pub(crate) schema: u32,
    pub(crate) run: String,
    pub(crate) bytes: u64,
    pub(crate) deleted: bool,
}

/// What `train --dry-run` says.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Plan {
    pub(crate) schema: u32,
    pub(crate) settings: Value,
    /// Who decided each setting, by its key.
    pub(crate) sources: std::collections::BTreeMap<String, Origin>,
    pub(crate) dataset: String,
    pub(crate) train_samples: usize,
    pub(crate) layers: Vec<usize>,
    pub(crate) parameters: usize,
    pub(crate) memory_bytes: u64,
    pub(crate) threads: usize,
    pub(crate) seconds: f64,
    pub(crate) seconds_per_epoch: f64,
    /// Of which is spent on measuring accuracies.
    pub(crate) evaluation_seconds_per_epoch: f64,
    pub(crate) probe_samples: usize,
    pub(crate) probe_seconds: f64,
}
