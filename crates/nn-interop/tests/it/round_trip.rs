//! What is written as safetensors reads back as the same model, to the last bit.

use nn_core::{Activation, Cost, Init, Model, NetworkBuilder, Normalization};
use nn_interop::{ImportOptions, safetensors};
use proptest::prelude::*;

use crate::models::{model, standardized};

fn round_trip(model: &Model<f32>) -> Model<f32> {
    let mut bytes = Vec::new();
    safetensors::write(model, &mut bytes).unwrap();
    let mut again = Vec::new();
    safetensors::write(model, &mut again).unwrap();
    assert_eq!(bytes, again, "the same model gives the same bytes");
    safetensors::read(&bytes[..], &ImportOptions::default()).unwrap()
}

#[test]
fn every_activation_and_normalization_comes_back() {
    for activation in Activation::ALL {
        for normalization in [Normalization::None, Normalization::Scale(0.1), standardized()] {
            let hidden = match activation {
                Activation::Softmax => Activation::Relu,
                _ => activation.clone(),
            };
            let model = model(hidden, activation.clone(), normalization);
            assert_eq!(round_trip(&model), model);
        }
    }
}

#[test]
fn what_is_given_goes_before_what_the_file_says() {
    let mut bytes = Vec::new();
    let written = model(Activation::Relu, Activation::Sigmoid, Normalization::None);
    safetensors::write(&written, &mut bytes).unwrap();
    let mut options = ImportOptions::default();
    options.activations = Some(vec![Activation::Tanh, Activation::Silu, Activation::Identity]);
    options.cost = Some(Cost::Quadratic);
    options.normalization = Some(Normalization::Scale(2.0));
    options.class_names = Some(["a", "b", "c"].map(str::to_owned).to_vec());
    options.image_shape = Some((1, 6));
    let read = safetensors::read(&bytes[..], &options).unwrap();
    assert_eq!(read.network.to_string(), "6-5-4-3 (tanh, silu, identity)");
    assert_eq!(read.cost, Cost::Quadratic);
    assert_eq!(read.normalization, Normalization::Scale(2.0));
    assert_eq!(read.class_names, ["a", "b", "c"]);
    assert_eq!(read.image_shape, Some((1, 6)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_shape_comes_back(
        sizes in prop::collection::vec(1_usize..20, 2..6),
        seed in any::<u64>(),
        hidden in 0..4_usize,
    ) {
        let hidden = [Activation::Relu, Activation::Tanh, Activation::Gelu, Activation::Identity]
            [hidden].clone();
        let network = NetworkBuilder::<f32>::new(&sizes)
            .hidden(hidden)
            .output(Activation::Sigmoid)
            .init(Init::StandardNormal)
            .build(seed)
            .unwrap();
        let model = Model::new(network, Cost::CrossEntropy);
        prop_assert_eq!(round_trip(&model), model);
    }
}
