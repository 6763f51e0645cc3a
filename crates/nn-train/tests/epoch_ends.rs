//! The end of an epoch cut short: nothing is changed then, and training that is saved there,
//! read and resumed begins with that end and goes on to the very bits of training without a stop.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use nn_core::{Cost, NetworkBuilder};
use nn_train::{
    Batches, Control, Ending, Epoch, Evaluation, Observer, Samples, StopFlag, Team, TrainParams,
    Trainer, evaluate, evaluate_unless_stopped,
};
use support::{samples, through_a_checkpoint};

const COST: Cost = Cost::CrossEntropy;
const EPOCHS: usize = 5;

/// What has a state that the end of an epoch changes.
const SETTINGS: [&str; 3] = [
    r#"{"optimizer": "adam", "learning_rate": 0.05, "schedule": "reduce-on-plateau",
        "averaging": {"name": "swa", "start": 0.2}}"#,
    r#"{"optimizer": "momentum", "learning_rate": 0.5, "early_stopping":
        {"metric": "validation-accuracy", "patience": 2, "restore_best": true}}"#,
    r#"{"optimizer": "sgd", "learning_rate": 3.0, "schedule": "halving"}"#,
];

/// What an epoch reports, to the bit.
type Told = (usize, u64, u64, Option<Evaluation>);

/// Sets a flag, or abandons, at the ends of these epochs, and keeps what it is told.
struct Watcher {
    flag: StopFlag,
    flag_in: Vec<usize>,
    abandon_in: Vec<usize>,
    told: Vec<Told>,
}

impl Watcher {
    fn new(flag_in: &[usize], abandon_in: &[usize]) -> Self {
        let (flag_in, abandon_in) = (flag_in.to_vec(), abandon_in.to_vec());
        Self { flag: StopFlag::new(), flag_in, abandon_in, told: Vec::new() }
    }
}

impl Observer<f32> for Watcher {
    fn on_batches(&mut self, batches: &Batches<'_, f32>) -> Control {
        let done = batches.first + batches.costs.len() == batches.of;
        if done && self.flag_in.contains(&batches.epoch) {
            self.flag.set();
        }
        Control::Continue
    }

    fn on_epoch(&mut self, epoch: &Epoch<'_, f32>) -> Control {
        let (cost, rate) = (epoch.train_cost.to_bits(), epoch.learning_rate.to_bits());
        self.told.push((epoch.epoch, cost, rate, epoch.validation.cloned()));
        match self.abandon_in.iter().position(|&number| number == epoch.epoch) {
            None => Control::Continue,
            Some(place) => {
                self.abandon_in.remove(place);
                Control::Abandon
            }
        }
    }
}

/// Is told of every mini-batch.
struct OneByOne;

impl Observer<f32> for OneByOne {
    fn batches_at_a_time(&self) -> Option<usize> {
        Some(1)
    }
}

fn params(settings: &str) -> TrainParams {
    let params: TrainParams = serde_json::from_str(settings).unwrap();
    TrainParams { epochs: EPOCHS, batch_size: 8, seed: 3, threads: 2, ..params }
}

fn trainer<'d>(
    params: &TrainParams,
    samples: &'d Samples<f32>,
    validation: &'d Samples<f32>,
) -> Trainer<'d, f32> {
    let network = NetworkBuilder::<f32>::new(&[784, 16, 10]).build(5).unwrap();
    let trainer = Trainer::new(network, &COST, samples, params).unwrap();
    trainer.with_validation(validation).unwrap()
}

/// Training without a stop: the trainer at its end, how it ended, and what was told.
fn undisturbed<'d>(
    params: &TrainParams,
    samples: &'d Samples<f32>,
    validation: &'d Samples<f32>,
) -> (Trainer<'d, f32>, Ending, Vec<Told>) {
    let mut watcher = Watcher::new(&[], &[]);
    let mut trainer = trainer(params, samples, validation);
    let ending = trainer.run(&mut watcher).unwrap();
    (trainer, ending, watcher.told)
}

/// A trainer that goes on from what was saved of another.
fn resumed<'d>(
    stopped: &Trainer<'_, f32>,
    samples: &'d Samples<f32>,
    validation: &'d Samples<f32>,
) -> Trainer<'d, f32> {
    let (network, state) = through_a_checkpoint(stopped);
    let trainer = Trainer::resume(network, &COST, samples, &state).unwrap();
    trainer.with_validation(validation).unwrap()
}

#[test]
fn an_evaluation_cut_short_is_done_on_resume() {
    let (samples, validation) = (samples(60), samples(100));
    for settings in SETTINGS {
        let params = params(settings);
        let (undisturbed, ending, told) = undisturbed(&params, &samples, &validation);
        for epoch in 1..=undisturbed.epochs_done() {
            let mut first = Watcher::new(&[epoch], &[]);
            let mut stopped = trainer(&params, &samples, &validation);
            stopped.set_stop(first.flag.clone());
            assert_eq!(stopped.run(&mut first).unwrap(), Ending::Stopped);
            assert_eq!((stopped.epochs_done(), stopped.batches_done()), (epoch - 1, 8));
            assert_eq!(first.told, told[..epoch - 1], "nothing is told of a half end");
            // As long as the flag is set, nothing goes on.
            assert_eq!(stopped.run(&mut first).unwrap(), Ending::Stopped);
            assert_eq!((stopped.epochs_done(), stopped.batches_done()), (epoch - 1, 8));

            let mut resumed = resumed(&stopped, &samples, &validation);
            let mut second = Watcher::new(&[], &[]);
            assert_eq!(resumed.run(&mut second).unwrap(), ending);
            assert_eq!(second.told, told[epoch - 1..], "{settings}, epoch {epoch}");
            assert_eq!(resumed.state(), undisturbed.state());
            assert_eq!(resumed.network_to_keep(), undisturbed.network_to_keep());
        }
    }
}

#[test]
fn an_observer_can_have_the_end_again() {
    let (samples, validation) = (samples(60), samples(100));
    for settings in SETTINGS {
        let params = params(settings);
        let (undisturbed, ending, told) = undisturbed(&params, &samples, &validation);
        let mut watcher = Watcher::new(&[], &[1, 2, 2, undisturbed.epochs_done()]);
        let mut abandoned = trainer(&params, &samples, &validation);
        for done in [0, 1, 1, undisturbed.epochs_done() - 1] {
            assert_eq!(abandoned.run(&mut watcher).unwrap(), Ending::Stopped);
            assert_eq!((abandoned.epochs_done(), abandoned.batches_done()), (done, 8));
            abandoned = resumed(&abandoned, &samples, &validation);
        }
        assert_eq!(abandoned.run(&mut watcher).unwrap(), ending);
        assert_eq!(watcher.told.len(), told.len() + 4);
        watcher.told.dedup();
        assert_eq!(watcher.told, told, "an end told again is the same");
        assert_eq!(abandoned.state(), undisturbed.state());
        assert_eq!(abandoned.network_to_keep(), undisturbed.network_to_keep());
    }
}

#[test]
fn a_flag_stops_within_an_epoch_too() {
    let (samples, validation) = (samples(60), samples(100));
    let mut trainer = trainer(&params(SETTINGS[0]), &samples, &validation);
    let flag = StopFlag::new();
    trainer.set_stop(flag.clone());
    flag.set();
    assert_eq!(trainer.run(&mut OneByOne).unwrap(), Ending::Stopped);
    assert_eq!((trainer.epochs_done(), trainer.batches_done()), (0, 1));
}

#[test]
fn an_evaluation_is_whole_or_none() {
    let samples = samples(300);
    let network = NetworkBuilder::<f32>::new(&[784, 16, 10]).build(5).unwrap();
    for threads in [1, 3] {
        let (team, flag) = (Team::new(threads).unwrap(), StopFlag::new());
        let result = evaluate_unless_stopped(&network, &COST, &samples, &team, &flag).unwrap();
        assert_eq!(result, Some(evaluate(&network, &COST, &samples, &team).unwrap()));
        flag.set();
        let result = evaluate_unless_stopped(&network, &COST, &samples, &team, &flag).unwrap();
        assert_eq!(result, None);
    }
}
