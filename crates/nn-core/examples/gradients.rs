//! The gradient of every sample of a batch, at the price of the batch's: how long each one
//! is, the longest cut short, and their sum.
//!
//! ```text
//! cargo run -p nn-core --example gradients
//! ```

use ndarray::{Array2, array};
use nn_core::{Activation, Cost, Error, Init, NetworkBuilder, backprop};

fn main() -> Result<(), Error> {
    let network = NetworkBuilder::<f64>::new(&[3, 5, 2])
        .hidden(Activation::Tanh)
        .output(Activation::Softmax)
        .init(Init::XavierNormal)
        .build(7)?;
    // The last sample is an outlier of the wrong label.
    let x: Array2<f64> =
        array![[0.1, 0.2, 0.3], [0.2, 0.1, 0.4], [0.0, 0.3, 0.2], [9.0, -8.0, 7.0]];
    let y = array![[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]];

    // Factored: per layer δ (samples × units) and a (samples × inputs), no full matrix.
    let mut gradients = backprop(&network, x.view(), y.view(), &Cost::SoftmaxCrossEntropy)?;

    let norms = gradients.squared_norms().mapv(f64::sqrt);
    println!("length of each sample's gradient   {norms:.3}");
    let full = gradients.sample(3);
    println!("the last one in full, first layer\n{:.3}", full.layers()[0].weights);

    println!("length of the sum                  {:.3}", gradients.sum().squared_norm().sqrt());
    gradients.clip(1.25);
    let norms = gradients.squared_norms().mapv(f64::sqrt);
    println!("lengths after clipping to 1.25     {norms:.3}");
    assert!(norms.iter().all(|&norm| norm <= 1.25 + 1e-9), "no gradient is longer");
    println!("length of the sum                  {:.3}", gradients.sum().squared_norm().sqrt());
    Ok(())
}
