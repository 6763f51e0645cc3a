//! Steps: a factor every so many epochs.

use serde::{Deserialize, Serialize};

use super::Moment;

/// η₀ γ^⌊epoch / every⌋, with epochs counted from 0; PyTorch's `StepLR` advanced once per
/// epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StepDecay {
    /// Epochs between two changes.
    pub every: usize,
    /// γ, the factor of each change.
    pub factor: f64,
}

impl Default for StepDecay {
    fn default() -> Self {
        Self { every: 10, factor: 0.1 }
    }
}

impl StepDecay {
    pub(super) fn factor(self, at: Moment) -> f64 {
        self.factor.powf((at.epoch() / self.every as u64) as f64)
    }
}
