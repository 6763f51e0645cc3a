//! Training on the built-in digits, in one go or with a stop and a checkpoint in between.

#![allow(dead_code, reason = "each test file uses some of it")]

use std::io::Cursor;

use nn_core::{Cost, Limits, Model, Network};
use nn_train::{
    Batches, Checkpoint, Control, Observer, Samples, TrainParams, Trainer, TrainerState,
};

/// The first `n` training digits of the built-in sample.
pub fn samples(n: usize) -> Samples<f32> {
    let dataset = nn_data::sample::splits().train.split_at(n).unwrap().0;
    Samples::from_dataset(&dataset).unwrap()
}

/// The network after training without a stop.
pub fn train(network: Network<f32>, samples: &Samples<f32>, params: &TrainParams) -> Network<f32> {
    let mut trainer = Trainer::new(network, &Cost::CrossEntropy, samples, params).unwrap();
    trainer.run(&mut ()).unwrap();
    trainer.into_network()
}

/// Stops after so many mini-batches.
pub struct StopAfter(pub usize);

impl Observer<f32> for StopAfter {
    fn batches_at_a_time(&self) -> Option<usize> {
        Some(1)
    }

    fn on_batches(&mut self, _: &Batches<'_, f32>) -> Control {
        self.0 -= 1;
        if self.0 == 0 { Control::Stop } else { Control::Continue }
    }
}

/// What a checkpoint file brings back of a trainer.
pub fn through_a_checkpoint(trainer: &Trainer<'_, f32>) -> (Network<f32>, TrainerState<f32>) {
    let model = Model::new(trainer.network().clone(), Cost::CrossEntropy);
    let checkpoint = Checkpoint { model, state: trainer.state(), best: None };
    let mut bytes = Vec::new();
    checkpoint.write_to(&mut bytes).unwrap();
    let read = Checkpoint::read_from(Cursor::new(bytes), &Limits::default()).unwrap();
    assert_eq!(read, checkpoint);
    (read.model.network, read.state)
}

/// The network after training that was stopped after `stop` mini-batches, saved, read and
/// resumed.
pub fn resumed_after(
    stop: usize,
    network: Network<f32>,
    samples: &Samples<f32>,
    params: &TrainParams,
) -> Network<f32> {
    let mut trainer = Trainer::new(network, &Cost::CrossEntropy, samples, params).unwrap();
    trainer.run(&mut StopAfter(stop)).unwrap();
    let (network, state) = through_a_checkpoint(&trainer);
    let mut trainer = Trainer::resume(network, &Cost::CrossEntropy, samples, &state).unwrap();
    trainer.run(&mut ()).unwrap();
    trainer.into_network()
}
