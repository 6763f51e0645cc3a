//! Common mistakes of training, noticed from the numbers: what, why, and the mend.
//!
//! [`hints`] applies every rule to what is known of a run; a rule that lacks its numbers says
//! nothing. The thresholds stand beside the rules, each with its reason. What a hint says is data
//! ([`Finding`], [`Mend`]); [`Hint::words`] says it in English or Spanish.

mod curves;
mod data;
mod units;
mod words;

use nn_train::TrainParams;
use serde::Serialize;

use crate::EpochMetrics;
use crate::analysis::{InputShift, LayerFigures};

pub use words::HintWords;

/// What is known of a run. Whatever isn't known stays at its default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// The epochs so far, in their order.
    pub epochs: Vec<EpochMetrics>,
    /// Training ended with a NaN or an infinity.
    pub diverged: bool,
    /// The settings of training.
    pub params: Option<TrainParams>,
    /// The initialiser's name.
    pub init: Option<String>,
    /// The cost's name.
    pub cost: Option<String>,
    /// The layers 2 to L as they are now, measured on samples.
    pub layers: Vec<LayerFigures>,
    /// Recall of every class on held-out samples; `None` where there are none of it.
    pub recalls: Vec<Option<f64>>,
    /// Names of the classes, or empty.
    pub class_names: Vec<String>,
    /// Validation and test samples.
    pub held_out: (usize, usize),
    /// How training and test samples differ.
    pub input_shift: Option<InputShift>,
}

/// What was noticed, with its numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// Steps jump over the minimum: the training cost rises again and again, or far.
    LearningRateTooHigh {
        /// Epochs in which the training cost rose.
        rises: usize,
        /// Steps from one epoch to the next.
        of: usize,
        /// The lowest training cost.
        best_cost: f64,
        /// The last one.
        last_cost: f64,
        /// It ended with a NaN or an infinity.
        diverged: bool,
    },
    /// The training cost falls steadily, but hardly, and little has been learnt.
    LearningRateTooLow {
        /// By what share the training cost fell an epoch, of late.
        fall: f64,
        /// Share of the training samples that are right.
        train_accuracy: f64,
    },
    /// The training cost still falls at the end: more epochs would help.
    StillLearning {
        /// By what share the training cost fell an epoch, of late.
        fall: f64,
    },
    /// The training samples are learnt by heart.
    Overfitting {
        /// The held-out part it shows on: `validation` or `test`.
        split: &'static str,
        /// Share of the training samples that are right.
        train_accuracy: f64,
        /// Share of the held-out samples that are right.
        held_out_accuracy: f64,
        /// The epoch of the lowest held-out cost, if the cost has risen since.
        best_epoch: Option<usize>,
        /// By what share it has risen since.
        rise: f64,
    },
    /// Most units of a hidden layer stand where σ is flat.
    SaturatedUnits {
        /// The layer.
        layer: usize,
        /// Share of (unit, sample) pairs.
        share: f64,
    },
    /// Units of a hidden layer that never react.
    DeadUnits {
        /// The layer.
        layer: usize,
        /// How many.
        dead: usize,
        /// Of how many.
        units: usize,
    },
    /// Classes that are never recognised: their outputs started too far out.
    StuckOutputs {
        /// The classes' names.
        classes: Vec<String>,
    },
    /// Gradients shrink or grow from layer to layer.
    UnbalancedGradients {
        /// Gradient norm of the first layer over that of the last.
        ratio: f64,
    },
    /// Test samples look different from training samples, or are harder.
    UnlikeTrainingData {
        /// By how many standard deviations their brightness is off.
        brightness: Option<f64>,
        /// By how much test accuracy stays behind validation accuracy.
        behind: Option<f64>,
    },
}

/// A setting to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mend {
    /// The setting, by its name in recipes; the flag is the same with dashes.
    pub setting: &'static str,
    /// A value to try.
    pub value: String,
}

/// A finding with what may mend it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hint {
    /// What was noticed.
    #[serde(flatten)]
    pub finding: Finding,
    /// Settings to change, the most promising first; empty where the mend is no setting.
    pub mends: Vec<Mend>,
}

/// All hints that the evidence gives, the gravest first.
#[must_use]
pub fn hints(evidence: &Evidence) -> Vec<Hint> {
    let rules = [
        curves::learning_rate_too_high,
        units::stuck_outputs,
        units::dead,
        units::saturated,
        units::unbalanced_gradients,
        curves::learning_rate_too_low,
        curves::overfitting,
        data::unlike_training_data,
        curves::still_learning,
    ];
    rules.iter().flat_map(|rule| rule(evidence)).collect()
}

fn mend(setting: &'static str, value: impl ToString) -> Mend {
    Mend { setting, value: value.to_string() }
}

/// The nearest of 1, 2, 3, 5 times a power of ten.
fn round(x: f64) -> f64 {
    if !(x.is_finite() && x > 0.0) {
        return x;
    }
    let power = 10_f64.powf(x.log10().floor());
    let steps = [1.0, 2.0, 3.0, 5.0, 10.0];
    let distance = |step: &f64| (step.ln() - (x / power).ln()).abs();
    let best = steps.into_iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    // Through text, so that 0.3 is 0.3.
    format!("{:e}", best.unwrap_or(1.0) * power)
        .parse()
        .map_or(x, |value: f64| format!("{value:.0e}").parse().unwrap_or(value))
}

#[cfg(test)]
mod tests;
