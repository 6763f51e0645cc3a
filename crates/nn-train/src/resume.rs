//! The state of a trainer apart from its weights, taken out and put back.

use nn_core::{Cost, Network, Scalar};
use serde::{Deserialize, Serialize};

use crate::averaging::Averaging;
use crate::optimizer::saved::{from_arrays, to_arrays};
use crate::progress::{Progress, ProgressState};
use crate::{Samples, TrainError, TrainParams, Trainer};

/// All a trainer has to remember besides the weights, so that a new one goes on where it was.
///
/// The order of the samples is not part of it: it is drawn for each epoch from a stream that
/// the seed and the epoch's number determine, so that position and seed are enough.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TrainerState<T> {
    /// The parameters. The number of threads may be changed before going on, and the number
    /// of epochs to any that is not below [`TrainerState::epoch`]; a schedule then goes on as
    /// if that had been their number from the start.
    pub params: TrainParams,
    /// Number of training samples.
    pub samples: usize,
    /// Epochs done.
    pub epoch: usize,
    /// Mini-batches done of the epoch after those. All of them, if training was stopped before
    /// the epoch's end was evaluated; going on begins with that.
    pub batch: usize,
    /// Σ C over the samples of these mini-batches.
    pub cost_sum: f64,
    /// How many of these samples were classified rightly.
    pub correct: u64,
    /// The batch size from the next epoch on, if it was changed in the course of this one.
    pub next_batch_size: Option<usize>,
    /// Steps the optimiser has done; 0 for plain gradient descent, which counts none.
    pub optimizer_steps: u64,
    /// What the optimiser remembers between steps; nothing for plain gradient descent.
    pub optimizer: Vec<StateArray<T>>,
    /// What is kept from epoch to epoch: of averages, early stopping and schedules that follow
    /// a metric.
    pub progress: ProgressState,
    /// Weights that are kept besides those in training: the average, and those of the best
    /// epoch.
    pub kept: Vec<StateArray<T>>,
}

impl<T> TrainerState<T> {
    /// Samples that training has been through, those of earlier epochs as often as there were epochs.
    #[must_use]
    pub fn samples_done(&self) -> usize {
        self.epoch * self.samples + self.samples_of_epoch()
    }

    /// Samples of the epoch that isn't done; the last mini-batch of an epoch may be a small one.
    fn samples_of_epoch(&self) -> usize {
        self.samples.min(self.batch * self.params.batch_size)
    }
}

/// Numbers that an optimiser keeps from step to step, such as velocities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StateArray<T> {
    /// What they are.
    pub name: String,
    /// The numbers, in an order that the optimiser knows.
    pub values: Vec<T>,
}

/// A saved state that does not fit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the saved state does not fit: expected {expected} {what}, found {found}")]
#[non_exhaustive]
pub struct ResumeError {
    /// What is counted.
    pub what: &'static str,
    /// What is possible with these data and parameters.
    pub expected: String,
    /// What the state says.
    pub found: String,
}

impl<'d, T: Scalar> Trainer<'d, T> {
    /// What it takes, with the [network](Trainer::network), to go on from here.
    #[must_use]
    pub fn state(&self) -> TrainerState<T> {
        TrainerState {
            params: self.params().clone(),
            samples: self.samples.len(),
            epoch: self.epoch,
            batch: self.batch,
            cost_sum: self.seen.0,
            correct: self.seen.1,
            next_batch_size: self.next_batch_size,
            optimizer_steps: self.rule_state.as_ref().map_or(0, nn_core::RuleState::steps),
            optimizer: self.rule_state.as_ref().map(to_arrays).unwrap_or_default(),
            progress: self.progress.state(),
            kept: self.progress.arrays(),
        }
    }

    /// A trainer that goes on from a saved state and the network of the same moment. With the
    /// samples of the first time it ends with the very weights that training without the stop
    /// would have ended with, whatever the number of threads before and after.
    ///
    /// # Errors
    ///
    /// [`TrainError::Resume`] if the position is not one of training on these samples, and
    /// the errors of [`Trainer::new`].
    pub fn resume(
        network: Network<T>,
        cost: &Cost,
        samples: &'d Samples<T>,
        state: &TrainerState<T>,
    ) -> Result<Self, TrainError> {
        let mut trainer = Self::new(network, cost, samples, &state.params)?;
        let (epochs, batches) = (trainer.params().epochs, trainer.batches_per_epoch());
        let check = |ok: bool, what, expected: String, found: String| {
            if ok { Ok(()) } else { Err(ResumeError { what, expected, found }) }
        };
        let (n, found) = (samples.len(), state.samples);
        check(n == found, "training samples", n.to_string(), found.to_string())?;
        let (epoch, batch) = (state.epoch, state.batch);
        check(epoch <= epochs, "epochs done", format!("at most {epochs}"), epoch.to_string())?;
        // After the last epoch there is no mini-batch.
        let most = if epoch == epochs { 0 } else { batches };
        check(batch <= most, "mini-batches done", format!("at most {most}"), batch.to_string())?;
        let seen = state.samples_of_epoch() as u64;
        let correct = state.correct;
        check(correct <= seen, "right answers", format!("at most {seen}"), correct.to_string())?;
        if let Some(size) = state.next_batch_size {
            let expected = format!("from 1 to {n}");
            check((1..=n).contains(&size), "samples per mini-batch", expected, size.to_string())?;
        }
        let steps = state.optimizer_steps;
        let rule = trainer.params.get().optimizer.rule();
        let rule_state = from_arrays(&trainer.network, rule, &state.optimizer, steps)?;
        let progress =
            Progress::restored(&trainer.network, trainer.params(), &state.progress, &state.kept)?;
        let averages = trainer.params().averaging != Averaging::None;
        let averaged = usize::from(progress.average.is_some());
        check(averages || averaged == 0, "averages of weights", "0".into(), averaged.to_string())?;
        trainer.progress = progress;
        trainer.rule_state = rule_state;
        trainer.next_batch_size = state.next_batch_size;
        trainer.epoch = epoch;
        trainer.batch = batch;
        trainer.seen = (state.cost_sum, correct);
        Ok(trainer)
    }
}
