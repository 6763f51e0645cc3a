//! The end of an epoch: its evaluation, what follows from it, and what observers are told.

use nn_core::Scalar;

use super::Trainer;
use crate::observer::{Control, Epoch, Observer};
use crate::progress::EpochNumbers;
use crate::{TrainError, evaluate_unless_stopped, health};

impl<T: Scalar> Trainer<'_, T> {
    /// The end of an epoch whose mini-batches are done. Nothing is changed if it is cut short.
    pub(super) fn finish_epoch(
        &mut self,
        observer: &mut dyn Observer<T>,
    ) -> Result<Control, TrainError> {
        let learning_rate = self.rate_of(self.batches_per_epoch() - 1);
        let n = self.samples.len() as f64;
        let (cost, correct) = self.seen;
        let (train_cost, train_accuracy) = (cost / n, correct as f64 / n);
        let (epoch, params) = (self.epoch + 1, self.params.get());
        let validation = match self.validation {
            None => None,
            Some(samples) => {
                let network = self.progress.in_use(&self.network);
                let (cost, team, stop) = (&self.cost, &self.team, &self.stop);
                let result = evaluate_unless_stopped(network, cost, samples, team, stop)?;
                let Some(result) = result else { return Ok(Control::Stop) };
                Some(result)
            }
        };
        let numbers = EpochNumbers::new((train_cost, train_accuracy), validation.as_ref());
        let judged = self.progress.judge(params, numbers, epoch);
        let count = params.health_samples;
        let health = match count {
            0 => None,
            _ => health(&self.network, &self.cost, self.samples, count)?,
        };
        let control = observer.on_epoch(&Epoch {
            network: &self.network,
            in_use: self.progress.in_use(&self.network),
            epoch,
            of: params.epochs,
            train_cost,
            train_accuracy,
            validation: validation.as_ref(),
            health: health.as_deref(),
            ends_early: judged.ends() && epoch < params.epochs,
            learning_rate,
        });
        if control == Control::Abandon {
            return Ok(control);
        }
        self.progress.take(judged, params, &self.network);
        self.seen = (0.0, 0);
        self.epoch = epoch;
        self.batch = 0;
        self.take_next_batch_size()?;
        Ok(control)
    }
}
