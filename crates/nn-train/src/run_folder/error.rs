//! What can go wrong with a run folder.

use std::io;
use std::path::{Path, PathBuf};

use crate::CheckpointError;

/// Why a run folder could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// There is a run already.
    #[error("{} holds a run already", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },

    /// The folder is not a run's.
    #[error("{} is not a run folder: {reason}", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// Why it cannot be.
        reason: String,
    },

    /// Another process works in the folder.
    #[error("{} is in use by {}", path.display(), owner(*pid))]
    Locked {
        /// The folder.
        path: PathBuf,
        /// The process, where that can be known.
        pid: Option<u32>,
    },

    /// The file system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },

    /// The settings of the run cannot be read.
    #[error("{}: {reason}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// A checkpoint cannot be used.
    #[error("{}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: CheckpointError,
    },
}

impl RunError {
    /// Makes an error of the file system one of this file or folder.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}

fn owner(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}
