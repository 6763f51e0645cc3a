//! The run folder of a training run: made, or opened to go on.

use std::path::{Path, PathBuf};

use nn_core::Limits;
use nn_train::run_folder::{CheckpointKind, DataRecord, Manifest};
use nn_train::{Checkpoint, RunError, RunFolder};

use super::PROGRAM;
use crate::Exit;
use crate::args::TrainArgs;
use crate::args::parse::DataChoice;
use crate::args::run::RunArgs;
use crate::data_source::Data;
use crate::failure::{Failure, chain};
use crate::memory;
use crate::recorded_settings;
use crate::settings::TrainSettings;
use crate::streams::Streams;

/// Where runs are that have only a name.
const RUNS: &str = "runs";

/// A run that goes on.
#[derive(Debug)]
pub(super) struct Resumed {
    pub(super) folder: RunFolder,
    manifest: Manifest,
    /// Where it stopped, unless that was before its first checkpoint.
    pub(super) checkpoint: Option<Checkpoint<f32>>,
}

impl Resumed {
    /// Opens the run of this name, and puts the flags given now on top of the run's own.
    pub(super) fn open(
        name: &Path,
        args: &TrainArgs,
        streams: &mut Streams<'_>,
    ) -> Result<(Self, TrainArgs), Failure> {
        let named = Path::new(RUNS).join(name);
        let path = if named.join("run.toml").is_file() { &named } else { name };
        let folder = RunFolder::open(path).map_err(|error| {
            let missing = matches!(error, RunError::NotARun { .. });
            let failure = Failure::from(error);
            if missing { failure.hint("start a run with --run NAME") } else { failure }
        })?;
        warn_of_a_dead_owner(&folder, streams);
        let manifest = folder.manifest()?;
        let mut merged = recorded_settings::merge(&manifest.settings, args)?;
        if merged.data.data.is_none() {
            merged.data.data = Some(match manifest.data.source.as_deref() {
                Some("mnist") => DataChoice::Mnist,
                Some("sample") => DataChoice::Sample,
                Some(folder) => DataChoice::Folder(folder.into()),
                None => {
                    let message =
                        format!("the run's data ({}) can't be found by name", manifest.data.name);
                    return Err(
                        Failure::new(Exit::Usage, message).hint("name them with --data DIR")
                    );
                }
            });
        }
        merged.data.validation = merged.data.validation.or(Some(manifest.data.validation));
        let checkpoint = folder.load(CheckpointKind::Last, &Limits::new(memory::available()))?;
        Ok((Self { folder, manifest, checkpoint }, merged))
    }

    /// Checks that settings and data are those the run began with, and writes down what may
    /// change.
    pub(super) fn check(
        &self,
        settings: &TrainSettings,
        sizes: &[usize],
        data: &Data,
    ) -> Result<(), Failure> {
        let path = self.folder.path().display();
        let now = recorded_settings::of_recipe(&settings.recipe(sizes));
        recorded_settings::check(&self.manifest.settings, &now)?;
        let (expected, found) = (&self.manifest.data.sha256, data.train.fingerprint());
        if expected != found {
            let message = format!(
                "{}: the training samples are not those of {path}: expected fingerprint \
                 {expected}, found {found}",
                data.name
            );
            return Err(Failure::new(Exit::Data, message)
                .hint("name the run's own data with --data, or start another run with --run"));
        }
        if let Some(checkpoint) = &self.checkpoint {
            let model = &checkpoint.model;
            if model.network.sizes() != sizes || model.provenance.dataset_sha256 != *expected {
                let file = self.folder.checkpoint_path(CheckpointKind::Last);
                let message = format!("{}: it belongs to another run", file.display());
                return Err(Failure::new(Exit::Model, message));
            }
            if checkpoint.state.epoch > settings.params.epochs {
                let message = format!(
                    "--epochs: expected at least the {} that are done, found {}",
                    checkpoint.state.epoch, settings.params.epochs
                );
                return Err(Failure::new(Exit::Usage, message));
            }
        }
        if now != self.manifest.settings {
            self.folder.write_manifest(&Manifest { settings: now, ..self.manifest.clone() })?;
        }
        self.folder.keep_metrics(self.checkpoint.as_ref().map_or(0, |c| c.state.epoch))?;
        Ok(())
    }

    /// Whether there is nothing left to do.
    pub(super) fn is_finished(&self, settings: &TrainSettings) -> bool {
        let done = self.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.state.epoch);
        let Ok(model) = crate::model_store::load(&self.folder.model_path()) else { return false };
        done == settings.params.epochs && model.provenance.epochs == done as u64
    }
}

/// Where a new run is to be kept, if it is.
pub(super) fn new_run(args: &RunArgs) -> Option<PathBuf> {
    args.run_dir.clone().or_else(|| args.run.as_ref().map(|name| Path::new(RUNS).join(name)))
}

/// Makes the folder of a new run.
pub(super) fn create(
    path: &Path,
    settings: &TrainSettings,
    sizes: &[usize],
    data: &Data,
    streams: &mut Streams<'_>,
) -> Result<RunFolder, Failure> {
    let source = match &settings.data.choice {
        DataChoice::Folder(folder) => {
            std::path::absolute(folder).ok().and_then(|folder| Some(folder.to_str()?.to_owned()))
        }
        // The key, because the sample stands in for MNIST where that can't be had.
        DataChoice::Mnist | DataChoice::Sample => Some(data.key.clone()),
    };
    let manifest = Manifest {
        version: PROGRAM.to_owned(),
        settings: recorded_settings::of_recipe(&settings.recipe(sizes)),
        data: DataRecord {
            name: data.name.clone(),
            source,
            validation: data.validation.as_ref().map_or(0, nn_data::Dataset::len),
            sha256: data.train.fingerprint().to_owned(),
        },
    };
    let folder = RunFolder::create(path, &manifest, settings.force)?;
    warn_of_a_dead_owner(&folder, streams);
    Ok(folder)
}

fn warn_of_a_dead_owner(folder: &RunFolder, streams: &mut Streams<'_>) {
    if let Some(pid) = folder.dead_owner() {
        streams.warn(format!(
            "process {pid} ended without giving {} back; its lock is taken over",
            folder.path().display()
        ));
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let exit = match &error {
            RunError::Locked { .. } => Exit::Locked,
            RunError::Io { .. } => Exit::Io,
            RunError::Manifest { .. } | RunError::Checkpoint { .. } => Exit::Model,
            _ => Exit::Usage,
        };
        let failure = Self::new(exit, chain(&error));
        match &error {
            RunError::Exists { .. } => {
                failure.hint("go on with it by --resume, or replace it with --force")
            }
            RunError::Locked { .. } => failure.hint("wait for it to end, or choose another --run"),
            RunError::Checkpoint { .. } => failure
                .hint("copy a checkpoint of an earlier epoch over it, or start again with --force"),
            _ => failure,
        }
    }
}
