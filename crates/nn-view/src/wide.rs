//! The same network in `f64`, where sums and differences can be checked.

use nn_core::{Error, Layer, Network};

/// A network of the same weights, exactly, in double precision.
pub(crate) fn wide(network: &Network<f32>) -> Result<Network<f64>, Error> {
    let layer = |layer: &Layer<f32>| {
        let weights = layer.weights().mapv(f64::from);
        let biases = layer.biases().mapv(f64::from);
        Layer::new(weights.view(), biases.view(), layer.activation().clone())
    };
    Network::from_layers(network.layers().iter().map(layer).collect::<Result<_, _>>()?)
}
