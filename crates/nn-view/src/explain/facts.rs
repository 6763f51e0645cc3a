//! The facts of the five phases.

use ndarray::Array1;
use nn_core::{Activation, Cost};
use serde::Serialize;

use super::{GradientCheck, WorkedSum};

/// One sample's way through a network and back. Layers are numbered as in the book, 1 to L; units,
/// samples and classes are counted from 0.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The sample's number in its dataset.
    pub index: Option<usize>,
    /// The network: `784-30-10 (sigmoid, sigmoid)`.
    pub network: String,
    /// Units per layer, n₁ to n_L.
    pub sizes: Vec<usize>,
    /// The cost's name.
    pub cost_name: String,
    /// Names of the classes, or their numbers.
    pub class_names: Vec<String>,
    /// The class the sample is of.
    pub actual: usize,
    /// The class of the largest output.
    pub predicted: usize,
    /// The number that should come out and the one that does, if the model predicts numbers; then
    /// there are no classes.
    pub regression: Option<PredictedNumber>,
    /// Rows and columns, if the sample is an image.
    pub image_shape: Option<(usize, usize)>,
    /// The sample as grey values (n₁).
    pub grey: Vec<u8>,
    /// Phase 1.
    pub input: InputPhase,
    /// Phase 2, layers 2 to L.
    pub forward: Vec<ForwardLayer>,
    /// Phase 3.
    pub output_error: OutputError,
    /// Phase 4, layers L − 1 down to 2; empty without a hidden layer.
    pub backward: Vec<BackwardLayer>,
    /// Phase 5, layers 2 to L.
    pub gradient: Vec<GradientLayer>,
    /// One weight's gradient against a finite difference.
    pub check: GradientCheck,
}

/// What a regression makes of a sample, in the unit of its target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PredictedNumber {
    /// What should come out.
    pub target: f64,
    /// What comes out.
    pub predicted: f64,
}

/// Phase 1, input: a¹ = x.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InputPhase {
    /// n₁.
    pub features: usize,
    /// How raw features become a¹: `x / 255`.
    pub normalization: String,
    /// Smallest and largest raw feature.
    pub raw_range: (f64, f64),
    /// Smallest and largest element of a¹.
    pub range: (f64, f64),
    /// Mean of a¹.
    pub mean: f64,
    /// Elements of a¹ that are not 0: the others add nothing to any sum.
    pub lit: usize,
    /// a¹ (n₁).
    pub activations: Vec<f64>,
}

/// Phase 2, feed-forward: z^l = w^l a^(l−1) + b^l, a^l = σ(z^l).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ForwardLayer {
    /// l.
    pub layer: usize,
    /// n_(l−1).
    pub inputs: usize,
    /// n_l.
    pub outputs: usize,
    /// σ.
    pub activation: String,
    /// z^l (n_l).
    pub weighted_inputs: Vec<f64>,
    /// a^l (n_l).
    pub activations: Vec<f64>,
    /// One unit's z as a sum: in the output layer the winner's, else the most active unit's.
    pub worked: WorkedSum,
}

/// By which rule the output error is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutputRule {
    /// δ^L = ∇_a C ⊙ σ'(z^L), element by element (BP1).
    Product,
    /// δ^L = a^L − y: a cross-entropy on the outputs it belongs to, where σ' cancels out.
    Difference,
    /// δ^L_j = Σ_i ∂C/∂a_i ∂a_i/∂z_j: softmax mixes the outputs.
    SoftmaxJacobian,
}

impl OutputRule {
    pub(super) fn of(cost: &Cost, output: &Activation) -> Self {
        match (cost, output) {
            (Cost::CrossEntropy | Cost::SoftmaxCrossEntropy, _) => Self::Difference,
            (_, Activation::Softmax) => Self::SoftmaxJacobian,
            _ => Self::Product,
        }
    }
}

/// Phase 3, output error: δ^L = ∇_a C ⊙ σ'(z^L).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutputError {
    /// L.
    pub layer: usize,
    /// How it is found.
    pub rule: OutputRule,
    /// y (n_L).
    pub target: Vec<f64>,
    /// C of this sample.
    pub cost: f64,
    /// ∇_a C (n_L); absent where the rule doesn't need it.
    pub cost_gradient: Option<Vec<f64>>,
    /// σ'(z^L) (n_L); of softmax the diagonal ∂a_j/∂z_j.
    pub slope: Vec<f64>,
    /// δ^L (n_L).
    pub error: Vec<f64>,
}

/// Phase 4, back-propagation: δ^l = ((w^(l+1))ᵀ δ^(l+1)) ⊙ σ'(z^l).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BackwardLayer {
    /// l.
    pub layer: usize,
    /// l + 1, where the error comes from.
    pub from: usize,
    /// (w^(l+1))ᵀ δ^(l+1) (n_l).
    pub propagated: Vec<f64>,
    /// σ'(z^l) (n_l).
    pub slope: Vec<f64>,
    /// δ^l (n_l).
    pub error: Vec<f64>,
    /// The propagated error of the unit of the largest |δ|, as a sum.
    pub worked: WorkedSum,
}

/// Phase 5, gradient: ∂C/∂b^l = δ^l, ∂C/∂w^l_jk = a^(l−1)_k δ^l_j.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GradientLayer {
    /// l.
    pub layer: usize,
    /// n_(l−1).
    pub inputs: usize,
    /// n_l.
    pub outputs: usize,
    /// ‖∂C/∂w^l‖ = ‖a^(l−1)‖ ‖δ^l‖.
    pub weight_norm: f64,
    /// ‖∂C/∂b^l‖ = ‖δ^l‖.
    pub bias_norm: f64,
    /// Elements of ∂C/∂w^l that are not 0.
    pub nonzero: usize,
    /// The weight of the largest |∂C/∂w|: from unit k, to unit j, and the gradient itself.
    pub largest: (usize, usize, f64),
}

impl InputPhase {
    pub(super) fn of(x: &Array1<f64>, raw: &[f64], normalization: String) -> Self {
        let range = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            })
        };
        Self {
            features: x.len(),
            normalization,
            raw_range: range(&mut raw.iter().copied()),
            range: range(&mut x.iter().copied()),
            mean: x.mean().unwrap_or(0.0),
            lit: x.iter().filter(|x| **x != 0.0).count(),
            activations: x.to_vec(),
        }
    }
}

impl GradientLayer {
    pub(super) fn of(layer: usize, delta: &Array1<f64>, a: &Array1<f64>) -> Self {
        let norm = |v: &Array1<f64>| v.dot(v).sqrt();
        let nonzero = |v: &Array1<f64>| v.iter().filter(|v| **v != 0.0).count();
        // The largest product is that of the largest factors.
        let (k, j) = (super::largest_of(a), super::largest_of(delta));
        Self {
            layer,
            inputs: a.len(),
            outputs: delta.len(),
            weight_norm: norm(a) * norm(delta),
            bias_norm: norm(delta),
            nonzero: nonzero(a) * nonzero(delta),
            largest: (k, j, a[k] * delta[j]),
        }
    }
}
