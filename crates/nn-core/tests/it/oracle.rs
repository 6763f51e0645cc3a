//! Back-propagation against the automatic differentiation of PyTorch.
//!
//! `tests/oracle/make_expected.py` made the numbers and says how. Both the readable version
//! and the reference are compared, tensor by tensor: the largest difference of a tensor
//! stands against its largest element.

use ndarray::{Array1, Array2, ArrayView2};
use nn_core::reference::{self, NaiveLayer};
use nn_core::{Activation, Cost, Layer, Network, Scalar, backprop, forward};
use serde::Deserialize;

type Rows = Vec<Vec<f64>>;

/// Weights (n_in × n_out) and biases (n_out) of a layer, or their gradient.
#[derive(Debug, Deserialize)]
struct Tensors {
    weights: Rows,
    biases: Vec<f64>,
}

#[derive(Debug, Deserialize)]
struct Case {
    sizes: Vec<usize>,
    hidden: String,
    output: String,
    cost: String,
    layers: Vec<Tensors>,
    inputs: Rows,
    targets: Rows,
    /// a of the output layer, per sample.
    outputs: Rows,
    /// C, per sample.
    costs: Vec<f64>,
    /// The gradient of all samples' costs together.
    sum: Vec<Tensors>,
    /// The gradient of each sample's cost.
    samples: Vec<Vec<Tensors>>,
    learning_rate: f64,
    /// The mean cost before each of ten steps and after the last.
    trajectory: Vec<f64>,
}

fn cases() -> Vec<Case> {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../oracle/expected.json")).unwrap();
    assert_eq!(cases.len(), 17);
    cases
}

fn array<T: Scalar>(rows: &Rows) -> Array2<T> {
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| T::from_f64(rows[i][j]))
}

fn vector<T: Scalar>(row: &[f64]) -> Vec<T> {
    row.iter().map(|&x| T::from_f64(x)).collect()
}

impl Case {
    fn network<T: Scalar>(&self) -> Network<T> {
        let last = self.layers.len() - 1;
        let layers = self.layers.iter().enumerate().map(|(i, layer)| {
            let sigma: Activation =
                if i == last { &self.output } else { &self.hidden }.parse().unwrap();
            let biases = Array1::from(vector::<T>(&layer.biases));
            Layer::new(array::<T>(&layer.weights).view(), biases.view(), sigma).unwrap()
        });
        let network = Network::from_layers(layers.collect()).unwrap();
        assert_eq!(network.sizes(), self.sizes);
        network
    }

    fn cost(&self) -> Cost {
        self.cost.parse().unwrap()
    }

    fn name<T: Scalar>(&self) -> String {
        format!("{}, {}, {}", self.network::<T>(), self.cost, T::NAME)
    }
}

fn tolerance<T: Scalar>() -> f64 {
    if T::NAME == "f64" { 1e-12 } else { 1e-5 }
}

/// Compares a tensor with what it should be.
#[track_caller]
fn check<T: Scalar>(
    what: &str,
    found: impl IntoIterator<Item = T>,
    expected: impl IntoIterator<Item = f64>,
) {
    let found: Vec<f64> = found.into_iter().map(Scalar::as_f64).collect();
    let expected: Vec<f64> = expected.into_iter().collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    let size = expected.iter().fold(f64::MIN_POSITIVE, |max, x| max.max(x.abs()));
    for (found, expected) in found.iter().zip(&expected) {
        let error = (found - expected).abs() / size;
        assert!(error <= tolerance::<T>(), "{what}: {found} is not {expected}: {error:.1e}");
    }
}

fn check_gradient<T: Scalar>(
    what: &str,
    l: usize,
    weights: ArrayView2<'_, T>,
    biases: impl IntoIterator<Item = T>,
    expected: &Tensors,
) {
    let what = format!("{what}, layer {}", l + 2);
    check(&format!("{what}, weights"), weights.iter().copied(), expected.weights.concat());
    check(&format!("{what}, biases"), biases, expected.biases.iter().copied());
}

fn check_gradients<T: Scalar>() {
    for case in cases() {
        let (network, cost, name) = (case.network::<T>(), case.cost(), case.name::<T>());
        let (x, y) = (array::<T>(&case.inputs), array::<T>(&case.targets));

        let pass = forward(&network, x.view()).unwrap();
        check(&format!("{name}, outputs"), pass.output().iter().copied(), case.outputs.concat());
        let z = pass.weighted_inputs.last().unwrap();
        let costs = cost.values(z.view(), pass.output(), y.view());
        let costs = costs.into_iter().map(T::from_f64);
        check(&format!("{name}, costs"), costs, case.costs.iter().copied());

        let factored = backprop(&network, x.view(), y.view(), &cost).unwrap();
        for (l, (layer, expected)) in factored.sum().layers().iter().zip(&case.sum).enumerate() {
            let biases = layer.biases.iter().copied();
            check_gradient(&format!("{name}, sum"), l, layer.weights.view(), biases, expected);
        }
        for (s, sample) in case.samples.iter().enumerate() {
            let gradient = factored.sample(s);
            for (l, (layer, expected)) in gradient.layers().iter().zip(sample).enumerate() {
                let what = format!("{name}, sample {s}");
                let biases = layer.biases.iter().copied();
                check_gradient(&what, l, layer.weights.view(), biases, expected);
            }
        }
    }
}

fn check_reference<T: Scalar>() {
    for case in cases() {
        let (network, cost, name) = (case.network::<T>(), case.cost(), case.name::<T>());
        for (s, (x, y)) in case.inputs.iter().zip(&case.targets).enumerate() {
            let gradient = reference::backprop(&network, &vector(x), &vector(y), &cost);
            for (l, (layer, expected)) in gradient.into_iter().zip(&case.samples[s]).enumerate() {
                let NaiveLayer { weights, biases } = layer;
                let shape = (weights.len(), biases.len());
                let weights = Array2::from_shape_vec(shape, weights.concat()).unwrap();
                let what = format!("{name}, reference, sample {s}");
                check_gradient(&what, l, weights.view(), biases, expected);
            }
        }
    }
}

/// Ten steps of gradient descent by the reference.
fn check_trajectory<T: Scalar>() {
    for case in cases() {
        let (mut network, cost) = (case.network::<T>(), case.cost());
        let (x, y) = (array::<T>(&case.inputs), array::<T>(&case.targets));
        let rows = case.inputs.iter().zip(&case.targets);
        let batch: Vec<_> = rows.map(|(x, y)| (vector::<T>(x), vector::<T>(y))).collect();
        let mut trajectory = Vec::new();
        for step in 0..case.trajectory.len() {
            if step > 0 {
                reference::update_mini_batch(&mut network, &batch, case.learning_rate, &cost);
            }
            let pass = forward(&network, x.view()).unwrap();
            let z = pass.weighted_inputs.last().unwrap();
            let costs = cost.values(z.view(), pass.output(), y.view());
            trajectory.push(T::from_f64(costs.iter().sum::<f64>() / costs.len() as f64));
        }
        let expected = case.trajectory.iter().copied();
        check(&format!("{}, trajectory", case.name::<T>()), trajectory, expected);
    }
}

#[test]
fn gradients_equal_those_of_pytorch() {
    check_gradients::<f64>();
    check_gradients::<f32>();
}

#[test]
fn the_reference_equals_pytorch() {
    check_reference::<f64>();
    check_reference::<f32>();
}

#[test]
fn ten_steps_of_descent_equal_those_of_pytorch() {
    check_trajectory::<f64>();
    check_trajectory::<f32>();
}

#[test]
fn every_activation_and_cost_is_among_the_cases() {
    let cases = cases();
    for sigma in Activation::ALL {
        let name = sigma.name();
        let hidden = sigma == Activation::Softmax || cases.iter().any(|c| c.hidden == name);
        assert!(hidden && cases.iter().any(|c| c.output == name), "{name}");
    }
    for cost in Cost::ALL {
        assert!(cases.iter().any(|c| c.cost == cost.name()), "{cost}");
    }
}
