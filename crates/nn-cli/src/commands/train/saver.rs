//! When training pauses to be saved, and what is written then.

use std::time::{Duration, Instant};

use nn_train::run_folder::CheckpointKind;
use nn_train::{Batches, Best, Checkpoint, Control, Epoch, Observer, RunFolder};

use super::controls::Controls;
use super::signals::Signals;
use crate::args::run::{Every, RunArgs};
use crate::failure::Failure;
use crate::output::records::TrainEpoch;

/// Checkpoints of epochs that are kept if the user says nothing.
pub(super) const KEEP: usize = 3;

/// Writes checkpoints and metrics into a run folder.
#[derive(Debug)]
pub(super) struct Saver<'a> {
    folder: &'a RunFolder,
    every: Every,
    keep: usize,
    saved: Instant,
}

impl<'a> Saver<'a> {
    pub(super) fn new(folder: &'a RunFolder, args: &RunArgs) -> Self {
        let every = args.checkpoint_every.unwrap_or(Every::Epochs(1));
        Self { folder, every, keep: args.keep.unwrap_or(KEEP), saved: Instant::now() }
    }

    pub(super) fn folder(&self) -> &RunFolder {
        self.folder
    }

    /// When training should pause for a checkpoint even within an epoch.
    pub(super) fn pause_at(&self) -> Option<Instant> {
        match self.every {
            Every::Epochs(_) => None,
            Every::Time(time) => self.saved.checked_add(time),
        }
    }

    /// Deals with an epoch that has just ended: its metrics, and whatever checkpoints are due.
    ///
    /// Says whether the last checkpoint is now of this moment.
    pub(super) fn epoch(
        &mut self,
        record: &TrainEpoch,
        checkpoint: &mut Checkpoint<f32>,
    ) -> Result<bool, Failure> {
        self.folder.append_metrics(record)?;
        // Of a regression the best is that of the largest R².
        let r2 = record.validation_regression.and_then(|metrics| metrics.r2);
        if let Some(accuracy) = record.validation_accuracy.or(r2)
            && checkpoint.best.is_none_or(|best| accuracy > best.accuracy)
        {
            checkpoint.best = Some(Best { epoch: record.epoch, accuracy });
            self.folder.save(CheckpointKind::Best, checkpoint)?;
        }
        let due = match self.every {
            Every::Epochs(epochs) => record.epoch.is_multiple_of(epochs),
            Every::Time(time) => self.saved.elapsed() >= time,
        };
        if due {
            self.last(checkpoint)?;
            if self.keep > 0 {
                self.folder.save(CheckpointKind::Epoch(record.epoch), checkpoint)?;
            }
            self.folder.prune(self.keep)?;
        }
        Ok(due)
    }

    /// Writes the checkpoint that training goes on from.
    pub(super) fn last(&mut self, checkpoint: &Checkpoint<f32>) -> Result<(), Failure> {
        self.folder.save(CheckpointKind::Last, checkpoint)?;
        self.saved = Instant::now();
        Ok(())
    }
}

/// Stops training where something has to be done that needs the trainer.
#[derive(Debug)]
pub(super) struct Pause<'a> {
    pub(super) signals: &'a Signals,
    pub(super) controls: &'a Controls,
    /// Whether epochs end with a pause.
    pub(super) every_epoch: bool,
    pub(super) at: Option<Instant>,
}

impl Pause<'_> {
    fn control(&self, pause: bool) -> Control {
        let due = self.at.is_some_and(|at| at.elapsed() > Duration::ZERO);
        if pause || due || self.controls.is_wanted() || self.signals.caught().is_some() {
            Control::Stop
        } else {
            Control::Continue
        }
    }
}

impl Observer<f32> for Pause<'_> {
    fn on_batches(&mut self, _: &Batches<'_, f32>) -> Control {
        self.control(false)
    }

    fn on_epoch(&mut self, _: &Epoch<'_, f32>) -> Control {
        self.control(self.every_epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_that_is_up_pauses_within_an_epoch() {
        let signals = Signals::none();
        let controls = Controls::default();
        let pause = |at| {
            let (signals, controls) = (&signals, &controls);
            Pause { signals, controls, every_epoch: true, at }.control(false)
        };
        let now = Instant::now();
        assert_eq!(pause(None), Control::Continue);
        assert_eq!(pause(Some(now + Duration::from_secs(3600))), Control::Continue);
        std::thread::sleep(Duration::from_millis(1));
        assert_eq!(pause(Some(now)), Control::Stop);
    }
}
