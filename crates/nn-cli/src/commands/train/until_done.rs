//! Training from here to the end, with a pause wherever something is to be saved or was wished for.

use std::time::Duration;

use nn_train::run_folder::CheckpointKind;
use nn_train::{Checkpoint, Ending, Observer, RunFolder, TrainError, Trainer};

use super::controls::Controls;
use super::monitor::Monitor;
use super::next_steps::quoted;
use super::saver::{Pause, Saver};
use super::signals::Signals;
use crate::Exit;
use crate::failure::Failure;
use crate::output::records::TrainEpoch;

/// How often a training that waits looks whether to go on.
const PAUSE: Duration = Duration::from_millis(50);

/// Trains to the end, with a pause wherever something is to be saved.
///
/// Gives the records of the epochs that were done.
pub(super) fn train_and_save(
    trainer: &mut Trainer<'_, f32>,
    checkpoint: &mut Checkpoint<f32>,
    mut monitor: Monitor<'_, '_>,
    mut saver: Option<Saver<'_>>,
    wishes: Wishes<'_>,
) -> Result<Vec<TrainEpoch>, Failure> {
    let signals = wishes.signals;
    trainer.set_stop(signals.stop_flag());
    monitor.set_stop(signals.stop_flag());
    let update = |checkpoint: &mut Checkpoint<f32>, trainer: &Trainer<'_, f32>| {
        checkpoint.state = trainer.state();
        checkpoint.model.network.clone_from(trainer.network());
        checkpoint.model.provenance.epochs = trainer.epochs_done() as u64;
    };
    loop {
        let before = trainer.epochs_done();
        let mut pause = Pause {
            signals,
            controls: wishes.controls,
            every_epoch: saver.is_some(),
            at: saver.as_ref().and_then(Saver::pause_at),
        };
        let ending = trainer.run(&mut (&mut monitor, (&mut *wishes.probe, &mut pause)));
        let last = monitor.last()?;
        let ending = ending.map_err(|error| {
            let folder = saver.as_ref().map(Saver::folder).filter(|_| before > 0);
            diverged(error, folder)
        })?;
        let finished =
            ending != Ending::Stopped || trainer.epochs_done() >= trainer.params().epochs;
        let stopped = wishes.controls.is_stopped().then_some(Exit::Interrupted);
        let caught = signals.caught().or(stopped);
        if let Some(saver) = &mut saver {
            update(checkpoint, trainer);
            let record = last.filter(|_| trainer.epochs_done() > before);
            let saved = match &record {
                Some(record) => saver.epoch(record, checkpoint)?,
                None => false,
            };
            // A pause within an epoch is there to save.
            if !saved && (finished || caught.is_some() || record.is_none()) {
                saver.last(checkpoint)?;
            }
            if record.is_some() {
                monitor.paused();
            }
        }
        if finished {
            return Ok(monitor.into_history());
        }
        if let Some(exit) = caught {
            return Err(interrupted(exit, trainer, saver.as_ref().map(Saver::folder)));
        }
        loop {
            if wishes.controls.take_save() {
                let note = if let Some(saver) = &mut saver {
                    update(checkpoint, trainer);
                    saver.last(checkpoint)?;
                    format!("saved in {}", saver.folder().path().display())
                } else {
                    "nothing was saved: --run NAME gives a folder for it".to_owned()
                };
                monitor.note(&note);
            }
            for _ in 0..wishes.controls.take_lower() {
                halve_rate(trainer)?;
                monitor.learning_rate(trainer.params().learning_rate);
            }
            let wait = wishes.controls.is_paused()
                && !wishes.controls.is_stopped()
                && signals.caught().is_none();
            if !wait {
                break;
            }
            std::thread::sleep(PAUSE);
            monitor.waited(PAUSE);
        }
    }
}

/// What a signal or a person at the dashboard may wish for, and what it takes.
pub(super) struct Wishes<'a> {
    pub(super) signals: &'a Signals,
    pub(super) controls: &'a Controls,
    /// Looks into the network for the dashboard.
    pub(super) probe: &'a mut dyn Observer<f32>,
}

/// Goes on with half the learning rate.
fn halve_rate(trainer: &mut Trainer<'_, f32>) -> Result<(), TrainError> {
    let mut params = trainer.params().clone();
    params.learning_rate /= 2.0;
    trainer.set_params(&params)
}

/// What is said when training ended in an error; after a divergence, which checkpoint is left.
fn diverged(error: TrainError, folder: Option<&RunFolder>) -> Failure {
    let is_divergence = matches!(error, TrainError::Diverged(_));
    let failure = Failure::from(error);
    match (folder, failure.hint_text()) {
        (Some(folder), Some(hint)) if is_divergence => {
            let last = folder.checkpoint_path(CheckpointKind::Last);
            let hint = format!("{hint}; the last finite checkpoint is {}", last.display());
            failure.hint(hint)
        }
        _ => failure,
    }
}

/// What is said when a signal ended training.
pub(super) fn interrupted(
    exit: Exit,
    trainer: &Trainer<'_, f32>,
    folder: Option<&RunFolder>,
) -> Failure {
    let (epoch, batch) = (trainer.epochs_done(), trainer.batches_done());
    let place = if epoch == trainer.params().epochs {
        "interrupted in the evaluation after the last epoch".to_owned()
    } else {
        format!("interrupted in epoch {} after mini-batch {batch}", epoch + 1)
    };
    match folder {
        None => Failure::new(exit, format!("{place}; nothing was saved"))
            .hint("with --run NAME training can be stopped and resumed"),
        Some(folder) => {
            let path = folder.path().to_string_lossy();
            Failure::new(exit, format!("{place}; saved in {path}"))
                .hint(format!("go on with `nn-cli train --resume {}`", quoted(&path)))
        }
    }
}
