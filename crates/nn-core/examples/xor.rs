//! XOR, learnt and not learnt: why a network needs a hidden layer.
//!
//! A popular script trains one layer of two weights (no hidden layer, no bias, sigmoid,
//! 10,000 steps of gradient descent at η = 0.1 from the weights NumPy's seed 42 draws) on
//! the XOR table and says that it learns it. This example runs exactly that, then the same
//! with a bias, then with a hidden layer, and prints what comes out.
//!
//! ```text
//! cargo run -p nn-core --example xor
//! ```

use ndarray::{Array2, array};
use nn_core::{Activation, Cost, Error, Layer, Network, NetworkBuilder, backprop, forward};

/// Gradient descent on the whole table, w → w − η Σ_x ∂C_x/∂w, and what it leads to.
fn train(mut network: Network<f64>, eta: f64, biased: bool) -> Result<Array2<f64>, Error> {
    let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let y = array![[0.0], [1.0], [1.0], [0.0]];
    for _ in 0..10_000 {
        let gradients = backprop(&network, x.view(), y.view(), &Cost::Quadratic)?.sum();
        for (layer, gradient) in network.layers_mut().iter_mut().zip(gradients.layers()) {
            layer.weights_mut().scaled_add(-eta, &gradient.weights);
            if biased {
                layer.biases_mut().scaled_add(-eta, &gradient.biases);
            }
        }
    }
    Ok(forward(&network, x.view())?.output().to_owned())
}

/// Prints what comes out, and says whether it is the table.
fn show(title: &str, outputs: &Array2<f64>) -> bool {
    println!("{title}");
    let table = [("0 0", 0), ("0 1", 1), ("1 0", 1), ("1 1", 0)];
    for ((input, wanted), output) in table.iter().zip(outputs) {
        println!("  {input} → {output:.4}   wanted {wanted}");
    }
    println!();
    table.iter().zip(outputs).all(|((_, wanted), output)| (output - f64::from(*wanted)).abs() < 0.1)
}

fn main() -> Result<(), Error> {
    // np.random.seed(42); np.random.rand(2, 1)
    let weights = array![[0.374_540_118_847_362_5], [0.950_714_306_409_916_2]];
    let layer = Layer::new(weights.view(), array![0.0].view(), Activation::Sigmoid)?;
    let single = Network::from_layers(vec![layer])?;
    let title = "One layer, two weights, no bias: not learnt.";
    let without_bias = show(title, &train(single.clone(), 0.1, false)?);
    let with_bias =
        show("One layer, two weights and a bias: not learnt.", &train(single, 0.1, true)?);
    println!(
        "No weights could: a single unit draws one straight line through the square, and no\n\
         line has (0,1) and (1,0) on one side and (0,0) and (1,1) on the other. The best it\n\
         finds is to answer 0.5 to everything.\n"
    );

    let hidden = NetworkBuilder::new(&[2, 4, 1]).build(1)?;
    let deep = show("A hidden layer of four units: learnt.", &train(hidden, 3.0, true)?);
    assert_eq!([without_bias, with_bias, deep], [false, false, true], "as the titles say");
    Ok(())
}
