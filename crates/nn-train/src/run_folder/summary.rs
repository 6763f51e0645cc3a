//! Runs as seen from outside: what a list of them shows, read without disturbing a live one.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;

use super::{Manifest, RunError, RunFolder};

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunState {
    /// A process works on it.
    Running,
    /// All epochs are done and the model is there.
    Finished,
    /// It can be resumed.
    Stopped,
}

impl RunState {
    /// The name shown to people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Stopped => "stopped",
        }
    }
}

/// What is known of an epoch from the metrics; what they don't hold is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct EpochSummary {
    /// Its number, counted from 1.
    pub epoch: usize,
    /// Mean cost of the training samples, each seen just before its step.
    pub train_cost: Option<f64>,
    /// Share of the validation samples classified rightly.
    pub validation_accuracy: Option<f64>,
    /// Share of the test samples classified rightly.
    pub test_accuracy: Option<f64>,
    /// Training time.
    pub seconds: Option<f64>,
}

/// A run at a glance.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunSummary {
    /// The folder.
    pub path: PathBuf,
    /// What the run is of.
    pub manifest: Manifest,
    /// How it stands.
    pub state: RunState,
    /// The epochs done, in order.
    pub epochs: Vec<EpochSummary>,
    /// Bytes of all its files.
    pub bytes: u64,
    /// When something of it last changed.
    pub modified: SystemTime,
}

impl RunSummary {
    /// Looks at a run. Nothing is changed, and a process that works there isn't disturbed.
    ///
    /// # Errors
    ///
    /// [`RunError::NotARun`] if there is no run, [`RunError::Manifest`] if its settings cannot be
    /// read, [`RunError::Io`] if the file system refuses.
    pub fn of(path: &Path) -> Result<Self, RunError> {
        let run_toml = path.join("run.toml");
        if !run_toml.is_file() {
            let reason = if path.is_dir() { "it has no run.toml" } else { "there is no folder" };
            return Err(RunError::NotARun { path: path.to_owned(), reason: reason.to_owned() });
        }
        let manifest = Manifest::read(&run_toml)?;
        let metrics = path.join("metrics.jsonl");
        let text = match fs::read_to_string(&metrics) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            other => other.map_err(RunError::io("read", &metrics))?,
        };
        let epochs = epochs(&text);
        let done = epochs.last().map_or(0, |epoch| epoch.epoch);
        let finished = done >= manifest.recipe.training.epochs && path.join("model.nnm").is_file();
        let state = match (is_locked(path), finished) {
            (true, _) => RunState::Running,
            (false, true) => RunState::Finished,
            (false, false) => RunState::Stopped,
        };
        let (bytes, modified) = size_and_time(path).map_err(RunError::io("list", path))?;
        Ok(Self { path: path.to_owned(), manifest, state, epochs, bytes, modified })
    }

    /// Looks at every run in a folder, the one changed last first. What is no run is passed over;
    /// a run that can't be read is given as its error.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] if the folder cannot be listed. One that isn't there holds no runs.
    pub fn all(folder: &Path) -> Result<Vec<Result<Self, RunError>>, RunError> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(RunError::io("list", folder))?,
        };
        let mut runs = Vec::new();
        for entry in entries {
            let path = entry.map_err(RunError::io("list", folder))?.path();
            match Self::of(&path) {
                Err(RunError::NotARun { .. }) => {}
                run => runs.push(run),
            }
        }
        let key = |run: &Result<Self, RunError>| {
            let run = run.as_ref().ok();
            (run.map(|run| run.modified), run.map(|run| run.path.clone()))
        };
        runs.sort_by_key(|run| std::cmp::Reverse(key(run)));
        Ok(runs)
    }

    /// The name of the run: the last part of its folder.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }

    /// Accuracy on the test samples after the last epoch.
    #[must_use]
    pub fn test_accuracy(&self) -> Option<f64> {
        self.epochs.last()?.test_accuracy
    }

    /// The epoch of the highest accuracy on the validation samples or, where there are none, the
    /// test samples; of several, the first.
    #[must_use]
    pub fn best(&self) -> Option<&EpochSummary> {
        let accuracy = |epoch: &EpochSummary| epoch.validation_accuracy.or(epoch.test_accuracy);
        self.epochs
            .iter()
            .rev()
            .max_by(|a, b| accuracy(a).unwrap_or(-1.0).total_cmp(&accuracy(b).unwrap_or(-1.0)))
    }

    /// Training time of all epochs done.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.epochs.iter().filter_map(|epoch| epoch.seconds).sum()
    }
}

impl RunFolder {
    /// Deletes the run with all its files and its folder.
    ///
    /// # Errors
    ///
    /// [`RunError::NotARun`] if there are other files than a run's, [`RunError::Io`] if the file
    /// system refuses; then the folder holds no run, but may hold some of its files.
    pub fn delete(self) -> Result<(), RunError> {
        super::entries::refuse_foreign(&self.disk, &self.path)?;
        // First what makes the folder a run, so that a half deleted one is none.
        self.remove(&self.manifest_path())?;
        let checkpoints = self.path.join("checkpoints");
        let files = super::entries(&self.disk, &checkpoints)?;
        for file in files.into_iter().chain(super::entries(&self.disk, &self.path)?) {
            if file != checkpoints && !file.ends_with("lock") {
                self.remove(&file)?;
            }
        }
        fs::remove_dir(&checkpoints).map_err(RunError::io("delete", &checkpoints))?;
        let (disk, path) = (self.disk.clone(), self.path.clone());
        // A locked file can't be deleted everywhere.
        drop(self);
        let lock = path.join("lock");
        disk.remove_file(&lock).map_err(RunError::io("delete", &lock))?;
        fs::remove_dir(&path).map_err(RunError::io("delete", &path))
    }
}

/// The metrics, a line each. What is none, such as half a line after a crash, is passed over.
fn epochs(text: &str) -> Vec<EpochSummary> {
    let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    lines.filter(|epoch: &EpochSummary| epoch.epoch > 0).collect()
}

/// Whether a process holds the lock. A lock file without a number isn't even tried, so that
/// looking can't come in the way of a process that is about to take it.
fn is_locked(path: &Path) -> bool {
    let Ok(mut file) = File::open(path.join("lock")) else { return false };
    let mut text = String::new();
    match (&mut file).take(16).read_to_string(&mut text) {
        Ok(_) if text.is_empty() => false,
        // Some systems let nobody read a file that is locked.
        Err(_) => true,
        Ok(_) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
    }
}

/// Bytes of the files in a folder and in those below it, and when one last changed.
fn size_and_time(folder: &Path) -> io::Result<(u64, SystemTime)> {
    let (mut bytes, mut modified) = (0, SystemTime::UNIX_EPOCH);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A file may go while we look: a temporary one that is renamed.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            let (below, newest) = size_and_time(&entry.path())?;
            bytes += below;
            modified = modified.max(newest);
        } else if entry.file_name() != "lock" {
            bytes += metadata.len();
            modified = modified.max(metadata.modified()?);
        }
    }
    Ok((bytes, modified))
}
