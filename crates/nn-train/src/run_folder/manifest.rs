//! `run.toml`: what a run is of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a run is of: enough to start it again and to know its data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The program and its version.
    pub version: String,
    /// Every setting by its name. Values are text, so that seeds beyond TOML's integers and
    /// floating-point numbers to their last bit come back as they were.
    pub settings: BTreeMap<String, String>,
    /// The data.
    pub data: DataRecord,
}

/// Which data a run trains on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataRecord {
    /// Their name for people.
    pub name: String,
    /// Where they come from: the name of a dataset, or a folder; absent if that cannot be
    /// written as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Training samples that were kept for validation.
    pub validation: usize,
    /// Fingerprint of the training samples.
    pub sha256: String,
}
