//! Networks learn: stated accuracies on digits that were not trained on.

use nn_core::{Activation, Cost, Init, NetworkBuilder};
use nn_train::{Ending, Team, TrainParams, Trainer, evaluate};

use crate::digits::samples;

/// Trains 784-30-10 on the 4,000 digits and asserts the accuracy on the 1,000 test digits.
#[track_caller]
fn check(hidden: Activation, cost: Cost, init: Init, params: TrainParams, at_least: f64) {
    let (train, test) = samples();
    let network = NetworkBuilder::<f32>::new(&[784, 30, 10])
        .hidden(hidden)
        .output(cost.natural_output())
        .init(init)
        .build(3)
        .unwrap();
    let before = evaluate(&network, &cost, &test, &Team::new(2).unwrap()).unwrap();
    assert!(before.accuracy() < 0.25, "untrained: {}", before.accuracy());
    let mut trainer = Trainer::new(network, &cost, &train, &params).unwrap();
    assert_eq!(trainer.run(&mut ()).unwrap(), Ending::Finished);
    let after = evaluate(trainer.network(), &cost, &test, trainer.team()).unwrap();
    assert!(after.accuracy() >= at_least, "{} of at least {at_least}", after.accuracy());
    assert!(after.mean_cost < before.mean_cost / 2.0);
}

#[test]
fn the_book_s_first_chapter() {
    let params = TrainParams { epochs: 15, seed: 3, ..TrainParams::default() };
    check(Activation::Sigmoid, Cost::Quadratic, Init::StandardNormal, params, 0.87);
}

#[test]
fn the_book_s_third_chapter() {
    let params =
        TrainParams { epochs: 15, learning_rate: 0.5, lambda: 0.4, ..TrainParams::default() };
    check(Activation::Sigmoid, Cost::CrossEntropy, Init::ScaledNormal, params, 0.90);
}

#[test]
fn rectified_units_and_softmax() {
    let params = TrainParams { epochs: 15, learning_rate: 0.1, ..TrainParams::default() };
    check(Activation::Relu, Cost::SoftmaxCrossEntropy, Init::HeNormal, params, 0.91);
}
