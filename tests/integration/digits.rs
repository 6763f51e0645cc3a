//! The embedded digits, as samples.

use nn_core::{Network, NetworkBuilder};
use nn_train::Samples;

/// Training and test samples of the embedded digits.
pub fn samples() -> (Samples<f32>, Samples<f32>) {
    let splits = nn_data::sample::splits();
    let samples = |set| Samples::from_dataset(set).unwrap();
    (samples(&splits.train), samples(&splits.test))
}

/// A network of the book's kind, its hidden layers given.
pub fn network(hidden: &[usize]) -> Network<f32> {
    NetworkBuilder::new(&[&[784], hidden, &[10]].concat()).build(3).unwrap()
}

/// Every weight and bias, bit by bit.
pub fn bits(network: &Network<f32>) -> Vec<u32> {
    let layers = network.layers().iter();
    let values = layers.flat_map(|layer| {
        let weights: Vec<f32> = layer.weights().iter().copied().collect();
        let biases: Vec<f32> = layer.biases().iter().copied().collect();
        [weights, biases].concat()
    });
    values.map(f32::to_bits).collect()
}
