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

/// How a network does on a set of samples.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// Number of samples.
    pub samples: usize,
    /// Cost averaged over the samples.
    pub mean_cost: f64,
    /// What was taken for what; the class of a sample is the largest of its targets.
    pub confusion: ConfusionMatrix,
}

impl Evaluation {
    /// An evaluation of the samples that were counted in `confusion`.
    #[must_use]
    pub fn new(mean_cost: f64, confusion: ConfusionMatrix) -> Self {
        Self { samples: confusion.total() as usize, mean_cost, confusion }
    }

    /// Share of the samples that were classified rightly, 0 to 1; 0 if there are none.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        share(self.confusion.correct(), self.confusion.total()).unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
