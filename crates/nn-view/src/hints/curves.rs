//! Rules over the learning curves.

use super::{Evidence, Finding, Hint, mend, round};
use crate::EpochMetrics;

/// A rise of the training cost below this share is noise between two orders of the samples.
const NOISE: f64 = 0.01;

fn series(evidence: &Evidence, of: impl Fn(&EpochMetrics) -> Option<f64>) -> Vec<f64> {
    evidence.epochs.iter().filter_map(of).filter(|value| value.is_finite()).collect()
}

fn last_train_accuracy(evidence: &Evidence) -> Option<f64> {
    evidence.epochs.last()?.train_accuracy
}

/// The learning rate now: a schedule may have changed it.
fn rate(evidence: &Evidence) -> Option<f64> {
    let base = evidence.params.as_ref().map(|params| params.learning_rate);
    base.or_else(|| evidence.epochs.last()?.learning_rate)
}

/// The training cost rose in at least a third of the epochs, or ends half above its best. Once
/// nearly everything is right the cost is all noise, and nothing is said.
pub(super) fn learning_rate_too_high(evidence: &Evidence) -> Vec<Hint> {
    let costs = series(evidence, |epoch| epoch.train_cost);
    let steps = costs.len().saturating_sub(1);
    let rises = costs.windows(2).filter(|pair| pair[1] > pair[0] * (1.0 + NOISE)).count();
    let best_cost = costs.iter().copied().fold(f64::INFINITY, f64::min);
    let last_cost = costs.last().copied().unwrap_or(f64::NAN);
    let learnt = last_train_accuracy(evidence).is_some_and(|accuracy| accuracy >= 0.99);
    let restless = steps >= 3 && 3 * rises >= steps && rises >= 2;
    let worse = steps >= 2 && last_cost > 1.5 * best_cost;
    if !evidence.diverged && (learnt || !(restless || worse)) {
        return Vec::new();
    }
    let finding = Finding::LearningRateTooHigh {
        rises,
        of: steps,
        best_cost: if best_cost.is_finite() { best_cost } else { 0.0 },
        last_cost: if last_cost.is_finite() { last_cost } else { 0.0 },
        diverged: evidence.diverged,
    };
    let divisor = if evidence.diverged { 10.0 } else { 3.0 };
    let mends = rate(evidence).map(|rate| mend("learning_rate", round(rate / divisor)));
    vec![Hint { finding, mends: mends.into_iter().collect() }]
}

/// By what share the training cost fell an epoch over the last third of them, if it never rose there.
fn late_fall(evidence: &Evidence) -> Option<f64> {
    let costs = series(evidence, |epoch| epoch.train_cost);
    if costs.len() < 3 {
        return None;
    }
    let late = &costs[costs.len() - 1 - (costs.len() / 3)..];
    let falls = late.windows(2).all(|pair| pair[1] < pair[0]);
    let steps = late.len() - 1;
    let (first, last) = (late[0], late[steps]);
    (falls && last > 0.0).then(|| 1.0 - (last / first).powf(1.0 / steps as f64))
}

/// The cost falls without a rise, yet after all epochs not even four of five are right.
pub(super) fn learning_rate_too_low(evidence: &Evidence) -> Vec<Hint> {
    let Some((fall, train_accuracy)) = late_fall(evidence).zip(last_train_accuracy(evidence))
    else {
        return Vec::new();
    };
    if train_accuracy >= 0.8 || !super::units::stuck_outputs(evidence).is_empty() {
        return Vec::new();
    }
    // A cost that falls faster than this needs epochs rather than a higher rate, too.
    let factor = if fall < 0.05 { 10.0 } else { 3.0 };
    let mends = rate(evidence).map(|rate| mend("learning_rate", round(rate * factor)));
    let finding = Finding::LearningRateTooLow { fall, train_accuracy };
    vec![Hint { finding, mends: mends.into_iter().collect() }]
}

/// Most is right, and the cost still falls by 2 % an epoch or more.
pub(super) fn still_learning(evidence: &Evidence) -> Vec<Hint> {
    let Some((fall, accuracy)) = late_fall(evidence).zip(last_train_accuracy(evidence)) else {
        return Vec::new();
    };
    let overfits = !overfitting(evidence).is_empty();
    if !(0.8..0.99).contains(&accuracy) || fall < 0.02 || overfits {
        return Vec::new();
    }
    let done = evidence.epochs.last().map_or(0, |epoch| epoch.epoch);
    vec![Hint {
        finding: Finding::StillLearning { fall },
        mends: vec![mend("epochs", done.saturating_mul(2))],
    }]
}

/// The held-out cost has risen by a tenth since its best while the training cost fell, or held-out
/// accuracy stays five points behind that on training samples.
pub(super) fn overfitting(evidence: &Evidence) -> Vec<Hint> {
    let validation = evidence.epochs.iter().any(|epoch| epoch.validation_cost.is_some());
    let split = if validation { "validation" } else { "test" };
    let held = |epoch: &EpochMetrics| {
        let of = if validation {
            (epoch.validation_cost, epoch.validation_accuracy)
        } else {
            (epoch.test_cost, epoch.test_accuracy)
        };
        of.0.zip(of.1)
    };
    let Some(last) = evidence.epochs.last() else { return Vec::new() };
    let (Some(train_accuracy), Some((last_cost, held_out_accuracy))) =
        (last.train_accuracy, held(last))
    else {
        return Vec::new();
    };
    let best = evidence
        .epochs
        .iter()
        .filter_map(|epoch| Some((epoch, held(epoch)?.0)))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    let Some((best, best_cost)) = best else { return Vec::new() };
    let rise = if best_cost > 0.0 { last_cost / best_cost - 1.0 } else { 0.0 };
    let falls_on = best.train_cost.zip(last.train_cost).is_some_and(|(then, now)| now < then);
    let risen = last.epoch >= best.epoch + 2 && rise >= 0.1 && falls_on;
    // While it is seen, training accuracy is of weights that still change, so this is cautious.
    let gap = train_accuracy - held_out_accuracy >= 0.05 && evidence.epochs.len() >= 3;
    if !risen && !gap {
        return Vec::new();
    }
    let lambda = evidence.params.as_ref().map_or(0.0, |params| params.lambda);
    let mut mends = vec![mend("lambda", if lambda > 0.0 { round(lambda * 3.0) } else { 5.0 })];
    if risen {
        mends.push(mend("epochs", best.epoch));
    }
    vec![Hint {
        finding: Finding::Overfitting {
            split,
            train_accuracy,
            held_out_accuracy,
            best_epoch: risen.then_some(best.epoch),
            rise: if risen { rise } else { 0.0 },
        },
        mends,
    }]
}
