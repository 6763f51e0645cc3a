//! Whether units still learn: dead and saturated ones, counted on samples.

use ndarray::Array2;
use nn_core::{Activation, Inputs, Model};
use serde::{Deserialize, Serialize};

use super::activations;
use crate::ViewError;

/// A unit counts as saturated on a sample where its slope σ'(z) is below this share of the steepest.
const FLAT: f64 = 0.05;

/// How the units of one layer do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LayerHealth {
    /// The book's number of the layer, 2 to L.
    pub layer: usize,
    /// Its units.
    pub units: usize,
    /// Share of its units that are dead: their slope is 0, or as good as 0, on every sample.
    pub dead: Option<f64>,
    /// Share of (unit, sample) pairs where the unit is saturated: σ'(z) below 5 % of its largest.
    /// `None` for activations that don't saturate.
    pub saturated: Option<f64>,
    /// √(Σ w²) of the weights into it.
    pub weight_norm: Option<f64>,
    /// √(Σ g²) of the gradient of its weights, if it was watched while training.
    pub gradient_norm: Option<f64>,
}

/// How the units of every layer do on the given samples. Softmax outputs count neither dead nor
/// saturated units: their slope isn't one unit's alone.
///
/// # Errors
///
/// As [`activations`].
pub fn layer_health(
    model: &Model<f32>,
    inputs: &Inputs<f32>,
    samples: &[usize],
) -> Result<Vec<LayerHealth>, ViewError> {
    let all = activations(model, inputs, samples)?;
    let layers = model.network.layers().iter().zip(&all).zip(2..);
    Ok(layers
        .map(|((layer, a), number)| {
            let (dead, saturated) = flat_units(layer.activation(), a);
            let squares: f64 = layer.weights().iter().map(|&w| f64::from(w).powi(2)).sum();
            LayerHealth {
                layer: number,
                units: layer.outputs(),
                dead,
                saturated,
                weight_norm: Some(squares.sqrt()),
                gradient_norm: None,
            }
        })
        .collect())
}

/// Shares of dead units and of saturated pairs, from activations (m × n_l).
fn flat_units(activation: &Activation, a: &Array2<f32>) -> (Option<f64>, Option<f64>) {
    // σ' as a share of its largest, from a alone.
    let slope: Box<dyn Fn(f64) -> f64> = match activation {
        Activation::Sigmoid => Box::new(|a| 4.0 * a * (1.0 - a)),
        Activation::Tanh => Box::new(|a| 1.0 - a * a),
        Activation::LecunTanh => Box::new(|a| {
            let t = a / Activation::LecunTanh.value(1e3);
            1.0 - t * t
        }),
        Activation::Relu => Box::new(|a| if a > 0.0 { 1.0 } else { 0.0 }),
        _ => return (None, None),
    };
    let bounded = *activation != Activation::Relu;
    let least = if bounded { 1e-3 } else { f64::MIN_POSITIVE };
    let dead = a
        .columns()
        .into_iter()
        .filter(|column| column.iter().all(|&a| slope(a.into()) < least))
        .count();
    let flat = a.iter().filter(|&&a| slope(a.into()) < FLAT).count();
    let share = |part: usize, of: usize| (of > 0).then(|| part as f64 / of as f64);
    (
        share(dead, if a.nrows() == 0 { 0 } else { a.ncols() }),
        if bounded { share(flat, a.len()) } else { None },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn dead_and_saturated_units_are_counted() {
        // Unit 0 learns, unit 1 is stuck at 1, unit 2 is saturated once.
        let a = array![[0.5_f32, 1.0, 0.99], [0.4, 0.99999, 0.5]];
        let (dead, saturated) = flat_units(&Activation::Sigmoid, &a);
        assert_eq!((dead, saturated), (Some(1.0 / 3.0), Some(0.5)));
        let a = array![[0.0_f32, 0.0], [2.0, 0.0]];
        assert_eq!(flat_units(&Activation::Relu, &a), (Some(0.5), None));
        let a = array![[1.7159_f32, 0.0]];
        assert_eq!(flat_units(&Activation::LecunTanh, &a), (Some(0.5), Some(0.5)));
        assert_eq!(flat_units(&Activation::Softmax, &a), (None, None));
        assert_eq!(flat_units(&Activation::Sigmoid, &Array2::zeros((0, 3))), (None, None));
    }
}
