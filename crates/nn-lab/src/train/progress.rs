//! [`Progress`]: what is told of a training.

use nn_train::TrainParams;
use nn_view::EpochMetrics;
use nn_view::analysis::LayerFigures;
use serde::Serialize;

use super::series::Series;

/// Most epochs whose figures are kept; of longer trainings the latest.
const MAX_EPOCHS: usize = 1000;

/// What training does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phase {
    /// Nothing was started yet.
    #[default]
    Idle,
    Running,
    Paused,
    /// All epochs are done.
    Finished,
    /// Someone stopped it.
    Stopped,
    /// It diverged.
    Failed,
}

impl Phase {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Finished => "finished",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// Whether a thread is at it.
    pub(super) fn is_active(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

/// A training as the page shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Progress {
    /// Counts the trainings; 0 is none.
    pub(super) job: u64,
    pub(super) phase: Phase,
    /// What went wrong, or was refused.
    pub(super) message: Option<String>,
    /// The network, as in `784-30-10 (sigmoid, sigmoid)`.
    pub(super) network: String,
    /// Epoch under way, counted from 1, and how many there are to be.
    pub(super) epoch: usize,
    pub(super) epochs: usize,
    /// Mini-batches done of this epoch, and how many it has.
    pub(super) batch: usize,
    pub(super) batches: usize,
    /// Time spent in training, in seconds.
    pub(super) seconds: f64,
    pub(super) samples_per_second: f64,
    /// The parameters in force.
    pub(super) params: TrainParams,
    /// Milliseconds between two mini-batches.
    pub(super) pause: u64,
    /// Mean cost of the mini-batches, each before its step.
    pub(super) batch_cost: Series,
    /// Share of them answered rightly.
    pub(super) batch_accuracy: Series,
    /// Which samples are held out and watched: `validation` or `test`.
    pub(super) held_out: &'static str,
    pub(super) history: Vec<EpochFigures>,
    /// The layers 2 to L, on a few training samples.
    pub(super) layers: Vec<LayerFigures>,
}

/// An epoch's figures.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct EpochFigures {
    pub(super) epoch: usize,
    pub(super) train_cost: f64,
    pub(super) train_accuracy: f64,
    pub(super) cost: f64,
    pub(super) accuracy: f64,
    pub(super) learning_rate: f64,
}

impl Progress {
    pub(super) fn idle() -> Self {
        Self {
            job: 0,
            phase: Phase::Idle,
            message: None,
            network: String::new(),
            epoch: 0,
            epochs: 0,
            batch: 0,
            batches: 0,
            seconds: 0.0,
            samples_per_second: 0.0,
            params: TrainParams::default(),
            pause: 0,
            batch_cost: Series::new(),
            batch_accuracy: Series::new(),
            held_out: "validation",
            history: Vec::new(),
            layers: Vec::new(),
        }
    }

    /// The epochs as hints want them.
    pub(super) fn metrics(&self) -> Vec<EpochMetrics> {
        let on_validation = self.held_out == "validation";
        let metrics = |epoch: &EpochFigures| EpochMetrics {
            epoch: epoch.epoch,
            epochs: Some(self.epochs),
            learning_rate: Some(epoch.learning_rate),
            train_cost: Some(epoch.train_cost),
            train_accuracy: Some(epoch.train_accuracy),
            validation_cost: on_validation.then_some(epoch.cost),
            validation_accuracy: on_validation.then_some(epoch.accuracy),
            test_cost: (!on_validation).then_some(epoch.cost),
            test_accuracy: (!on_validation).then_some(epoch.accuracy),
            ..EpochMetrics::default()
        };
        self.history.iter().map(metrics).collect()
    }

    pub(super) fn add(&mut self, figures: EpochFigures) {
        if self.history.len() == MAX_EPOCHS {
            self.history.remove(0);
        }
        self.history.push(figures);
    }

    pub(super) fn json(&self) -> std::sync::Arc<str> {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".into()).into()
    }
}
