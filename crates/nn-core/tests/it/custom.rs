//! An activation and a cost that are not built in.

use std::sync::Arc;

use nn_core::{Activation, ActivationFn, Cost, CostFn};

/// σ(z) = sin z.
#[derive(Debug)]
struct Sine;

impl ActivationFn for Sine {
    fn name(&self) -> &'static str {
        "sine"
    }
    fn value(&self, z: f64) -> f64 {
        z.sin()
    }
    fn derivative(&self, z: f64) -> f64 {
        z.cos()
    }
}

/// C = ln cosh(a − y).
#[derive(Debug)]
struct LogCosh;

impl CostFn for LogCosh {
    fn name(&self) -> &'static str {
        "log-cosh"
    }
    fn value(&self, a: f64, y: f64) -> f64 {
        (a - y).cosh().ln()
    }
    fn derivative(&self, a: f64, y: f64) -> f64 {
        (a - y).tanh()
    }
}

/// Every built-in activation, and one of our own.
pub(crate) fn activations() -> Vec<Activation> {
    let mut all = Activation::ALL.to_vec();
    all.push(Activation::Custom(Arc::new(Sine)));
    all
}

/// The activations a hidden layer can have.
pub(crate) fn hidden_activations() -> Vec<Activation> {
    activations().into_iter().filter(|sigma| *sigma != Activation::Softmax).collect()
}

/// Every built-in cost, and one of our own.
pub(crate) fn costs() -> Vec<Cost> {
    let mut all = Cost::ALL.to_vec();
    all.push(Cost::Custom(Arc::new(LogCosh)));
    all
}

/// The output activations a cost is defined on.
pub(crate) fn outputs_of(cost: &Cost) -> Vec<Activation> {
    activations().into_iter().filter(|sigma| cost.check_output(sigma).is_ok()).collect()
}
