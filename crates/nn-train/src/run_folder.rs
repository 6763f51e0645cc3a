//! A run folder: the settings, metrics, checkpoints and model of one training run.
//!
//! | file | content |
//! |---|---|
//! | `run.toml` | the settings and the data, see [`Manifest`]; a folder without it holds no run |
//! | `metrics.jsonl` | an object per epoch, a line each |
//! | `checkpoints/last.nnc` | the newest checkpoint |
//! | `checkpoints/best.nnc` | that of the best epoch |
//! | `checkpoints/epoch-0001.nnc` | those at the ends of epochs, as many as are kept |
//! | `model.nnm` | the model, once training has ended |
//! | `lock` | held by the process that works here |
//!
//! Whole files are written by [`Disk::write_file`], so a crash at any moment leaves the
//! old file or the new one. Metrics are appended and synced; a line that a crash cut short is
//! dropped when the run goes on.

mod entries;
mod error;
mod lock;
mod manifest;
mod summary;

pub use error::RunError;
pub use manifest::{DataRecord, Manifest};
pub use summary::{EpochSummary, RunState, RunSummary};

use std::io;
use std::path::{Path, PathBuf};

use nn_core::{Limits, Scalar};
use nn_data::durable::Disk;
use serde::{Deserialize, Serialize};

use crate::{Checkpoint, CheckpointError};
use entries::{entries, is_litter, refuse_foreign};
use lock::RunLock;

/// A run folder that this process has for itself until the value is dropped.
#[derive(Debug)]
pub struct RunFolder {
    disk: Disk,
    path: PathBuf,
    lock: RunLock,
}

/// Which of a run's checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckpointKind {
    /// The newest.
    Last,
    /// That of the best epoch.
    Best,
    /// That at the end of this epoch, counted from 1.
    Epoch(usize),
}

/// The part of a line of metrics that this module has to know.
#[derive(Deserialize)]
struct Line {
    epoch: usize,
}

impl RunFolder {
    /// Makes a run folder, its parents too, and writes the manifest. With `replace`, a run
    /// that is there is deleted first.
    ///
    /// # Errors
    ///
    /// [`RunError::Exists`] if there is a run that is not to be replaced,
    /// [`RunError::NotARun`] if there are other files than a run's, [`RunError::Locked`] if
    /// another process works there, [`RunError::Io`] if the file system refuses.
    pub fn create(path: &Path, manifest: &Manifest, replace: bool) -> Result<Self, RunError> {
        Self::create_on(&Disk::real(), path, manifest, replace)
    }

    /// Makes a run folder on this disk; see [`RunFolder::create`].
    ///
    /// # Errors
    ///
    /// Those of [`RunFolder::create`].
    pub fn create_on(
        disk: &Disk,
        path: &Path,
        manifest: &Manifest,
        replace: bool,
    ) -> Result<Self, RunError> {
        if path.is_dir() {
            refuse_foreign(disk, path)?;
        }
        let checkpoints = path.join("checkpoints");
        disk.create_folder(&checkpoints).map_err(RunError::io("make the folder", path))?;
        let lock = RunLock::take(disk, path)?;
        let run = Self { disk: disk.clone(), path: path.to_owned(), lock };
        // Another process may have filled the folder before the lock was ours.
        refuse_foreign(disk, path)?;
        if run.manifest_path().exists() {
            if !replace {
                return Err(RunError::Exists { path: path.to_owned() });
            }
            // First what makes the folder a run, so that a half deleted one is none.
            run.remove(&run.manifest_path())?;
        }
        let leftovers = entries(disk, &checkpoints)?.into_iter().chain(entries(disk, path)?);
        for entry in leftovers.filter(|entry| *entry != checkpoints && !entry.ends_with("lock")) {
            run.remove(&entry)?;
        }
        run.write_manifest(manifest)?;
        Ok(run)
    }

    /// Opens a run folder to go on with its run, and removes the temporary files that a
    /// killed process left.
    ///
    /// # Errors
    ///
    /// [`RunError::NotARun`] if there is no run, [`RunError::Locked`] if another process
    /// works there, [`RunError::Io`] if the file system refuses.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        Self::open_on(&Disk::real(), path)
    }

    /// Opens a run folder on this disk; see [`RunFolder::open`].
    ///
    /// # Errors
    ///
    /// Those of [`RunFolder::open`].
    pub fn open_on(disk: &Disk, path: &Path) -> Result<Self, RunError> {
        if !path.join("run.toml").is_file() {
            let reason = if path.is_dir() { "it has no run.toml" } else { "there is no folder" };
            let (path, reason) = (path.to_owned(), reason.to_owned());
            return Err(RunError::NotARun { path, reason });
        }
        let lock = RunLock::take(disk, path)?;
        let run = Self { disk: disk.clone(), path: path.to_owned(), lock };
        let checkpoints = run.path.join("checkpoints");
        disk.create_folder(&checkpoints).map_err(RunError::io("make", &checkpoints))?;
        for entry in entries(disk, &checkpoints)?.into_iter().chain(entries(disk, path)?) {
            if is_litter(&entry) {
                run.remove(&entry)?;
            }
        }
        Ok(run)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The process that died while it worked here, if one did: the last one before this.
    #[must_use]
    pub fn dead_owner(&self) -> Option<u32> {
        self.lock.dead_owner()
    }

    /// Where the model goes.
    #[must_use]
    pub fn model_path(&self) -> PathBuf {
        self.path.join("model.nnm")
    }

    /// Where the metrics are.
    #[must_use]
    pub fn metrics_path(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// Where a checkpoint is.
    #[must_use]
    pub fn checkpoint_path(&self, kind: CheckpointKind) -> PathBuf {
        let name = match kind {
            CheckpointKind::Last => "last.nnc".to_owned(),
            CheckpointKind::Best => "best.nnc".to_owned(),
            CheckpointKind::Epoch(epoch) => format!("epoch-{epoch:04}.nnc"),
        };
        self.path.join("checkpoints").join(name)
    }

    fn manifest_path(&self) -> PathBuf {
        self.path.join("run.toml")
    }

    /// Reads what the run is of.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] or [`RunError::Manifest`] if `run.toml` cannot be read.
    pub fn manifest(&self) -> Result<Manifest, RunError> {
        let path = self.manifest_path();
        let bytes = self.disk.read(&path).map_err(RunError::io("read", &path))?;
        Manifest::parse(bytes, path)
    }

    /// Writes what the run is of.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] if the file system refuses.
    pub fn write_manifest(&self, manifest: &Manifest) -> Result<(), RunError> {
        let path = self.manifest_path();
        let text = toml::to_string(manifest).map_err(|error| RunError::Manifest {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        self.disk
            .write_file(&path, |file| file.write_all(text.as_bytes()))
            .map_err(RunError::io("write", &path))
    }

    /// Appends the metrics of an epoch and syncs them to disk. They must have a field
    /// `epoch`.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] if the file system refuses or the metrics are no JSON.
    pub fn append_metrics(&self, metrics: &impl Serialize) -> Result<(), RunError> {
        let path = self.metrics_path();
        let append = || -> io::Result<()> {
            let mut line = serde_json::to_vec(metrics)?;
            line.push(b'\n');
            self.disk.append(&path, &line)
        };
        append().map_err(RunError::io("append to", &path))
    }

    /// Keeps the metrics of the first `epochs` epochs: a run that goes on from a checkpoint
    /// does the later ones again. Lines that are cut short or no metrics go, too.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] if the file system refuses.
    pub fn keep_metrics(&self, epochs: usize) -> Result<(), RunError> {
        let path = self.metrics_path();
        let bytes = match self.disk.read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(RunError::io("read", &path)(error)),
        };
        let mut kept = Vec::with_capacity(bytes.len());
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let of = serde_json::from_slice::<Line>(line).map(|line| line.epoch);
            if line.ends_with(b"\n") && of.is_ok_and(|epoch| epoch <= epochs) {
                kept.extend_from_slice(line);
            }
        }
        if kept == bytes {
            return Ok(());
        }
        self.disk
            .write_file(&path, |file| file.write_all(&kept))
            .map_err(RunError::io("write", &path))
    }

    /// Writes a checkpoint; the one of that name stays until the new one is complete.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] if the file system refuses, [`RunError::Checkpoint`] if it cannot be
    /// written as a file.
    pub fn save<T: Scalar>(
        &self,
        kind: CheckpointKind,
        checkpoint: &Checkpoint<T>,
    ) -> Result<(), RunError> {
        let path = self.checkpoint_path(kind);
        let mut refused = None;
        let written = self.disk.write_file(&path, |file| {
            checkpoint.write_to(file).map_err(|error| match error {
                CheckpointError::Io(error) => error,
                error => {
                    let message = error.to_string();
                    refused = Some(error);
                    io::Error::other(message)
                }
            })
        });
        match (written, refused) {
            (_, Some(source)) => Err(RunError::Checkpoint { path, source }),
            (Err(error), None) => Err(RunError::io("write", &path)(error)),
            (Ok(()), None) => Ok(()),
        }
    }

    /// Reads a checkpoint, if there is one.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] if the file system refuses, [`RunError::Checkpoint`] if the file is
    /// damaged.
    pub fn load<T: Scalar>(
        &self,
        kind: CheckpointKind,
        limits: &Limits,
    ) -> Result<Option<Checkpoint<T>>, RunError> {
        let path = self.checkpoint_path(kind);
        let file = match self.disk.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(RunError::io("read", &path)(error)),
        };
        match Checkpoint::read_from(file, limits) {
            Ok(checkpoint) => Ok(Some(checkpoint)),
            Err(CheckpointError::Io(error)) => Err(RunError::io("read", &path)(error)),
            Err(source) => Err(RunError::Checkpoint { path, source }),
        }
    }

    /// Deletes the checkpoints of epochs but for the newest `keep`.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] if the file system refuses.
    pub fn prune(&self, keep: usize) -> Result<(), RunError> {
        let epoch_of = |path: &PathBuf| -> Option<usize> {
            let name = path.file_name()?.to_str()?;
            name.strip_prefix("epoch-")?.strip_suffix(".nnc")?.parse().ok()
        };
        let mut epochs: Vec<(usize, PathBuf)> =
            entries(&self.disk, &self.path.join("checkpoints"))?
                .into_iter()
                .filter_map(|path| epoch_of(&path).map(|epoch| (epoch, path)))
                .collect();
        epochs.sort();
        for (_, path) in epochs.iter().rev().skip(keep) {
            self.remove(path)?;
        }
        Ok(())
    }

    /// Deletes a file.
    fn remove(&self, path: &Path) -> Result<(), RunError> {
        self.disk.remove_file(path).map_err(RunError::io("delete", path))
    }
}

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod tests;
