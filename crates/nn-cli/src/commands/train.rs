//! `nn-cli train`: from flags to a model on disk.

mod advice;
mod controls;
#[cfg(feature = "dashboard")]
mod dashboard;
pub(super) mod describe;
mod dry_run;
pub(super) mod folder;
pub(super) mod monitor;
mod next_steps;
mod room;
mod saver;
pub(super) mod signals;
mod until_done;
mod watch;

use std::sync::Arc;
use std::time::Instant;

use nn_core::{Model, Network};
use nn_data::Dataset;
use nn_train::recipe::Draft;
use nn_train::{
    Best, Checkpoint, RunFolder, Samples, Team, Trainer, TrainerState, evaluate_unless_stopped,
};

use crate::Exit;
use crate::args::TrainArgs;
use crate::data_source::{self, Data};
use crate::failure::Failure;
use crate::model_store;
use crate::output::number::plural;
use crate::output::records::TrainFinish;
use crate::recipe_flags;
use crate::settings::{DataSettings, TrainSettings};
use crate::streams::Streams;
use advice::{Known, advise};
use controls::Controls;
use describe::{describe, describe_start};
use folder::Resumed;
use monitor::{Measured, Monitor};
use next_steps::{quoted, suggest_next};
use saver::Saver;
use signals::Signals;
use until_done::{Wishes, interrupted, train_and_save};
use watch::{Inside, watchers};

/// The program and its version, as models remember them.
pub(super) const PROGRAM: &str = concat!("nn-cli ", env!("CARGO_PKG_VERSION"));

/// Runs the command.
#[allow(clippy::too_many_lines, reason = "the way from flags to a model, step by step")]
pub(crate) fn run(args: &TrainArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let resumed = match &args.run.resume {
        Some(name) => Some(Resumed::open(name, args, streams)?),
        None => None,
    };
    let mut settings = TrainSettings::resolve(draft(resumed.as_ref(), args)?, args)?;
    let new_run = folder::new_run(&args.run);
    if new_run.is_none() && resumed.is_none() && !args.target.dry_run {
        model_store::check_destination(&settings.output, settings.force)?;
    }
    let data = load_data(&settings.data, settings.recipe.data.expand, streams)?;
    settings.fit_task(&data)?;
    let sizes = settings.sizes(&data)?;
    settings.recipe.training.check(data.train.len())?;
    let memory_bytes = room::check_memory(&settings.recipe, &sizes, &data)?;
    if args.target.dry_run {
        return dry_run::run(&settings, data, memory_bytes, json, streams);
    }

    if let Some(resumed) = &resumed {
        resumed.check(&settings, &sizes, &data, streams)?;
        if resumed.is_finished(&settings) {
            say_finished(&resumed.folder, settings.recipe.training.epochs, streams);
            return Ok(());
        }
    }
    let (run_folder, stopped_at) = match (resumed, new_run) {
        (Some(resumed), _) => (Some(resumed.folder), resumed.checkpoint),
        (None, Some(path)) => {
            room::check_run(&path, &settings.recipe, &sizes, &args.run)?;
            (Some(folder::create(&path, &settings, &data, streams)?), None)
        }
        (None, None) => {
            room::check_model(&settings.output, &sizes)?;
            (None, None)
        }
    };
    let (network, state, best) = start_point(stopped_at, &settings, &data)?;
    // What describes the model is of now: there may be more epochs to do than at first.
    let model = Model::new(network, settings.recipe.network.cost.clone());
    let model = describe(model, &settings.recorded(&data), &data);
    if let Some(folder) = &run_folder {
        settings.output = folder.model_path();
    }
    let name = data.name.clone();
    let shift = nn_view::analysis::input_shift(&data.train, &data.test);
    let images = settings.recipe.training.augment.is_some();
    let (train, validation, test) = samples(data, &model, images)?;
    let mut trainer = trainer(&model, &settings, &train, validation.as_ref(), state)?;
    let mut checkpoint = Checkpoint { model, state: trainer.state(), best };

    let kept = validation.as_ref().map_or(0, Samples::len);
    let sizes = [train.len(), kept, test.len()];
    let threads = trainer.team().threads();
    let start = describe_start(&checkpoint.model, &settings, name, sizes, threads);
    let controls = Arc::new(Controls::default());
    let inside = Inside { train: &train, held_out: validation.as_ref().unwrap_or(&test) };
    let (mut reporter, mut probe) =
        watchers(args.target.dashboard, json, &controls, &checkpoint.model, inside, streams)?;
    // From here on there is something to save.
    let signals = Signals::catch()?;
    reporter.start(&start, streams);
    if args.run.resume.is_some() {
        say_where(&checkpoint.state, streams);
    }

    let started = Instant::now();
    let measured = Measured {
        watched: Some(&train),
        train: args.measure_training.then_some(&train),
        validation: validation.as_ref(),
        test: Some(&test),
    };
    let team = Team::new(settings.recipe.training.threads)?;
    let history = {
        let state = &checkpoint.state;
        let earlier = state.samples_done();
        let cost = &settings.recipe.network.cost;
        let monitor = Monitor::new(cost, measured, &team, &mut *reporter, streams, earlier);
        let saver = run_folder.as_ref().map(|folder| Saver::new(folder, &args.run));
        let wishes = Wishes { signals: &signals, controls: &controls, probe: &mut *probe };
        train_and_save(&mut trainer, &mut checkpoint, monitor, saver, wishes)?
    };
    let (epochs, network) = (trainer.epochs_done(), trainer.network_to_keep().clone());
    let (cost, stop) = (&settings.recipe.network.cost, signals.stop_flag());
    let Some(result) = evaluate_unless_stopped(&network, cost, &test, &team, &stop)? else {
        let exit = signals.caught().unwrap_or(Exit::Interrupted);
        return Err(interrupted(exit, &trainer, run_folder.as_ref()));
    };
    let classes = result.regression.is_none();
    let accuracy = classes.then(|| result.accuracy());

    let mut model = checkpoint.model;
    model.provenance.epochs = epochs as u64;
    model.provenance.test_accuracy = accuracy;
    model.network = network;
    let model_bytes =
        model_store::save(&settings.output, &model).map_err(|failure| match &run_folder {
            None => failure,
            Some(folder) => {
                let path = quoted(&folder.path().to_string_lossy());
                let resume = format!("nn-cli train --resume {path}");
                failure.hint(format!("all epochs are saved; free some space, then run `{resume}`"))
            }
        })?;
    let known = Known {
        recipe: &settings.recipe,
        epochs: advice::epochs(run_folder.as_ref(), &history),
        confusion: &result.confusion,
        test: &test,
        validation: kept,
        shift,
    };
    let finish = TrainFinish {
        epochs,
        test_cost: result.mean_cost,
        test_accuracy: accuracy,
        test_correct: classes.then(|| result.confusion.correct()),
        test_regression: result.regression,
        test_samples: test.len(),
        seconds: started.elapsed().as_secs_f64(),
        model: settings.output.to_string_lossy().into_owned(),
        model_bytes,
        // The hints are about classes.
        hints: if classes { advise(&model, known)? } else { Vec::new() },
    };
    reporter.finish(&finish, streams);
    if !json {
        let run = run_folder.as_ref().map_or(&*settings.output, RunFolder::path);
        suggest_next(&settings, &model, run, streams);
    }
    Ok(())
}

/// The settings that flags are laid over: those of a run that goes on, of a recipe, or none.
fn draft(resumed: Option<&Resumed>, args: &TrainArgs) -> Result<Draft, Failure> {
    match (resumed, &args.settings.recipe.recipe) {
        (Some(resumed), _) => Ok(Draft::from_recipe(&resumed.manifest.recipe)),
        (None, Some(name)) => recipe_flags::read(name),
        (None, None) => Ok(Draft::new()),
    }
}

/// The data, expanded if the recipe says so.
pub(super) fn load_data(
    settings: &DataSettings,
    expand: bool,
    streams: &mut Streams<'_>,
) -> Result<Data, Failure> {
    let mut data = data_source::load(settings, streams)?;
    if expand {
        let expanded = nn_data::augment::expand_mnist(&data.train);
        data.train = expanded.map_err(|error| Failure::of(Exit::Data, &data.name, &error))?;
    }
    Ok(data)
}

/// Where training begins: at a new network, or where it stopped.
#[allow(clippy::type_complexity, reason = "the parts of a checkpoint, of which a new run has one")]
fn start_point(
    stopped_at: Option<Checkpoint<f32>>,
    settings: &TrainSettings,
    data: &Data,
) -> Result<(Network<f32>, Option<TrainerState<f32>>, Option<Best>), Failure> {
    if let Some(Checkpoint { model, state, best }) = stopped_at {
        return Ok((model.network, Some(state), best));
    }
    let (inputs, outputs) = (data.train.num_features(), data.train.num_classes());
    Ok((settings.recipe.build(inputs, outputs)?, None, None))
}

/// The trainer, at its start or where it stopped.
fn trainer<'d>(
    model: &Model<f32>,
    settings: &TrainSettings,
    train: &'d Samples<f32>,
    validation: Option<&'d Samples<f32>>,
    stopped_at: Option<TrainerState<f32>>,
) -> Result<Trainer<'d, f32>, Failure> {
    let network = model.network.clone();
    let params = &settings.recipe.training;
    let trainer = match stopped_at {
        None => Trainer::new(network, &model.cost, train, params)?,
        Some(mut state) => {
            state.params = params.clone();
            Trainer::resume(network, &model.cost, train, &state)?
        }
    };
    with_validation(trainer, validation)
}

/// The trainer with samples to validate on, where its parameters go by them.
pub(super) fn with_validation<'d>(
    trainer: Trainer<'d, f32>,
    validation: Option<&'d Samples<f32>>,
) -> Result<Trainer<'d, f32>, Failure> {
    match (trainer.params().validation_metric(), validation) {
        (None, _) => Ok(trainer),
        (Some(_), Some(samples)) => Ok(trainer.with_validation(samples)?),
        (Some(metric), None) => {
            let message = format!("training goes by {metric}, and there are no validation samples");
            Err(Failure::new(Exit::Usage, message).hint("keep some with --validation N"))
        }
    }
}

fn say_where(state: &TrainerState<f32>, streams: &mut Streams<'_>) {
    let (epoch, batch) = (state.epoch + 1, state.batch);
    streams.detail(format!("going on in epoch {epoch} after mini-batch {batch}"));
}

fn say_finished(folder: &RunFolder, epochs: usize, streams: &mut Streams<'_>) {
    let (epochs, model) = (plural(epochs, "epoch"), folder.model_path());
    streams.say(format!("The run is finished: {epochs}, model in {}", model.display()));
    streams.hint("train it further with a larger --epochs");
}

/// The data as networks take them; of the raw form only images are kept that are to be augmented.
#[allow(clippy::type_complexity, reason = "three parts, the middle one optional")]
fn samples(
    data: Data,
    model: &Model<f32>,
    keep_images: bool,
) -> Result<(Samples<f32>, Option<Samples<f32>>, Samples<f32>), Failure> {
    let Data { train, validation, test, .. } = data;
    let convert = |dataset: Dataset| Samples::for_model(model, &dataset);
    let (validation, test) = (validation.map(convert).transpose()?, convert(test)?);
    let mut samples = Samples::for_model(model, &train)?;
    if keep_images {
        samples = samples.with_images(Arc::new(train))?;
    }
    Ok((samples, validation, test))
}
