//! `run.toml`: what a run is of.

use serde::{Deserialize, Serialize};

use crate::Recipe;

/// What a run is of: enough to start it again and to know its data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The program and its version.
    pub version: String,
    /// Every setting, with all defaults in place. The number of threads decides nothing and is
    /// left at its default.
    pub recipe: Recipe,
    /// The data as they were found.
    pub data: DataRecord,
}

/// Which data a run trains on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataRecord {
    /// Their name for people.
    pub name: String,
    /// The name that models remember: a dataset's, or the last part of a folder's path.
    pub key: String,
    /// Samples trained on.
    pub train: usize,
    /// Samples kept for validation.
    pub validation: usize,
    /// Samples for the test.
    pub test: usize,
    /// Features of a sample.
    pub features: usize,
    /// Classes.
    pub classes: usize,
    /// Fingerprint of the training samples.
    pub sha256: String,
}
