//! One layer of weights, biases and an activation.

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2};

use crate::{Activation, Error, Matrix, Scalar};

/// The step from layer l−1 to layer l: z^l = w^l a^(l−1) + b^l, a^l = σ(z^l).
#[derive(Debug, Clone, PartialEq)]
pub struct Layer<T: Scalar> {
    pub(crate) weights: Matrix<T>,
    /// One row.
    pub(crate) biases: Matrix<T>,
    pub(crate) activation: Activation,
}

impl<T: Scalar> Layer<T> {
    /// A layer from its weights (n_in × n_out), biases (n_out) and activation.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] if there is not one bias per column of the weights,
    /// [`Error::EmptyLayer`] if either side has no units.
    pub fn new(
        weights: ArrayView2<'_, T>,
        biases: ArrayView1<'_, T>,
        activation: Activation,
    ) -> Result<Self, Error> {
        Error::check_len("biases of a layer", weights.ncols(), biases.len())?;
        if weights.is_empty() {
            return Err(Error::EmptyLayer { layer: if weights.nrows() == 0 { 1 } else { 2 } });
        }
        let mut bias_row = Matrix::zeros(1, biases.len());
        bias_row.view_mut().row_mut(0).assign(&biases);
        Ok(Self { weights: Matrix::from_view(weights), biases: bias_row, activation })
    }

    /// Units of the layer before, n_(l−1).
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.weights.rows()
    }

    /// Units of this layer, n_l.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.weights.cols()
    }

    /// w^l, n_(l−1) × n_l: the book's w^l_jk is `weights()[[k, j]]`.
    #[must_use]
    pub fn weights(&self) -> ArrayView2<'_, T> {
        self.weights.view()
    }

    /// w^l, n_(l−1) × n_l, to be written.
    pub fn weights_mut(&mut self) -> ArrayViewMut2<'_, T> {
        self.weights.view_mut()
    }

    /// b^l, n_l elements.
    #[must_use]
    pub fn biases(&self) -> ArrayView1<'_, T> {
        self.biases.first_row()
    }

    /// b^l, n_l elements, to be written.
    pub fn biases_mut(&mut self) -> ArrayViewMut1<'_, T> {
        ArrayViewMut1::from(self.biases.row_mut(0))
    }

    /// σ of this layer.
    #[must_use]
    pub fn activation(&self) -> &Activation {
        &self.activation
    }
}
