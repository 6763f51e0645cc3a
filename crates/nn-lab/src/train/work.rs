//! The training thread: real training, step by step as the page orders.

use std::sync::{Arc, Weak};

use nn_core::{Model, Network};
use nn_train::{Ending, Samples, TrainError, TrainParams, Trainer};

use super::job::{Controls, Next, Order};
use super::progress::{Phase, Progress};
use super::watcher::Watcher;
use crate::lab::{Lab, samples};

/// Trains until it is finished or stopped.
pub(super) fn train(
    hall: &Weak<Lab>,
    controls: &Arc<Controls>,
    mut model: Model<f32>,
    params: &TrainParams,
    progress: &mut Progress,
) -> Result<Phase, TrainError> {
    let Some(lab) = hall.upgrade() else { return Ok(Phase::Stopped) };
    let data = lab.data.clone();
    let held_out = data.validation.as_ref().unwrap_or(&data.test);
    // Training may augment the images.
    let train = samples(&model, &data.train)?.with_images(data.train.clone())?;
    let held_out = samples(&model, held_out)?;
    drop(lab);
    let epochs_before = model.provenance.epochs;
    let cost = model.cost.clone();
    let mut trainer = Trainer::new(model.network.clone(), &cost, &train, params)?;
    let phase = loop {
        if controls.order() == Order::Pause {
            note(hall, controls, &mut model, &trainer, epochs_before);
            progress.phase = Phase::Paused;
            controls.enter(Phase::Paused);
            controls.publish(progress);
        }
        let next = controls.wait();
        if let Next::Change(params) = &next {
            let same_kind = params.optimizer.name() == trainer.params().optimizer.name();
            let tuned = if same_kind && params.batch_size == trainer.params().batch_size {
                trainer.set_params(params)
            } else {
                begun_anew(&trainer, &cost, &train, params).map(|anew| trainer = anew)
            };
            match tuned {
                Ok(()) => progress.message = None,
                Err(error) => progress.message = Some(error.to_string()),
            }
            progress.params = trainer.params().clone();
            progress.epochs = trainer.params().epochs;
            controls.publish(progress);
            continue;
        }
        if matches!(next, Next::Stop) {
            break Phase::Stopped;
        }
        progress.phase = Phase::Running;
        controls.enter(Phase::Running);
        let batch_size = trainer.params().batch_size;
        let mut publish = |network: &Network<f32>, epoch: usize| {
            let epochs = epochs_before + epoch as u64;
            keep(hall, &mut model, network.clone(), epochs);
        };
        let mut watcher =
            Watcher::new(controls, progress, &train, &held_out, &cost, batch_size, &mut publish)?;
        if trainer.run(&mut watcher)? == Ending::Finished {
            break Phase::Finished;
        }
    };
    note(hall, controls, &mut model, &trainer, epochs_before);
    Ok(phase)
}

/// A trainer that goes on where `trainer` is, at once with batches of another size or with another
/// kind of optimiser: a [`Trainer`] itself takes the one from the next epoch on and the other never.
fn begun_anew<'d>(
    trainer: &Trainer<'d, f32>,
    cost: &nn_core::Cost,
    samples: &'d Samples<f32>,
    params: &TrainParams,
) -> Result<Trainer<'d, f32>, TrainError> {
    let mut state = trainer.state();
    // A batch of another size: the epoch goes on after the whole batches that are surely done.
    let done = state.batch * state.params.batch_size;
    if params.batch_size != state.params.batch_size {
        state.batch = done / params.batch_size;
        let share = (state.batch * params.batch_size) as f64 / done.max(1) as f64;
        state.cost_sum *= share;
        state.correct = (state.correct as f64 * share) as u64;
    }
    if params.optimizer.name() != state.params.optimizer.name() {
        // Another optimiser remembers other things: it starts as at the beginning.
        let fresh = Trainer::new(trainer.network().clone(), cost, samples, params)?;
        state.optimizer = fresh.state().optimizer;
    }
    state.params.clone_from(params);
    state.params.epochs = params.epochs.max(state.epoch + 1);
    Trainer::resume(trainer.network().clone(), cost, samples, &state)
}

/// Lets the network as it is answer, and be looked at.
fn note(
    hall: &Weak<Lab>,
    controls: &Controls,
    model: &mut Model<f32>,
    trainer: &Trainer<'_, f32>,
    epochs_before: u64,
) {
    let network = trainer.network();
    controls.show(network);
    keep(hall, model, network.clone(), epochs_before + trainer.epochs_done() as u64);
}

fn keep(hall: &Weak<Lab>, model: &mut Model<f32>, network: Network<f32>, epochs: u64) {
    if network == model.network {
        return;
    }
    model.network = network;
    model.provenance.epochs = epochs;
    model.provenance.recipe = "trained in the lab".into();
    model.provenance.test_accuracy = None;
    model.provenance.version = env!("CARGO_PKG_VERSION").into();
    if let Some(lab) = hall.upgrade() {
        model.provenance.dataset.clone_from(&lab.data.key);
        lab.data.train.fingerprint().clone_into(&mut model.provenance.dataset_sha256);
        // A network whose weights aren't finite is reported by the trainer, not served.
        if model.network.is_finite() {
            let _ = lab.replace(model.clone());
        }
    }
}
