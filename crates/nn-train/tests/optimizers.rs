//! Optimisers and schedules against numbers made by PyTorch
//! (`tests/optimizers/torch_numbers.py`).

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use ndarray::Array2;
use nn_core::engine::MiniBatches;
use nn_core::inputs::DenseRows;
use nn_core::{
    Activation, Cost, Engine, Inputs, Layer, Network, RuleState, RuleStep, Scalar, SparseRows,
    Step, Targets,
};
use nn_train::schedule::Moment;
use nn_train::{Optimizer, Schedule};
use serde::Deserialize;

#[derive(Deserialize)]
struct Numbers {
    start: Start,
    cases: Vec<Case>,
    /// Settings, epochs of warm-up, and η of each step for η₀ = 0.5, 5 epochs of 4 steps.
    schedules: Vec<(Schedule, f64, Vec<f64>)>,
}

#[derive(Deserialize)]
struct Start {
    /// Weights of both layers, then biases, row by row.
    parameters: Vec<Vec<f64>>,
    x: Vec<Vec<f64>>,
    y: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Case {
    title: String,
    optimizer: Optimizer,
    l2: f64,
    rate: f64,
    /// w after each step of minimising w⁴/4 − w from 2.
    toy: Vec<f64>,
    /// The network's parameters after each step.
    network: Vec<Vec<Vec<f64>>>,
}

fn numbers() -> Numbers {
    serde_json::from_str(include_str!("optimizers/numbers.json")).unwrap()
}

impl Case {
    /// A step with L2 as the trainer asks for it, for one training sample.
    fn step(&self) -> Step {
        self.optimizer.step(self.rate, self.l2, 1)
    }
}

impl Start {
    /// 3-4-2, tanh, then linear.
    fn network<T: Scalar>(&self) -> Network<T> {
        let layer = |l: usize, inputs: usize, outputs: usize, activation: Activation| {
            let number = |&x: &f64| T::from_f64(x);
            let weights: Vec<T> = self.parameters[l].iter().map(number).collect();
            let biases: Vec<T> = self.parameters[l + 2].iter().map(number).collect();
            let weights = Array2::from_shape_vec((inputs, outputs), weights).unwrap();
            Layer::new(weights.view(), ndarray::aview1(&biases), activation).unwrap()
        };
        let hidden = layer(0, 3, 4, Activation::Tanh);
        Network::from_layers(vec![hidden, layer(1, 4, 2, Activation::Identity)]).unwrap()
    }
}

fn matrix<T: Scalar>(rows: &[Vec<f64>]) -> Array2<T> {
    let flat = rows.iter().flatten().map(|&x| T::from_f64(x)).collect();
    Array2::from_shape_vec((rows.len(), rows[0].len()), flat).unwrap()
}

/// Weights of both layers, then biases, row by row.
fn parameters<T: Scalar>(network: &Network<T>) -> Vec<Vec<f64>> {
    let layers = network.layers();
    let weights = layers.iter().map(|layer| layer.weights().iter().map(|w| w.as_f64()).collect());
    let biases = layers.iter().map(|layer| layer.biases().iter().map(|b| b.as_f64()).collect());
    weights.chain(biases).collect()
}

#[track_caller]
fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found} instead of {expected}");
}

#[test]
fn every_optimizer_has_a_case() {
    let cases = numbers().cases;
    for optimizer in Optimizer::all() {
        let name = optimizer.name();
        assert!(cases.iter().any(|case| case.optimizer.name() == name), "{name}");
    }
}

#[test]
fn one_parameter_takes_the_steps_of_pytorch() {
    for case in numbers().cases {
        let mut w = 2.0_f64;
        let (mut first, mut second) = ([0.0], [0.0]);
        for (t, &expected) in (1..).zip(&case.toy) {
            let step = case.step();
            let g = w * w * w - 1.0 + step.l2 * w;
            w *= step.shrink;
            match case.optimizer.rule::<f64>() {
                None => w -= step.rate * g,
                Some(rule) => {
                    let count = rule.num_states();
                    let states = [&mut first[..count.min(1)], &mut second[..count / 2]];
                    let w = std::slice::from_mut(&mut w);
                    rule.apply(&RuleStep::new(rule, step.rate, t), w, &[g], states);
                }
            }
            assert_close(w, expected, 1e-12, &format!("{}, step {t}", case.title));
        }
    }
}

/// Trains the network of the numbers, comparing after each step.
fn compare_network<T: Scalar>(tolerance: f64) {
    let Numbers { start, cases, .. } = numbers();
    let x = matrix::<T>(&start.x);
    let stored = [
        Inputs::Dense(DenseRows::from_view(x.view())),
        Inputs::Sparse(SparseRows::from_values(x.view()).unwrap()),
    ];
    let targets = Targets::Rows(matrix::<T>(&start.y));
    for (case, inputs) in cases.iter().flat_map(|case| stored.iter().map(move |i| (case, i))) {
        let mut network = start.network::<T>();
        let mut engine = Engine::new(&network, &Cost::Quadratic, 3, 1).unwrap();
        let rule = case.optimizer.rule::<T>();
        let mut state = rule.map(|rule| RuleState::new(&network, rule));
        for (t, expected) in case.network.iter().enumerate() {
            let order: &[u32] = if t % 2 == 0 { &[0, 1, 2] } else { &[3, 4] };
            let steps = [case.step()];
            if let (Some(rule), Some(state)) = (rule, &mut state) {
                let batches = MiniBatches { order, batch_size: 3, steps: &steps };
                let workers = engine
                    .divide_with_rule(&mut network, rule, state, inputs, &targets, batches)
                    .unwrap();
                for worker in workers {
                    assert_eq!(worker.run().diverged_at, None);
                }
            } else {
                engine.run(&mut network, inputs, &targets, order, 3, &steps).unwrap();
            }
            for (found, expected) in parameters(&network).iter().zip(expected) {
                assert_eq!(found.len(), expected.len());
                for (&found, &expected) in found.iter().zip(expected) {
                    let what = format!("{}, step {}", case.title, t + 1);
                    assert_close(found, expected, tolerance, &what);
                }
            }
        }
    }
}

#[test]
fn a_network_takes_the_steps_of_pytorch() {
    compare_network::<f64>(1e-12);
}

#[test]
fn single_precision_follows_within_its_rounding() {
    compare_network::<f32>(2e-5);
}

#[test]
fn schedules_have_the_rates_of_pytorch() {
    for (schedule, warmup, rates) in numbers().schedules {
        assert_eq!(rates.len(), 20);
        for (step, expected) in (0..).zip(rates) {
            let at = Moment { step, steps: 20, steps_per_epoch: 4 };
            let what = format!("{schedule:?} after {warmup} epochs of warm-up, step {step}");
            assert_close(at.rate(0.5, warmup, &schedule), expected, 1e-12, &what);
        }
    }
}
