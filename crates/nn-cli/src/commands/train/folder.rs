//! The run folder of a training run: made, or opened to go on.

use std::path::{Path, PathBuf};

use nn_core::Limits;
use nn_train::run_folder::{CheckpointKind, DataRecord, Manifest};
use nn_train::{Checkpoint, Recipe, RunError, RunFolder, Schedule};

use super::PROGRAM;
use crate::Exit;
use crate::args::TrainArgs;
use crate::args::run::RunArgs;
use crate::commands::runs::RUNS;
use crate::data_source::Data;
use crate::failure::{Failure, chain};
use crate::memory;
use crate::recipe_flags;
use crate::settings::TrainSettings;
use crate::streams::Streams;

/// A run that goes on.
#[derive(Debug)]
pub(super) struct Resumed {
    pub(super) folder: RunFolder,
    pub(super) manifest: Manifest,
    /// Where it stopped, unless that was before its first checkpoint.
    pub(super) checkpoint: Option<Checkpoint<f32>>,
}

impl Resumed {
    /// Opens the run of this name.
    pub(super) fn open(
        name: &Path,
        args: &TrainArgs,
        streams: &mut Streams<'_>,
    ) -> Result<Self, Failure> {
        let named = Path::new(RUNS).join(name);
        let path = if named.join("run.toml").is_file() { &named } else { name };
        let folder = RunFolder::open(path).map_err(|error| {
            let missing = matches!(error, RunError::NotARun { .. });
            let failure = Failure::from(error);
            if missing { failure.hint("start a run with --run NAME") } else { failure }
        })?;
        warn_of_a_dead_owner(&folder, streams);
        let manifest = folder.manifest()?;
        if manifest.recipe.data.source.is_none() && args.data.data.is_none() {
            let message = format!("the run's data ({}) can't be found by name", manifest.data.name);
            return Err(Failure::new(Exit::Usage, message).hint("name them with --data DIR"));
        }
        let checkpoint = folder.load(CheckpointKind::Last, &Limits::new(memory::available()))?;
        Ok(Self { folder, manifest, checkpoint })
    }

    /// Checks that settings and data are those the run began with, and writes down what may
    /// change.
    pub(super) fn check(
        &self,
        settings: &TrainSettings,
        sizes: &[usize],
        data: &Data,
        streams: &mut Streams<'_>,
    ) -> Result<(), Failure> {
        let path = self.folder.path().display();
        let now = settings.recorded(data);
        recipe_flags::check(&self.manifest.recipe, &now)?;
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
            if checkpoint.state.epoch > settings.recipe.training.epochs {
                let message = format!(
                    "--epochs: expected at least the {} that are done, found {}",
                    checkpoint.state.epoch, settings.recipe.training.epochs
                );
                return Err(Failure::new(Exit::Usage, message));
            }
        }
        if now != self.manifest.recipe {
            let (training, epochs) = (&now.training, self.manifest.recipe.training.epochs);
            let by_length =
                matches!(training.schedule, Schedule::Cosine(_) | Schedule::OneCycle(_));
            if by_length && training.epochs != epochs {
                streams.warn(format!(
                    "the {} schedule goes on as if there had been {} epochs from the start, not {epochs}",
                    training.schedule, training.epochs
                ));
            }
            self.folder.write_manifest(&Manifest { recipe: now, ..self.manifest.clone() })?;
        }
        self.folder.keep_metrics(self.checkpoint.as_ref().map_or(0, |c| c.state.epoch))?;
        Ok(())
    }

    /// Whether there is nothing left to do.
    pub(super) fn is_finished(&self, settings: &TrainSettings) -> bool {
        let done = self.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.state.epoch);
        let Ok(model) = crate::model_store::load(&self.folder.model_path()) else { return false };
        done == settings.recipe.training.epochs && model.provenance.epochs == done as u64
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
    data: &Data,
    streams: &mut Streams<'_>,
) -> Result<RunFolder, Failure> {
    let manifest = manifest(settings.recorded(data), data);
    let folder = RunFolder::create(path, &manifest, settings.force)?;
    warn_of_a_dead_owner(&folder, streams);
    Ok(folder)
}

/// What a run of this recipe is of.
pub(in crate::commands) fn manifest(recorded: Recipe, data: &Data) -> Manifest {
    Manifest {
        version: PROGRAM.to_owned(),
        recipe: recorded,
        data: DataRecord {
            name: data.name.clone(),
            key: data.key.clone(),
            train: data.train.len(),
            validation: data.validation.as_ref().map_or(0, nn_data::Dataset::len),
            test: data.test.len(),
            features: data.train.num_features(),
            classes: data.train.num_classes(),
            sha256: data.train.fingerprint().to_owned(),
        },
    }
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
            RunError::Io { action: "write" | "append to", .. } => failure.hint(
                "what was saved before is unharmed; when that is mended, go on with --resume",
            ),
            RunError::Locked { .. } => failure.hint("wait for it to end, or choose another --run"),
            RunError::Checkpoint { .. } => failure
                .hint("copy a checkpoint of an earlier epoch over it, or start again with --force"),
            _ => failure,
        }
    }
}
