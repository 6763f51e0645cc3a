//! Files as other tools write them, made with the reference implementation of the format.

use std::collections::BTreeMap;

use ::safetensors::tensor::TensorView;
use ::safetensors::{Dtype, serialize};
use ndarray::{Array2, array};
use nn_core::{Activation, Cost};
use nn_interop::{ImportError, ImportOptions, safetensors};

fn bytes_of(values: &[f64], dtype: Dtype) -> Vec<u8> {
    match dtype {
        Dtype::F64 => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        _ => values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect(),
    }
}

/// A file of tensors.
fn file(tensors: &[(&str, &[usize], &[f64])], dtype: Dtype) -> Vec<u8> {
    let stored: Vec<_> = tensors.iter().map(|(_, _, values)| bytes_of(values, dtype)).collect();
    let views: BTreeMap<&str, TensorView<'_>> = tensors
        .iter()
        .zip(&stored)
        .map(|((name, shape, _), data)| {
            (*name, TensorView::new(dtype, shape.to_vec(), data).unwrap())
        })
        .collect();
    serialize(views, None).unwrap()
}

fn options(activations: &[Activation]) -> ImportOptions {
    let mut options = ImportOptions::default();
    options.activations = Some(activations.to_vec());
    options
}

/// 3 inputs, 2 units, 1 output, with a row per unit.
const PYTORCH: [(&str, &[usize], &[f64]); 4] = [
    ("net.0.weight", &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
    ("net.0.bias", &[2], &[0.5, -0.5]),
    ("net.2.weight", &[1, 2], &[7.0, 8.0]),
    ("net.2.bias", &[1], &[9.0]),
];

#[test]
fn pytorch_s_and_scikit_learn_s_orientations_are_the_same_network() {
    let activations = [Activation::Relu, Activation::Sigmoid];
    let torch = file(&PYTORCH, Dtype::F32);
    let torch = safetensors::read(&torch[..], &options(&activations)).unwrap();
    let expected: Array2<f32> = array![[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]];
    assert_eq!(torch.network.layers()[0].weights(), expected);
    assert_eq!(torch.cost, Cost::CrossEntropy);

    let sklearn: [(&str, &[usize], &[f64]); 4] = [
        ("coefs_.0", &[3, 2], &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]),
        ("intercepts_.0", &[2], &[0.5, -0.5]),
        ("coefs_.1", &[2, 1], &[7.0, 8.0]),
        ("intercepts_.1", &[1], &[9.0]),
    ];
    let sklearn = file(&sklearn, Dtype::F64);
    assert_eq!(safetensors::read(&sklearn[..], &options(&activations)).unwrap(), torch);
}

#[test]
fn layers_without_biases_have_zeros() {
    let read = file(&PYTORCH[..1], Dtype::F32);
    let read = safetensors::read(&read[..], &options(&[Activation::Identity])).unwrap();
    assert_eq!(read.network.layers()[0].biases().to_vec(), [0.0, 0.0]);
    assert_eq!(read.cost, Cost::Quadratic);
}

#[test]
fn activations_must_be_told_and_fit() {
    let file = file(&PYTORCH, Dtype::F32);
    let read = |options: &ImportOptions| safetensors::read(&file[..], options).unwrap_err();
    let error = read(&ImportOptions::default());
    assert!(matches!(error, ImportError::ActivationsNeeded { layers: 2 }), "{error}");
    let error = read(&options(&[Activation::Relu]));
    assert!(matches!(error, ImportError::Activations { expected: 2, found: 1 }), "{error}");
    let error = read(&options(&[Activation::Softmax, Activation::Relu]));
    assert!(matches!(error, ImportError::Invalid(_)), "{error}");
}

#[test]
fn elements_that_are_no_numbers_are_refused() {
    for (value, dtype) in [(f64::NAN, Dtype::F32), (f64::INFINITY, Dtype::F64), (1e300, Dtype::F64)]
    {
        let values = [1.0, value];
        let file = file(&[("0.weight", &[1, 2], &values)], dtype);
        let error = safetensors::read(&file[..], &options(&[Activation::Relu])).unwrap_err();
        assert!(error.to_string().contains("expected finite numbers within f32"), "{error}");
    }
    let stored = [0_u8; 4];
    let view = TensorView::new(Dtype::F16, vec![1, 2], &stored).unwrap();
    let file = serialize([("0.weight", view)], None).unwrap();
    let error = safetensors::read(&file[..], &options(&[Activation::Relu])).unwrap_err();
    assert_eq!(error.to_string(), "tensor `0.weight`: expected elements of F32 or F64, found F16");
}
