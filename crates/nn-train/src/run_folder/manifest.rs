//! `run.toml`: what a run is of.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::RunError;
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

impl Manifest {
    /// Reads a `run.toml`.
    pub(super) fn read(path: &Path) -> Result<Self, RunError> {
        let bytes = std::fs::read(path).map_err(RunError::io("read", path))?;
        Self::parse(bytes, path.to_owned())
    }

    /// The manifest in the bytes of the file `path`.
    pub(super) fn parse(bytes: Vec<u8>, path: PathBuf) -> Result<Self, RunError> {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return Err(RunError::Manifest { path, reason: error.to_string() }),
        };
        toml::from_str(&text).map_err(|error| {
            // The error shows the place over several lines; the message is enough.
            RunError::Manifest { path, reason: error.message().to_owned() }
        })
    }
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
