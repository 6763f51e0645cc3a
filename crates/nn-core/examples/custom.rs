//! An activation and a cost of your own, through the traits: training can't tell them from those
//! that are built in.
//!
//! ```text
//! cargo run -p nn-core --example custom
//! ```

use std::sync::Arc;

use ndarray::array;
use nn_core::{
    Activation, ActivationFn, Cost, CostFn, Error, Init, NetworkBuilder, backprop, forward,
};

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

/// C = ln cosh(a − y): quadratic for small errors, and as far as its slope for large ones.
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

fn main() -> Result<(), Error> {
    let cost = Cost::Custom(Arc::new(LogCosh));
    let mut network = NetworkBuilder::<f64>::new(&[2, 6, 1])
        .hidden(Activation::Custom(Arc::new(Sine)))
        .output(Activation::Sigmoid)
        .init(Init::XavierNormal)
        .build(1)?;
    let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let y = array![[0.0], [1.0], [1.0], [0.0]];
    for _ in 0..5_000 {
        let gradients = backprop(&network, x.view(), y.view(), &cost)?.sum();
        for (layer, gradient) in network.layers_mut().iter_mut().zip(gradients.layers()) {
            layer.weights_mut().scaled_add(-1.0, &gradient.weights);
            layer.biases_mut().scaled_add(-1.0, &gradient.biases);
        }
    }
    let outputs = forward(&network, x.view())?.output().to_owned();
    println!("{network}, {cost} cost: {outputs:.3}");
    let learnt = outputs.iter().zip(&y).all(|(output, wanted)| (output - wanted).abs() < 0.2);
    assert!(learnt, "XOR is learnt");
    Ok(())
}
