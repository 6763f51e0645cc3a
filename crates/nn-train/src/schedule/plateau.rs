//! Schedules that follow how training goes: less when it no longer improves.

use serde::{Deserialize, Serialize};

use crate::Metric;

/// PyTorch's `ReduceLROnPlateau` (threshold mode `rel`, no cooldown): after more than `patience`
/// epochs in a row that were not better than the best by a share of `threshold`, η is multiplied
/// with `factor`, down to `floor` · η₀.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReduceOnPlateau {
    /// What epochs are compared by.
    pub metric: Metric,
    /// What η is multiplied with.
    pub factor: f64,
    /// Epochs without improvement that are let pass.
    pub patience: usize,
    /// The share of the best by which an epoch has to be better.
    pub threshold: f64,
    /// The share of η₀ below which η does not fall.
    pub floor: f64,
}

impl Default for ReduceOnPlateau {
    fn default() -> Self {
        let metric = Metric::default();
        Self { metric, factor: 0.1, patience: 10, threshold: 1e-4, floor: 0.0 }
    }
}

/// The book's schedule (chapter 3, "How to choose a neural network's hyper-parameters"): η is
/// halved whenever the metric has not improved in `patience` epochs, and training ends when η
/// has dropped to η₀ / `end_divisor`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Halving {
    /// What epochs are compared by.
    pub metric: Metric,
    /// n of the no-improvement-in-n rule.
    pub patience: usize,
    /// What η₀ is divided by when training ends.
    pub end_divisor: f64,
}

impl Default for Halving {
    fn default() -> Self {
        Self { metric: Metric::default(), patience: 10, end_divisor: 128.0 }
    }
}

/// Where a schedule that follows training is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PlateauState {
    /// The best value of the metric so far.
    pub best: Option<f64>,
    /// Epochs since, or since η last changed.
    pub waited: usize,
    /// What η is multiplied with.
    pub factor: f64,
    /// Whether training is to end.
    pub ended: bool,
}

impl Default for PlateauState {
    fn default() -> Self {
        Self { best: None, waited: 0, factor: 1.0, ended: false }
    }
}

impl ReduceOnPlateau {
    /// Takes the metric of the epoch that is done.
    pub(super) fn follow(self, state: &mut PlateauState, value: f64) {
        let margin = state.best.map_or(0.0, |best| self.threshold * best.abs());
        if self.metric.is_better(value, state.best, margin) {
            state.best = Some(value);
            state.waited = 0;
            return;
        }
        state.waited += 1;
        if state.waited > self.patience {
            state.waited = 0;
            state.factor = (state.factor * self.factor).max(self.floor);
        }
    }
}

impl Halving {
    /// Takes the metric of the epoch that is done.
    pub(super) fn follow(self, state: &mut PlateauState, value: f64) {
        if self.metric.is_better(value, state.best, 0.0) {
            state.best = Some(value);
            state.waited = 0;
            return;
        }
        state.waited += 1;
        if state.waited >= self.patience {
            state.waited = 0;
            state.factor *= 0.5;
            state.ended = state.factor * self.end_divisor <= 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eta_is_halved_until_it_is_too_small() {
        let halving = Halving { patience: 2, end_divisor: 4.0, ..Halving::default() };
        let mut state = PlateauState::default();
        let mut factors = Vec::new();
        for accuracy in [0.5, 0.6, 0.6, 0.5, 0.7, 0.7, 0.7, f64::NAN] {
            halving.follow(&mut state, accuracy);
            factors.push((state.factor, state.ended));
        }
        let expected = [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25].map(|f| (f, f <= 0.25));
        assert_eq!(factors, expected);
        assert_eq!(state.best, Some(0.7));
    }
}
