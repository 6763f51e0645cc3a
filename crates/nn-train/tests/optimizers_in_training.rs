//! Optimisers and schedules in the trainer: they learn, plain descent is what it always was,
//! and neither threads nor a stop change a bit.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::io::Cursor;

use nn_core::{Cost, Engine, Limits, Model, Network, NetworkBuilder, Step, rng};
use nn_train::optimizer::{Adam, Momentum, RmsProp};
use nn_train::schedule::OneCycle;
use nn_train::{
    Batches, Checkpoint, Control, Epoch, Observer, Optimizer, Samples, Schedule, TrainError,
    TrainParams, Trainer,
};

fn samples(n: usize) -> Samples<f32> {
    let dataset = nn_data::sample::splits().train.split_at(n).unwrap().0;
    Samples::from_dataset(&dataset).unwrap()
}

fn network() -> Network<f32> {
    NetworkBuilder::new(&[784, 40, 10]).build(5).unwrap()
}

fn params(optimizer: Optimizer, schedule: Schedule) -> TrainParams {
    let adaptive = matches!(optimizer.name(), "rmsprop" | "adam" | "adamw");
    TrainParams {
        epochs: 3,
        batch_size: 16,
        learning_rate: if adaptive { 0.005 } else { 0.1 },
        lambda: 0.5,
        optimizer,
        schedule,
        warmup_epochs: 0.5,
        seed: 3,
        threads: 1,
        ..TrainParams::default()
    }
}

fn train(samples: &Samples<f32>, params: &TrainParams) -> Network<f32> {
    let mut trainer = Trainer::new(network(), &Cost::CrossEntropy, samples, params).unwrap();
    trainer.run(&mut ()).unwrap();
    trainer.into_network()
}

#[test]
fn plain_descent_at_a_constant_rate_is_the_engines_fused_step() {
    let samples = samples(150);
    let params = TrainParams {
        warmup_epochs: 0.0,
        learning_rate: 0.3,
        ..params(Optimizer::Sgd, Schedule::Constant)
    };
    let mut expected = network();
    let mut engine = Engine::new(&expected, &Cost::CrossEntropy, 16, 1).unwrap();
    let step = Step::new(0.3).with_shrink(1.0 - 0.3 * 0.5 / 150.0);
    for epoch in 0..3 {
        let order = rng::permutation(&mut rng::stream(3, "shuffle", epoch), 150);
        let steps = vec![step; 10];
        let (inputs, targets) = (samples.inputs(), samples.targets());
        engine.run(&mut expected, inputs, targets, &order, 16, &steps).unwrap();
    }
    assert_eq!(train(&samples, &params), expected);
}

/// Keeps cost and rate of every epoch.
#[derive(Default)]
struct Epochs(Vec<(f64, f64)>);

impl Observer<f32> for Epochs {
    fn on_epoch(&mut self, epoch: &Epoch<'_, f32>) -> Control {
        self.0.push((epoch.train_cost, epoch.learning_rate));
        Control::Continue
    }
}

#[test]
fn every_optimizer_learns_under_every_schedule() {
    let samples = samples(300);
    for optimizer in Optimizer::all() {
        for schedule in Schedule::all() {
            let params = params(optimizer, schedule);
            let cost = Cost::CrossEntropy;
            let trainer = Trainer::new(network(), &cost, &samples, &params).unwrap();
            let mut trainer = trainer.with_validation(&samples).unwrap();
            let mut epochs = Epochs::default();
            trainer.run(&mut epochs).unwrap();
            let (first, last) = (epochs.0[0].0, epochs.0[2].0);
            assert!(last < 0.9 * first, "{optimizer}, {schedule}: cost {first} to {last}");
            let rates = epochs.0.iter().map(|epoch| epoch.1);
            assert!(rates.clone().all(|rate| rate > 0.0 && rate <= params.learning_rate));
        }
    }
}

/// Stops after so many mini-batches.
struct StopAfter(usize);

impl Observer<f32> for StopAfter {
    fn batches_at_a_time(&self) -> Option<usize> {
        Some(1)
    }

    fn on_batches(&mut self, _: &Batches<'_, f32>) -> Control {
        self.0 -= 1;
        if self.0 == 0 { Control::Stop } else { Control::Continue }
    }
}

#[test]
fn neither_threads_nor_a_stop_change_a_bit() {
    let samples = samples(100);
    let rms = Optimizer::RmsProp(RmsProp { momentum: 0.5, ..RmsProp::default() });
    for optimizer in Optimizer::all().into_iter().chain([rms]) {
        let params = params(optimizer, Schedule::OneCycle(OneCycle::default()));
        let expected = train(&samples, &params);
        for threads in [2, 3] {
            let params = TrainParams { threads, ..params.clone() };
            assert_eq!(train(&samples, &params), expected, "{optimizer}, {threads} threads");
        }
        for stop in [1, 7, 11, 20] {
            let cost = Cost::CrossEntropy;
            let mut trainer = Trainer::new(network(), &cost, &samples, &params).unwrap();
            trainer.run(&mut StopAfter(stop)).unwrap();
            let state = trainer.state();
            let checkpoint =
                Checkpoint { model: Model::new(trainer.into_network(), cost), state, best: None };
            let mut bytes = Vec::new();
            checkpoint.write_to(&mut bytes).unwrap();
            let read = Checkpoint::read_from(Cursor::new(bytes), &Limits::default()).unwrap();
            assert_eq!(read, checkpoint);

            let Checkpoint { model, state, .. } = read;
            let mut trainer =
                Trainer::resume(model.network, &model.cost, &samples, &state).unwrap();
            assert_eq!(
                trainer.rule_state().map_or(stop as u64, nn_core::RuleState::steps),
                stop as u64
            );
            trainer.run(&mut ()).unwrap();
            assert_eq!(trainer.network(), &expected, "{optimizer}, stopped after {stop}");
        }
    }
}

#[test]
fn a_saved_state_of_another_optimizer_is_refused() {
    let samples = samples(50);
    let saved = |optimizer| {
        let params = params(optimizer, Schedule::Constant);
        let mut trainer = Trainer::new(network(), &Cost::CrossEntropy, &samples, &params).unwrap();
        trainer.run(&mut StopAfter(2)).unwrap();
        trainer.state()
    };
    let refused = |change: &dyn Fn(&mut nn_train::TrainerState<f32>)| {
        let mut state = saved(Optimizer::Momentum(Momentum::default()));
        change(&mut state);
        let resumed = Trainer::resume(network(), &Cost::CrossEntropy, &samples, &state);
        matches!(resumed, Err(TrainError::Resume(_)))
    };
    assert!(!refused(&|_| {}));
    assert!(refused(&|state| state.params.optimizer = Optimizer::Sgd));
    assert!(refused(&|state| state.params.optimizer = Optimizer::Adam(Adam::default())));
    assert!(refused(&|state| state.optimizer.swap(0, 1)));
    assert!(refused(&|state| state.optimizer.truncate(1)));
    assert!(refused(&|state| state.optimizer[1].values.truncate(9)));
    assert!(refused(&|state| state.optimizer[0].values.push(0.0)));
}

#[test]
fn files_without_optimizer_and_schedule_mean_plain_descent() {
    let params: TrainParams = toml::from_str("epochs = 2").unwrap();
    assert_eq!(params, TrainParams { epochs: 2, ..TrainParams::default() });
    let text = "optimizer = 'adam'\nschedule = { name = 'cosine', floor = 0.1 }\nseed = 4";
    let params: TrainParams = toml::from_str(text).unwrap();
    assert_eq!((params.optimizer.name(), params.schedule.name()), ("adam", "cosine"));
    assert_eq!(toml::from_str::<TrainParams>(&toml::to_string(&params).unwrap()).unwrap(), params);
    assert!(toml::from_str::<TrainParams>("optimiser = 'adam'").is_err());
}
