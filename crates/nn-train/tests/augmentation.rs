//! Augmentation while training: each epoch sees the images that `nn_data` makes for it, and
//! neither threads nor chunks nor a stop change a bit.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use std::sync::Arc;

use nn_core::{Cost, Engine, Network, NetworkBuilder, Step, Targets, rng};
use nn_data::{Augmentation, Augmenter, Dataset, Features};
use nn_train::optimizer::{Momentum, Optimizer};
use nn_train::{DropoutRates, HiddenRates, Observer, Samples, TrainError, TrainParams, Trainer};
use support::{resumed_after, train};

fn images(n: usize) -> Arc<Dataset> {
    Arc::new(nn_data::sample::splits().train.split_at(n).unwrap().0)
}

fn network() -> Network<f32> {
    NetworkBuilder::new(&[784, 40, 10]).build(5).unwrap()
}

fn params() -> TrainParams {
    TrainParams {
        epochs: 3,
        batch_size: 7,
        learning_rate: 0.3,
        augment: Some(Augmentation::simard_2003()),
        seed: 3,
        threads: 1,
        ..TrainParams::default()
    }
}

#[test]
fn each_epoch_is_trained_on_the_images_made_for_it() {
    let images = images(50);
    let samples = Samples::from_images(Arc::clone(&images)).unwrap();
    let augmenter =
        Augmenter::new(&Augmentation::simard_2003().check().unwrap(), &images, 3).unwrap();
    let mut expected = network();
    let mut engine = Engine::new(&expected, &Cost::CrossEntropy, 7, 1).unwrap();
    for epoch in 0..3 {
        let made = Samples::from_dataset(&augmenter.epoch(&images, epoch)).unwrap();
        let order = rng::permutation(&mut rng::stream(3, "shuffle", epoch), 50);
        let steps = [Step::new(0.3); 8];
        engine.run(&mut expected, made.inputs(), made.targets(), &order, 7, &steps).unwrap();
    }
    assert_eq!(train(network(), &samples, &params()), expected);
}

/// Wants so many mini-batches at a time.
struct AtATime(usize);

impl Observer<f32> for AtATime {
    fn batches_at_a_time(&self) -> Option<usize> {
        Some(self.0)
    }
}

#[test]
fn threads_chunks_and_stops_change_no_bit() {
    let samples = Samples::from_images(images(100)).unwrap();
    let dropout = DropoutRates { input: 0.1, hidden: HiddenRates::All(0.3) };
    let optimizer = Optimizer::Momentum(Momentum::default());
    for params in [params(), TrainParams { dropout, optimizer, learning_rate: 0.05, ..params() }] {
        let expected = train(network(), &samples, &params);
        for threads in [2, 3, 4] {
            let params = TrainParams { threads, ..params.clone() };
            for at_a_time in [1, 2, 5, 100] {
                let mut trainer =
                    Trainer::new(network(), &Cost::CrossEntropy, &samples, &params).unwrap();
                trainer.run(&mut AtATime(at_a_time)).unwrap();
                assert_eq!(trainer.network(), &expected, "{threads} threads, {at_a_time}");
            }
        }
        for stop in [1, 15, 20, 31] {
            for threads in [1, 2] {
                let params = TrainParams { threads, ..params.clone() };
                let resumed = resumed_after(stop, network(), &samples, &params);
                assert_eq!(resumed, expected, "stopped after {stop}");
            }
        }
    }
}

#[test]
fn targets_of_any_form_follow_their_images() {
    let images = images(40);
    let classes = Samples::<f32>::from_images(Arc::clone(&images)).unwrap();
    let rows = Targets::Rows(classes.targets().to_array(0..40));
    let inputs = classes.inputs().clone();
    let rows = Samples::new(inputs, rows).unwrap().with_images(images).unwrap();
    assert_eq!(train(network(), &rows, &params()), train(network(), &classes, &params()));
}

#[test]
fn samples_without_images_are_refused() {
    let refused = |samples: &Samples<f32>, params: &TrainParams| {
        Trainer::new(network(), &Cost::CrossEntropy, samples, params).unwrap_err()
    };
    let error = refused(&support::samples(30), &params());
    assert!(matches!(error, TrainError::NoImages), "{error}");
    let samples = Samples::from_images(images(30)).unwrap();
    let class_angles =
        vec![nn_data::augment::ClassAngles { classes: vec![10], rotation: Some(1.0), shear: None }];
    let augment = Some(Augmentation { class_angles, ..Augmentation::default() });
    let error = refused(&samples, &TrainParams { augment, ..params() });
    assert!(matches!(error, TrainError::Augmentation(_)), "{error}");

    let floats = Features::F32(images(3).features().to_f32());
    let names = vec!["0".to_owned(), "1".to_owned()];
    let floats = Dataset::new("floats", floats, vec![0, 1, 0], names).unwrap();
    let samples = Samples::from_images(Arc::new(floats)).unwrap();
    let error = refused(&samples, &TrainParams { batch_size: 1, ..params() });
    assert!(error.to_string().contains("floats"), "{error}");
}

#[test]
fn standardised_samples_are_refused() {
    let images = images(30);
    let rows = images.features().to_f32().mapv(|x| (x - 0.13) / 0.31);
    let targets = Samples::<f32>::from_images(Arc::clone(&images)).unwrap().targets().clone();
    let inputs = nn_core::Inputs::from_values(rows.view()).unwrap();
    let samples = Samples::new(inputs, targets).unwrap().with_images(images).unwrap();
    let error = Trainer::new(network(), &Cost::CrossEntropy, &samples, &params()).unwrap_err();
    assert!(error.to_string().contains("without another normalisation"), "{error}");
    // Without augmentation they are as good as others.
    let plain = TrainParams { augment: None, ..params() };
    Trainer::new(network(), &Cost::CrossEntropy, &samples, &plain).unwrap();
}
