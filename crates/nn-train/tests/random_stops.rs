//! A hundred stops at random: every optimiser, with what else draws random numbers or has a state of
//! its own, stopped after a random mini-batch, saved, read, and resumed with another number of
//! threads and other looks in between. All end with the bits of training without a stop.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use std::sync::Arc;

use nn_core::{Cost, NetworkBuilder};
use nn_train::{Batches, Control, Epoch, Observer, Samples, TrainParams, Trainer};
use support::through_a_checkpoint;

const COST: Cost = Cost::CrossEntropy;
const STOPS: usize = 100;
const THREADS: [usize; 6] = [1, 2, 3, 4, 8, 16];

/// What is trained, as a recipe has it.
const SETTINGS: [&str; 10] = [
    r#"{"learning_rate": 0.5, "lambda": 1.0, "l1": 0.5}"#,
    r#"{"optimizer": "sgd", "learning_rate": 0.5, "augment": "simard-2003",
        "dropout": {"input": 0.1, "hidden": 0.3}}"#,
    r#"{"optimizer": "momentum", "learning_rate": 0.1, "schedule": "one-cycle",
        "averaging": {"name": "ema", "every": 3}}"#,
    r#"{"optimizer": "momentum", "learning_rate": 0.1, "augment": "ciresan-2010"}"#,
    r#"{"optimizer": "nesterov", "learning_rate": 0.1, "averaging": {"name": "swa", "start": 0.4},
        "dropout": {"hidden": 0.5}}"#,
    r#"{"optimizer": "rmsprop", "learning_rate": 0.002, "schedule": "cosine",
        "early_stopping": {"metric": "validation-cost", "patience": 1}}"#,
    r#"{"optimizer": "adam", "learning_rate": 0.002, "augment": "simard-2003",
        "averaging": "ema", "label_smoothing": 0.1}"#,
    r#"{"optimizer": "adam", "learning_rate": 0.5,
        "early_stopping": {"metric": "validation-accuracy", "patience": 1}}"#,
    r#"{"optimizer": "adamw", "learning_rate": 0.002, "dropout": {"input": 0.2, "hidden": 0.2},
        "max_norm": 2.0, "warmup_epochs": 1.0}"#,
    r#"{"optimizer": "adamw", "learning_rate": 0.002, "lambda": 0.1,
        "schedule": "reduce-on-plateau", "averaging": {"name": "swa", "start": 0.2}}"#,
];

/// Small numbers by chance, the same in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// Stops once so many mini-batches are done, and keeps what each epoch reports.
struct Watcher {
    stop_after: usize,
    at_a_time: usize,
    done: usize,
    epochs: Vec<(usize, u64, Option<u64>, bool)>,
}

impl Watcher {
    fn new(stop_after: usize, at_a_time: usize) -> Self {
        Self { stop_after, at_a_time, done: 0, epochs: Vec::new() }
    }
}

impl Observer<f32> for Watcher {
    fn batches_at_a_time(&self) -> Option<usize> {
        Some(self.at_a_time.min(self.stop_after.saturating_sub(self.done)).max(1))
    }

    fn on_batches(&mut self, batches: &Batches<'_, f32>) -> Control {
        self.done += batches.costs.len();
        if self.done >= self.stop_after { Control::Stop } else { Control::Continue }
    }

    fn on_epoch(&mut self, epoch: &Epoch<'_, f32>) -> Control {
        let validation = epoch.validation.map(|validation| validation.mean_cost.to_bits());
        self.epochs.push((epoch.epoch, epoch.train_cost.to_bits(), validation, epoch.ends_early));
        Control::Continue
    }
}

#[test]
fn a_hundred_random_stops_change_no_bit() {
    let digits = nn_data::sample::splits().train.split_at(90).unwrap().0;
    let (train, validation) = digits.split_at(60).unwrap();
    let validation = Samples::<f32>::from_dataset(&validation).unwrap();
    let samples = Samples::<f32>::from_images(Arc::new(train)).unwrap();
    let network = NetworkBuilder::<f32>::new(&[784, 24, 10]).build(5).unwrap();
    let mut dice = Dice(7);
    let (mut mid_epoch, mut early) = (0, 0);
    for (number, settings) in SETTINGS.iter().enumerate() {
        let params: TrainParams = serde_json::from_str(settings).unwrap();
        let params = TrainParams { epochs: 5, batch_size: 8, seed: 3, ..params };
        let start = |params: &TrainParams| {
            Trainer::new(network.clone(), &COST, &samples, params)
                .and_then(|trainer| trainer.with_validation(&validation))
                .unwrap()
        };
        let mut whole = Watcher::new(usize::MAX, 16);
        let mut trainer = start(&TrainParams { threads: 1, ..params.clone() });
        let ending = trainer.run(&mut whole).unwrap();
        let (state, expected) = (trainer.state(), trainer.network_to_keep().clone());
        early += usize::from(whole.epochs.len() < params.epochs);
        for _ in 0..STOPS / SETTINGS.len() {
            let stop = 1 + dice.below(whole.done - 1);
            let threads = THREADS[dice.below(THREADS.len())];
            let mut trainer = start(&TrainParams { threads, ..params.clone() });
            let mut first = Watcher::new(stop, 1 + dice.below(9));
            trainer.run(&mut first).unwrap();
            let (network, mut stopped) = through_a_checkpoint(&trainer);
            mid_epoch += usize::from(stopped.batch > 0);

            stopped.params.threads = THREADS[dice.below(THREADS.len())];
            let trainer = Trainer::resume(network, &COST, &samples, &stopped).unwrap();
            let mut trainer = trainer.with_validation(&validation).unwrap();
            let mut second = Watcher::new(usize::MAX, 1 + dice.below(9));
            assert_eq!(trainer.run(&mut second).unwrap(), ending);
            let what = format!("settings {number}, {stop} of {} mini-batches", whole.done);
            assert_eq!([first.epochs, second.epochs].concat(), whole.epochs, "{what}");
            assert_eq!(trainer.network_to_keep(), &expected, "{what}");
            let mut end = trainer.state();
            end.params.threads = state.params.threads;
            assert_eq!(end, state, "{what}");
        }
    }
    assert!(mid_epoch > STOPS / 2, "only {mid_epoch} stops were within an epoch");
    assert!(early > 0, "no training ended early, so that was not tested");
}
