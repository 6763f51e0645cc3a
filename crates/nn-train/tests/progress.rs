//! Averages, early stopping, schedules that follow a metric, and parameters changed on the way:
//! what they do, and that neither threads nor a stop change a bit of it.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use nn_core::{Cost, Init, Network, NetworkBuilder};
use nn_data::Augmentation;
use nn_train::averaging::{Averaging, Ema, Swa};
use nn_train::optimizer::{Adam, Momentum, Optimizer};
use nn_train::schedule::{Halving, ReduceOnPlateau, Schedule};
use nn_train::{
    Clip, Control, DropoutRates, EarlyStopping, Ending, Epoch, HiddenRates, Metric, Observer,
    Samples, Team, TrainError, TrainParams, Trainer, evaluate,
};
use support::{StopAfter, samples, through_a_checkpoint};

const COST: Cost = Cost::CrossEntropy;

fn network() -> Network<f32> {
    NetworkBuilder::new(&[784, 20, 10]).init(Init::ScaledNormal).build(5).unwrap()
}

fn validation() -> Samples<f32> {
    Samples::from_dataset(&nn_data::sample::splits().test.split_at(60).unwrap().0).unwrap()
}

fn params() -> TrainParams {
    TrainParams {
        epochs: 12,
        batch_size: 16,
        learning_rate: 0.5,
        seed: 3,
        threads: 1,
        ..TrainParams::default()
    }
}

/// What observers are told of each epoch.
#[derive(Debug, Clone, PartialEq, Default)]
struct Told(Vec<(usize, f64, f64, f64, bool)>);

impl Observer<f32> for Told {
    fn on_epoch(&mut self, epoch: &Epoch<'_, f32>) -> Control {
        let validation = epoch.validation.unwrap();
        let (cost, accuracy) = (validation.mean_cost, validation.accuracy());
        self.0.push((epoch.epoch, cost, accuracy, epoch.learning_rate, epoch.ends_early));
        Control::Continue
    }
}

/// The networks trained and kept, how it ended, and what was told.
type Trained = (Network<f32>, Network<f32>, Ending, Vec<(usize, f64, f64, f64, bool)>);

fn finish(trainer: &mut Trainer<'_, f32>) -> Trained {
    let mut told = Told::default();
    let ending = trainer.run(&mut told).unwrap();
    (trainer.network().clone(), trainer.network_to_keep().clone(), ending, told.0)
}

fn train(train: &Samples<f32>, validation: &Samples<f32>, params: &TrainParams) -> Trained {
    let trainer = Trainer::new(network(), &COST, train, params).unwrap();
    finish(&mut trainer.with_validation(validation).unwrap())
}

/// Everything at once, where it gets along.
fn rich() -> [TrainParams; 3] {
    let stopping = EarlyStopping { patience: 2, ..EarlyStopping::default() };
    let cost = Metric::ValidationCost;
    let base = TrainParams { label_smoothing: 0.1, l1: 0.1, max_norm: Some(1.0), ..params() };
    let dropout = DropoutRates { input: 0.1, hidden: HiddenRates::All(0.2) };
    [
        TrainParams {
            averaging: Averaging::Ema(Ema { decay: 0.9, every: 4 }),
            early_stopping: Some(EarlyStopping { metric: cost, ..stopping }),
            dropout,
            ..base.clone()
        },
        TrainParams {
            averaging: Averaging::Swa(Swa { start: 0.2, every: 2 }),
            schedule: Schedule::Halving(Halving { patience: 1, end_divisor: 8.0, metric: cost }),
            clip: Clip { per_sample: Some(1.0), ..Clip::default() },
            learning_rate: 1.0,
            ..base.clone()
        },
        TrainParams {
            schedule: Schedule::ReduceOnPlateau(ReduceOnPlateau {
                patience: 0,
                threshold: 0.05,
                ..ReduceOnPlateau::default()
            }),
            early_stopping: Some(EarlyStopping { patience: 4, ..stopping }),
            clip: Clip { norm: Some(0.5), value: Some(0.1), per_sample: Some(2.0) },
            optimizer: Optimizer::Momentum(Momentum::default()),
            learning_rate: 0.1,
            ..base
        },
    ]
}

#[test]
fn neither_threads_nor_a_stop_change_a_bit() {
    let (samples, validation) = (samples(100), validation());
    for params in rich() {
        let expected = train(&samples, &validation, &params);
        for threads in [2, 3, 4] {
            let params = TrainParams { threads, ..params.clone() };
            assert_eq!(train(&samples, &validation, &params), expected, "{threads} threads");
        }
        let batches = expected.3.len() * 7;
        for stop in (1..batches).step_by(5) {
            let trainer = Trainer::new(network(), &COST, &samples, &params).unwrap();
            let mut trainer = trainer.with_validation(&validation).unwrap();
            let mut both = (Told::default(), StopAfter(stop));
            assert_eq!(trainer.run(&mut both).unwrap(), Ending::Stopped);
            let (network, state) = through_a_checkpoint(&trainer);
            let resumed = Trainer::resume(network, &COST, &samples, &state).unwrap();
            let mut resumed = resumed.with_validation(&validation).unwrap();
            let mut trained = finish(&mut resumed);
            trained.3 = [both.0.0, trained.3].concat();
            assert_eq!(trained, expected, "stopped after {stop}");
        }
    }
}

#[test]
fn early_stopping_waits_and_gives_back_the_best_epoch() {
    let (samples, validation) = (samples(100), validation());
    let stopping = EarlyStopping { patience: 3, ..EarlyStopping::default() };
    let params = TrainParams { epochs: 60, early_stopping: Some(stopping), ..params() };
    let (_, kept, ending, told) = train(&samples, &validation, &params);
    assert_eq!(ending, Ending::EndedEarly);
    let best = told.iter().fold(&told[0], |best, e| if e.2 > best.2 { e } else { best });
    assert_eq!(told.len(), best.0 + 3);
    assert!(told.iter().all(|epoch| epoch.4 == (epoch.0 == told.len())));
    let result = evaluate(&kept, &COST, &validation, &Team::new(1).unwrap()).unwrap();
    assert_eq!((result.mean_cost, result.accuracy()), (best.1, best.2));

    // Without restoring, it is the last one.
    let stopping = EarlyStopping { restore_best: false, ..stopping };
    let params = TrainParams { early_stopping: Some(stopping), ..params };
    let (network, kept, _, _) = train(&samples, &validation, &params);
    assert_eq!(kept, network);

    // Ended is ended, until early stopping is told otherwise.
    let trainer = Trainer::new(self::network(), &COST, &samples, &params).unwrap();
    let mut trainer = trainer.with_validation(&validation).unwrap();
    assert_eq!(trainer.run(&mut ()).unwrap(), Ending::EndedEarly);
    assert_eq!(trainer.run(&mut ()).unwrap(), Ending::EndedEarly);
    let done = trainer.epochs_done();
    let params = TrainParams { epochs: done + 2, early_stopping: None, ..params };
    trainer.set_params(&params).unwrap();
    assert_eq!(trainer.run(&mut ()).unwrap(), Ending::Finished);
    assert_eq!(trainer.epochs_done(), done + 2);
}

#[test]
fn the_books_schedule_halves_until_it_ends() {
    let (samples, validation) = (samples(100), validation());
    let halving = Halving { patience: 2, end_divisor: 16.0, ..Halving::default() };
    let schedule = Schedule::Halving(halving);
    let params = TrainParams { epochs: 100, schedule, ..params() };
    let (_, _, ending, told) = train(&samples, &validation, &params);
    assert_eq!(ending, Ending::EndedEarly);
    let rates: Vec<f64> = told.iter().map(|epoch| epoch.3).collect();
    assert!(rates.windows(2).all(|pair| pair[1] == pair[0] || pair[1] == pair[0] / 2.0));
    assert_eq!(rates.last(), Some(&(0.5 / 8.0)), "the halving to a sixteenth ends it");
}

#[test]
fn metrics_of_validation_need_samples() {
    let samples = samples(30);
    let early_stopping = Some(EarlyStopping::default());
    let params = TrainParams { early_stopping, ..params() };
    let mut trainer = Trainer::new(network(), &COST, &samples, &params).unwrap();
    let error = trainer.run(&mut ()).unwrap_err();
    assert!(matches!(error, TrainError::Param(_)), "{error}");
    assert!(error.to_string().contains("validation-accuracy"), "{error}");
    let stopping = EarlyStopping { metric: Metric::TrainCost, ..EarlyStopping::default() };
    trainer.set_params(&TrainParams { early_stopping: Some(stopping), ..params }).unwrap();
    trainer.run(&mut ()).unwrap();

    let other = NetworkBuilder::<f32>::new(&[784, 5, 3]).build(1).unwrap();
    let targets = nn_core::Targets::one_hot(vec![0; 30], 3).unwrap();
    let three = Samples::new(samples.inputs().clone(), targets).unwrap();
    let trainer = Trainer::new(other, &COST, &three, &self::params()).unwrap();
    assert!(trainer.with_validation(&samples).is_err());
}

#[test]
fn label_smoothing_is_that_of_the_targets() {
    let samples = samples(100);
    let smooth = |targets: &nn_core::Targets<f32>| {
        let nn_core::Targets::Classes { labels, classes, .. } = targets else { unreachable!() };
        nn_core::Targets::smoothed(labels.clone(), *classes, 0.2).unwrap()
    };
    let smoothed = Samples::new(samples.inputs().clone(), smooth(samples.targets())).unwrap();
    let params = TrainParams { epochs: 2, label_smoothing: 0.2, ..params() };
    let expected = support::train(
        network(),
        &smoothed,
        &TrainParams { label_smoothing: 0.0, ..params.clone() },
    );
    assert_eq!(support::train(network(), &samples, &params), expected);

    let rows = nn_core::Targets::Rows(samples.targets().to_array(0..100));
    let rows = Samples::new(samples.inputs().clone(), rows).unwrap();
    let error = Trainer::new(network(), &COST, &rows, &params).unwrap_err();
    assert!(error.to_string().contains("not classes"), "{error}");
}

#[test]
fn changed_parameters_are_those_of_a_resume() {
    // Whatever may change within an epoch ends with the same bits as stopping, changing the
    // saved parameters, and going on.
    let samples = Samples::from_images(std::sync::Arc::new(
        nn_data::sample::splits().train.split_at(100).unwrap().0,
    ))
    .unwrap();
    let adam = |beta1| Optimizer::Adam(Adam { beta1, ..Adam::default() });
    let start = TrainParams { epochs: 3, optimizer: adam(0.9), learning_rate: 0.01, ..params() };
    let changes: [Change; 7] = [
        |p| p.learning_rate = 0.002,
        |p| p.optimizer = Optimizer::Adam(Adam { beta1: 0.5, ..Adam::default() }),
        |p| (p.lambda, p.l1, p.max_norm) = (1.0, 0.1, Some(1.0)),
        |p| p.clip = Clip { per_sample: Some(0.5), norm: Some(0.1), value: None },
        |p| p.dropout = DropoutRates { input: 0.2, hidden: HiddenRates::All(0.5) },
        |p| p.augment = Some(Augmentation::expand_mnist()),
        |p| (p.label_smoothing, p.epochs) = (0.1, 2),
    ];
    for change in changes {
        let mut changed = start.clone();
        change(&mut changed);
        let mut trainer = Trainer::new(network(), &COST, &samples, &start).unwrap();
        trainer.run(&mut StopAfter(4)).unwrap();
        let (network, mut state) = through_a_checkpoint(&trainer);
        trainer.set_params(&changed).unwrap();
        assert_eq!(trainer.params(), &changed);
        trainer.run(&mut ()).unwrap();
        state.params = changed;
        let mut resumed = Trainer::resume(network, &COST, &samples, &state).unwrap();
        resumed.run(&mut ()).unwrap();
        assert_eq!(trainer.network(), resumed.network());
    }
}

#[test]
fn the_batch_size_changes_with_the_next_epoch() {
    let samples = samples(100);
    let optimizer = Optimizer::Adam(Adam::default());
    let params = TrainParams { epochs: 3, learning_rate: 0.01, optimizer, ..params() };
    let changed = TrainParams { batch_size: 10, ..params.clone() };
    let train = |stop: usize| {
        let mut trainer = Trainer::new(network(), &COST, &samples, &params).unwrap();
        trainer.run(&mut StopAfter(stop)).unwrap();
        trainer.set_params(&changed).unwrap();
        (trainer.params().batch_size, trainer)
    };
    // Seven mini-batches are an epoch.
    let (now, mut at_once) = train(7);
    assert_eq!(now, 10);
    at_once.run(&mut ()).unwrap();
    let (now, mut later) = train(4);
    assert_eq!(now, 16);
    let (network, state) = through_a_checkpoint(&later);
    later.run(&mut ()).unwrap();
    assert_eq!(later.params().batch_size, 10);
    assert_eq!(later.network(), at_once.network());
    assert_eq!(later.rule_state().unwrap().steps(), 7 + 2 * 10);
    let mut resumed = Trainer::resume(network, &COST, &samples, &state).unwrap();
    resumed.run(&mut ()).unwrap();
    assert_eq!(resumed.network(), at_once.network());
    let (network, state) = through_a_checkpoint(&resumed);
    let resumed = Trainer::resume(network, &COST, &samples, &state).unwrap();
    assert_eq!(resumed.rule_state().unwrap().steps(), 27);
}

/// A change of parameters.
type Change = fn(&mut TrainParams);

#[test]
fn what_cannot_change_is_refused_and_changes_nothing() {
    let samples = samples(100);
    let mut trainer = Trainer::new(network(), &COST, &samples, &params()).unwrap();
    trainer.run(&mut StopAfter(10)).unwrap();
    let refused: [(Change, &str); 8] = [
        (|p| p.seed = 4, "seed"),
        (|p| p.threads = 2, "threads"),
        (|p| p.optimizer = Optimizer::Adam(Adam::default()), "optimizer"),
        (|p| p.epochs = 1, "epochs"),
        (|p| p.batch_size = 101, "mini-batch size"),
        (|p| p.learning_rate = -1.0, "learning rate"),
        (|p| p.dropout.hidden = HiddenRates::Each(vec![0.1, 0.1]), "number of dropout"),
        (|p| p.augment = Some(Augmentation::default()), "images"),
    ];
    for (change, name) in refused {
        let mut params = TrainParams { learning_rate: 0.1, ..params() };
        change(&mut params);
        let error = trainer.set_params(&params).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
        assert_eq!(trainer.params(), &self::params());
    }
}

#[test]
fn saved_weights_that_do_not_belong_are_refused() {
    let (samples, validation) = (samples(100), validation());
    let params = rich()[0].clone();
    let trainer = Trainer::new(network(), &COST, &samples, &params).unwrap();
    let mut trainer = trainer.with_validation(&validation).unwrap();
    trainer.run(&mut StopAfter(10)).unwrap();
    let refused = |change: &dyn Fn(&mut nn_train::TrainerState<f32>)| {
        let mut state = trainer.state();
        change(&mut state);
        let resumed = Trainer::resume(network(), &COST, &samples, &state);
        matches!(resumed, Err(TrainError::Resume(_)))
    };
    assert_eq!(trainer.state().kept.len(), 8, "the average and the best epoch");
    assert!(!refused(&|_| {}));
    assert!(refused(&|state| state.kept.truncate(3)));
    assert!(refused(&|state| state.kept.swap(0, 1)));
    assert!(refused(&|state| state.kept[0].values.truncate(9)));
    assert!(refused(&|state| state.kept.push(state.kept[0].clone())));
    assert!(refused(&|state| state.progress.averaged = 0));
    assert!(refused(&|state| state.progress.plateau.factor = f64::NAN));
    assert!(refused(&|state| state.params.averaging = Averaging::None));
    assert!(refused(&|state| state.next_batch_size = Some(0)));
}

/// Checkpoints of earlier versions know nothing of progress.
#[test]
fn parameters_left_out_mean_none_of_it() {
    let params: TrainParams = toml::from_str("epochs = 2").unwrap();
    assert_eq!(params, TrainParams { epochs: 2, ..TrainParams::default() });
    for params in rich() {
        let text = toml::to_string(&params).unwrap();
        assert_eq!(toml::from_str::<TrainParams>(&text).unwrap(), params, "{text}");
    }
}
