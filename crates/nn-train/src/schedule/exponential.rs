//! Exponential decay: a factor every epoch.

use serde::{Deserialize, Serialize};

use super::Moment;

/// η₀ γ^epoch, with epochs counted from 0; PyTorch's `ExponentialLR` advanced once per
/// epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Exponential {
    /// γ, the factor of each epoch.
    pub factor: f64,
}

impl Default for Exponential {
    fn default() -> Self {
        Self { factor: 0.95 }
    }
}

impl Exponential {
    pub(super) fn factor(self, at: Moment) -> f64 {
        self.factor.powf(at.epoch() as f64)
    }
}
