//! The state of a trainer apart from its weights, taken out and put back.

use nn_core::{Cost, Network, Scalar};
use serde::{Deserialize, Serialize};

use crate::optimizer::saved::{from_arrays, to_arrays};
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
    /// Mini-batches done of the epoch after those.
    pub batch: usize,
    /// Σ C over the samples of these mini-batches.
    pub cost_sum: f64,
    /// How many of these samples were classified rightly.
    pub correct: u64,
    /// What the optimiser remembers between steps; nothing for plain gradient descent.
    pub optimizer: Vec<StateArray<T>>,
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
            optimizer: self.rule_state.as_ref().map(to_arrays).unwrap_or_default(),
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
        // After the last epoch there is no mini-batch, and a whole epoch counts as an epoch.
        let most = if epoch == epochs { 0 } else { batches - 1 };
        check(batch <= most, "mini-batches done", format!("at most {most}"), batch.to_string())?;
        let seen = n.min(batch * trainer.params().batch_size) as u64;
        let correct = state.correct;
        check(correct <= seen, "right answers", format!("at most {seen}"), correct.to_string())?;
        let steps = epoch as u64 * batches as u64 + batch as u64;
        let rule = trainer.params.get().optimizer.rule();
        let rule_state = from_arrays(&trainer.network, rule, &state.optimizer, steps)?;
        trainer.rule_state = rule_state;
        trainer.epoch = epoch;
        trainer.batch = batch;
        trainer.seen = (state.cost_sum, correct);
        Ok(trainer)
    }
}
