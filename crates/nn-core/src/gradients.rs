//! Gradients: of every sample in factored form, and summed.

use ndarray::{Array1, Array2, Axis};

use crate::{Error, Scalar};

/// The two factors of one layer's gradients for m samples.
///
/// Sample s contributes ∂C/∂w = δ_s ⊗ a_s and ∂C/∂b = δ_s.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerFactors<T> {
    /// δ^l, m × n_l.
    pub errors: Array2<T>,
    /// a^(l−1), m × n_(l−1).
    pub inputs: Array2<T>,
}

/// The gradients of m samples, held *factored*.
///
/// One sample's weight gradient is a matrix of rank 1, the outer product δ ⊗ a (BP4), so
/// m of them are two thin matrices per layer instead of m full ones. For 784-100-10 one
/// full gradient is 318 KB; its factors are 3.6 KB. Everything that per-sample gradients
/// are wanted for can be had from the factors.
#[derive(Debug, Clone, PartialEq)]
pub struct PerSampleGradients<T> {
    layers: Vec<LayerFactors<T>>,
}

impl<T: Scalar> PerSampleGradients<T> {
    /// Gradients from the factors of layers 2 to L.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] if the factors do not all have the same number of samples.
    pub fn new(layers: Vec<LayerFactors<T>>) -> Result<Self, Error> {
        let samples = layers.first().map_or(0, |layer| layer.errors.nrows());
        for layer in &layers {
            Error::check_len("rows of the errors", samples, layer.errors.nrows())?;
            Error::check_len("rows of the inputs", samples, layer.inputs.nrows())?;
        }
        Ok(Self { layers })
    }

    /// The factors of layers 2 to L.
    #[must_use]
    pub fn layers(&self) -> &[LayerFactors<T>] {
        &self.layers
    }

    /// m, the number of samples.
    #[must_use]
    pub fn num_samples(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.errors.nrows())
    }

    /// Σ_s ∂C_s, the sum over the samples: per layer aᵀ δ (n_(l−1) × n_l) and Σ_s δ_s (n_l).
    #[must_use]
    pub fn sum(&self) -> Gradients<T> {
        let sum = |layer: &LayerFactors<T>| LayerGradient {
            weights: layer.inputs.t().dot(&layer.errors),
            biases: layer.errors.sum_axis(Axis(0)),
        };
        Gradients { layers: self.layers.iter().map(sum).collect() }
    }

    /// The full gradient of one sample.
    ///
    /// # Panics
    ///
    /// If there is no sample of that number.
    #[must_use]
    pub fn sample(&self, sample: usize) -> Gradients<T> {
        let outer = |layer: &LayerFactors<T>| {
            let (a, delta) = (layer.inputs.row(sample), layer.errors.row(sample));
            let column = a.insert_axis(Axis(1));
            let row = delta.insert_axis(Axis(0));
            LayerGradient { weights: column.dot(&row), biases: delta.to_owned() }
        };
        Gradients { layers: self.layers.iter().map(outer).collect() }
    }

    /// ‖∂C_s‖² of each sample (m), over all weights and biases, without forming a gradient:
    /// Σ_l ‖δ_l‖² (‖a_(l−1)‖² + 1) (Goodfellow 2015, *Efficient per-example gradient
    /// computations*).
    #[must_use]
    pub fn squared_norms(&self) -> Array1<T> {
        let squares = |rows: &Array2<T>| rows.map_axis(Axis(1), |row| row.dot(&row));
        let mut norms = Array1::zeros(self.num_samples());
        for layer in &self.layers {
            norms += &(squares(&layer.errors) * (squares(&layer.inputs) + T::one()));
        }
        norms
    }

    /// Scales down every sample whose gradient is longer than `max_norm` to that length, by
    /// scaling its δ rows; the others stay as they are.
    pub fn clip(&mut self, max_norm: T) {
        let norms = self.squared_norms();
        for (sample, &squared) in norms.iter().enumerate() {
            let norm = squared.sqrt();
            if norm > max_norm {
                let scale = max_norm / norm;
                for layer in &mut self.layers {
                    layer.errors.row_mut(sample).mapv_inplace(|delta| delta * scale);
                }
            }
        }
    }
}

/// The gradient of one layer's parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerGradient<T> {
    /// ∂C/∂w^l, n_(l−1) × n_l.
    pub weights: Array2<T>,
    /// ∂C/∂b^l, n_l.
    pub biases: Array1<T>,
}

/// The gradient of all parameters, layers 2 to L.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients<T> {
    layers: Vec<LayerGradient<T>>,
}

impl<T: Scalar> Gradients<T> {
    /// The gradients of layers 2 to L.
    #[must_use]
    pub fn layers(&self) -> &[LayerGradient<T>] {
        &self.layers
    }

    /// The squared Euclidean length, over all weights and biases.
    #[must_use]
    pub fn squared_norm(&self) -> T {
        let squares = |sum: T, &g: &T| sum + g * g;
        self.layers.iter().fold(T::zero(), |sum, layer| {
            let sum = layer.weights.iter().fold(sum, squares);
            layer.biases.iter().fold(sum, squares)
        })
    }
}
