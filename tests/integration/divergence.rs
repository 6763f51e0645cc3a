//! Training that diverges stops at once and says where.

use ndarray::array;
use nn_core::{Cost, Inputs, Network, NetworkBuilder, Targets};
use nn_train::{Batches, Control, Divergence, Observer, Samples, TrainError, TrainParams, Trainer};

struct FourAtATime;

impl Observer<f32> for FourAtATime {
    fn batches_at_a_time(&self) -> Option<usize> {
        Some(4)
    }

    fn on_batches(&mut self, batches: &Batches<'_, f32>) -> Control {
        assert!(batches.network.first_non_finite_layer().is_none(), "an observer saw it");
        Control::Continue
    }
}

/// Trains on forty equal samples of class 0, one at a time.
fn train(network: Network<f32>, cost: &Cost, learning_rate: f64) -> Divergence {
    let inputs = ndarray::Array2::from_elem((40, 2), 1.0_f32);
    let targets = Targets::one_hot(vec![0; 40], 2).unwrap();
    let samples = Samples::new(Inputs::from_values(inputs.view()).unwrap(), targets).unwrap();
    let params = TrainParams { epochs: 3, batch_size: 1, learning_rate, ..TrainParams::default() };
    let mut trainer = Trainer::new(network, cost, &samples, &params).unwrap();
    match trainer.run(&mut FourAtATime) {
        Err(TrainError::Diverged(divergence)) => divergence,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_weight_that_overflows_behind_a_saturated_unit_is_found_within_the_look() {
    let mut network = NetworkBuilder::<f32>::new(&[2, 2]).build(1).unwrap();
    // z = 0 and δ = −1/2: the first weight goes beyond the largest f32, the output to 1, and
    // its error to 0, which is as finite as can be.
    let weights = array![[3e38, 0.0], [-3e38, 0.0]];
    network.layers_mut()[0].weights_mut().assign(&weights);
    network.layers_mut()[0].biases_mut().fill(0.0);
    let found = train(network, &Cost::CrossEntropy, 2e38);
    assert_eq!((found.epoch, found.layer, found.in_weights), (1, 2, true));
    assert!((1..=4).contains(&found.batch), "mini-batch {}", found.batch);
    assert_eq!(found.learning_rate, 2e38);
}

#[test]
fn an_output_error_that_is_not_finite_is_found_in_its_mini_batch() {
    let network = NetworkBuilder::<f32>::new(&[2, 3, 2])
        .hidden(nn_core::Activation::Relu)
        .output(nn_core::Activation::Identity)
        .build(1)
        .unwrap();
    let found = train(network, &Cost::Quadratic, 1e25);
    assert_eq!(found.epoch, 1);
    assert!((2..=3).contains(&found.layer), "layer {}", found.layer);
    assert!((2..=4).contains(&found.batch), "mini-batch {}", found.batch);
    let text = found.to_string();
    assert!(text.contains("became NaN or infinite in epoch 1, mini-batch "), "{text}");
    assert!(text.ends_with("at learning rate 10000000000000000000000000"), "{text}");
}
