//! When training stops before its last epoch, and by which number that is decided.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ParamError;

/// A number of every epoch by which epochs are compared.
///
/// | name | better is |
/// |---|---|
/// | `validation-accuracy` | higher |
/// | `validation-cost` | lower |
/// | `train-accuracy` | higher |
/// | `train-cost` | lower |
///
/// Those of validation need samples to validate on
/// ([`Trainer::with_validation`](crate::Trainer::with_validation)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Metric {
    /// Share of the validation samples that are classified rightly.
    #[default]
    ValidationAccuracy,
    /// Mean cost of the validation samples.
    ValidationCost,
    /// [`Epoch::train_accuracy`](crate::Epoch::train_accuracy).
    TrainAccuracy,
    /// [`Epoch::train_cost`](crate::Epoch::train_cost).
    TrainCost,
}

impl Metric {
    /// The name, as files write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ValidationAccuracy => "validation-accuracy",
            Self::ValidationCost => "validation-cost",
            Self::TrainAccuracy => "train-accuracy",
            Self::TrainCost => "train-cost",
        }
    }

    /// Whether a higher value is better.
    #[must_use]
    pub fn higher_is_better(self) -> bool {
        matches!(self, Self::ValidationAccuracy | Self::TrainAccuracy)
    }

    /// Whether it needs samples to validate on.
    #[must_use]
    pub fn needs_validation(self) -> bool {
        matches!(self, Self::ValidationAccuracy | Self::ValidationCost)
    }

    /// Whether `value` is better than `best` by more than `margin`; NaN never is.
    pub(crate) fn is_better(self, value: f64, best: Option<f64>, margin: f64) -> bool {
        match best {
            None => value.is_finite(),
            Some(best) if self.higher_is_better() => value > best + margin,
            Some(best) => value < best - margin,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Early stopping (the book's chapter 3; Prechelt 1998, *Early stopping — but when?*):
/// training ends when the metric has not become better for `patience` epochs, and the network
/// to keep is that of the best epoch.
///
/// | name | default | range | meaning |
/// |---|---|---|---|
/// | `metric` | `validation-accuracy` | see [`Metric`] | what epochs are compared by |
/// | `patience` | 10 | ≥ 1 | epochs without improvement |
/// | `min_delta` | 0 | ≥ 0, finite | an improvement is more than that |
/// | `restore_best` | true | | whether the weights of the best epoch are kept and given back at the end |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EarlyStopping {
    /// What epochs are compared by.
    pub metric: Metric,
    /// Epochs without improvement after which training ends.
    pub patience: usize,
    /// By how much an epoch has to be better.
    pub min_delta: f64,
    /// Whether the weights of the best epoch are kept.
    pub restore_best: bool,
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self { metric: Metric::default(), patience: 10, min_delta: 0.0, restore_best: true }
    }
}

impl EarlyStopping {
    pub(super) fn check(&self) -> Result<(), ParamError> {
        let Self { patience, min_delta, .. } = *self;
        ParamError::unless(patience > 0, "patience of early stopping", "at least 1", patience)?;
        let ok = min_delta.is_finite() && min_delta >= 0.0;
        ParamError::unless(ok, "min_delta of early stopping", "finite and at least 0", min_delta)
    }
}
