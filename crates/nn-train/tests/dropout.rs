//! Dropout in the trainer: it learns, and neither threads nor a stop change a bit.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use nn_core::{Activation, Cost, Init, Network, NetworkBuilder};
use nn_train::optimizer::{Momentum, Optimizer};
use nn_train::{DropoutRates, HiddenRates, Samples, TrainError, TrainParams, Trainer};
use support::{resumed_after, samples, train};

fn network() -> Network<f32> {
    NetworkBuilder::new(&[784, 40, 20, 10])
        .hidden(Activation::Tanh)
        .init(Init::ScaledNormal)
        .build(5)
        .unwrap()
}

fn params() -> TrainParams {
    TrainParams {
        epochs: 3,
        batch_size: 16,
        learning_rate: 0.1,
        dropout: DropoutRates { input: 0.2, hidden: HiddenRates::Each(vec![0.5, 0.3]) },
        seed: 3,
        threads: 1,
        ..TrainParams::default()
    }
}

#[test]
fn neither_threads_nor_a_stop_change_a_bit() {
    let samples = samples(100);
    for optimizer in [Optimizer::Sgd, Optimizer::Momentum(Momentum::default())] {
        let params = TrainParams { optimizer, ..params() };
        let expected = train(network(), &samples, &params);
        let plain = TrainParams { dropout: DropoutRates::default(), ..params.clone() };
        assert_ne!(train(network(), &samples, &plain), expected);
        for threads in [2, 3, 4] {
            let params = TrainParams { threads, ..params.clone() };
            assert_eq!(train(network(), &samples, &params), expected, "{threads} threads");
        }
        for stop in [1, 7, 11, 20] {
            let resumed = resumed_after(stop, network(), &samples, &params);
            assert_eq!(resumed, expected, "{optimizer}, stopped after {stop}");
        }
    }
}

#[test]
fn half_of_the_hidden_units_are_enough_to_learn() {
    let samples = samples(300);
    let params = TrainParams { epochs: 20, learning_rate: 0.3, ..params() };
    let network = train(network(), &samples, &params);
    let team = nn_train::Team::new(1).unwrap();
    let result = nn_train::evaluate(&network, &Cost::CrossEntropy, &samples, &team).unwrap();
    assert!(result.accuracy() > 0.6, "{}", result.accuracy());
}

#[test]
fn a_list_of_another_length_is_refused() {
    let samples: Samples<f32> = samples(30);
    let dropout = DropoutRates { hidden: HiddenRates::Each(vec![0.5]), ..DropoutRates::default() };
    let params = TrainParams { dropout, ..params() };
    let error = Trainer::new(network(), &Cost::CrossEntropy, &samples, &params).unwrap_err();
    let TrainError::Param(error) = error else { panic!("{error}") };
    assert!(error.to_string().contains("each of the 2 hidden layers"), "{error}");
}
