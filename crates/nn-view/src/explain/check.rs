//! One weight's gradient, by back-propagation and by a finite difference.

use ndarray::{Array1, Axis};
use nn_core::{Cost, Error, Network, forward};
use serde::{Deserialize, Serialize};

use crate::ViewError;

/// A weight of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightPlace {
    /// The layer it leads into, by the book's number (2 to L).
    pub layer: usize,
    /// k, the unit it comes from, counted from 0.
    pub from: usize,
    /// j, the unit it leads to, counted from 0.
    pub to: usize,
}

/// ∂C/∂w of one weight, found twice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GradientCheck {
    /// The weight.
    pub place: WeightPlace,
    /// Its value w.
    pub weight: f64,
    /// a^(l−1)_k.
    pub activation: f64,
    /// δ^l_j.
    pub error: f64,
    /// By back-propagation: a^(l−1)_k δ^l_j (BP4).
    pub gradient: f64,
    /// ε, by which the weight is moved.
    pub step: f64,
    /// C at w + ε.
    pub cost_above: f64,
    /// C at w − ε.
    pub cost_below: f64,
    /// (C(w + ε) − C(w − ε)) / 2ε.
    pub difference: f64,
    /// |difference − gradient| / max(|difference|, |gradient|), 0 where both are 0.
    pub relative_error: f64,
}

/// The weight of the largest gradient into the output layer. `deltas` are δ² to δ^L, `a` is a¹ to a^L.
pub(super) fn largest(deltas: &[Array1<f64>], a: &[Array1<f64>]) -> WeightPlace {
    let last = deltas.len() - 1;
    WeightPlace {
        layer: last + 2,
        from: super::largest_of(&a[last]),
        to: super::largest_of(&deltas[last]),
    }
}

/// Moves one weight up and down, and compares what the cost does with what back-propagation said.
pub(super) fn against_difference(
    network: &Network<f64>,
    cost: &Cost,
    (x, y): (&Array1<f64>, &Array1<f64>),
    place: WeightPlace,
    (deltas, a): (&[Array1<f64>], &[Array1<f64>]),
) -> Result<GradientCheck, ViewError> {
    let WeightPlace { layer, from, to } = place;
    let layers = network.layers().len();
    let i = layer.checked_sub(2).filter(|i| *i < layers).ok_or_else(|| {
        let expected = if layers == 1 { "2".to_owned() } else { format!("2 to {}", layers + 1) };
        ViewError::NoSuchLayer { layer, expected }
    })?;
    let (inputs, outputs) = network.layers()[i].weights().dim();
    if from >= inputs || to >= outputs {
        return Err(ViewError::NoSuchWeight { layer, from, to, inputs, outputs });
    }
    let weight = network.layers()[i].weights()[[from, to]];
    // ε³ ≈ the rounding of C: the error of a central difference is then smallest.
    let step = 1e-5 * weight.abs().max(1.0);
    let mut moved = network.clone();
    let mut cost_at = |weight: f64| -> Result<f64, Error> {
        moved.layers_mut()[i].weights_mut()[[from, to]] = weight;
        let pass = forward(&moved, x.view().insert_axis(Axis(0)))?;
        let z = pass.weighted_inputs.last().expect("a network has a layer").row(0).to_owned();
        Ok(cost.value(z.view(), pass.output().row(0), y.view()))
    };
    let (above, below) = (weight + step, weight - step);
    let (cost_above, cost_below) = (cost_at(above)?, cost_at(below)?);
    let difference = (cost_above - cost_below) / (above - below);
    let (activation, error) = (a[i][from], deltas[i][to]);
    let gradient = activation * error;
    let largest = difference.abs().max(gradient.abs());
    let relative_error = if largest > 0.0 { (difference - gradient).abs() / largest } else { 0.0 };
    Ok(GradientCheck {
        place,
        weight,
        activation,
        error,
        gradient,
        step,
        cost_above,
        cost_below,
        difference,
        relative_error,
    })
}
