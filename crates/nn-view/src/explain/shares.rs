//! A sum of the forward or backward pass, worked out term by term.

use ndarray::{Array1, ArrayView1};
use nn_core::Layer;
use serde::Serialize;

/// Terms that are shown; the others are given as one.
const SHOWN: usize = 6;

/// One product of a sum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Contribution {
    /// The unit it comes from, counted from 0.
    pub from: usize,
    /// w.
    pub weight: f64,
    /// What it is multiplied with: an activation forward, an error backward.
    pub value: f64,
    /// w times that.
    pub product: f64,
}

/// A sum over all units of a neighbouring layer, its largest terms first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkedSum {
    /// The unit whose sum it is, counted from 0.
    pub unit: usize,
    /// The terms of the largest |product|.
    pub largest: Vec<Contribution>,
    /// How many other terms there are that are not 0.
    pub others: usize,
    /// The sum of those.
    pub others_sum: f64,
    /// b, forward; 0 backward, where there is none.
    pub bias: f64,
    /// The sum of everything: z forward, ((w^(l+1))ᵀ δ^(l+1))_j backward.
    pub sum: f64,
    /// σ(z), forward; the sum itself backward.
    pub result: f64,
}

impl WorkedSum {
    /// z_j = Σ_k w_jk a_k + b_j.
    pub(super) fn weighted_input(
        layer: &Layer<f64>,
        a: &Array1<f64>,
        unit: usize,
        z: f64,
        result: f64,
    ) -> Self {
        Self::of(unit, layer.weights().column(unit), a, layer.biases()[unit], (z, result))
    }

    /// Σ_j w_jk δ_j.
    pub(super) fn propagated_error(
        layer: &Layer<f64>,
        delta: &Array1<f64>,
        unit: usize,
        sum: f64,
    ) -> Self {
        Self::of(unit, layer.weights().row(unit), delta, 0.0, (sum, sum))
    }

    fn of(
        unit: usize,
        weights: ArrayView1<'_, f64>,
        values: &Array1<f64>,
        bias: f64,
        (sum, result): (f64, f64),
    ) -> Self {
        let terms = weights.iter().zip(values).enumerate();
        let term = |(from, (&weight, &value))| Contribution {
            from,
            weight,
            value,
            product: weight * value,
        };
        let mut terms: Vec<Contribution> =
            terms.map(term).filter(|term| term.product != 0.0).collect();
        terms.sort_by(|a, b| b.product.abs().total_cmp(&a.product.abs()).then(a.from.cmp(&b.from)));
        let others = terms.split_off(terms.len().min(SHOWN));
        Self {
            unit,
            largest: terms,
            others: others.len(),
            others_sum: others.iter().map(|term| term.product).sum(),
            bias,
            sum,
            result,
        }
    }
}
