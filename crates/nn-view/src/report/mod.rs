//! The report on one run or several: one self-contained page.
//!
//! [`RunReport::of`] computes what is shown, [`html()`] lays it out.

mod curves;
mod model;
mod numbers;
mod run;
mod summary;

use std::fmt::Write;

use nn_core::{Model, Task};
use nn_data::Dataset;

use crate::analysis::{
    Answer, Calibration, ClassReport, Histogram, LayerFigures, Predictions, ThresholdPoint,
    WeightImage, activations, input_shift, layer_health, least_certain, threshold_curve,
    weight_images, worst_mistakes,
};
use crate::hints::{Evidence, Hint, hints};
use crate::page::{document, escape};
use crate::{EpochMetrics, Language, ViewError, inputs_of};
use nn_train::{ConfusionMatrix, RegressionMetrics, TrainParams};
use numbers::Numbers;

/// Mistakes, and least certain answers, that are shown.
const ANSWERS: usize = 24;
/// First-layer units that are drawn.
const UNITS: usize = 64;
/// Bins of histograms.
const BINS: usize = 48;
/// Bins of the calibration diagram.
const CALIBRATION_BINS: usize = 10;
/// Samples whose activations are counted.
const ACTIVATION_SAMPLES: usize = 500;

/// What is known of a run before anything is computed.
#[derive(Debug, Clone, Default)]
pub struct RunInput<'a> {
    /// Its name.
    pub name: String,
    /// Settings and other facts, in the order they are to be shown.
    pub settings: Vec<(String, String)>,
    /// The settings of training, if they are known as such.
    pub params: Option<TrainParams>,
    /// Its epochs; empty for a model alone.
    pub epochs: Vec<EpochMetrics>,
    /// The model, if there is one yet.
    pub model: Option<&'a Model<f32>>,
    /// Samples to measure the model on.
    pub test: Option<&'a Dataset>,
    /// The samples it was trained on, to compare those with.
    pub train: Option<&'a Dataset>,
    /// The test samples' name.
    pub data: String,
}

/// One answer and the sample as grey values.
#[derive(Debug, Clone)]
struct Shown {
    answer: Answer,
    grey: Vec<u8>,
}

/// A model measured on test samples.
#[derive(Debug, Clone)]
struct Measured {
    samples: usize,
    accuracy: f64,
    mean_cost: f64,
    confusion: ConfusionMatrix,
    classes: Vec<ClassReport>,
    calibration: Calibration,
    threshold: Vec<ThresholdPoint>,
    worst: Vec<Shown>,
    least_certain: Vec<Shown>,
    activations: Vec<Histogram>,
    health: Vec<LayerFigures>,
}

/// Histograms of one layer's weights and biases.
#[derive(Debug, Clone)]
struct LayerWeights {
    layer: usize,
    shape: (usize, usize),
    activation: String,
    weights: Histogram,
    biases: Histogram,
}

/// Everything the report shows of one run.
#[derive(Debug, Clone)]
pub struct RunReport {
    name: String,
    settings: Vec<(String, String)>,
    epochs: Vec<EpochMetrics>,
    data: String,
    network: Option<String>,
    parameters: usize,
    class_names: Vec<String>,
    image_shape: Option<(usize, usize)>,
    measured: Option<Measured>,
    /// In place of `measured`, where numbers are predicted.
    numbers: Option<Numbers>,
    layers: Vec<LayerWeights>,
    first_layer: Vec<WeightImage>,
    hints: Vec<Hint>,
}

impl RunReport {
    /// Measures a run's model, where there is one and samples for it, and collects what else is
    /// known.
    ///
    /// # Errors
    ///
    /// [`nn_core::Error::Shape`] if the samples don't fit the model,
    /// [`ViewError::NoNumber`] if it predicts numbers and they have classes.
    pub fn of(input: &RunInput<'_>) -> Result<Self, ViewError> {
        let predicts_numbers =
            input.model.is_some_and(|model| matches!(model.task, Task::Regression(_)));
        let (measured, numbers) = match (input.model, input.test) {
            (Some(model), Some(test)) if predicts_numbers => {
                (None, Some(Numbers::of(model, test)?))
            }
            (Some(model), Some(test)) => (Some(Measured::of(model, test)?), None),
            _ => (None, None),
        };
        let name = |class: usize| {
            let names = input.model.map(|model| &model.class_names);
            names.and_then(|names| names.get(class).cloned()).unwrap_or_else(|| class.to_string())
        };
        let classes = input.model.map_or(0, |model| model.network.num_outputs());
        let class_names: Vec<String> = (0..classes).map(name).collect();
        let setting = |name: &str| {
            input.settings.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone())
        };
        let evidence = Evidence {
            epochs: input.epochs.clone(),
            params: input.params.clone(),
            init: setting("init"),
            cost: input.model.map(|model| model.cost.to_string()),
            layers: measured.as_ref().map_or(Vec::new(), |m| m.health.clone()),
            recalls: measured
                .as_ref()
                .map_or(Vec::new(), |m| m.classes.iter().map(|class| class.recall).collect()),
            class_names: class_names.clone(),
            input_shift: input.train.zip(input.test).map(|(train, test)| input_shift(train, test)),
            ..Evidence::default()
        };
        Ok(Self {
            name: input.name.clone(),
            settings: input.settings.clone(),
            epochs: input.epochs.clone(),
            data: input.data.clone(),
            network: input.model.map(|model| model.network.to_string()),
            parameters: input.model.map_or(0, |model| model.network.num_parameters()),
            image_shape: input.model.and_then(|model| model.image_shape),
            layers: input.model.map_or(Vec::new(), layer_weights),
            first_layer: input
                .model
                .and_then(|model| weight_images(model, UNITS).ok())
                .unwrap_or_default(),
            // The hints are about classes.
            hints: if predicts_numbers { Vec::new() } else { hints(&evidence) },
            measured,
            numbers,
            class_names,
        })
    }

    /// Test accuracy, 0 to 1: measured, or else that of the last epoch.
    #[must_use]
    pub fn test_accuracy(&self) -> Option<f64> {
        let measured = self.measured.as_ref().map(|m| m.accuracy);
        measured.or_else(|| self.epochs.last()?.test_accuracy)
    }

    /// How near the predicted numbers are, where a model that predicts numbers was measured.
    #[must_use]
    pub fn test_regression(&self) -> Option<RegressionMetrics> {
        self.numbers.as_ref().map(|numbers| numbers.metrics)
    }

    /// Mean cost on the test samples.
    fn mean_cost(&self) -> Option<f64> {
        let numbers = self.numbers.as_ref().map(|numbers| numbers.mean_cost);
        numbers.or(self.measured.as_ref().map(|measured| measured.mean_cost))
    }

    /// Training time, without evaluations.
    fn seconds(&self) -> Option<f64> {
        let seconds: Vec<f64> = self.epochs.iter().filter_map(|epoch| epoch.seconds).collect();
        (!seconds.is_empty()).then(|| seconds.iter().sum())
    }
}

impl Measured {
    fn of(model: &Model<f32>, test: &Dataset) -> Result<Self, ViewError> {
        let predictions = Predictions::of(model, test)?;
        let evaluation = predictions.evaluation();
        let inputs = inputs_of(model, test)?;
        let count = test.len().min(ACTIVATION_SAMPLES);
        let samples: Vec<usize> = (0..count).map(|i| i * test.len() / count).collect();
        let shown = |answers: Vec<Answer>| {
            let grey = |answer: Answer| Shown { grey: grey(test, answer.sample), answer };
            answers.into_iter().map(grey).collect()
        };
        Ok(Self {
            samples: test.len(),
            accuracy: evaluation.accuracy(),
            mean_cost: evaluation.mean_cost,
            classes: ClassReport::all(&evaluation.confusion),
            calibration: Calibration::of(&predictions, CALIBRATION_BINS),
            threshold: threshold_curve(&predictions, 100),
            worst: shown(worst_mistakes(&predictions, ANSWERS)),
            least_certain: shown(least_certain(&predictions, ANSWERS)),
            activations: activations(model, &inputs, &samples)?
                .iter()
                .map(|a| Histogram::of(a.iter().map(|&a| f64::from(a)), BINS))
                .collect(),
            health: layer_health(&model.network, &inputs, &samples)?,
            confusion: evaluation.confusion,
        })
    }
}

/// A sample as grey values.
fn grey(dataset: &Dataset, sample: usize) -> Vec<u8> {
    let mut row = vec![0.0; dataset.num_features()];
    dataset.features().copy_row(sample, &mut row);
    row.iter().map(|x| (x * 255.0).round().clamp(0.0, 255.0) as u8).collect()
}

fn layer_weights(model: &Model<f32>) -> Vec<LayerWeights> {
    let layers = model.network.layers().iter().zip(2..);
    layers
        .map(|(layer, number)| LayerWeights {
            layer: number,
            shape: (layer.outputs(), layer.inputs()),
            activation: layer.activation().to_string(),
            weights: Histogram::of(layer.weights().iter().map(|&w| f64::from(w)), BINS),
            biases: Histogram::of(layer.biases().iter().map(|&b| f64::from(b)), BINS),
        })
        .collect()
}

/// The report on these runs, side by side where there are several, as one HTML page.
#[must_use]
pub fn html(runs: &[RunReport]) -> String {
    let title = match runs {
        [one] => format!("Run {}", one.name),
        _ => format!("{} runs compared", runs.len()),
    };
    let mut body = format!("<header>\n<h1>{}</h1>\n", escape(&title));
    body.push_str(&summary::lead(runs));
    body.push_str("</header>\n<main>\n");
    body.push_str(&summary::section(runs));
    body.push_str(&curves::section(runs));
    for (i, run) in runs.iter().enumerate() {
        body.push_str(&run::section(run, i, runs.len() > 1));
    }
    let _ = write!(
        body,
        "</main>\n<footer><p>Written by nn-rs {}. This page needs no network.</p></footer>\n",
        env!("CARGO_PKG_VERSION")
    );
    document(Language::English, &title, &body)
}

#[cfg(test)]
mod tests;
