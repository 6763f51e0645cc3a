//! Small models for the tests.

use nn_core::{Activation, Cost, Init, Model, NetworkBuilder, Normalization, Provenance};

/// A model of these activations, with everything a model can have.
pub fn model(hidden: Activation, output: Activation, normalization: Normalization) -> Model<f32> {
    let cost = match output {
        Activation::Softmax => Cost::SoftmaxCrossEntropy,
        Activation::Sigmoid => Cost::CrossEntropy,
        _ => Cost::Quadratic,
    };
    let network = NetworkBuilder::<f32>::new(&[6, 5, 4, 3])
        .hidden(hidden)
        .output(output)
        .init(Init::ScaledNormal)
        .build(7)
        .unwrap();
    let mut model = Model::new(network, cost);
    model.normalization = normalization;
    model.class_names = ["one", "two \"quoted\"", "drei – ü?"].map(str::to_owned).to_vec();
    model.image_shape = Some((2, 3));
    model.provenance = Provenance {
        dataset: "made up".to_owned(),
        dataset_sha256: "0".repeat(64),
        recipe: "none".to_owned(),
        seed: 7,
        epochs: 2,
        test_accuracy: Some(0.1 + 0.2),
        version: "0.1.0".to_owned(),
    };
    model
}

/// Means and deviations of which `f32` would lose the difference.
pub fn standardized() -> Normalization {
    Normalization::Standardize {
        means: vec![1e6, -3.5, 0.0, 0.1, 7.0, 2.0],
        deviations: vec![0.1, 2.0, 1.0, 0.3, 5.0, 1e-3],
    }
}
