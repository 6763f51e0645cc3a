//! Writing and reading.

use std::io::{self, Read, Write};
use std::sync::Arc;

use nn_core::{
    Activation, ActivationFn, Cost, CostFn, ImagePreparation, Init, Limits, Model, ModelFileError,
    Network, NetworkBuilder, Normalization, Scalar, Task,
};
use proptest::prelude::*;

use super::{constant_layer, from_bytes, message, small_model, small_regression, to_bytes};

#[test]
fn every_part_comes_back() {
    let model = small_model::<f32>();
    assert_eq!(from_bytes::<f32>(&to_bytes(&model)).unwrap(), model);
    let model = small_model::<f64>();
    assert_eq!(from_bytes::<f64>(&to_bytes(&model)).unwrap(), model);
    let model = small_regression::<f32>();
    assert_eq!(from_bytes::<f32>(&to_bytes(&model)).unwrap(), model);
}

#[test]
fn only_what_needs_version_2_has_it() {
    assert_eq!(to_bytes(&small_model::<f32>())[8], 1);
    assert_eq!(to_bytes(&small_regression::<f32>())[8], 2);
    let mut table = small_regression::<f32>();
    table.task = Task::Classification;
    assert_eq!(to_bytes(&table)[8], 2);
    table.columns.clear();
    assert_eq!(to_bytes(&table)[8], 2);
    table.image_preparation = ImagePreparation::Digit;
    assert_eq!(to_bytes(&table)[8], 1);
}

/// Equality of numbers would let −0 pass for 0; equality of bits does not.
fn bits<T: Scalar>(model: &Model<T>) -> Vec<u64> {
    let layers = model.network.layers().iter();
    let numbers = layers.flat_map(|l| l.weights().into_iter().chain(l.biases()));
    numbers.map(|x| x.as_f64().to_bits()).collect()
}

fn check_any<T: Scalar>(sizes: &[usize], hidden: usize, output: usize, seed: u64) {
    let hidden = match Activation::ALL[hidden].clone() {
        Activation::Softmax => Activation::Silu,
        other => other,
    };
    let builder = NetworkBuilder::<T>::new(sizes).hidden(hidden);
    let builder = builder.output(Activation::ALL[output].clone()).init(Init::StandardNormal);
    let mut model = Model::new(builder.build(seed).unwrap(), Cost::Quadratic);
    model.normalization = match seed % 3 {
        0 => Normalization::None,
        1 => Normalization::Scale(1.0 / 255.0),
        _ => Normalization::Standardize {
            means: (0..sizes[0]).map(|i| i as f64 / 3.0).collect(),
            deviations: vec![0.1; sizes[0]],
        },
    };
    let bytes = to_bytes(&model);
    let read = from_bytes::<T>(&bytes).unwrap();
    assert_eq!(read, model);
    assert_eq!(bits(&read), bits(&model));
    assert_eq!(to_bytes(&read), bytes);
}

proptest! {
    #[test]
    fn any_model_comes_back(
        sizes in prop::collection::vec(1_usize..40, 2..6),
        hidden in 0..Activation::ALL.len(),
        output in 0..Activation::ALL.len(),
        seed: u64,
    ) {
        check_any::<f32>(&sizes, hidden, output, seed);
        check_any::<f64>(&sizes, hidden, output, seed);
    }
}

#[test]
fn payloads_longer_than_one_piece_come_back() {
    let network = NetworkBuilder::<f32>::new(&[900, 800, 3]).build(1).unwrap();
    let model = Model::new(network, Cost::CrossEntropy);
    let bytes = to_bytes(&model);
    assert!(bytes.len() > 2 << 20);
    assert_eq!(from_bytes::<f32>(&bytes).unwrap(), model);
}

#[test]
fn the_longest_name_comes_back() {
    let mut model = small_model::<f32>();
    model.class_names[0] = "x".repeat((1 << 20) - 8);
    assert_eq!(from_bytes::<f32>(&to_bytes(&model)).unwrap(), model);
}

#[test]
fn number_types_are_not_mixed_up() {
    let error = from_bytes::<f64>(&to_bytes(&small_model::<f32>())).unwrap_err();
    assert_eq!(message(&error), "the weights are f32, expected f64");
    let error = from_bytes::<f32>(&to_bytes(&small_model::<f64>())).unwrap_err();
    assert_eq!(message(&error), "the weights are f64, expected f32");
}

/// Writes `model`, which must fail and write nothing.
#[track_caller]
fn refused(model: &Model<f32>) -> String {
    let mut bytes = Vec::new();
    let error = model.write_to(&mut bytes).unwrap_err();
    assert!(bytes.is_empty(), "something was written");
    message(&error)
}

#[derive(Debug)]
struct Square;

impl ActivationFn for Square {
    fn name(&self) -> &'static str {
        "sigmoid" // A name that would be read back as something else.
    }
    fn value(&self, z: f64) -> f64 {
        z * z
    }
    fn derivative(&self, z: f64) -> f64 {
        2.0 * z
    }
}

impl CostFn for Square {
    fn name(&self) -> &'static str {
        "square"
    }
    fn value(&self, a: f64, y: f64) -> f64 {
        (a - y) * (a - y)
    }
    fn derivative(&self, a: f64, y: f64) -> f64 {
        2.0 * (a - y)
    }
}

#[test]
fn what_could_not_be_read_back_is_not_written() {
    let custom = constant_layer(2, 2, Activation::Custom(Arc::new(Square)), 1.0);
    let model = Model::new(Network::from_layers(vec![custom]).unwrap(), Cost::Quadratic);
    let expected = "the custom activation `sigmoid` cannot be written to a model file";
    assert_eq!(refused(&model), expected);

    let mut model = small_model();
    model.cost = Cost::Custom(Arc::new(Square));
    assert_eq!(refused(&model), "the custom cost `square` cannot be written to a model file");

    let mut model = small_model();
    model.network.layers_mut()[1].biases_mut()[1] = f32::INFINITY;
    assert!(refused(&model).contains("layer 3"));

    let mut model = small_model();
    model.class_names.pop();
    assert_eq!(refused(&model), "the model is not valid: class names: expected 2, found 1");

    let mut model = small_model();
    model.class_names[1] = "x".repeat(1 << 20);
    assert!(refused(&model).contains("name of a class is too long"));

    let mut model = small_model();
    model.provenance.recipe = "x".repeat(1 << 20);
    assert!(refused(&model).contains("description is too long"));
}

/// A device that fails after some bytes, and one that gives a byte at a time.
struct Failing(usize);

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let n = bytes.len().min(self.0);
        self.0 -= n;
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

struct OneByteAtATime<'a>(&'a [u8], bool);

impl Read for OneByteAtATime<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let n = buffer.len().min(1);
        self.0.read(&mut buffer[..n])
    }
}

#[test]
fn failing_devices_are_not_bad_files() {
    let model = small_model::<f32>();
    for room in 0..to_bytes(&model).len() {
        let error = model.write_to(Failing(room)).unwrap_err();
        let ModelFileError::Io(error) = error else { panic!("{error}") };
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
    let error = Model::<f32>::read_from(Failing(0), &Limits::default()).unwrap_err();
    assert!(matches!(error, ModelFileError::Io(_)), "{error}");
    let error =
        Model::<f32>::read_from(to_bytes(&model)[..100].chain(Failing(0)), &Limits::default());
    assert!(matches!(error, Err(ModelFileError::Io(_))), "{error:?}");
}

#[test]
fn slow_readers_are_read_to_the_end() {
    let model = small_model::<f32>();
    let bytes = to_bytes(&model);
    let read = Model::read_from(OneByteAtATime(&bytes, false), &Limits::default());
    assert_eq!(read.unwrap(), model);
}
