//! Train on handwritten digits in ten lines: the part between the two rules.
//!
//! ```text
//! cargo run --release -p nn-train --example mnist              # on the embedded digits
//! cargo run --release -p nn-train --example mnist -- FOLDER    # on the four files of MNIST
//! ```

#![forbid(unsafe_code)]

use std::error::Error;

use nn_core::{Activation, Cost, NetworkBuilder};
use nn_train::{Samples, Team, TrainParams, Trainer, evaluate};

fn main() -> Result<(), Box<dyn Error>> {
    let digits = match std::env::args().nth(1) {
        Some(folder) => nn_data::mnist::load_splits(folder)?,
        None => nn_data::sample::splits(),
    };

    // -----------------------------------------------------------------------------------
    let train = Samples::from_dataset(&digits.train)?;
    let test = Samples::from_dataset(&digits.test)?;
    let network =
        NetworkBuilder::<f32>::new(&[784, 30, 10]).output(Activation::Softmax).build(1)?;
    let cost = Cost::SoftmaxCrossEntropy;
    let params = TrainParams { epochs: 10, learning_rate: 0.5, ..TrainParams::default() };
    let mut trainer = Trainer::new(network, &cost, &train, &params)?;
    trainer.run(&mut ())?;
    let result = evaluate(trainer.network(), &cost, &test, &Team::new(0)?)?;
    println!("{:.2} % of {} digits", 100.0 * result.accuracy(), result.samples);
    // -----------------------------------------------------------------------------------

    assert!(result.accuracy() > 0.85, "the network has learnt digits");
    Ok(())
}
