//! A table of your own: read, split, standardised, trained on, kept in a file and used from there.
//!
//! ```text
//! cargo run -p nn-train --example own_csv                # a table made on the spot
//! cargo run -p nn-train --example own_csv -- TABLE.csv   # yours; its last column is the class
//! ```

#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt::Write;
use std::fs::{self, File};
use std::path::PathBuf;

use nn_core::targets::argmax;
use nn_core::{Activation, Cost, Init, Limits, Model, NetworkBuilder, Predictor};
use nn_data::formats::{OpenOptions, open};
use nn_train::{Samples, Team, TrainParams, Trainer, evaluate, fit_preprocessing};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (path, is_own) = match std::env::args().nth(1) {
        Some(path) => (PathBuf::from(path), true),
        None => (folder.path().join("leaves.csv"), false),
    };
    if !is_own {
        fs::write(&path, leaves())?;
    }

    // A fifth is kept for the test, each class in proportion.
    let all = open(&path, &OpenOptions::default())?.train;
    let (train, test) = all.split_stratified(all.len() / 5, 0, "test")?;
    let sizes = [train.num_features(), 16, train.num_classes()];
    println!("{} rows, {} features, {:?}", all.len(), sizes[0], train.class_names());

    let network = NetworkBuilder::<f32>::new(&sizes)
        .hidden(Activation::Relu)
        .output(Activation::Softmax)
        .init(Init::HeNormal)
        .build(1)?;
    // What is known of the columns, their means and deviations among them, is kept in the model.
    let model = fit_preprocessing(Model::new(network, Cost::SoftmaxCrossEntropy), &train);
    let (train, test) = (Samples::for_model(&model, &train)?, Samples::for_model(&model, &test)?);
    let params = TrainParams { epochs: 60, learning_rate: 0.1, ..TrainParams::default() };
    let mut trainer = Trainer::new(model.network.clone(), &model.cost, &train, &params)?;
    trainer.run(&mut ())?;
    let model = Model { network: trainer.into_network(), ..model };
    let result = evaluate(&model.network, &model.cost, &test, &Team::new(1)?)?;
    println!("{:.1} % of {} rows kept for the test", 100.0 * result.accuracy(), result.samples);

    let file = folder.path().join("model.nnm");
    model.write_to(File::create(&file)?)?;
    let model = Model::<f32>::read_from(File::open(&file)?, &Limits::default())?;
    if is_own {
        return Ok(());
    }
    // Raw numbers, as they stand in the table: long, narrow and without teeth.
    let features = model.normalization.apply(ndarray::aview1(&[92.0, 7.0, 0.0, 1.0]));
    let features: Vec<f32> = features.into_iter().map(|x| x as f32).collect();
    let mut predictor = Predictor::new(&model.network);
    let class = &model.class_names[argmax(predictor.predict(&features)?)];
    println!("a long, narrow leaf without teeth is of the {class}");
    assert_eq!(class, "willow");
    assert!(result.accuracy() > 0.9, "the leaves are learnt");
    Ok(())
}

/// 300 leaves that nobody has picked: length and width in millimetres, teeth, and the tree.
fn leaves() -> String {
    let mut table = "length,width,teeth,tree\n".to_owned();
    for i in 0..300 {
        // Two sequences that fill the square evenly, after Kronecker.
        let (u, v) = ((f64::from(i) * 0.754_877).fract(), (f64::from(i) * 0.569_840).fract());
        let (length, width, teeth, tree) = match i % 3 {
            0 => (60.0 + 60.0 * u, 5.0 + 8.0 * v, "no", "willow"),
            1 => (40.0 + 40.0 * u, 25.0 + 20.0 * v, "yes", "birch"),
            _ => (40.0 + 50.0 * u, 25.0 + 30.0 * v, "no", "beech"),
        };
        writeln!(table, "{length:.1},{width:.1},{teeth},{tree}").expect("a string takes all");
    }
    table
}
