//! What a model remembers of its making, and what is told when training starts.

use nn_core::{Model, Provenance, Task};
use nn_train::{Recipe, fit_preprocessing};

use super::PROGRAM;
use crate::data_source::Data;
use crate::output::records::{SCHEMA, TrainStart};
use crate::settings::TrainSettings;

/// Writes into the model all that is known before training.
pub(crate) fn describe(model: Model<f32>, recorded: &Recipe, data: &Data) -> Model<f32> {
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
pub(super) fn describe_start(
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
