//! Whether a model is as often right as it is sure.

use serde::Serialize;

use super::Predictions;

/// The samples whose confidence lies in an interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Confidences above this (and at it, in the first bin).
    pub from: f64,
    /// Up to this.
    pub to: f64,
    /// How many samples there are.
    pub samples: usize,
    /// Their mean confidence; `None` without samples.
    pub confidence: Option<f64>,
    /// Share of them that is right; `None` without samples.
    pub accuracy: Option<f64>,
}

/// A reliability diagram (Guo et al., *On Calibration of Modern Neural Networks*, 2017).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Bins of equal width, from confidence 0 to 1.
    pub bins: Vec<CalibrationBin>,
    /// Expected calibration error: Σ (n_b / n) |accuracy_b − confidence_b|, 0 to 1.
    pub expected_error: f64,
    /// The largest |accuracy_b − confidence_b|.
    pub largest_error: f64,
    /// Mean of Σ_j (a_j − y_j)² over the samples, the Brier score.
    pub brier: f64,
}

impl Calibration {
    /// The diagram of these predictions with `bins` bins (at least 1 is used).
    #[must_use]
    pub fn of(predictions: &Predictions, bins: usize) -> Self {
        let count = bins.max(1);
        let mut sums = vec![(0_usize, 0.0_f64, 0_usize); count];
        let mut brier = 0.0;
        for sample in 0..predictions.len() {
            let confidence = predictions.confidence(sample);
            let bin = ((confidence * count as f64).ceil() as usize).clamp(1, count) - 1;
            sums[bin].0 += 1;
            sums[bin].1 += confidence;
            sums[bin].2 += usize::from(predictions.is_right(sample));
            let outputs = predictions.output(sample);
            brier += outputs.iter().enumerate().fold(0.0, |sum, (class, &a)| {
                let y = if class == predictions.actual(sample) { 1.0 } else { 0.0 };
                sum + (f64::from(a) - y).powi(2)
            });
        }
        let n = predictions.len().max(1) as f64;
        let bin = |(i, &(samples, confidence, right)): (usize, &(usize, f64, usize))| {
            let share = |sum: f64| (samples > 0).then(|| sum / samples as f64);
            CalibrationBin {
                from: i as f64 / count as f64,
                to: (i + 1) as f64 / count as f64,
                samples,
                confidence: share(confidence),
                accuracy: share(right as f64),
            }
        };
        let bins: Vec<CalibrationBin> = sums.iter().enumerate().map(bin).collect();
        let gaps = bins.iter().filter_map(|bin| {
            bin.confidence.zip(bin.accuracy).map(|(c, a)| (bin.samples as f64 / n, (a - c).abs()))
        });
        Self {
            expected_error: gaps.clone().map(|(share, gap)| share * gap).sum(),
            largest_error: gaps.map(|(_, gap)| gap).fold(0.0, f64::max),
            brier: brier / n,
            bins,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::predictions::tests::made;
    use ndarray::array;

    #[test]
    fn errors_are_those_of_the_definition() {
        // Two samples at 0.95 of which one is right, two at 0.65 of which both are.
        let outputs = array![[0.95, 0.05], [0.95, 0.05], [0.65, 0.35], [0.65, 0.35]];
        let calibration = Calibration::of(&made(outputs, &[0, 1, 0, 0]), 10);
        assert_eq!(calibration.bins.iter().map(|b| b.samples).sum::<usize>(), 4);
        assert_eq!(calibration.bins[9].accuracy, Some(0.5));
        assert_eq!(calibration.bins[6].accuracy, Some(1.0));
        assert!((calibration.expected_error - (0.5 * 0.45 + 0.5 * 0.35)).abs() < 1e-6);
        assert!((calibration.largest_error - 0.45).abs() < 1e-6);
        let brier =
            (2.0 * 0.05_f64.powi(2) + 2.0 * 0.95_f64.powi(2) + 4.0 * 0.35_f64.powi(2)) / 4.0;
        assert!((calibration.brier - brier).abs() < 1e-6);
    }

    #[test]
    fn the_ends_belong_to_the_first_and_the_last_bin() {
        let calibration = Calibration::of(&made(array![[0.0, 0.0], [1.0, 0.0]], &[0, 0]), 10);
        assert_eq!((calibration.bins[0].samples, calibration.bins[9].samples), (1, 1));
    }
}
