//! One trial: a run folder for each of its seeds, trained on as far as it is due.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nn_core::{Cost, Limits, Model, Network, NetworkBuilder};
use nn_data::Dataset;
use nn_train::run_folder::CheckpointKind;
use nn_train::tune::Score;
use nn_train::{
    Batches, Checkpoint, Control, Ending, Epoch, Evaluation, Observer, Recipe, RunFolder, Samples,
    Team, TrainError, Trainer, evaluate_unless_stopped, fit_preprocessing,
};

use crate::Exit;
use crate::args::parse::DataChoice;
use crate::commands::train::describe::describe;
use crate::commands::train::monitor::{Measured, Monitor};
use crate::commands::train::signals::Signals;
use crate::commands::train::{folder, with_validation};
use crate::data_source::Data;
use crate::failure::Failure;
use crate::memory;
use crate::output::progress::Silent;
use crate::settings;
use crate::streams::Streams;

/// What all trials share.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) data: Data,
    pub(super) train: Samples<f32>,
    pub(super) validation: Samples<f32>,
    pub(super) choice: DataChoice,
    pub(super) team: Team,
    pub(super) signals: Signals,
}

/// The training samples, with their images if they are to be augmented.
pub(super) fn samples(data: &Data, images: bool) -> Result<Samples<f32>, Failure> {
    let samples = prepared(data, &data.train)?;
    Ok(if images { samples.with_images(Arc::new(data.train.clone()))? } else { samples })
}

/// Samples in the form that models of these data take.
pub(super) fn prepared(data: &Data, dataset: &Dataset) -> Result<Samples<f32>, Failure> {
    // What a model knows of its data doesn't depend on its layers.
    let sizes = [data.train.num_features(), data.train.num_classes()];
    let model = Model::new(NetworkBuilder::new(&sizes).build(0)?, Cost::Quadratic);
    Ok(Samples::for_model(&fit_preprocessing(model, &data.train), dataset)?)
}

/// A trial of the search.
#[derive(Debug)]
pub(super) struct Trial<'a> {
    pub(super) number: usize,
    pub(super) recipe: &'a Recipe,
    /// The folder of the whole search.
    pub(super) dir: &'a Path,
}

impl Trial<'_> {
    /// Trains on until so many epochs are done, once for each seed. Gives each network's score,
    /// none for one that diverged.
    pub(super) fn advance(
        &self,
        epochs: usize,
        seeds: usize,
        bench: &Bench,
        streams: &mut Streams<'_>,
    ) -> Result<Vec<Option<Score>>, Failure> {
        (0..seeds as u64).map(|seed| self.advance_seed(epochs, seed, bench, streams)).collect()
    }

    /// The accuracies of its networks on the test samples, or their R² where numbers are predicted.
    pub(super) fn test(&self, seeds: usize, bench: &Bench) -> Result<Vec<f64>, Failure> {
        let test = bench.test()?;
        let score = |seed| {
            let (_, checkpoint) = self.open(&self.recipe_of(seed, bench), seed, bench)?;
            let trainer = resume(&checkpoint, bench)?;
            let network = trainer.network_to_keep();
            Ok(self.evaluate(network, &checkpoint.model.cost, &test, bench)?.score())
        };
        (0..seeds as u64).map(score).collect()
    }

    /// The recipe of a seed, for the threads there are.
    fn recipe_of(&self, seed: u64, bench: &Bench) -> Recipe {
        let mut recipe = self.recipe.clone();
        recipe.training.seed = recipe.training.seed.wrapping_add(seed);
        recipe.training.threads = bench.team.threads();
        recipe
    }

    fn folder(&self, seed: u64) -> PathBuf {
        let seed = self.recipe.training.seed.wrapping_add(seed);
        self.dir.join("trials").join(format!("{:03}-seed{seed}", self.number))
    }

    fn advance_seed(
        &self,
        epochs: usize,
        seed: u64,
        bench: &Bench,
        streams: &mut Streams<'_>,
    ) -> Result<Option<Score>, Failure> {
        let recipe = self.recipe_of(seed, bench);
        let (folder, mut checkpoint) = self.open(&recipe, seed, bench)?;
        let cost = recipe.network.cost.clone();
        let mut trainer = resume(&checkpoint, bench)?;
        let state = &checkpoint.state;

        let measured = Measured {
            watched: None,
            train: None,
            validation: Some(&bench.validation),
            test: None,
        };
        let earlier = state.samples_done();
        let mut reporter = Silent;
        let mut monitor =
            Monitor::new(&cost, measured, &bench.team, &mut reporter, streams, earlier);
        trainer.set_stop(bench.signals.stop_flag());
        monitor.set_stop(bench.signals.stop_flag());
        while trainer.epochs_done() < epochs {
            let before = trainer.epochs_done();
            let ending = trainer.run(&mut (&mut monitor, &mut EpochByEpoch(&bench.signals)));
            let record = monitor.last()?;
            let ended = match ending {
                Ok(ending) => ending != Ending::Stopped || trainer.epochs_done() >= epochs,
                // It will diverge again if the search is resumed, so there is nothing to save.
                Err(TrainError::Diverged(_)) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            if let Some(record) = record.filter(|_| trainer.epochs_done() > before) {
                folder.append_metrics(&record)?;
                monitor.paused();
            }
            let caught = bench.signals.caught();
            if ended || caught.is_some() {
                checkpoint.state = trainer.state();
                checkpoint.model.network.clone_from(trainer.network());
                checkpoint.model.provenance.epochs = trainer.epochs_done() as u64;
                folder.save(CheckpointKind::Last, &checkpoint)?;
            }
            if let Some(exit) = caught {
                return Err(self.interrupted(exit));
            }
            if ended {
                break;
            }
        }
        let result = self.evaluate(trainer.network_to_keep(), &cost, &bench.validation, bench)?;
        Ok(Some(Score { score: result.score(), cost: result.mean_cost }))
    }

    /// Evaluates a network, unless a signal comes.
    fn evaluate(
        &self,
        network: &Network<f32>,
        cost: &Cost,
        samples: &Samples<f32>,
        bench: &Bench,
    ) -> Result<Evaluation, Failure> {
        let stop = bench.signals.stop_flag();
        let result = evaluate_unless_stopped(network, cost, samples, &bench.team, &stop)?;
        let exit = || bench.signals.caught().unwrap_or(Exit::Interrupted);
        result.ok_or_else(|| self.interrupted(exit()))
    }

    fn interrupted(&self, exit: Exit) -> Failure {
        let message = format!("interrupted in trial {}", self.number);
        Failure::new(exit, message).hint("the same command goes on from here")
    }

    /// The run folder of a seed and where its training is: at the start if it is new.
    fn open(
        &self,
        recipe: &Recipe,
        seed: u64,
        bench: &Bench,
    ) -> Result<(RunFolder, Checkpoint<f32>), Failure> {
        let path = self.folder(seed);
        let recorded = settings::recorded(recipe, &bench.choice, &bench.data);
        let folder = if path.join("run.toml").is_file() {
            RunFolder::open(&path)?
        } else {
            RunFolder::create(&path, &folder::manifest(recorded.clone(), &bench.data), false)?
        };
        let limits = Limits::new(memory::available());
        let saved = folder.load(CheckpointKind::Last, &limits)?;
        let checkpoint = if let Some(mut checkpoint) = saved {
            checkpoint.state.params = recipe.training.clone();
            checkpoint
        } else {
            let train = &bench.data.train;
            let network = recipe.build(train.num_features(), train.num_classes())?;
            let model = Model::new(network.clone(), recipe.network.cost.clone());
            let cost = &recipe.network.cost;
            let trainer = Trainer::new(network, cost, &bench.train, &recipe.training)?;
            let model = describe(model, &recorded, &bench.data);
            Checkpoint { model, state: trainer.state(), best: None }
        };
        folder.keep_metrics(checkpoint.state.epoch)?;
        Ok((folder, checkpoint))
    }
}

/// The trainer of a checkpoint.
fn resume<'b>(checkpoint: &Checkpoint<f32>, bench: &'b Bench) -> Result<Trainer<'b, f32>, Failure> {
    let (network, state) = (checkpoint.model.network.clone(), &checkpoint.state);
    let trainer = Trainer::resume(network, &checkpoint.model.cost, &bench.train, state)?;
    with_validation(trainer, Some(&bench.validation))
}

/// Stops after each epoch, and wherever a signal came.
struct EpochByEpoch<'a>(&'a Signals);

impl Observer<f32> for EpochByEpoch<'_> {
    fn on_batches(&mut self, _: &Batches<'_, f32>) -> Control {
        if self.0.caught().is_some() { Control::Stop } else { Control::Continue }
    }

    fn on_epoch(&mut self, _: &Epoch<'_, f32>) -> Control {
        Control::Stop
    }
}
