//! What lies in a run folder, and what of it is the run's.

use std::path::{Path, PathBuf};

use super::RunError;

/// Names of what a run folder may hold; a folder with anything else is not replaced.
pub(super) fn belongs_to_a_run(entry: &Path) -> bool {
    let name = entry.file_name().unwrap_or_default().to_string_lossy();
    let known = ["lock", "run.toml", "metrics.jsonl", "checkpoints", "model.nnm"];
    known.contains(&&*name) || is_litter(entry)
}

/// Whether this is a temporary file that a killed process left.
pub(super) fn is_litter(entry: &Path) -> bool {
    let name = entry.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(".nn-") && name.ends_with(".tmp")
}

/// Full paths of what is in a folder, in the order of their names.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, RunError> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            paths.push(entry?.path());
        }
        paths.sort();
        Ok(paths)
    };
    list().map_err(RunError::io("list", folder))
}
