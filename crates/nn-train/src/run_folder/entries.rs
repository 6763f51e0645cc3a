//! What lies in a run folder, and what of it is the run's.

use std::path::{Path, PathBuf};

use nn_data::durable::Disk;

use super::RunError;

/// Names of what a run folder may hold; a folder with anything else is not replaced.
fn belongs_to_a_run(entry: &Path) -> bool {
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
pub(super) fn entries(disk: &Disk, folder: &Path) -> Result<Vec<PathBuf>, RunError> {
    disk.list(folder).map_err(RunError::io("list", folder))
}

/// Refuses a folder with files that are not a run's.
pub(super) fn refuse_foreign(disk: &Disk, path: &Path) -> Result<(), RunError> {
    match entries(disk, path)?.iter().find(|entry| !belongs_to_a_run(entry)) {
        None => Ok(()),
        Some(entry) => {
            let name = entry.file_name().unwrap_or_default().to_string_lossy();
            let reason = format!("it holds {name}");
            Err(RunError::NotARun { path: path.to_owned(), reason })
        }
    }
}
