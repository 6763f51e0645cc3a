//! Load a model and predict: the part between the two rules is all it takes.
//!
//! ```text
//! cargo run -p nn-core --example predict                       # a model made on the spot
//! cargo run -p nn-core --example predict -- MODEL.nnm 0.5 1 …  # yours, and its features
//! ```

use std::error::Error;
use std::fs::File;
use std::io::{Cursor, Read};

use ndarray::{Array1, array};
use nn_core::targets::argmax;
use nn_core::{Activation, Cost, Layer, Limits, Model, Network, forward};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next();
    let file: Box<dyn Read> = match &path {
        Some(path) => Box::new(File::open(path)?),
        None => Box::new(Cursor::new(made_on_the_spot()?)),
    };
    let mut features = arguments.map(|x| x.parse()).collect::<Result<Array1<f64>, _>>()?;
    if features.is_empty() {
        features = array![0.0, 1.0];
    }

    // -----------------------------------------------------------------------------------
    let model = Model::<f32>::read_from(file, &Limits::default())?;
    let x = Array1::from(model.normalization.apply(features.view())).mapv(|x| x as f32);
    let pass = forward(&model.network, x.insert_axis(ndarray::Axis(0)).view())?;
    let outputs = pass.output().row(0).to_vec();
    let class = argmax(&outputs);
    // -----------------------------------------------------------------------------------

    println!("network  {}", model.network);
    println!("features {features}");
    for (j, output) in outputs.iter().enumerate() {
        let number = j.to_string();
        let name = model.class_names.get(j).unwrap_or(&number);
        println!("{} {name:<10} {output:.4}", if j == class { "→" } else { " " });
    }
    if path.is_none() {
        assert_eq!(model.class_names[class], "different", "0 and 1 differ");
    }
    Ok(())
}

/// The file of a network for XOR with weights chosen by hand: the hidden units are OR and
/// NAND, and where both are lit, the inputs differ.
fn made_on_the_spot() -> Result<Vec<u8>, Box<dyn Error>> {
    let weights = array![[20.0, -20.0], [20.0, -20.0]];
    let hidden = Layer::new(weights.view(), array![-10.0, 30.0].view(), Activation::Sigmoid)?;
    let weights = array![[0.0, 20.0], [0.0, 20.0]];
    let output = Layer::new(weights.view(), array![0.0, -30.0].view(), Activation::Softmax)?;
    let network = Network::<f32>::from_layers(vec![hidden, output])?;
    let mut model = Model::new(network, Cost::SoftmaxCrossEntropy);
    model.class_names = vec!["same".to_owned(), "different".to_owned()];
    let mut bytes = Vec::new();
    model.write_to(&mut bytes)?;
    Ok(bytes)
}
