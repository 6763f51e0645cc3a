//! The XOR table: learnt with a hidden layer, and not without.

use ndarray::{Array2, array};
use nn_core::{Activation, Cost, Init, Layer, Network, NetworkBuilder, backprop, forward};

fn table() -> (Array2<f64>, Array2<f64>) {
    let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    (x, array![[0.0], [1.0], [1.0], [0.0]])
}

/// What a network answers to the table after 10,000 steps of w → w − η Σ_x ∂C_x/∂w.
fn train(mut network: Network<f64>, eta: f64, biased: bool) -> Vec<f64> {
    let (x, y) = table();
    for _ in 0..10_000 {
        let gradients = backprop(&network, x.view(), y.view(), &Cost::Quadratic).unwrap().sum();
        for (layer, gradient) in network.layers_mut().iter_mut().zip(gradients.layers()) {
            layer.weights_mut().scaled_add(-eta, &gradient.weights);
            if biased {
                layer.biases_mut().scaled_add(-eta, &gradient.biases);
            }
        }
    }
    forward(&network, x.view()).unwrap().output().iter().copied().collect()
}

fn single_unit(weights: [f64; 2], bias: f64) -> Network<f64> {
    let weights = Array2::from_shape_vec((2, 1), weights.to_vec()).unwrap();
    let layer = Layer::new(weights.view(), array![bias].view(), Activation::Sigmoid).unwrap();
    Network::from_layers(vec![layer]).unwrap()
}

/// The article's script: two weights from NumPy's seed 42, no bias, η = 0.1.
#[test]
fn one_layer_answers_a_half_to_everything() {
    let network = single_unit([0.374_540_118_847_362_5, 0.950_714_306_409_916_2], 0.0);
    for biased in [false, true] {
        for output in train(network.clone(), 0.1, biased) {
            assert!((output - 0.5).abs() < 0.01, "biased: {biased}, output {output}");
        }
    }
}

/// w₁ + b > 0 and w₂ + b > 0 give w₁ + w₂ + 2b > 0, but b ≤ 0 and w₁ + w₂ + b ≤ 0 give
/// w₁ + w₂ + 2b ≤ 0: at most three answers of a single unit are right.
#[test]
fn no_single_unit_knows_the_table() {
    let (x, y) = table();
    let grid = || (-20..=20).map(|i| f64::from(i) / 2.0);
    let mut most = 0;
    for w1 in grid() {
        for w2 in grid() {
            for b in grid() {
                let pass = forward(&single_unit([w1, w2], b), x.view()).unwrap();
                let answers = pass
                    .output()
                    .iter()
                    .zip(&y)
                    .filter(|(a, y)| (**a > 0.5) == (**y > 0.5))
                    .count();
                most = most.max(answers);
            }
        }
    }
    assert_eq!(most, 3);
}

#[test]
fn a_hidden_layer_learns_the_table() {
    for seed in 1..=10 {
        let network = NetworkBuilder::new(&[2, 4, 1]).init(Init::StandardNormal).build(seed);
        let outputs = train(network.unwrap(), 3.0, true);
        for (output, wanted) in outputs.iter().zip([0.0, 1.0, 1.0, 0.0]) {
            assert!((output - wanted).abs() < 0.1, "seed {seed}: {outputs:.3?}");
        }
    }
}
