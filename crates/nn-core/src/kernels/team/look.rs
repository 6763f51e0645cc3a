//! What the buffers say of each layer after a batch whose gradient was measured.

use super::buffers::{Buffers, Plan};
use super::clip::sum_of_squares;
use crate::examine::LayerExamination;
use crate::{Activation, Inputs, Scalar};

/// σ' below this share of its largest value counts as flat.
const FLAT: f64 = 0.005;

/// Looks at every layer after one batch of `m` samples by a single worker, under clipping of
/// the mean gradient's length: the lengths are summed, and δ is divided by m.
pub(crate) fn look<T: Scalar>(
    plan: &Plan,
    buffers: &Buffers<T>,
    inputs: &Inputs<T>,
    m: usize,
) -> Vec<LayerExamination> {
    let own = &buffers.workers[0];
    let layer = |l: usize| own.layers[l].as_ref().unwrap_or(&buffers.layers[l]);
    let squared_input = |s: usize| {
        let stage = &own.stage;
        if inputs.is_stored_sparse() {
            let (start, end) = (stage.starts[s] as usize, stage.starts[s + 1] as usize);
            sum_of_squares(&stage.values[start..end])
        } else {
            sum_of_squares(stage.dense.row(s))
        }
    };
    let mut below: Vec<f64> = (0..m).map(squared_input).collect();
    let mut looks = Vec::with_capacity(plan.depth());
    for l in 0..plan.depth() {
        let (n_in, n_out) = (plan.sizes[l], plan.sizes[l + 1]);
        let sums = if plan.replicated[l] { n_in } else { n_out };
        let squares = &buffers.squares[l];
        let all = squares.row(0)[..sums].iter().chain(&squares.row(1)[..n_out]);
        let at = layer(l);
        let (activation, steepest) = (&plan.activations[l], steepest(&plan.activations[l]));
        let needs_z = activation.derivative_needs_z();
        let (mut norms, mut flat) = (0.0, 0);
        let mut alive = vec![false; n_out];
        for (s, below) in below.iter_mut().enumerate() {
            let a = at.activations.row(s);
            norms += (sum_of_squares(at.errors.row(s)) * (*below + 1.0)).sqrt();
            *below = sum_of_squares(a);
            let z = if needs_z { at.weighted_inputs.row(s) } else { a };
            for ((&a, &z), alive) in a.iter().zip(z).zip(&mut alive) {
                let slope = activation.derivative(z, a).as_f64().abs();
                let is_flat = slope < FLAT * steepest;
                flat += usize::from(is_flat);
                *alive |= !is_flat;
            }
        }
        let dead = alive.iter().filter(|alive| !**alive).count();
        looks.push(LayerExamination {
            gradient_norm: all.sum::<f64>().sqrt(),
            // The mean over m samples of m times what is stored.
            sample_gradient_norm: norms,
            dead: dead as f64 / n_out as f64,
            flat: flat as f64 / (m * n_out) as f64,
        });
    }
    looks
}

/// The largest σ' of an activation, or about that.
fn steepest(activation: &Activation) -> f64 {
    match activation {
        Activation::Sigmoid | Activation::Softmax => 0.25,
        _ => 1.0,
    }
}
