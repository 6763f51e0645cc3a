//! The forward pass and back-propagation, as the book writes them.
//!
//! Each phase is one line beside its equation. Everything is done for a whole mini-batch
//! at once: a vector of the book is a row here, one row per sample, so the book's
//! column-vector products appear transposed.
//!
//! | phase | equation | shapes here |
//! |---|---|---|
//! | input | a¹ = x | m × n₁ |
//! | forward | z^l = w^l a^(l−1) + b^l, a^l = σ(z^l) | (m × n_(l−1)) · (n_(l−1) × n_l) |
//! | output error (BP1) | δ^L = ∇_a C ⊙ σ'(z^L) | m × n_L |
//! | back-propagation (BP2) | δ^l = ((w^(l+1))ᵀ δ^(l+1)) ⊙ σ'(z^l) | (m × n_(l+1)) · (n_(l+1) × n_l) |
//! | gradient (BP3, BP4) | ∂C/∂b^l = δ^l, ∂C/∂w^l = δ^l ⊗ a^(l−1) | see [`PerSampleGradients`] |
//!
//! This is the version to read, to check and to build on; [`engine`](crate::engine) does
//! the same on the fast kernels.

use ndarray::{Array2, ArrayView2};

use crate::{Cost, Error, LayerFactors, Network, PerSampleGradients, Scalar};

/// What a forward pass leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct ForwardPass<T> {
    /// z² to z^L, each m × n_l; `weighted_inputs[l - 2]` is the book's z^l.
    pub weighted_inputs: Vec<Array2<T>>,
    /// a¹ (the input itself) to a^L, each m × n_l; `activations[l - 1]` is the book's a^l.
    pub activations: Vec<Array2<T>>,
}

impl<T: Scalar> ForwardPass<T> {
    /// a^L, m × n_L.
    ///
    /// # Panics
    ///
    /// If the pass is empty, which [`forward`] never returns.
    #[must_use]
    pub fn output(&self) -> ArrayView2<'_, T> {
        self.activations.last().expect("a forward pass has an input").view()
    }
}

/// Feeds m samples (m × n₁) through the network and keeps every z and a.
///
/// # Errors
///
/// [`Error::Shape`] if a sample does not have n₁ features.
pub fn forward<T: Scalar>(
    network: &Network<T>,
    inputs: ArrayView2<'_, T>,
) -> Result<ForwardPass<T>, Error> {
    Error::check_len("features of a sample", network.num_inputs(), inputs.ncols())?;
    let mut activations = vec![inputs.to_owned()];
    let mut weighted_inputs = Vec::new();
    for (layer, l) in network.layers().iter().zip(2..) {
        let z = activations[l - 2].dot(&layer.weights()) + layer.biases();
        activations.push(layer.activation().apply(z.view()));
        weighted_inputs.push(z);
    }
    Ok(ForwardPass { weighted_inputs, activations })
}

/// The gradient of the cost of each of m samples, by back-propagation.
///
/// `inputs` is m × n₁, `targets` (the desired outputs y) m × n_L.
///
/// # Errors
///
/// [`Error::Shape`] if the arrays do not fit the network or each other,
/// [`Error::CostNeedsActivation`] if the cost is not defined on the output layer.
pub fn backprop<T: Scalar>(
    network: &Network<T>,
    inputs: ArrayView2<'_, T>,
    targets: ArrayView2<'_, T>,
    cost: &Cost,
) -> Result<PerSampleGradients<T>, Error> {
    Error::check_len("rows of the targets", inputs.nrows(), targets.nrows())?;
    Error::check_len("targets of a sample", network.num_outputs(), targets.ncols())?;
    cost.check_output(network.output_layer().activation())?;
    let ForwardPass { weighted_inputs, activations } = forward(network, inputs)?;

    // The book's names, by the book's layer number l.
    let w = |l: usize| network.layers()[l - 2].weights();
    let sigma = |l: usize| network.layers()[l - 2].activation();
    let z = |l: usize| weighted_inputs[l - 2].view();
    let a = |l: usize| activations[l - 1].view();
    let last = network.sizes().len();

    // BP1: δ^L = ∇_a C ⊙ σ'(z^L)
    let mut delta = cost.output_error(sigma(last), z(last), a(last), targets);
    let mut deltas = vec![delta.clone()];

    // BP2: δ^l = ((w^(l+1))ᵀ δ^(l+1)) ⊙ σ'(z^l), for l = L−1, …, 2
    for l in (2..last).rev() {
        delta = delta.dot(&w(l + 1).t()) * sigma(l).derivatives(z(l), a(l));
        deltas.push(delta.clone());
    }
    deltas.reverse();

    // BP3 and BP4: ∂C/∂b^l = δ^l and ∂C/∂w^l = δ^l ⊗ a^(l−1), left as these two factors.
    let factors = deltas.into_iter().zip(activations);
    PerSampleGradients::new(
        factors.map(|(errors, inputs)| LayerFactors { errors, inputs }).collect(),
    )
}
