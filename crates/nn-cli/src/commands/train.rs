//! `nn-cli train`: from flags to a model on disk.

mod advice;
mod controls;
#[cfg(feature = "dashboard")]
mod dashboard;
mod dry_run;
pub(super) mod folder;
pub(super) mod monitor;
mod room;
mod saver;
pub(super) mod signals;
mod watch;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nn_core::{Model, Network, Provenance, Task};
use nn_data::Dataset;
use nn_train::recipe::Draft;
use nn_train::run_folder::CheckpointKind;
use nn_train::{
    Best, Checkpoint, Ending, Observer, Recipe, RunFolder, Samples, Team, TrainError, Trainer,
    TrainerState, evaluate, fit_preprocessing,
};

use crate::Exit;
use crate::args::TrainArgs;
use crate::args::parse::DataChoice;
use crate::data_source::{self, Data};
use crate::failure::Failure;
use crate::model_store;
use crate::output::number::plural;
use crate::output::records::{SCHEMA, TrainEpoch, TrainFinish, TrainStart};
use crate::recipe_flags;
use crate::settings::{DataSettings, TrainSettings};
use crate::streams::Streams;
use advice::{Known, advise};
use controls::Controls;
use folder::Resumed;
use monitor::{Measured, Monitor};
use saver::{Pause, Saver};
use signals::Signals;
use watch::{Inside, watchers};

/// How often a training that waits looks whether to go on.
const PAUSE: Duration = Duration::from_millis(50);

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
        let batch_size = settings.recipe.training.batch_size;
        let earlier = state.epoch * train.len() + state.batch * batch_size;
        let cost = &settings.recipe.network.cost;
        let monitor = Monitor::new(cost, measured, &team, &mut *reporter, streams, earlier);
        let saver = run_folder.as_ref().map(|folder| Saver::new(folder, &args.run));
        let wishes = Wishes { controls: &controls, probe: &mut *probe };
        train_and_save(&mut trainer, &mut checkpoint, monitor, saver, wishes)?
    };
    let (epochs, network) = (trainer.epochs_done(), trainer.network_to_keep().clone());
    let result = evaluate(&network, &settings.recipe.network.cost, &test, &team)?;
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

/// Trains to the end, with a pause wherever something is to be saved.
///
/// Gives the records of the epochs that were done.
fn train_and_save(
    trainer: &mut Trainer<'_, f32>,
    checkpoint: &mut Checkpoint<f32>,
    mut monitor: Monitor<'_, '_>,
    mut saver: Option<Saver<'_>>,
    wishes: Wishes<'_>,
) -> Result<Vec<TrainEpoch>, Failure> {
    let signals = Signals::catch()?;
    let update = |checkpoint: &mut Checkpoint<f32>, trainer: &Trainer<'_, f32>| {
        checkpoint.state = trainer.state();
        checkpoint.model.network.clone_from(trainer.network());
        checkpoint.model.provenance.epochs = trainer.epochs_done() as u64;
    };
    loop {
        let before = trainer.epochs_done();
        let mut pause = Pause {
            signals: &signals,
            controls: wishes.controls,
            every_epoch: saver.is_some(),
            at: saver.as_ref().and_then(Saver::pause_at),
        };
        let ending = trainer.run(&mut (&mut monitor, (&mut *wishes.probe, &mut pause)));
        let last = monitor.last()?;
        let ending = ending.map_err(|error| {
            let folder = saver.as_ref().map(Saver::folder).filter(|_| before > 0);
            diverged(error, folder)
        })?;
        let finished =
            ending != Ending::Stopped || trainer.epochs_done() >= trainer.params().epochs;
        let stopped = wishes.controls.is_stopped().then_some(Exit::Interrupted);
        let caught = signals.caught().or(stopped);
        if let Some(saver) = &mut saver {
            update(checkpoint, trainer);
            let record = last.filter(|_| trainer.epochs_done() > before);
            let saved = match &record {
                Some(record) => saver.epoch(record, checkpoint)?,
                None => false,
            };
            // A pause within an epoch is there to save.
            if !saved && (finished || caught.is_some() || record.is_none()) {
                saver.last(checkpoint)?;
            }
            if record.is_some() {
                monitor.paused();
            }
        }
        if finished {
            return Ok(monitor.into_history());
        }
        if let Some(exit) = caught {
            return Err(interrupted(exit, trainer, saver.as_ref().map(Saver::folder)));
        }
        loop {
            if wishes.controls.take_save() {
                let note = if let Some(saver) = &mut saver {
                    update(checkpoint, trainer);
                    saver.last(checkpoint)?;
                    format!("saved in {}", saver.folder().path().display())
                } else {
                    "nothing was saved: --run NAME gives a folder for it".to_owned()
                };
                monitor.note(&note);
            }
            for _ in 0..wishes.controls.take_lower() {
                halve_rate(trainer)?;
                monitor.learning_rate(trainer.params().learning_rate);
            }
            let wait = wishes.controls.is_paused()
                && !wishes.controls.is_stopped()
                && signals.caught().is_none();
            if !wait {
                break;
            }
            std::thread::sleep(PAUSE);
            monitor.waited(PAUSE);
        }
    }
}

/// What a person at the dashboard may wish for, and what it takes.
struct Wishes<'a> {
    controls: &'a Controls,
    /// Looks into the network for the dashboard.
    probe: &'a mut dyn Observer<f32>,
}

/// Goes on with half the learning rate.
fn halve_rate(trainer: &mut Trainer<'_, f32>) -> Result<(), TrainError> {
    let mut params = trainer.params().clone();
    params.learning_rate /= 2.0;
    trainer.set_params(&params)
}

/// What is said when training ended in an error; after a divergence, which checkpoint is left.
fn diverged(error: TrainError, folder: Option<&RunFolder>) -> Failure {
    let is_divergence = matches!(error, TrainError::Diverged(_));
    let failure = Failure::from(error);
    match (folder, failure.hint_text()) {
        (Some(folder), Some(hint)) if is_divergence => {
            let last = folder.checkpoint_path(CheckpointKind::Last);
            let hint = format!("{hint}; the last finite checkpoint is {}", last.display());
            failure.hint(hint)
        }
        _ => failure,
    }
}

/// What is said when a signal ended training.
fn interrupted(exit: Exit, trainer: &Trainer<'_, f32>, folder: Option<&RunFolder>) -> Failure {
    let state = trainer.state();
    let place =
        format!("interrupted in epoch {} after mini-batch {}", state.epoch + 1, state.batch);
    match folder {
        None => Failure::new(exit, format!("{place}; nothing was saved"))
            .hint("with --run NAME training can be stopped and resumed"),
        Some(folder) => {
            let path = folder.path().to_string_lossy();
            Failure::new(exit, format!("{place}; saved in {path}"))
                .hint(format!("go on with `nn-cli train --resume {}`", quoted(&path)))
        }
    }
}

/// Writes into the model all that is known before training.
pub(super) fn describe(model: Model<f32>, recorded: &Recipe, data: &Data) -> Model<f32> {
    let provenance = Provenance {
        dataset: data.key.clone(),
        dataset_sha256: data.train.fingerprint().to_owned(),
        recipe: recorded.to_toml(),
        seed: recorded.training.seed,
        epochs: 0,
        test_accuracy: None,
        version: PROGRAM.to_owned(),
    };
    let model = fit_preprocessing(model, &data.train);
    Model { image_preparation: data.preparation, provenance, ..model }
}

/// What is told when training starts. `sizes` are those of training, validation and test.
fn describe_start(
    model: &Model<f32>,
    settings: &TrainSettings,
    data: String,
    sizes: [usize; 3],
    threads: usize,
) -> TrainStart {
    let (network, training) = (&settings.recipe.network, &settings.recipe.training);
    TrainStart {
        schema: SCHEMA,
        version: PROGRAM.to_owned(),
        data,
        dataset: model.provenance.dataset.clone(),
        dataset_sha256: model.provenance.dataset_sha256.clone(),
        train_samples: sizes[0],
        validation_samples: sizes[1],
        test_samples: sizes[2],
        task: match model.task {
            Task::Regression(_) => "regression",
            _ => "classification",
        },
        parameters: model.network.num_parameters(),
        layers: model.network.sizes(),
        recipe: Some(settings.recipe.name.clone()).filter(|name| !name.is_empty()),
        activation: network.activation.to_string(),
        output_activation: network.output_activation.to_string(),
        init: network.init.to_string(),
        cost: network.cost.to_string(),
        epochs: training.epochs,
        batch_size: training.batch_size,
        learning_rate: training.learning_rate,
        lambda: training.lambda,
        optimizer: training.optimizer.name(),
        schedule: training.schedule.name(),
        seed: training.seed,
        threads,
    }
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

fn suggest_next(
    settings: &TrainSettings,
    model: &Model<f32>,
    run: &Path,
    streams: &mut Streams<'_>,
) {
    let name = quoted(&settings.output.to_string_lossy());
    // A model remembers where to find known data, and only the name of others.
    let data = match &settings.data.choice {
        DataChoice::Path(path) => format!(" --data {}", quoted(&path.to_string_lossy())),
        _ => String::new(),
    };
    let evaluate = format!("nn-cli evaluate {name}{data}");
    let (predict, what) = if model.columns.is_empty() {
        let predict = format!("nn-cli predict {name} 0 1 2{data}");
        (predict, "what it makes of the first test samples")
    } else {
        (format!("nn-cli predict {name} rows.csv"), "what it makes of the rows of a table")
    };
    let report = format!("nn-cli report {}{data} --open", quoted(&run.to_string_lossy()));
    let commands = [&evaluate, &predict, &report];
    let width = commands.iter().map(|command| command.chars().count()).max().unwrap_or(0);
    streams.say("\nNext:");
    streams.say(format!("  {evaluate:<width$}   how good it is"));
    streams.say(format!("  {predict:<width$}   {what}"));
    streams.say(format!("  {report:<width$}   all of it as a page"));
}

/// A file name as a shell takes it.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-/+=:@%,~\\".contains(c);
    if !name.is_empty() && name.chars().all(plain) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', r"'\''"))
}
