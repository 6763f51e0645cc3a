//! Whether layers still learn: how strong their gradients are, dead and saturated units.

use ndarray::Array2;
use nn_core::{Activation, Cost, Inputs, Layer, Network, forward};
use nn_train::Samples;
use serde::{Deserialize, Serialize};

use crate::ViewError;

/// σ is flat where its slope σ'(z) is below this share of the steepest: there a unit is saturated on
/// a sample, and a unit that is so on every sample is dead. It is the share by which
/// [`nn_train::health`] goes while training, so that both say the same of one network.
const FLAT: f32 = 0.005;
/// Samples fed forward at a time.
const BLOCK: usize = 256;

/// How one layer does, as far as it is known: what is recorded, shown and judged by hints. While
/// training everything is known ([`nn_train::LayerHealth`] and what its activation makes of it), of
/// a model alone no gradient.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LayerFigures {
    /// The book's number of the layer, 2 to L.
    pub layer: usize,
    /// Its units.
    pub units: usize,
    /// Share of its units that are dead: σ'(z) below 0.5 % of its largest on every sample.
    #[serde(alias = "dead")]
    pub dead_units: Option<f64>,
    /// Share of (unit, sample) pairs where the unit is saturated: σ'(z) below 0.5 % of its largest.
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
) -> Result<Vec<LayerFigures>, ViewError> {
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
            LayerFigures {
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
/// norm of the gradient that these samples have in the mean, all from one pass forward and back. No
/// gradient where it isn't finite.
///
/// # Errors
///
/// As [`layer_health`], and where cost and targets don't fit the network.
pub fn training_health(
    network: &Network<f32>,
    cost: &Cost,
    samples: &Samples<f32>,
    count: usize,
) -> Result<Vec<LayerFigures>, ViewError> {
    let count = count.min(samples.len());
    let Some(healths) = nn_train::health(network, cost, samples, count)? else {
        let chosen: Vec<usize> = (0..count).map(|i| i * samples.len() / count).collect();
        return layer_health(network, samples.inputs(), &chosen);
    };
    let figures = |(health, layer): (nn_train::LayerHealth, &Layer<f32>)| LayerFigures {
        layer: health.layer,
        units: layer.outputs(),
        dead_units: has_slopes(layer.activation()).then_some(health.dead_units),
        saturated: saturates(layer.activation()).then_some(health.saturated),
        weight_norm: Some(health.weight_norm),
        gradient_norm: Some(health.gradient_norm),
    };
    Ok(healths.into_iter().zip(network.layers()).map(figures).collect())
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
                let is_flat = slope.abs() < FLAT * steepest;
                *alive |= !is_flat;
                self.flat += usize::from(is_flat);
            }
        }
    }

    /// Shares of dead units and of saturated pairs.
    fn shares(&self, activation: &Activation) -> (Option<f64>, Option<f64>) {
        let units = self.alive.len();
        if self.samples == 0 || !has_slopes(activation) {
            return (None, None);
        }
        let dead = self.alive.iter().filter(|alive| !**alive).count() as f64 / units as f64;
        let saturated = self.flat as f64 / (units * self.samples) as f64;
        (Some(dead), saturates(activation).then_some(saturated))
    }
}

/// Whether a slope is one unit's alone, and how steep it gets is known.
fn has_slopes(activation: &Activation) -> bool {
    !matches!(activation, Activation::Softmax | Activation::Custom(_))
}

fn saturates(activation: &Activation) -> bool {
    matches!(activation, Activation::Sigmoid | Activation::Tanh | Activation::LecunTanh)
}

/// The largest σ'(z), or about that.
fn steepest(activation: &Activation) -> f32 {
    if *activation == Activation::Sigmoid { 0.25 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::predictions::tests::subject;
    use ndarray::array;
    use nn_core::{Init, NetworkBuilder};

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
        let z = array![[0.0_f32, 20.0, 6.8], [-6.5, 12.0, 0.0]];
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
    fn while_training_and_alone_a_network_is_said_to_do_the_same() {
        let (model, test) = subject();
        let cost = Cost::CrossEntropy;
        let samples = Samples::from_dataset(&test).unwrap();
        let chosen: Vec<usize> = (0..50).map(|i| i * test.len() / 50).collect();
        for hidden in [Activation::Sigmoid, Activation::Tanh, Activation::Relu, Activation::Silu] {
            let builder = NetworkBuilder::<f32>::new(&model.network.sizes());
            let network =
                builder.hidden(hidden.clone()).init(Init::StandardNormal).build(2).unwrap();
            let alone = layer_health(&network, samples.inputs(), &chosen).unwrap();
            let watched = training_health(&network, &cost, &samples, 50).unwrap();
            let norms = nn_train::health(&network, &cost, &samples, 50).unwrap().unwrap();
            for ((alone, watched), norms) in alone.iter().zip(&watched).zip(&norms) {
                assert_eq!(alone.gradient_norm, None);
                assert_eq!(watched.gradient_norm, Some(norms.gradient_norm), "{hidden}");
                assert!(norms.gradient_norm > 0.0);
                let without = LayerFigures { gradient_norm: None, ..watched.clone() };
                assert_eq!(*alone, without, "{hidden}");
            }
            assert_eq!(alone[0].saturated.is_some_and(|share| share > 0.3), saturates(&hidden));
        }
        let missing = layer_health(&model.network, samples.inputs(), &[test.len()]);
        assert!(matches!(missing, Err(ViewError::NoSuchSample { .. })));
    }

    #[test]
    fn where_nothing_is_finite_the_units_are_counted_all_the_same() {
        let (mut model, test) = subject();
        let samples = Samples::from_dataset(&test).unwrap();
        model.network.layers_mut()[1].biases_mut()[0] = f32::NAN;
        let layers = training_health(&model.network, &model.cost, &samples, 50).unwrap();
        assert!(layers[0].saturated.is_some() && layers[0].gradient_norm.is_none());
    }
}
