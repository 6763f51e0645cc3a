//! Health of layers after every epoch, and the learning-rate range test.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use nn_core::{Activation, Cost, Init, Network, NetworkBuilder};
use nn_train::lr_range::LrRange;
use nn_train::optimizer::{Momentum, Optimizer};
use nn_train::{
    Control, DropoutRates, Epoch, HiddenRates, LayerHealth, Observer, TrainParams, Trainer, health,
    lr_range,
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
fn the_range_test_finds_rates_that_learn_and_rates_that_diverge() {
    let samples = samples(300);
    let range = LrRange { from: 1e-4, to: 1e4, steps: 120, ..LrRange::default() };
    let builder = NetworkBuilder::<f32>::new(&[784, 30, 10]).hidden(Activation::Tanh);
    let network = builder.init(Init::ScaledNormal).build(5).unwrap();
    let run = |params: &TrainParams| lr_range(&network, &COST, &samples, params, &range).unwrap();
    let curve = run(&params());
    assert!(curve.diverged && curve.points.len() < 120, "{} points", curve.points.len());
    let rates: Vec<f64> = curve.points.iter().map(|point| point.rate).collect();
    let factor = (1e8_f64).powf(1.0 / 119.0);
    assert!(rates.windows(2).all(|pair| (pair[1] / pair[0] / factor - 1.0).abs() < 1e-9));
    let (suggested, lowest) = (curve.suggested.unwrap(), curve.lowest.unwrap());
    assert!((1e-3..2.0).contains(&suggested) && suggested < lowest, "{suggested}");
    assert!(curve.steepest.unwrap() < lowest);

    // With that rate the network does learn.
    let params = TrainParams { learning_rate: suggested, epochs: 6, ..params() };
    let trained = support::train(network.clone(), &samples, &params);
    let team = nn_train::Team::new(1).unwrap();
    let result = nn_train::evaluate(&trained, &COST, &samples, &team).unwrap();
    assert!(result.accuracy() > 0.6, "{}", result.accuracy());

    for threads in [2, 3] {
        assert_eq!(run(&TrainParams { threads, ..params.clone() }), curve, "{threads} threads");
    }
}

#[test]
fn a_range_that_never_diverges_is_done_to_its_end() {
    let samples = samples(100);
    let range = LrRange { from: 1e-6, to: 1e-3, steps: 33, ..LrRange::default() };
    let optimizer = Optimizer::Momentum(Momentum::default());
    let params = TrainParams { optimizer, ..params() };
    let curve = lr_range(&network(), &COST, &samples, &params, &range).unwrap();
    assert!(!curve.diverged);
    assert_eq!(curve.points.len(), 33, "more than three epochs");
    assert!((curve.points[32].rate - 1e-3).abs() < 1e-15);
}

#[test]
fn ranges_that_make_no_sense_are_refused() {
    let samples = samples(30);
    let good = LrRange::default();
    for range in [
        LrRange { from: 0.0, ..good },
        LrRange { to: 1e-6, ..good },
        LrRange { steps: 1, ..good },
        LrRange { smoothing: 1.0, ..good },
        LrRange { stop_at: 1.0, ..good },
    ] {
        assert!(lr_range(&network(), &COST, &samples, &params(), &range).is_err(), "{range:?}");
    }
}
