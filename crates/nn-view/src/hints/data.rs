//! Rules over the data.

use super::{Evidence, Finding, Hint};

/// A mean brightness off by half a standard deviation: chance moves it by less than a tenth with
/// 100 samples.
const BRIGHTNESS: f64 = 0.5;
/// Accuracies as far apart as this matter ...
const BEHIND: f64 = 0.03;
/// ... if chance alone would hardly bring them there: so many standard errors.
const SURE: f64 = 4.0;

/// Test samples of another brightness than training samples, or test accuracy far behind that on
/// validation samples.
pub(super) fn unlike_training_data(evidence: &Evidence) -> Vec<Hint> {
    let brightness = evidence
        .input_shift
        .map(|shift| shift.standardized())
        .filter(|shift| shift.is_finite() && shift.abs() >= BRIGHTNESS);
    let (validation, test) = evidence.held_out;
    let last = evidence.epochs.last();
    let accuracies = last.and_then(|last| last.validation_accuracy.zip(last.test_accuracy));
    let behind = accuracies.and_then(|(on_validation, on_test)| {
        let variance = |share: f64, n: usize| share * (1.0 - share) / n.max(1) as f64;
        let error = (variance(on_validation, validation) + variance(on_test, test)).sqrt();
        let behind = on_validation - on_test;
        (validation > 0 && test > 0 && behind >= BEHIND && behind >= SURE * error).then_some(behind)
    });
    if brightness.is_none() && behind.is_none() {
        return Vec::new();
    }
    vec![Hint { finding: Finding::UnlikeTrainingData { brightness, behind }, mends: Vec::new() }]
}
