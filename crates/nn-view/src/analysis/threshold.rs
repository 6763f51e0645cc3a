//! What "I don't know" below a confidence would buy.

use serde::Serialize;

use super::Predictions;

/// What happens if answers below a confidence are kept back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ThresholdPoint {
    /// The least confidence of an answer.
    pub threshold: f64,
    /// Samples that are still answered.
    pub answered: usize,
    /// Those of them that are answered rightly.
    pub right: usize,
    /// `answered` as a share of all samples.
    pub coverage: f64,
    /// `right` as a share of the answered; `None` if none is.
    pub accuracy: Option<f64>,
}

/// One point for each of `steps` + 1 thresholds from 0 to 1 (at least 1 step is used).
#[must_use]
pub fn threshold_curve(predictions: &Predictions, steps: usize) -> Vec<ThresholdPoint> {
    let steps = steps.max(1);
    let mut answers: Vec<(f64, bool)> = (0..predictions.len())
        .map(|sample| (predictions.confidence(sample), predictions.is_right(sample)))
        .collect();
    answers.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut points: Vec<ThresholdPoint> = (0..=steps)
        .rev()
        .scan((0_usize, 0_usize), |(answered, right), step| {
            let threshold = step as f64 / steps as f64;
            while let Some((_, is_right)) =
                answers.get(*answered).filter(|(confidence, _)| *confidence >= threshold)
            {
                *answered += 1;
                *right += usize::from(*is_right);
            }
            Some(ThresholdPoint {
                threshold,
                answered: *answered,
                right: *right,
                coverage: *answered as f64 / answers.len().max(1) as f64,
                accuracy: (*answered > 0).then(|| *right as f64 / *answered as f64),
            })
        })
        .collect();
    points.reverse();
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::predictions::tests::{made, subject};
    use ndarray::array;

    #[test]
    fn a_threshold_keeps_back_the_less_sure() {
        let p = made(array![[0.9, 0.1], [0.4, 0.6], [0.3, 0.2]], &[0, 0, 0]);
        let curve = threshold_curve(&p, 2);
        let found: Vec<_> = curve.iter().map(|t| (t.threshold, t.answered, t.right)).collect();
        assert_eq!(found, [(0.0, 3, 2), (0.5, 2, 1), (1.0, 0, 0)]);
        assert_eq!(curve[2].accuracy, None);
    }

    #[test]
    fn without_a_threshold_every_sample_is_answered() {
        let (model, test) = subject();
        let predictions = Predictions::of(&model, &test).unwrap();
        let curve = threshold_curve(&predictions, 100);
        assert_eq!((curve.len(), curve[0].answered), (101, 1000));
        assert_eq!(curve[0].accuracy, Some(predictions.accuracy()));
        assert!(curve.windows(2).all(|pair| pair[0].answered >= pair[1].answered));
    }
}
