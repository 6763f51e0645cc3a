//! Parameters of training, before and after they are checked.

mod augment;
mod clip;
mod dropout;
mod stopping;

use nn_data::Augmentation;
use serde::{Deserialize, Serialize};

use crate::schedule::Moment;
use crate::{Averaging, Optimizer, Schedule};

pub use augment::{augmentation, augmentation_name};
pub use clip::Clip;
pub use dropout::{DropoutRates, HiddenRates};
pub use stopping::{EarlyStopping, Metric};

/// Parameters of training.
///
/// | name | default | range | meaning |
/// |---|---|---|---|
/// | `epochs` | 30 | ≥ 1 | passes over the training data |
/// | `batch_size` | 10 | 1 to the number of samples | m, samples per step; the last batch of an epoch may be smaller |
/// | `learning_rate` | 3.0 | > 0, finite | η, of which schedules take a share |
/// | `lambda` | 0 | ≥ 0, finite | λ, L2 regularisation (chapter 3): λ/n · w joins the gradient of weights; under `sgd` they shrink by 1 − ηλ/n a step |
/// | `l1` | 0 | ≥ 0, finite | λ₁, L1 regularisation (chapter 3): λ₁/n · sgn w joins the gradient of weights |
/// | `max_norm` | none | > 0, finite | after a step, the incoming weights of a hidden unit are at most that long |
/// | `clip` | none | see [`Clip`] | how gradients are limited |
/// | `label_smoothing` | 0 | 0 to below 1 | ε: in training y is 1 − ε + ε/n for the right one of n classes and ε/n for the others |
/// | `optimizer` | `sgd` | see [`Optimizer`] | what a step makes of the gradient |
/// | `schedule` | `constant` | see [`Schedule`] | how η changes in the course of training |
/// | `warmup_epochs` | 0 | 0 to below `epochs` | linear warm-up of η before the schedule |
/// | `averaging` | `none` | see [`Averaging`] | whether the network that is used is a mean over training |
/// | `early_stopping` | none | see [`EarlyStopping`] | when training ends before its last epoch |
/// | `health_samples` | 0 | | training samples on which every layer's health is measured after each epoch, see [`health()`](crate::health()); 256 show enough and cost little |
/// | `dropout` | none | see [`DropoutRates`] | which share of the units sits a step out |
/// | `augment` | `none` | `none`, `expand-mnist`, `simard-2003`, `ciresan-2010`, or a table of [`Augmentation`] | how images are changed, anew for every epoch |
/// | `seed` | 1 | any | of the order of the samples, and of all else that is drawn while training |
/// | `threads` | 0 | | threads to use; 0 means one per core |
///
/// The defaults are those of the book's chapter 1. The adaptive optimisers want a far lower
/// η than 3: 0.001 is usual for `rmsprop`, `adam` and `adamw`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainParams {
    /// Passes over the training data.
    pub epochs: usize,
    /// m, samples per step.
    pub batch_size: usize,
    /// η, the learning rate.
    pub learning_rate: f64,
    /// λ of L2 regularisation.
    pub lambda: f64,
    /// λ₁ of L1 regularisation.
    pub l1: f64,
    /// The longest incoming weights of a hidden unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_norm: Option<f64>,
    /// How gradients are limited.
    pub clip: Clip,
    /// ε of label smoothing, in training only.
    pub label_smoothing: f64,
    /// What a step makes of the gradient.
    pub optimizer: Optimizer,
    /// How η changes in the course of training.
    pub schedule: Schedule,
    /// Epochs of linear warm-up before the schedule.
    pub warmup_epochs: f64,
    /// Whether the network that is used is a mean over training.
    pub averaging: Averaging,
    /// When training ends before its last epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<EarlyStopping>,
    /// Training samples on which every layer's health is measured after each epoch.
    pub health_samples: usize,
    /// Which share of the units sits a step out.
    pub dropout: DropoutRates,
    /// How images are changed, anew for every epoch.
    #[serde(with = "augment")]
    pub augment: Option<Augmentation>,
    /// Seed of the order of the samples, and of all else that is drawn while training.
    #[serde(with = "crate::seed_form")]
    pub seed: u64,
    /// Threads to use; 0 means one per core.
    pub threads: usize,
}

impl Default for TrainParams {
    fn default() -> Self {
        Self {
            epochs: 30,
            batch_size: 10,
            learning_rate: 3.0,
            lambda: 0.0,
            l1: 0.0,
            max_norm: None,
            clip: Clip::default(),
            label_smoothing: 0.0,
            optimizer: Optimizer::default(),
            schedule: Schedule::default(),
            warmup_epochs: 0.0,
            averaging: Averaging::default(),
            early_stopping: None,
            health_samples: 0,
            dropout: DropoutRates::default(),
            augment: None,
            seed: 1,
            threads: 0,
        }
    }
}

/// A parameter outside its range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{name} must be {expected}, found {found}")]
#[non_exhaustive]
pub struct ParamError {
    /// The parameter.
    pub name: &'static str,
    /// Its range.
    pub expected: String,
    /// The value given.
    pub found: String,
}

impl ParamError {
    /// An error unless `ok`.
    pub(crate) fn unless(
        ok: bool,
        name: &'static str,
        expected: &str,
        found: impl ToString,
    ) -> Result<(), Self> {
        let error = || Self { name, expected: expected.to_owned(), found: found.to_string() };
        if ok { Ok(()) } else { Err(error()) }
    }
}

/// Parameters that are within their ranges.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedParams(TrainParams);

impl CheckedParams {
    /// The parameters.
    #[must_use]
    pub fn get(&self) -> &TrainParams {
        &self.0
    }

    /// η of step `step`, counted from 0 over the whole training, where an epoch has
    /// `steps_per_epoch` steps (at least 1).
    #[must_use]
    pub fn rate_at(&self, step: u64, steps_per_epoch: usize) -> f64 {
        let params = self.get();
        let steps_per_epoch = steps_per_epoch as u64;
        let at = Moment {
            step,
            steps: (params.epochs as u64).saturating_mul(steps_per_epoch),
            steps_per_epoch,
        };
        at.rate(params.learning_rate, params.warmup_epochs, &params.schedule)
    }
}

impl TrainParams {
    /// The first metric that needs samples to validate on, if one does.
    #[must_use]
    pub fn validation_metric(&self) -> Option<Metric> {
        let stopping = self.early_stopping.map(|stopping| stopping.metric);
        let mut metrics = stopping.into_iter().chain(self.schedule.metric());
        metrics.find(|metric| metric.needs_validation())
    }

    /// Checks the parameters for training on `samples` samples.
    ///
    /// # Errors
    ///
    /// [`ParamError`], naming the first parameter outside its range.
    pub fn check(&self, samples: usize) -> Result<CheckedParams, ParamError> {
        let check = |ok: bool, name, expected: &str, found: String| {
            ParamError::unless(ok, name, expected, found)
        };
        check(samples > 0, "number of training samples", "at least 1", samples.to_string())?;
        check(self.epochs > 0, "epochs", "at least 1", self.epochs.to_string())?;
        check(
            (1..=samples).contains(&self.batch_size),
            "mini-batch size",
            &format!("from 1 to the {samples} training samples"),
            self.batch_size.to_string(),
        )?;
        check(
            self.learning_rate.is_finite() && self.learning_rate > 0.0,
            "learning rate",
            "finite and above 0",
            self.learning_rate.to_string(),
        )?;
        check(
            self.lambda.is_finite() && self.lambda >= 0.0,
            "lambda",
            "finite and at least 0",
            self.lambda.to_string(),
        )?;
        let l1 = self.l1;
        check(l1.is_finite() && l1 >= 0.0, "l1", "finite and at least 0", l1.to_string())?;
        if let Some(limit) = self.max_norm {
            let ok = limit.is_finite() && limit > 0.0;
            check(ok, "max_norm", "finite and above 0", limit.to_string())?;
        }
        self.clip.check()?;
        check(
            (0.0..1.0).contains(&self.label_smoothing),
            "label smoothing",
            "at least 0 and below 1",
            self.label_smoothing.to_string(),
        )?;
        self.averaging.check()?;
        if let Some(stopping) = &self.early_stopping {
            stopping.check()?;
        }
        self.optimizer.check(self.learning_rate)?;
        self.schedule.check()?;
        self.dropout.check()?;
        if let Some(augmentation) = &self.augment {
            augment::check(augmentation)?;
        }
        check(
            (0.0..self.epochs as f64).contains(&self.warmup_epochs),
            "epochs of warm-up",
            &format!("at least 0 and below the {} epochs", self.epochs),
            self.warmup_epochs.to_string(),
        )?;
        let shrink = self.learning_rate * self.lambda / samples as f64;
        check(
            self.optimizer != Optimizer::Sgd || shrink < 1.0,
            "learning rate × lambda",
            &format!("below the {samples} training samples"),
            (self.learning_rate * self.lambda).to_string(),
        )?;
        Ok(CheckedParams(self.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::Momentum;
    use crate::schedule::Cosine;

    #[test]
    fn defaults_are_the_books_and_pass() {
        assert_eq!(TrainParams::default().check(50_000).unwrap().get(), &TrainParams::default());
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut TrainParams), name: &str) {
        let mut params = TrainParams::default();
        change(&mut params);
        assert_eq!(params.check(100).unwrap_err().name, name);
    }

    #[test]
    fn values_outside_their_range_are_named() {
        check(|p| p.epochs = 0, "epochs");
        check(|p| p.batch_size = 0, "mini-batch size");
        check(|p| p.batch_size = 101, "mini-batch size");
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            check(|p| p.learning_rate = rate, "learning rate");
        }
        for lambda in [-1.0, f64::NAN, f64::INFINITY] {
            check(|p| p.lambda = lambda, "lambda");
        }
        check(|p| p.lambda = 40.0, "learning rate × lambda");
        check(|p| p.optimizer = Optimizer::Momentum(Momentum { momentum: 1.0 }), "momentum");
        check(|p| p.schedule = Schedule::Cosine(Cosine { floor: 2.0 }), "schedule floor");
        for warmup in [-1.0, 30.0, f64::NAN] {
            check(|p| p.warmup_epochs = warmup, "epochs of warm-up");
        }
        assert!(TrainParams::default().check(0).is_err());
    }
}
