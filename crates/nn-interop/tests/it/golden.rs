//! Committed files: a change of what is written is seen in review, and files written once
//! stay readable.
//!
//! `UPDATE_GOLDEN=1 cargo test -p nn-interop golden` writes them anew.

use std::fs;
use std::path::PathBuf;

use nn_core::{Activation, Model, Normalization};
use nn_interop::onnx::InputType;
use nn_interop::{ImportOptions, c_header, json, onnx, safetensors};

use crate::models::model;

fn golden() -> Model<f32> {
    model(Activation::Relu, Activation::Softmax, Normalization::Scale(1.0 / 255.0))
}

#[track_caller]
fn check(name: &str, found: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, found).unwrap();
    }
    let expected = fs::read(&path).unwrap();
    assert!(expected == found, "{name} has changed; see the first lines of golden.rs");
}

#[test]
fn safetensors_is_as_committed() {
    let mut bytes = Vec::new();
    safetensors::write(&golden(), &mut bytes).unwrap();
    check("model.safetensors", &bytes);
    let committed = include_bytes!("../golden/model.safetensors");
    let read = safetensors::read(&committed[..], &ImportOptions::default()).unwrap();
    assert_eq!(read, golden());
}

#[test]
fn onnx_is_as_committed() {
    let mut bytes = Vec::new();
    onnx::write(&golden(), InputType::Float, &mut bytes).unwrap();
    check("model.onnx", &bytes);
}

#[test]
fn json_is_as_committed() {
    let mut bytes = Vec::new();
    json::write(&golden(), &mut bytes).unwrap();
    check("model.json", &bytes);
    let text: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let weight = text["layers"][0]["weights"][1][5].as_f64().unwrap();
    assert_eq!(weight as f32, golden().network.layers()[0].weights()[[5, 1]]);
    assert_eq!(text["normalization"]["kind"], "scale");
}

#[test]
fn the_c_header_is_as_committed() {
    let mut bytes = Vec::new();
    c_header::write(&golden(), "golden", &mut bytes).unwrap();
    check("model.h", &bytes);
}
