//! Cosine annealing: slow at first, fast in the middle, slow at the end.

use serde::{Deserialize, Serialize};

use super::Moment;

/// η_min + (η₀ − η_min) (1 + cos(π t / T)) / 2 for step t of T, without restarts (Loshchilov
/// and Hutter 2017, *SGDR*, equation 5); PyTorch's `CosineAnnealingLR` advanced once per step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cosine {
    /// η_min / η₀, the share the rate falls to.
    pub floor: f64,
}

impl Default for Cosine {
    fn default() -> Self {
        Self { floor: 0.0 }
    }
}

impl Cosine {
    pub(super) fn factor(self, at: Moment) -> f64 {
        let done = at.step as f64 / at.steps.max(1) as f64;
        anneal(1.0, self.floor, done.min(1.0))
    }
}

/// From `from` to `to` along half a cosine, of which the share `done` is done.
pub(super) fn anneal(from: f64, to: f64, done: f64) -> f64 {
    to + (from - to) * (1.0 + (std::f64::consts::PI * done).cos()) / 2.0
}
