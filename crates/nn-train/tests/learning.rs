//! Clipping, label smoothing, averages of weights and plateaus against numbers made by PyTorch
//! (`tests/learning/torch_numbers.py`).

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use ndarray::Array2;
use nn_core::{Activation, Cost, Inputs, Layer, Network, Scalar, Targets};
use nn_train::{Control, Epoch, Observer, Samples, TrainParams, Trainer};
use serde::Deserialize;

#[derive(Deserialize)]
struct Numbers {
    /// Weights of both layers, then biases, row by row.
    start: Vec<Vec<f64>>,
    x: Vec<Vec<f64>>,
    y: Vec<u32>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    params: TrainParams,
    /// The parameters to keep after each epoch.
    kept: Vec<Vec<Vec<f64>>>,
}

impl Numbers {
    /// 3-4-2, tanh, then softmax.
    fn network<T: Scalar>(&self) -> Network<T> {
        let layer = |l: usize, inputs: usize, outputs: usize, activation: Activation| {
            let number = |&x: &f64| T::from_f64(x);
            let weights: Vec<T> = self.start[l].iter().map(number).collect();
            let biases: Vec<T> = self.start[l + 2].iter().map(number).collect();
            let weights = Array2::from_shape_vec((inputs, outputs), weights).unwrap();
            Layer::new(weights.view(), ndarray::aview1(&biases), activation).unwrap()
        };
        let hidden = layer(0, 3, 4, Activation::Tanh);
        Network::from_layers(vec![hidden, layer(1, 4, 2, Activation::Softmax)]).unwrap()
    }

    fn samples<T: Scalar>(&self) -> Samples<T> {
        let flat = self.x.iter().flatten().map(|&x| T::from_f64(x)).collect();
        let x = Array2::from_shape_vec((self.x.len(), 3), flat).unwrap();
        let targets = Targets::one_hot(self.y.clone(), 2).unwrap();
        Samples::new(Inputs::from_values(x.view()).unwrap(), targets).unwrap()
    }
}

/// Compares the network of each epoch.
struct Compare<'a> {
    case: &'a Case,
    tolerance: f64,
    epochs: usize,
}

impl<T: Scalar> Observer<T> for Compare<'_> {
    fn on_epoch(&mut self, epoch: &Epoch<'_, T>) -> Control {
        let layers = epoch.in_use.layers();
        let weights = layers.iter().map(|l| l.weights().iter().map(|w| w.as_f64()).collect());
        let biases = layers.iter().map(|l| l.biases().iter().map(|b| b.as_f64()).collect());
        let found: Vec<Vec<f64>> = weights.chain(biases).collect();
        for (found, expected) in found.iter().zip(&self.case.kept[epoch.epoch - 1]) {
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                let close = (found - expected).abs() <= self.tolerance;
                let (params, epoch) = (&self.case.params, epoch.epoch);
                assert!(close, "{found} for {expected} in epoch {epoch} of {params:?}");
            }
        }
        self.epochs += 1;
        Control::Continue
    }
}

fn compare<T: Scalar>(tolerance: f64) {
    let numbers: Numbers = serde_json::from_str(include_str!("learning/numbers.json")).unwrap();
    let samples = numbers.samples::<T>();
    for case in &numbers.cases {
        let cost = Cost::SoftmaxCrossEntropy;
        let mut trainer =
            Trainer::new(numbers.network::<T>(), &cost, &samples, &case.params).unwrap();
        let mut compare = Compare { case, tolerance, epochs: 0 };
        trainer.run(&mut compare).unwrap();
        assert_eq!(compare.epochs, 10);
    }
}

#[test]
fn training_takes_the_steps_of_pytorch() {
    compare::<f64>(1e-12);
}

#[test]
fn single_precision_follows_within_its_rounding() {
    compare::<f32>(2e-5);
}
