//! `nn-cli inspect`: what is told of a model, and of what is none.

use crate::sandbox::Sandbox;

#[test]
fn what_is_told_is_what_the_file_holds() {
    let sandbox = Sandbox::with_model();
    let told = sandbox.ok(&["inspect", "model.nnm", "--json"]).json().remove(0);
    let bytes = sandbox.read("model.nnm");
    let checksum = told["checksum"].as_str().unwrap();
    let byte = |i: usize| u8::from_str_radix(&checksum[2 * i..2 * i + 2], 16).unwrap();
    assert_eq!((0..32).map(byte).collect::<Vec<u8>>(), bytes[24..56]);
    assert_eq!(told["bytes"], bytes.len());
    assert_eq!(told["sizes"], serde_json::json!([784, 20, 10]));
    assert_eq!(told["normalization"], "x / 255");
    assert_eq!(told["image_shape"], serde_json::json!([28, 28]));
    assert_eq!(told["epochs"], 4);

    let model = nn_core::Model::<f32>::read_from(&bytes[..], &nn_core::Limits::default()).unwrap();
    let weights = model.network.layers()[1].weights();
    let mean = weights.iter().map(|&w| f64::from(w)).sum::<f64>() / 200.0;
    let layer = &told["layers"][1];
    assert_eq!(layer["layer"], 3);
    assert_eq!(layer["weights"]["count"], 200);
    assert_eq!(layer["weights"]["mean"], mean);
    assert_eq!(layer["biases"]["count"], 10);
}

#[test]
fn the_text_names_layers_data_and_file() {
    let sandbox = Sandbox::with_model();
    let outcome = sandbox.ok(&["inspect", "model.nnm", "model.nnm"]);
    assert_eq!(outcome.stderr, "");
    for part in
        ["model.nnm: 784-20-10, 15,910 parameters", "784×20", "on sample, 4 epochs", "x / 255"]
    {
        assert_eq!(outcome.stdout.matches(part).count(), 2, "{part}: {}", outcome.stdout);
    }
}

#[test]
fn what_is_no_model_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("text.nnm", b"not a model");
    sandbox.refuse(&["inspect", "text.nnm"], 4, "not a model file");
    sandbox.refuse(&["inspect", "none.nnm"], 5, "cannot read none.nnm");
}
