//! One cycle: up to the full rate and down again to almost nothing.

use serde::{Deserialize, Serialize};

use super::Moment;
use super::cosine::anneal;

/// From η₀ / `start_divisor` up to η₀ and down to η₀ / (`start_divisor` · `end_divisor`),
/// both along half a cosine (Smith and Topin 2018, *Super-convergence*); PyTorch's
/// `OneCycleLR` advanced once per step, its momentum left alone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OneCycle {
    /// The share of the steps that go up.
    pub rise: f64,
    /// What η₀ is divided by at the start.
    pub start_divisor: f64,
    /// What the rate at the start is divided by at the end.
    pub end_divisor: f64,
}

impl Default for OneCycle {
    fn default() -> Self {
        Self { rise: 0.3, start_divisor: 25.0, end_divisor: 1e4 }
    }
}

impl OneCycle {
    pub(super) fn factor(self, at: Moment) -> f64 {
        let start = 1.0 / self.start_divisor;
        let end = start / self.end_divisor;
        let step = at.step as f64;
        let last = at.steps.max(1) as f64 - 1.0;
        let peak = self.rise * at.steps as f64 - 1.0;
        if peak > 0.0 && step <= peak {
            anneal(start, 1.0, step / peak)
        } else {
            // A cycle of so few steps that none goes up starts at its peak.
            let peak = peak.max(0.0);
            let done = if last > peak { (step - peak) / (last - peak) } else { 1.0 };
            anneal(1.0, end, done.min(1.0))
        }
    }
}
