//! Health of layers after every epoch, and the learning-rate range test under all parameters.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use nn_core::{Activation, Cost, Init, Network, NetworkBuilder};
use nn_train::averaging::{Averaging, Ema};
use nn_train::optimizer::{Momentum, Optimizer};
use nn_train::tune::range_test;
use nn_train::{
    Control, DropoutRates, EarlyStopping, Epoch, HiddenRates, LayerHealth, Observer, TrainParams,
    Trainer, health,
};
use support::samples;

const COST: Cost = Cost::CrossEntropy;

fn network() -> Network<f32> {
    NetworkBuilder::new(&[784, 30, 20, 10])
        .hidden(Activation::Relu)
        .init(Init::HeNormal)
        .build(5)
        .unwrap()
}

fn params() -> TrainParams {
    TrainParams {
        epochs: 2,
        batch_size: 10,
        learning_rate: 0.1,
        threads: 1,
        ..TrainParams::default()
    }
}

/// Keeps the health of every epoch.
#[derive(Default)]
struct Healths(Vec<Vec<LayerHealth>>);

impl Observer<f32> for Healths {
    fn on_epoch(&mut self, epoch: &Epoch<'_, f32>) -> Control {
        self.0.extend(epoch.health.map(<[LayerHealth]>::to_vec));
        Control::Continue
    }
}

#[test]
fn every_epoch_tells_the_health_of_its_layers() {
    let samples = samples(200);
    let dropout = DropoutRates { input: 0.0, hidden: HiddenRates::All(0.2) };
    let params = TrainParams { dropout, ..params() };
    let train = |health_samples, threads| {
        let params = TrainParams { health_samples, threads, ..params.clone() };
        let mut trainer = Trainer::new(network(), &COST, &samples, &params).unwrap();
        let mut healths = Healths::default();
        trainer.run(&mut healths).unwrap();
        (trainer.into_network(), healths.0)
    };
    let (plain, none) = train(0, 1);
    let (watched, told) = train(64, 1);
    assert_eq!(plain, watched, "a look changes nothing");
    assert!(none.is_empty());
    assert_eq!(told.len(), 2);
    assert_eq!(train(64, 3).1, told);
    assert_eq!(health(&watched, &COST, &samples, 64).unwrap().unwrap(), told[1]);

    for layers in &told {
        let numbers: Vec<usize> = layers.iter().map(|layer| layer.layer).collect();
        assert_eq!(numbers, [2, 3, 4]);
        for layer in layers {
            assert!(layer.gradient_norm > 0.0 && layer.weight_norm > 0.0);
            assert!(layer.sample_gradient_norm > layer.gradient_norm);
            assert!(layer.dead_units <= layer.saturated && layer.saturated <= 1.0);
        }
        let relu = &layers[..2];
        assert!(relu.iter().all(|layer| (0.1..0.9).contains(&layer.saturated)), "{relu:?}");
        let text = serde_json::to_string(layers).unwrap();
        assert_eq!(&serde_json::from_str::<Vec<LayerHealth>>(&text).unwrap(), layers);
    }
    assert_eq!(health(&watched, &COST, &samples, 0).unwrap(), None);
    let all = health(&watched, &COST, &samples, 1000).unwrap();
    assert_eq!(all, health(&watched, &COST, &samples, 200).unwrap());
}

#[test]
fn the_range_test_takes_any_parameters_on_any_threads() {
    let samples = samples(300);
    let builder = NetworkBuilder::<f32>::new(&[784, 30, 10]).hidden(Activation::Tanh);
    let network = builder.init(Init::ScaledNormal).build(5).unwrap();
    let params = TrainParams {
        early_stopping: Some(EarlyStopping::default()),
        averaging: Averaging::Ema(Ema::default()),
        optimizer: Optimizer::Momentum(Momentum::default()),
        ..params()
    };
    let run = |threads| {
        let params = TrainParams { threads, ..params.clone() };
        range_test(network.clone(), &COST, &samples, &params, (1e-4, 1e3), 30).unwrap()
    };
    let test = run(1);
    assert!(test.points.len() > 10, "{} points", test.points.len());
    assert!(test.steepest().unwrap() <= test.lowest().unwrap());
    for threads in [2, 3] {
        assert_eq!(run(threads), test, "{threads} threads");
    }
}
