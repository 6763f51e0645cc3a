//! Settings of a call of `fit`, in scikit-learn's terms, as parameters of training.

use std::str::FromStr;

use nn_train::optimizer::{Momentum, Nesterov};
use nn_train::{Optimizer, TrainParams};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The settings, an entry of a dictionary each.
#[derive(Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Settings {
    /// `max_iter`: passes over the samples.
    pub(crate) epochs: usize,
    /// Samples per step; `None` is scikit-learn's "auto", at most 200.
    pub(crate) batch_size: Option<usize>,
    /// `learning_rate_init`: η.
    pub(crate) learning_rate: f64,
    pub(crate) schedule: String,
    pub(crate) solver: String,
    pub(crate) momentum: f64,
    /// Strength of L2 regularisation: α/(2m) ‖w‖² joins the cost of a mini-batch of m samples.
    pub(crate) alpha: f64,
    pub(crate) seed: u64,
    /// 0 means one per core.
    pub(crate) threads: usize,
    /// `tol`: what counts as an improvement of the mean cost of an epoch.
    pub(crate) tolerance: f64,
    /// `n_iter_no_change`: epochs without one after which training ends.
    pub(crate) patience: usize,
}

impl Settings {
    /// The parameters for training on `samples` samples.
    pub(crate) fn params(&self, samples: usize) -> PyResult<TrainParams> {
        let batch_size = self.batch_size.unwrap_or(200).min(samples);
        if !(self.alpha.is_finite() && self.alpha >= 0.0) {
            return Err(wrong("alpha", "finite and at least 0", &self.alpha.to_string()));
        }
        if self.tolerance.is_nan() {
            return Err(wrong("tol", "a number", "NaN"));
        }
        let mut optimizer: Optimizer = parsed("solver", &self.solver)?;
        match &mut optimizer {
            Optimizer::Momentum(Momentum { momentum, .. })
            | Optimizer::Nesterov(Nesterov { momentum, .. }) => *momentum = self.momentum,
            _ => {}
        }
        Ok(TrainParams {
            epochs: self.epochs,
            batch_size,
            learning_rate: self.learning_rate,
            // scikit-learn divides by the size of a mini-batch what the book divides by the
            // number of samples.
            lambda: self.alpha * samples as f64 / batch_size.max(1) as f64,
            optimizer,
            schedule: parsed("schedule", &self.schedule)?,
            seed: self.seed,
            threads: self.threads,
            ..TrainParams::default()
        })
    }
}

/// A setting that is chosen by name.
pub(crate) fn parsed<S: FromStr<Err: std::fmt::Display>>(name: &str, text: &str) -> PyResult<S> {
    text.parse().map_err(|error| PyValueError::new_err(format!("{name}: {error}")))
}

fn wrong(name: &str, expected: &str, found: &str) -> PyErr {
    PyValueError::new_err(format!("{name} must be {expected}, found {found}"))
}
