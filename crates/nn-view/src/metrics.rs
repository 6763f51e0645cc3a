//! The metrics of a run, as its folder keeps them: one JSON object a line.

use serde::{Deserialize, Serialize};

use crate::analysis::LayerFigures;

/// What is known of one epoch. Older runs know less, newer ones more.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EpochMetrics {
    /// Its number, counted from 1.
    pub epoch: usize,
    /// Epochs there were to be.
    pub epochs: Option<usize>,
    /// η of the last step.
    pub learning_rate: Option<f64>,
    /// Mean cost on the training samples, each seen just before the step it was used in.
    pub train_cost: Option<f64>,
    /// Share of the training samples classified rightly, seen likewise.
    pub train_accuracy: Option<f64>,
    /// Mean cost on the validation samples.
    pub validation_cost: Option<f64>,
    /// Share of the validation samples classified rightly.
    pub validation_accuracy: Option<f64>,
    /// Mean cost on the test samples.
    pub test_cost: Option<f64>,
    /// Share of the test samples classified rightly.
    pub test_accuracy: Option<f64>,
    /// Training time, without the evaluation after it.
    pub seconds: Option<f64>,
    /// Training speed.
    pub samples_per_second: Option<f64>,
    /// The layers 2 to L after the epoch, if they were watched.
    pub layers: Vec<LayerFigures>,
}

/// Reads metrics, one epoch a line, in the order of their epochs. Lines that are no metrics (one
/// cut short by a crash, say) are left out, and counted.
#[must_use]
pub fn read_metrics(text: &str) -> (Vec<EpochMetrics>, usize) {
    let mut bad = 0;
    let mut epochs: Vec<EpochMetrics> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match serde_json::from_str::<EpochMetrics>(line) {
            Ok(metrics) if metrics.epoch > 0 => epochs.push(metrics),
            _ => bad += 1,
        }
    }
    epochs.sort_by_key(|metrics| metrics.epoch);
    (epochs, bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_metrics_is_left_out_and_counted() {
        let text = "{\"epoch\":2,\"train_cost\":0.5,\"from\":\"the future\"}\n\
                    {\"epoch\":1,\"train_cost\":1.5,\"validation_cost\":null}\n\
                    \n{\"epoch\":3,\"train_c";
        let (epochs, bad) = read_metrics(text);
        assert_eq!(bad, 1);
        let costs: Vec<_> = epochs.iter().map(|m| (m.epoch, m.train_cost)).collect();
        assert_eq!(costs, [(1, Some(1.5)), (2, Some(0.5))]);
        assert_eq!(read_metrics(""), (Vec::new(), 0));
    }
}
