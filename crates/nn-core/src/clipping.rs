//! Limits on gradients: of a sample, of each number, and of all numbers together.

use crate::Error;

/// How gradients are limited before they change the parameters; nothing by default.
///
/// A step goes through these in order, with ∂C_x the gradient of sample x over all weights and
/// biases:
///
/// 1. `per_sample` (c): ∂C_x ← ∂C_x · min(1, c / ‖∂C_x‖). The norm is found from the factors
///    of the gradient, ‖∂C_x‖² = Σ_l ‖δ^l‖² (‖a^(l−1)‖² + 1) (Goodfellow 2015, *Efficient
///    per-example gradient computations*), and the scaling is one of the sample's δ, so no
///    sample's gradient is ever formed.
/// 2. g = (1/m) Σ_x ∂C_x.
/// 3. `value` (v): every element of g is brought into [−v, v], as by PyTorch's
///    `clip_grad_value_`.
/// 4. `norm` (c): g ← g · min(1, c / (‖g‖ + 10⁻⁶)), as by PyTorch's `clip_grad_norm_` (Pascanu
///    et al. 2013, *On the difficulty of training recurrent neural networks*).
///
/// Penalties on weights join the gradient after that. `per_sample` leaves plain descent fused
/// with the gradient; `value` and `norm` need the gradient itself, and `norm` needs it twice.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Clipping {
    /// The longest gradient of a single sample.
    pub per_sample: Option<f64>,
    /// The largest element of the mean gradient.
    pub value: Option<f64>,
    /// The longest mean gradient.
    pub norm: Option<f64>,
}

impl Clipping {
    /// No limits.
    pub const NONE: Self = Self { per_sample: None, value: None, norm: None };

    /// The same limits, with one on the gradient of each sample.
    #[must_use]
    pub fn with_per_sample(mut self, norm: f64) -> Self {
        self.per_sample = Some(norm);
        self
    }

    /// The same limits, with one on each element of the mean gradient.
    #[must_use]
    pub fn with_value(mut self, value: f64) -> Self {
        self.value = Some(value);
        self
    }

    /// The same limits, with one on the length of the mean gradient.
    #[must_use]
    pub fn with_norm(mut self, norm: f64) -> Self {
        self.norm = Some(norm);
        self
    }

    /// Whether the mean gradient itself has to be formed.
    pub(crate) fn needs_gradient(&self) -> bool {
        self.value.is_some() || self.norm.is_some()
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        for limit in [self.per_sample, self.value, self.norm].into_iter().flatten() {
            check_limit("limit of gradients", limit)?;
        }
        Ok(())
    }
}

/// Refuses a limit that is not above 0; an infinite one limits nothing.
pub(crate) fn check_limit(name: &'static str, limit: f64) -> Result<(), Error> {
    if limit > 0.0 {
        return Ok(());
    }
    Err(Error::Parameter { name, expected: "above 0", found: limit.to_string() })
}

/// What a vector of length `norm` is multiplied with to be at most `limit` long, as PyTorch's
/// `clip_grad_norm_` has it.
pub(crate) fn coefficient(norm: f64, limit: f64) -> f64 {
    (limit / (norm + 1e-6)).min(1.0)
}
