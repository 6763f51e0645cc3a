//! Back-propagation against central differences of the cost, in `f64`.
//!
//! The derivative with respect to one parameter is taken from four evaluations of the cost,
//! (8 (C₊₁ − C₋₁) − (C₊₂ − C₋₂)) / 12h with C_±i at w ± ih, in which the odd powers of h
//! up to the third cancel. The error left is of the order h⁴ from truncation and 1e-16/h
//! from rounding: with h = 1e-3 about 1e-12, ten times better than the two-point formula at
//! its best.
//!
//! The relative error of an element is |exact − numeric| / max(|exact|, |numeric|, floor).
//! Of a derivative smaller than the floor the difference quotient itself knows fewer than
//! six digits, so there the comparison is in effect absolute, to floor × 1e-6.
//!
//! ReLU and leaky ReLU have no derivative at 0, and a difference quotient across the kink
//! is not one either: samples that bring a unit near it are drawn anew.

use ndarray::{Array2, ArrayView2, IndexLonger};
use ndarray_rand::rand::Rng;
use nn_core::rng::{Stream, stream};
use nn_core::{Activation, Cost, Gradients, Init, Network, NetworkBuilder, backprop, forward};

use crate::custom;

/// h, the step of the difference quotient.
const STEP: f64 = 1e-3;
/// Derivatives below this are compared absolutely.
const FLOOR: f64 = 1e-5;
/// The largest relative error allowed.
const TOLERANCE: f64 = 1e-6;
/// How near to its kink a unit may come: far more than 2h moves it.
const KINK_MARGIN: f64 = 0.02;
/// How many random networks every pair of a hidden activation and a cost is checked on.
const NETWORKS: u64 = 200;

/// A random network, samples (m × n₁) and desired outputs (m × outputs).
struct Case {
    network: Network<f64>,
    inputs: Array2<f64>,
    targets: Array2<f64>,
}

impl Case {
    /// One to four layers of 1 to 8 units, 1 to 5 samples.
    fn draw(hidden: &Activation, output: &Activation, cost: &Cost, number: u64) -> Self {
        let mut rng = stream(1, "gradient check", number);
        loop {
            let depth = rng.random_range(1..=4);
            let sizes: Vec<usize> = (0..=depth).map(|_| rng.random_range(1..=8)).collect();
            let builder = NetworkBuilder::new(&sizes).init(Init::ScaledNormal);
            let builder = builder.hidden(hidden.clone()).output(output.clone());
            let network = builder.build(rng.random()).unwrap();
            let samples = rng.random_range(1..=5);
            // A unit may be near its kink whatever the sample, if the layer before it is
            // all zeros; then another network is drawn.
            for _ in 0..100 {
                let inputs = uniform((samples, sizes[0]), -2.0, 2.0, &mut rng);
                if distance_to_kink(&network, inputs.view()) > KINK_MARGIN {
                    let targets = draw_targets(cost, (samples, sizes[depth]), &mut rng);
                    return Self { network, inputs, targets };
                }
            }
        }
    }

    /// C of each sample.
    fn costs(&self, cost: &Cost) -> Vec<f64> {
        let pass = forward(&self.network, self.inputs.view()).unwrap();
        let z = pass.weighted_inputs.last().unwrap();
        cost.values(z.view(), pass.output(), self.targets.view())
    }

    /// ∂C/∂w of each sample, by differences; a bias is the row after the last one.
    fn numeric(&mut self, cost: &Cost, (l, k, j): (usize, usize, usize)) -> Vec<f64> {
        let original = *parameter(&mut self.network, (l, k, j));
        let mut at = |steps: f64| {
            *parameter(&mut self.network, (l, k, j)) = original + steps * STEP;
            self.costs(cost)
        };
        let (plus, minus, plus2, minus2) = (at(1.0), at(-1.0), at(2.0), at(-2.0));
        *parameter(&mut self.network, (l, k, j)) = original;
        let quotient = |s| (8.0 * (plus[s] - minus[s]) - (plus2[s] - minus2[s])) / (12.0 * STEP);
        (0..plus.len()).map(quotient).collect()
    }

    /// The largest relative error of all parameters and samples.
    fn max_error(&mut self, cost: &Cost, gradients: &[Gradients<f64>]) -> f64 {
        let mut worst = 0.0_f64;
        for l in 0..self.network.layers().len() {
            let (n_in, n_out) = self.network.layers()[l].weights().dim();
            for (k, j) in (0..=n_in).flat_map(|k| (0..n_out).map(move |j| (k, j))) {
                let numeric = self.numeric(cost, (l, k, j));
                for (gradient, numeric) in gradients.iter().zip(numeric) {
                    let layer = &gradient.layers()[l];
                    let exact = if k < n_in { layer.weights[[k, j]] } else { layer.biases[j] };
                    let size = exact.abs().max(numeric.abs()).max(FLOOR);
                    worst = worst.max((exact - numeric).abs() / size);
                }
            }
        }
        worst
    }
}

fn uniform(shape: (usize, usize), low: f64, high: f64, rng: &mut Stream) -> Array2<f64> {
    Array2::from_shape_simple_fn(shape, || rng.random_range(low..high))
}

/// Desired outputs the cost is made for.
fn draw_targets(cost: &Cost, shape: (usize, usize), rng: &mut Stream) -> Array2<f64> {
    match cost {
        Cost::CrossEntropy => uniform(shape, 0.0, 1.0, rng),
        Cost::SoftmaxCrossEntropy => {
            let mut distributions = uniform(shape, 0.1, 1.0, rng);
            for mut row in distributions.rows_mut() {
                let sum = row.sum();
                row /= sum;
            }
            distributions
        }
        _ => uniform(shape, -2.0, 2.0, rng),
    }
}

/// The smallest |z| of all units that have a kink at 0.
fn distance_to_kink(network: &Network<f64>, inputs: ArrayView2<'_, f64>) -> f64 {
    let pass = forward(network, inputs).unwrap();
    let layers = network.layers().iter().zip(&pass.weighted_inputs);
    layers
        .filter(|(layer, _)| matches!(layer.activation(), Activation::Relu | Activation::LeakyRelu))
        .flat_map(|(_, z)| z)
        .fold(f64::INFINITY, |least, z| least.min(z.abs()))
}

/// Weight (k, j) of a layer, or bias j if k is one beyond the last row.
fn parameter(network: &mut Network<f64>, (l, k, j): (usize, usize, usize)) -> &mut f64 {
    let layer = &mut network.layers_mut()[l];
    if k < layer.inputs() { layer.weights_mut().index((k, j)) } else { layer.biases_mut().index(j) }
}

#[track_caller]
fn check(cost: &Cost) {
    let outputs = custom::outputs_of(cost);
    let mut worst = 0.0_f64;
    for hidden in custom::hidden_activations() {
        for number in 0..NETWORKS {
            // The outputs a cost allows take turns.
            let output = &outputs[number as usize % outputs.len()];
            let mut case = Case::draw(&hidden, output, cost, number);
            let factored =
                backprop(&case.network, case.inputs.view(), case.targets.view(), cost).unwrap();
            let gradients: Vec<_> =
                (0..factored.num_samples()).map(|s| factored.sample(s)).collect();
            let error = case.max_error(cost, &gradients);
            worst = worst.max(error);
            assert!(
                error <= TOLERANCE,
                "{cost}, network {number}, {}: relative error {error:.1e}",
                case.network
            );
        }
    }
    println!("{cost}: largest relative error {worst:.1e}");
}

#[test]
fn quadratic_cost() {
    check(&Cost::Quadratic);
}

#[test]
fn cross_entropy_cost() {
    check(&Cost::CrossEntropy);
}

#[test]
fn softmax_cross_entropy_cost() {
    check(&Cost::SoftmaxCrossEntropy);
}

#[test]
fn a_cost_of_our_own() {
    check(&custom::costs()[Cost::ALL.len()]);
}

/// The check itself is sharp: a δ that is wrong in the fifth digit does not pass.
#[test]
fn a_slightly_wrong_gradient_is_noticed() {
    let (sigma, cost) = (Activation::Tanh, Cost::Quadratic);
    let mut case = Case::draw(&sigma, &sigma, &cost, 3);
    let targets = &case.targets + 1e-5;
    let wrong = backprop(&case.network, case.inputs.view(), targets.view(), &cost).unwrap();
    let wrong: Vec<_> = (0..wrong.num_samples()).map(|s| wrong.sample(s)).collect();
    assert!(case.max_error(&cost, &wrong) > TOLERANCE);
}
