//! The model file: what is written is read back, and nothing else is.

mod damage;
mod golden;
mod hostile;
mod raw;
mod round_trip;

use ndarray::{Array1, Array2};
use nn_core::{
    Activation, Column, ColumnKind, Cost, ImagePreparation, Layer, Limits, Model, ModelFileError,
    Network, Normalization, Provenance, Scalar, TargetScale, Task,
};

/// A small model in which every part of the format is in use.
///
/// Its numbers are written down by rule, not drawn, so that no change of the random streams
/// can touch the golden files.
fn small_model<T: Scalar>() -> Model<T> {
    let numbers = |from: usize| {
        move |i: usize| {
            // Quarters, thirds and a negative zero: exact, inexact and special numbers.
            let x = (i + from) as f64;
            T::from_f64(if i == 1 {
                -0.0
            } else {
                (x - 5.0) / if i.is_multiple_of(2) { 4.0 } else { 3.0 }
            })
        }
    };
    let layer = |n_in, n_out, from, activation| {
        let weights = Array1::from_shape_fn(n_in * n_out, numbers(from));
        let weights = weights.into_shape_with_order((n_in, n_out)).unwrap();
        let biases = Array1::from_shape_fn(n_out, numbers(from + 3));
        Layer::new(weights.view(), biases.view(), activation).unwrap()
    };
    let layers = vec![layer(4, 3, 0, Activation::Gelu), layer(3, 2, 2, Activation::Softmax)];
    let mut model = Model::new(Network::from_layers(layers).unwrap(), Cost::SoftmaxCrossEntropy);
    model.normalization = Normalization::Standardize {
        means: vec![0.0, 0.25, -1.0, 1e-3],
        deviations: vec![1.0, 0.5, 2.0, 1e-6],
    };
    model.class_names = vec!["cat".to_owned(), "größer".to_owned()];
    model.image_shape = Some((2, 2));
    model.provenance = Provenance {
        dataset: "two kinds of four pixels".to_owned(),
        dataset_sha256: "ab".repeat(32),
        recipe: "by hand".to_owned(),
        seed: 0x0123_4567_89ab_cdef,
        epochs: 3,
        test_accuracy: Some(0.75),
        version: "0.1.0".to_owned(),
    };
    model
}

/// A small regression on a table: every part of format version 2 is in use.
fn small_regression<T: Scalar>() -> Model<T> {
    let classifier = small_model::<T>();
    let first = classifier.network.layers()[0].clone();
    let last = constant_layer(3, 1, Activation::Identity, T::from_f64(0.25));
    let column = |name: &str, kind| Column { name: name.to_owned(), kind };
    Model {
        network: Network::from_layers(vec![first, last]).unwrap(),
        cost: Cost::Quadratic,
        task: Task::Regression(TargetScale { mean: 152.5, deviation: 77.25 }),
        class_names: vec!["price".to_owned()],
        image_shape: None,
        image_preparation: ImagePreparation::Resize,
        columns: vec![
            column("age", ColumnKind::Number),
            column("größe", ColumnKind::Category(vec!["klein".into(), String::new()])),
            column("bmi", ColumnKind::Number),
        ],
        ..classifier
    }
}

fn to_bytes<T: Scalar>(model: &Model<T>) -> Vec<u8> {
    let mut bytes = Vec::new();
    model.write_to(&mut bytes).unwrap();
    bytes
}

fn from_bytes<T: Scalar>(bytes: &[u8]) -> Result<Model<T>, ModelFileError> {
    Model::read_from(bytes, &Limits::default())
}

/// The whole chain of messages, as a program would show it.
fn message(error: &ModelFileError) -> String {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    message
}

/// A layer of the given shape and activation whose parameters are all `value`.
fn constant_layer<T: Scalar>(n_in: usize, n_out: usize, sigma: Activation, value: T) -> Layer<T> {
    let (weights, biases) =
        (Array2::from_elem((n_in, n_out), value), Array1::from_elem(n_out, value));
    Layer::new(weights.view(), biases.view(), sigma).unwrap()
}
