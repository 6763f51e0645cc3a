//! Whether layers still learn: how strong their gradients are, dead and saturated units.

use ndarray::Array2;
use nn_core::{Activation, Cost, Inputs, Network, forward};
use nn_train::Samples;
use serde::{Deserialize, Serialize};

use crate::ViewError;

/// A unit counts as saturated on a sample where its slope σ'(z) is below this share of the steepest.
const FLAT: f32 = 0.05;
/// A unit counts as dead if its slope is below this share of the steepest on every sample.
const NO_SLOPE: f32 = 1e-3;
/// Samples fed forward at a time.
const BLOCK: usize = 256;

/// How the units of one layer do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LayerHealth {
    /// The book's number of the layer, 2 to L.
    pub layer: usize,
    /// Its units.
    pub units: usize,
    /// Share of its units that are dead: their slope is 0, or as good as 0, on every sample.
    #[serde(alias = "dead")]
    pub dead_units: Option<f64>,
    /// Share of (unit, sample) pairs where the unit is saturated: σ'(z) below 5 % of its largest.
    /// `None` for activations that don't saturate.
    pub saturated: Option<f64>,
    /// √(Σ w²) of the weights into it.
    pub weight_norm: Option<f64>,
    /// √(Σ g²) of the mean gradient of its weights and biases, if it was watched while training.
    pub gradient_norm: Option<f64>,
}

/// How the units of every layer do on the given samples. Softmax outputs count neither dead nor
/// saturated units: their slope isn't one unit's alone.
///
/// # Errors
///
/// [`ViewError::NoSuchSample`] for a sample that doesn't exist, [`nn_core::Error::Shape`] if the
/// inputs don't fit the network.
pub fn layer_health(
    network: &Network<f32>,
    inputs: &Inputs<f32>,
    samples: &[usize],
) -> Result<Vec<LayerHealth>, ViewError> {
    if let Some(&index) = samples.iter().find(|&&sample| sample >= inputs.len()) {
        return Err(ViewError::NoSuchSample { index, samples: inputs.len() });
    }
    let mut counts: Vec<Flatness> =
        network.layers().iter().map(|layer| Flatness::new(layer.outputs())).collect();
    for block in samples.chunks(BLOCK) {
        let mut rows = Array2::zeros((block.len(), inputs.num_features()));
        for (mut row, &sample) in rows.rows_mut().into_iter().zip(block) {
            inputs.copy_row(sample, row.as_slice_mut().expect("a fresh array is contiguous"));
        }
        let pass = forward(network, rows.view())?;
        let values = pass.weighted_inputs.iter().zip(&pass.activations[1..]);
        for ((count, layer), (z, a)) in counts.iter_mut().zip(network.layers()).zip(values) {
            count.add(layer.activation(), &layer.activation().derivatives(z.view(), a.view()));
        }
    }
    let layers = network.layers().iter().zip(&counts).zip(2..);
    Ok(layers
        .map(|((layer, count), number)| {
            let (dead_units, saturated) = count.shares(layer.activation());
            let squares: f64 = layer.weights().iter().map(|&w| f64::from(w).powi(2)).sum();
            LayerHealth {
                layer: number,
                units: layer.outputs(),
                dead_units,
                saturated,
                weight_norm: Some(squares.sqrt()),
                gradient_norm: None,
            }
        })
        .collect())
}

/// The same on `count` of the samples (all, if there are fewer), evenly spread over them, with the
/// norm of the gradient that these samples have in the mean. No gradient where it isn't finite.
///
/// # Errors
///
/// As [`layer_health`], and where cost and targets don't fit the network.
pub fn training_health(
    network: &Network<f32>,
    cost: &Cost,
    samples: &Samples<f32>,
    count: usize,
) -> Result<Vec<LayerHealth>, ViewError> {
    let count = count.min(samples.len());
    let chosen: Vec<usize> = (0..count).map(|i| i * samples.len() / count).collect();
    let mut layers = layer_health(network, samples.inputs(), &chosen)?;
    let norms = nn_train::health(network, cost, samples, count)?.unwrap_or_default();
    for (layer, norms) in layers.iter_mut().zip(norms) {
        layer.gradient_norm = Some(norms.gradient_norm);
    }
    Ok(layers)
}

/// Counts of where a layer's units have no slope.
struct Flatness {
    /// Whether a unit had a slope on any sample.
    alive: Vec<bool>,
    flat: usize,
    samples: usize,
}

impl Flatness {
    fn new(units: usize) -> Self {
        Self { alive: vec![false; units], flat: 0, samples: 0 }
    }

    /// Adds the slopes σ'(z) of some samples (m × n_l).
    fn add(&mut self, activation: &Activation, slopes: &Array2<f32>) {
        let steepest = steepest(activation);
        self.samples += slopes.nrows();
        for row in slopes.rows() {
            for (alive, slope) in self.alive.iter_mut().zip(row) {
                let share = slope.abs() / steepest;
                *alive |= share >= NO_SLOPE;
                self.flat += usize::from(share < FLAT);
            }
        }
    }

    /// Shares of dead units and of saturated pairs.
    fn shares(&self, activation: &Activation) -> (Option<f64>, Option<f64>) {
        let units = self.alive.len();
        if self.samples == 0 || matches!(activation, Activation::Softmax | Activation::Custom(_)) {
            return (None, None);
        }
        let dead = self.alive.iter().filter(|alive| !**alive).count() as f64 / units as f64;
        let saturated = self.flat as f64 / (units * self.samples) as f64;
        (Some(dead), saturates(activation).then_some(saturated))
    }
}

fn saturates(activation: &Activation) -> bool {
    matches!(activation, Activation::Sigmoid | Activation::Tanh | Activation::LecunTanh)
}

/// The largest σ'(z): that at 0 for those that saturate, about 1 for the others.
fn steepest(activation: &Activation) -> f32 {
    if !saturates(activation) {
        return 1.0;
    }
    activation.derivative(0.0, activation.value(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::predictions::tests::subject;
    use ndarray::array;

    /// Shares, from weighted inputs.
    fn shares(activation: &Activation, z: &Array2<f32>) -> (Option<f64>, Option<f64>) {
        let mut count = Flatness::new(z.ncols());
        let a = z.mapv(|z| activation.value(z));
        count.add(activation, &activation.derivatives(z.view(), a.view()));
        count.shares(activation)
    }

    #[test]
    fn dead_and_saturated_units_are_counted() {
        // Unit 0 learns, unit 1 is stuck at 1, unit 2 is saturated once.
        let z = array![[0.0_f32, 20.0, 4.6], [-0.4, 12.0, 0.0]];
        assert_eq!(shares(&Activation::Sigmoid, &z), (Some(1.0 / 3.0), Some(0.5)));
        let z = array![[-1.0_f32, -2.0], [2.0, -0.1]];
        assert_eq!(shares(&Activation::Relu, &z), (Some(0.5), None));
        assert_eq!(shares(&Activation::LeakyRelu, &z), (Some(0.0), None));
        assert_eq!(shares(&Activation::Silu, &array![[-30.0_f32, 1.0]]), (Some(0.5), None));
        assert_eq!(
            shares(&Activation::LecunTanh, &array![[50.0_f32, 0.0]]),
            (Some(0.5), Some(0.5))
        );
        assert_eq!(shares(&Activation::Softmax, &array![[0.0_f32, 1.0]]), (None, None));
        assert_eq!(shares(&Activation::Sigmoid, &Array2::zeros((0, 3))), (None, None));
    }

    #[test]
    fn training_samples_give_gradients_and_the_same_shares() {
        let (model, test) = subject();
        let samples = Samples::from_dataset(&test).unwrap();
        let layers = training_health(&model.network, &model.cost, &samples, 50).unwrap();
        let norms = nn_train::health(&model.network, &model.cost, &samples, 50).unwrap().unwrap();
        assert_eq!(layers.len(), 2);
        for (layer, norms) in layers.iter().zip(norms) {
            assert_eq!(layer.gradient_norm, Some(norms.gradient_norm));
            assert_eq!((layer.layer, layer.gradient_norm > Some(0.0)), (norms.layer, true));
        }
        let chosen: Vec<usize> = (0..50).map(|i| i * test.len() / 50).collect();
        let plain = layer_health(&model.network, samples.inputs(), &chosen).unwrap();
        assert_eq!(plain[0].dead_units, layers[0].dead_units);
        assert_eq!(plain[0].gradient_norm, None);
        let missing = layer_health(&model.network, samples.inputs(), &[test.len()]);
        assert!(matches!(missing, Err(ViewError::NoSuchSample { .. })));
    }
}
