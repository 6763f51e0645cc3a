//! The answers worth looking at: worst mistakes and least certain.

use serde::Serialize;

use super::Predictions;

/// One sample and what was made of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Answer {
    /// The sample's number in its dataset.
    pub sample: usize,
    /// What it is.
    pub actual: usize,
    /// What it was taken for.
    pub predicted: usize,
    /// The output of the class it was taken for, 0 to 1.
    pub confidence: f64,
    /// By how much that exceeds the second largest output.
    pub margin: f64,
    /// Its cost.
    pub cost: f64,
}

impl Answer {
    /// The answer to one sample.
    ///
    /// # Panics
    ///
    /// If there is no such sample.
    #[must_use]
    pub fn of(predictions: &Predictions, sample: usize) -> Self {
        Self {
            sample,
            actual: predictions.actual(sample),
            predicted: predictions.predicted(sample),
            confidence: predictions.confidence(sample),
            margin: predictions.margin(sample),
            cost: predictions.cost(sample),
        }
    }
}

/// The `most` mistakes of the highest cost, worst first; of equals the earlier sample.
#[must_use]
pub fn worst_mistakes(predictions: &Predictions, most: usize) -> Vec<Answer> {
    let wrong = (0..predictions.len()).filter(|&sample| !predictions.is_right(sample));
    let mut answers: Vec<Answer> = wrong.map(|sample| Answer::of(predictions, sample)).collect();
    answers.sort_by(|a, b| b.cost.total_cmp(&a.cost).then(a.sample.cmp(&b.sample)));
    answers.truncate(most);
    answers
}

/// The `most` answers of the smallest margin between the two largest outputs, right or wrong.
#[must_use]
pub fn least_certain(predictions: &Predictions, most: usize) -> Vec<Answer> {
    let all = 0..predictions.len();
    let mut answers: Vec<Answer> = all.map(|sample| Answer::of(predictions, sample)).collect();
    answers.sort_by(|a, b| a.margin.total_cmp(&b.margin).then(a.sample.cmp(&b.sample)));
    answers.truncate(most);
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::predictions::tests::{made, subject};
    use ndarray::array;

    #[test]
    fn mistakes_are_mistakes_and_the_dearest_come_first() {
        let (model, test) = subject();
        let predictions = Predictions::of(&model, &test).unwrap();
        let worst = worst_mistakes(&predictions, 20);
        assert_eq!(worst.len(), 20);
        assert!(worst.iter().all(|answer| answer.actual != answer.predicted));
        assert!(worst.windows(2).all(|pair| pair[0].cost >= pair[1].cost));
        let dearest = (0..predictions.len())
            .filter(|&i| !predictions.is_right(i))
            .map(|i| predictions.cost(i))
            .fold(0.0, f64::max);
        assert_eq!(worst[0].cost, dearest);
    }

    #[test]
    fn least_certain_answers_have_two_outputs_alike() {
        let p = made(array![[0.9, 0.1], [0.5, 0.49], [0.2, 0.6]], &[0, 1, 1]);
        let order: Vec<usize> = least_certain(&p, 2).iter().map(|a| a.sample).collect();
        assert_eq!(order, [1, 2]);
    }
}
