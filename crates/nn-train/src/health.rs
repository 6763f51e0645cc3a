//! How the layers of a network fare: lengths of gradients and weights, units that no longer
//! respond.

use nn_core::examine::examine;
use nn_core::{Cost, Error, Network, Scalar};
use serde::{Deserialize, Serialize};

use crate::Samples;

/// How one layer fares, on some samples.
///
/// What to look for: gradients that shrink from the last layer to the first by orders of
/// magnitude (the book's chapter 5, vanishing gradients) or grow (exploding); layers most of
/// whose units are dead or saturated; and steps η · `gradient_norm` that are far above or below
/// a thousandth of `weight_norm`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LayerHealth {
    /// The book's number of the layer, 2 to L.
    pub layer: usize,
    /// ‖(1/m) Σ_x ∂C_x‖ over the layer's weights and biases, without penalties.
    pub gradient_norm: f64,
    /// (1/m) Σ_x ‖∂C_x‖ over the layer's weights and biases.
    pub sample_gradient_norm: f64,
    /// ‖w‖ of the layer's weights, without biases.
    pub weight_norm: f64,
    /// Share of the units (0 to 1) that respond to none of the samples: σ is flat for every one
    /// of them. Of ReLU, units that never fire.
    pub dead_units: f64,
    /// Share of the activations (0 to 1), units × samples, where σ is flat: |σ'| is below 0.5 %
    /// of its largest value. Of sigmoid and tanh, those that are saturated; of ReLU, those
    /// that are 0. In an output layer that has learnt, many.
    pub saturated: f64,
}

/// The health of layers 2 to L of `network` on `count` of the samples (all, if there are
/// fewer), evenly spread over them; `None` if there is no sample or a gradient is not finite.
///
/// The samples are taken as they are, without dropout, augmentation and label smoothing, and
/// all at once: it takes the time of `count` samples of training on one thread, and the memory
/// of a mini-batch of that size. Training is not changed by it.
///
/// # Errors
///
/// [`Error`] if network, cost and samples do not fit each other.
pub fn health<T: Scalar>(
    network: &Network<T>,
    cost: &Cost,
    samples: &Samples<T>,
    count: usize,
) -> Result<Option<Vec<LayerHealth>>, Error> {
    let count = count.min(samples.len());
    if count == 0 {
        return Ok(None);
    }
    let chosen: Vec<u32> = (0..count).map(|i| (i * samples.len() / count) as u32).collect();
    let (inputs, targets) = (samples.inputs(), samples.targets());
    let Some(looks) = examine(network, cost, inputs, targets, &chosen)? else { return Ok(None) };
    let healths = looks.into_iter().zip(network.layers()).zip(2..).map(|((look, of), layer)| {
        let squares = of.weights().fold(0.0, |sum: f64, w| sum + w.as_f64() * w.as_f64());
        LayerHealth {
            layer,
            gradient_norm: look.gradient_norm,
            sample_gradient_norm: look.sample_gradient_norm,
            weight_norm: squares.sqrt(),
            dead_units: look.dead,
            saturated: look.flat,
        }
    });
    Ok(Some(healths.collect()))
}
