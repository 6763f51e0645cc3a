//! How good a network is: mean cost, accuracy, confusion matrix.

use serde::Serialize;

/// How often each class was taken for each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfusionMatrix {
    classes: usize,
    counts: Vec<u64>,
}

impl ConfusionMatrix {
    /// A matrix of zeros for `classes` classes.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self { classes, counts: vec![0; classes * classes] }
    }

    /// Counts a sample of class `actual` that was taken for `predicted`.
    ///
    /// # Panics
    ///
    /// If either is not below the number of classes.
    pub fn add(&mut self, actual: usize, predicted: usize) {
        assert!(actual < self.classes && predicted < self.classes, "a class of the matrix");
        self.counts[actual * self.classes + predicted] += 1;
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Samples of class `actual` that were taken for `predicted`.
    ///
    /// # Panics
    ///
    /// If either is not below the number of classes.
    #[must_use]
    pub fn count(&self, actual: usize, predicted: usize) -> u64 {
        assert!(actual < self.classes && predicted < self.classes, "a class of the matrix");
        self.counts[actual * self.classes + predicted]
    }

    /// Samples in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Samples that were classified rightly.
    #[must_use]
    pub fn correct(&self) -> u64 {
        (0..self.classes).map(|class| self.count(class, class)).sum()
    }

    /// Share of the samples taken for `class` that are of it; `None` if none was.
    ///
    /// # Panics
    ///
    /// If there is no such class.
    #[must_use]
    pub fn precision(&self, class: usize) -> Option<f64> {
        let taken: u64 = (0..self.classes).map(|actual| self.count(actual, class)).sum();
        share(self.count(class, class), taken)
    }

    /// Share of the samples of `class` that were taken for it; `None` if there are none.
    ///
    /// # Panics
    ///
    /// If there is no such class.
    #[must_use]
    pub fn recall(&self, class: usize) -> Option<f64> {
        let there: u64 = (0..self.classes).map(|predicted| self.count(class, predicted)).sum();
        share(self.count(class, class), there)
    }
}

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

/// How near predicted numbers are to the true ones, in the unit of the target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RegressionMetrics {
    /// Coefficient of determination R² = 1 − Σ (t − p)² / Σ (t − t̄)²: 1 is perfect, 0 as good as
    /// the mean of these targets. `None` if all targets are the same.
    pub r2: Option<f64>,
    /// Mean absolute error.
    pub mae: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
}

impl RegressionMetrics {
    /// The metrics of pairs of a true number and the predicted one, summed in this order; `None` if
    /// there are none.
    #[must_use]
    pub fn new(pairs: &[(f64, f64)]) -> Option<Self> {
        if pairs.is_empty() {
            return None;
        }
        let n = pairs.len() as f64;
        let mean = pairs.iter().map(|(t, _)| t).sum::<f64>() / n;
        let around_mean = pairs.iter().map(|(t, _)| (t - mean) * (t - mean)).sum::<f64>();
        let squared = pairs.iter().map(|(t, p)| (t - p) * (t - p)).sum::<f64>();
        let absolute = pairs.iter().map(|(t, p)| (t - p).abs()).sum::<f64>();
        Some(Self {
            r2: (around_mean > 0.0).then(|| 1.0 - squared / around_mean),
            mae: absolute / n,
            rmse: (squared / n).sqrt(),
        })
    }
}

/// How a network does on a set of samples.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// Number of samples.
    pub samples: usize,
    /// Cost averaged over the samples.
    pub mean_cost: f64,
    /// What was taken for what; the class of a sample is the largest of its targets.
    /// Empty for a regression.
    pub confusion: ConfusionMatrix,
    /// How near the numbers are, if numbers were predicted.
    pub regression: Option<RegressionMetrics>,
}

impl Evaluation {
    /// An evaluation of the samples that were counted in `confusion`.
    #[must_use]
    pub fn new(mean_cost: f64, confusion: ConfusionMatrix) -> Self {
        Self { samples: confusion.total() as usize, mean_cost, confusion, regression: None }
    }

    /// An evaluation of a regression: pairs of the true and the predicted number of each sample.
    #[must_use]
    pub fn of_numbers(mean_cost: f64, pairs: &[(f64, f64)]) -> Self {
        Self {
            samples: pairs.len(),
            mean_cost,
            confusion: ConfusionMatrix::new(0),
            regression: RegressionMetrics::new(pairs),
        }
    }

    /// What a larger number of is better: the accuracy, or R² of a regression (minus infinity where
    /// that is undefined).
    #[must_use]
    pub fn score(&self) -> f64 {
        match &self.regression {
            Some(metrics) => metrics.r2.unwrap_or(f64::NEG_INFINITY),
            None => self.accuracy(),
        }
    }

    /// Share of the samples that were classified rightly, 0 to 1; 0 if there are none, as in a
    /// regression.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        share(self.confusion.correct(), self.confusion.total()).unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_measured_as_scikit_learn_does() {
        // sklearn.metrics: r2_score, mean_absolute_error, mean_squared_error ** 0.5
        let pairs = [(3.0, 2.5), (-0.5, 0.0), (2.0, 2.0), (7.0, 8.0)];
        let metrics = RegressionMetrics::new(&pairs).unwrap();
        assert!((metrics.r2.unwrap() - 0.948_608_137_044_967_9).abs() < 1e-15);
        assert_eq!(metrics.mae, 0.5);
        assert_eq!(metrics.rmse, 0.375_f64.sqrt());
        assert_eq!(RegressionMetrics::new(&[(1.0, 1.0), (1.0, 2.0)]).unwrap().r2, None);
        assert!(RegressionMetrics::new(&[]).is_none());
    }

    #[test]
    fn shares_are_counted() {
        let mut matrix = ConfusionMatrix::new(3);
        for (actual, predicted) in [(0, 0), (0, 0), (0, 1), (1, 1), (1, 0)] {
            matrix.add(actual, predicted);
        }
        assert_eq!((matrix.total(), matrix.correct()), (5, 3));
        assert_eq!(matrix.precision(0), Some(2.0 / 3.0));
        assert_eq!(matrix.recall(1), Some(0.5));
        assert_eq!(matrix.precision(2), None);
        assert_eq!(matrix.recall(2), None);
    }
}
