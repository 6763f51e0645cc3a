//! Precision, recall and F1 of every class.

use nn_train::ConfusionMatrix;
use serde::Serialize;

/// How one class fares.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassReport {
    /// The class, counted from 0.
    pub class: usize,
    /// Samples of it.
    pub samples: u64,
    /// Share of what was taken for it that is of it; `None` if nothing was.
    pub precision: Option<f64>,
    /// Share of it that was taken for it; `None` if there is none.
    pub recall: Option<f64>,
    /// F₁ = 2PR / (P + R), 0 if nothing was right.
    pub f1: Option<f64>,
    /// The class it was most often wrongly taken for, and how often.
    pub mistaken_for: Option<(usize, u64)>,
}

impl ClassReport {
    /// One report a class, in the order of the classes.
    #[must_use]
    pub fn all(confusion: &ConfusionMatrix) -> Vec<Self> {
        let classes = 0..confusion.classes();
        let of = |class: usize| {
            let (precision, recall) = (confusion.precision(class), confusion.recall(class));
            let f1 = precision
                .zip(recall)
                .map(|(p, r)| if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 });
            let wrong = classes.clone().filter(|&other| other != class);
            let mistaken_for = wrong
                .map(|other| (other, confusion.count(class, other)))
                .filter(|(_, count)| *count > 0)
                // Of equals the first.
                .max_by_key(|&(other, count)| (count, std::cmp::Reverse(other)));
            let samples = classes.clone().map(|other| confusion.count(class, other)).sum();
            Self { class, samples, precision, recall, f1, mistaken_for }
        };
        classes.clone().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_those_of_the_definition() {
        let mut confusion = ConfusionMatrix::new(4);
        for (actual, predicted) in [(0, 0), (0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)] {
            confusion.add(actual, predicted);
        }
        let classes = ClassReport::all(&confusion);
        assert_eq!(classes[0].precision, Some(0.5));
        assert_eq!(classes[0].recall, Some(2.0 / 3.0));
        assert!((classes[0].f1.unwrap() - 4.0 / 7.0).abs() < 1e-12);
        assert_eq!(classes[2].f1, None);
        assert_eq!(classes[2].mistaken_for, Some((0, 1)));
        assert_eq!((classes[3].samples, classes[3].recall), (0, None));
    }
}
