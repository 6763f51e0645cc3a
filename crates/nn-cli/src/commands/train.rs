//! `nn-cli train`: from flags to a model on disk.

mod monitor;

use std::path::Path;
use std::time::Instant;

use nn_core::{Model, Normalization, Provenance};
use nn_data::{Dataset, Features};
use nn_train::{BYTE_SCALE, Samples, Team, Trainer};

use crate::args::TrainArgs;
use crate::data_source::{self, Data};
use crate::failure::Failure;
use crate::memory;
use crate::model_store;
use crate::output::json::JsonReporter;
use crate::output::progress::{PlainReporter, Reporter};
use crate::output::records::{SCHEMA, TrainFinish, TrainStart};
use crate::settings::TrainSettings;
use crate::streams::Streams;
use monitor::{HeldOut, Monitor};

/// The program and its version, as models remember them.
const PROGRAM: &str = concat!("nn-cli ", env!("CARGO_PKG_VERSION"));

/// Runs the command.
pub(crate) fn run(args: &TrainArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let settings = TrainSettings::resolve(args)?;
    model_store::check_destination(&settings.output, settings.force)?;
    let data = data_source::load(&settings.data, streams)?;
    let sizes = settings.sizes(&data)?;
    settings.params.check(data.train.len())?;
    check_memory(&settings, &sizes)?;

    let network = settings.builder(&sizes).build(settings.params.seed)?;
    let mut model = describe(Model::new(network, settings.cost.clone()), &settings, &data);
    let name = data.name.clone();
    let (train, validation, test) = samples(data)?;
    let mut trainer = Trainer::new(model.network, &settings.cost, &train, &settings.params)?;

    let start = TrainStart {
        schema: SCHEMA,
        version: PROGRAM.to_owned(),
        data: name,
        dataset: model.provenance.dataset.clone(),
        dataset_sha256: model.provenance.dataset_sha256.clone(),
        train_samples: train.len(),
        validation_samples: validation.as_ref().map_or(0, Samples::len),
        test_samples: test.len(),
        parameters: trainer.network().num_parameters(),
        layers: sizes,
        activation: settings.activation.to_string(),
        output_activation: settings.output_activation.to_string(),
        init: settings.init.to_string(),
        cost: settings.cost.to_string(),
        epochs: settings.params.epochs,
        batch_size: settings.params.batch_size,
        learning_rate: settings.params.learning_rate,
        lambda: settings.params.lambda,
        seed: settings.params.seed,
        threads: trainer.team().threads(),
    };
    let mut reporter: Box<dyn Reporter> =
        if json { Box::new(JsonReporter) } else { Box::new(PlainReporter::new(streams)) };
    reporter.start(&start, streams);

    let started = Instant::now();
    let last = {
        let held_out = HeldOut { validation: validation.as_ref(), test: &test };
        let team = Team::new(settings.params.threads)?;
        let mut monitor = Monitor::new(&settings.cost, held_out, &team, &mut *reporter, streams);
        let ending = trainer.run(&mut monitor);
        let last = monitor.into_last_epoch()?;
        ending?;
        last.expect("a run that ends well did at least one epoch")
    };

    model.provenance.epochs = trainer.epochs_done() as u64;
    model.provenance.test_accuracy = Some(last.test_accuracy);
    model.network = trainer.into_network();
    let model_bytes = model_store::save(&settings.output, &model)?;
    let finish = TrainFinish {
        epochs: last.epoch,
        test_cost: last.test_cost,
        test_accuracy: last.test_accuracy,
        test_correct: last.test_correct,
        test_samples: test.len(),
        seconds: started.elapsed().as_secs_f64(),
        model: settings.output.to_string_lossy().into_owned(),
        model_bytes,
    };
    reporter.finish(&finish, streams);
    if !json {
        suggest_next(&settings.output, streams);
    }
    Ok(())
}

/// Refuses a network that this machine can't hold, before any of it is allocated.
fn check_memory(settings: &TrainSettings, sizes: &[usize]) -> Result<(), Failure> {
    let network = settings.builder(sizes).bytes()? as u64;
    // The largest layer is drawn in f64, rounded to f32, and then copied into its place.
    let weights = |pair: &[usize]| pair[0] as u64 * pair[1] as u64;
    let drawn = 12 * sizes.windows(2).map(weights).max().unwrap_or(0);
    // Activations, weighted inputs and errors of a mini-batch, and outputs under evaluation.
    let units: u64 = sizes.iter().map(|&size| size as u64).sum();
    let at_once = 3 * settings.params.batch_size as u64 + 256;
    let buffers = units.saturating_mul(4).saturating_mul(at_once);
    let bytes = network.saturating_add(drawn).saturating_add(buffers);
    let names: Vec<String> = sizes.iter().map(ToString::to_string).collect();
    let what = format!("training {}", names.join("-"));
    memory::check(&what, bytes, "choose smaller layers, or a smaller --batch-size")
}

/// Writes into the model all that is known before training.
fn describe(model: Model<f32>, settings: &TrainSettings, data: &Data) -> Model<f32> {
    let normalization = match data.train.features() {
        Features::U8(_) => Normalization::Scale(BYTE_SCALE),
        _ => Normalization::None,
    };
    let provenance = Provenance {
        dataset: data.key.clone(),
        dataset_sha256: data.train.fingerprint().to_owned(),
        recipe: settings.recipe(&model.network.sizes()),
        seed: settings.params.seed,
        epochs: 0,
        test_accuracy: None,
        version: PROGRAM.to_owned(),
    };
    Model {
        normalization,
        class_names: data.train.class_names().to_vec(),
        image_shape: data.train.image_shape(),
        provenance,
        ..model
    }
}

/// The data as networks take them; the raw form is given back.
#[allow(clippy::type_complexity, reason = "three parts, the middle one optional")]
fn samples(data: Data) -> Result<(Samples<f32>, Option<Samples<f32>>, Samples<f32>), Failure> {
    let Data { train, validation, test, .. } = data;
    let convert = |dataset: Dataset| Samples::from_dataset(&dataset);
    Ok((convert(train)?, validation.map(convert).transpose()?, convert(test)?))
}

fn suggest_next(output: &Path, streams: &mut Streams<'_>) {
    let name = quoted(&output.to_string_lossy());
    let evaluate = format!("nn-cli evaluate {name}");
    let predict = format!("nn-cli predict {name} 0 1 2");
    let width = predict.chars().count().max(evaluate.chars().count());
    streams.say("\nNext:");
    streams.say(format!("  {evaluate:<width$}   how good it is, class by class"));
    streams.say(format!("  {predict:<width$}   what it makes of the first test digits"));
}

/// A file name as a shell takes it.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-/+=:@%,~\\".contains(c);
    if !name.is_empty() && name.chars().all(plain) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', r"'\''"))
}
