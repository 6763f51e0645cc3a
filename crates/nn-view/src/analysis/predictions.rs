//! [`Predictions`]: what a model answers to every sample of a dataset.

use ndarray::{Array2, ArrayView1};
use nn_core::targets::argmax;
use nn_core::{Model, Predictor, Targets};
use nn_data::Dataset;
use nn_train::{ConfusionMatrix, Evaluation};

use crate::{ViewError, inputs_of};

/// Samples predicted at a time.
const BLOCK: usize = 128;

/// The outputs of a model for m samples whose classes are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// a^L of every sample, m × n_L.
    outputs: Array2<f32>,
    costs: Vec<f64>,
    actual: Vec<usize>,
    predicted: Vec<usize>,
}

impl Predictions {
    /// Feeds every sample of a dataset through a model.
    ///
    /// # Errors
    ///
    /// [`nn_core::Error::Shape`] if the model takes another number of features or knows another
    /// number of classes.
    pub fn of(model: &Model<f32>, dataset: &Dataset) -> Result<Self, ViewError> {
        let classes = model.network.num_outputs();
        ViewError::check_len("classes of the samples", classes, dataset.num_classes())?;
        let inputs = inputs_of(model, dataset)?;
        let labels = dataset.labels().iter().map(|label| label as u32).collect();
        let targets = Targets::<f32>::one_hot(labels, classes)?;
        let mut outputs = Array2::zeros((dataset.len(), classes));
        let mut costs = Vec::with_capacity(dataset.len());
        let mut predicted = Vec::with_capacity(dataset.len());
        let mut predictor = Predictor::new(&model.network);
        let mut y = vec![0.0; classes];
        for start in (0..dataset.len()).step_by(BLOCK) {
            let range = start..dataset.len().min(start + BLOCK);
            for (i, (z, a)) in predictor.results(&inputs, range)?.enumerate() {
                targets.copy_row(start + i, &mut y);
                costs.push(model.cost.value(z.into(), a.into(), (&*y).into()));
                predicted.push(argmax(a));
                outputs.row_mut(start + i).assign(&ArrayView1::from(a));
            }
        }
        Ok(Self { outputs, costs, actual: dataset.labels().iter().collect(), predicted })
    }

    /// Number of samples, m.
    #[must_use]
    pub fn len(&self) -> usize {
        self.actual.len()
    }

    /// Whether there is no sample; a dataset always has one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actual.is_empty()
    }

    /// Number of classes, n_L.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.outputs.ncols()
    }

    /// a^L of one sample, n_L elements.
    ///
    /// # Panics
    ///
    /// If there is no such sample, as everywhere in this type.
    #[must_use]
    pub fn output(&self, sample: usize) -> ArrayView1<'_, f32> {
        self.outputs.row(sample)
    }

    /// C of one sample.
    #[must_use]
    pub fn cost(&self, sample: usize) -> f64 {
        self.costs[sample]
    }

    /// The class a sample is of.
    #[must_use]
    pub fn actual(&self, sample: usize) -> usize {
        self.actual[sample]
    }

    /// The class a sample is taken for: that of the largest output, the first of equals.
    #[must_use]
    pub fn predicted(&self, sample: usize) -> usize {
        self.predicted[sample]
    }

    /// Whether a sample is taken for what it is.
    #[must_use]
    pub fn is_right(&self, sample: usize) -> bool {
        self.actual[sample] == self.predicted[sample]
    }

    /// The largest output, kept within 0 and 1: how sure the model says it is. Of softmax outputs
    /// it is a probability, of sigmoid outputs the book's confidence.
    #[must_use]
    pub fn confidence(&self, sample: usize) -> f64 {
        let largest = f64::from(self.outputs[[sample, self.predicted[sample]]]);
        if largest.is_nan() { 0.0 } else { largest.clamp(0.0, 1.0) }
    }

    /// By how much the largest output exceeds the second largest; 1 where there is one class.
    #[must_use]
    pub fn margin(&self, sample: usize) -> f64 {
        let winner = self.predicted[sample];
        let row = self.outputs.row(sample);
        let others = row.iter().enumerate().filter(|(class, _)| *class != winner);
        let second = others.map(|(_, &a)| f64::from(a)).fold(f64::NEG_INFINITY, f64::max);
        if second.is_finite() { f64::from(row[winner]) - second } else { 1.0 }
    }

    /// Mean cost, accuracy and confusion matrix.
    #[must_use]
    pub fn evaluation(&self) -> Evaluation {
        let mut confusion = ConfusionMatrix::new(self.classes());
        for (&actual, &predicted) in self.actual.iter().zip(&self.predicted) {
            confusion.add(actual, predicted);
        }
        Evaluation::new(self.costs.iter().sum::<f64>() / self.len().max(1) as f64, confusion)
    }

    /// Share of the samples that are taken for what they are.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let right = (0..self.len()).filter(|&sample| self.is_right(sample)).count();
        right as f64 / self.len().max(1) as f64
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use nn_core::{Activation, Cost, NetworkBuilder};

    /// A model that knows little, and 1,000 digits.
    pub(in crate::analysis) fn subject() -> (Model<f32>, Dataset) {
        let network =
            NetworkBuilder::<f32>::new(&[784, 12, 10]).output(Activation::Softmax).build(1);
        let model = Model::new(network.unwrap(), Cost::SoftmaxCrossEntropy);
        (model, nn_data::sample::load().1)
    }

    /// Predictions made by hand: outputs, and the class of each sample.
    pub(in crate::analysis) fn made(outputs: Array2<f32>, actual: &[usize]) -> Predictions {
        let predicted = outputs.rows().into_iter().map(|a| argmax(&a.to_vec())).collect();
        let costs = vec![1.0; actual.len()];
        Predictions { outputs, costs, actual: actual.to_vec(), predicted }
    }

    #[test]
    fn predictions_are_those_of_the_trainer_s_evaluation() {
        let (model, test) = subject();
        let predictions = Predictions::of(&model, &test).unwrap();
        let samples = nn_train::Samples::from_dataset(&test).unwrap();
        let team = nn_train::Team::new(1).unwrap();
        let expected = nn_train::evaluate(&model.network, &model.cost, &samples, &team).unwrap();
        assert_eq!(predictions.evaluation(), expected);
        assert_eq!(predictions.accuracy(), expected.accuracy());
    }

    #[test]
    fn confidence_and_margin_are_of_the_largest_output() {
        let p = made(ndarray::array![[0.1, 0.7, 0.4], [2.0, f32::NAN, 0.0]], &[0, 0]);
        assert_eq!((p.predicted(0), p.is_right(0)), (1, false));
        assert!((p.confidence(0) - 0.7).abs() < 1e-6 && (p.margin(0) - 0.3).abs() < 1e-6);
        assert_eq!(p.confidence(1), 1.0);
    }

    #[test]
    fn data_of_another_shape_is_refused() {
        let (_, test) = subject();
        let network = NetworkBuilder::<f32>::new(&[783, 10]).build(1).unwrap();
        let model = Model::new(network, Cost::Quadratic);
        assert!(Predictions::of(&model, &test).is_err());
        let network = NetworkBuilder::<f32>::new(&[784, 9]).build(1).unwrap();
        let model = Model::new(network, Cost::Quadratic);
        assert!(Predictions::of(&model, &test).is_err());
    }
}
