//! `export` and `import`: models for and from other tools.

use std::collections::HashMap;

use crate::sandbox::Sandbox;

#[test]
fn every_format_is_written_and_named() {
    let sandbox = Sandbox::with_model();
    for (format, file, start) in [
        ("safetensors", "model.safetensors", &b""[..]),
        ("onnx", "model.onnx", b"\x08\x0a"),
        ("json", "model.json", b"{\"format\":\"nn-rs\""),
        ("c", "model.h", b"/* A neural network"),
    ] {
        let outcome = sandbox.ok(&["export", "model.nnm", "--format", format]);
        assert_eq!(outcome.stdout, "");
        assert!(outcome.stderr.contains(&format!("as {format}: {file}")), "{}", outcome.stderr);
        assert!(sandbox.read(file).starts_with(start), "{file}");
    }
    // The extension names the format too, and JSON says what was done.
    let outcome = sandbox.ok(&["export", "model.nnm", "-o", "other.ONNX", "--json"]);
    let result = &outcome.json()[0];
    assert_eq!(result["format"], "onnx");
    assert_eq!(result["file_bytes"], sandbox.read("other.ONNX").len());
    assert_eq!(sandbox.read("other.ONNX"), sandbox.read("model.onnx"));
    assert_eq!(sandbox.names().len(), 6);
}

#[test]
fn what_is_exported_comes_back_bit_by_bit() {
    let sandbox = Sandbox::with_model();
    sandbox.ok(&["export", "model.nnm", "-o", "net.safetensors"]);
    let outcome = sandbox.ok(&["import", "net.safetensors", "--json"]);
    let result = &outcome.json()[0];
    assert_eq!(result["layers"], serde_json::json!([784, 20, 10]));
    assert_eq!(result["activations"], serde_json::json!(["sigmoid", "sigmoid"]));
    assert_eq!(result["model"], "net.nnm");
    assert_eq!(sandbox.read("net.nnm"), sandbox.read("model.nnm"));
}

/// What a tool without our metadata would have written.
fn without_metadata(bytes: &[u8]) -> Vec<u8> {
    let length = u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    let header = &bytes[8..8 + length];
    let mut tensors: HashMap<String, serde_json::Value> = serde_json::from_slice(header).unwrap();
    tensors.remove("__metadata__");
    let header = serde_json::to_vec(&tensors).unwrap();
    [&(header.len() as u64).to_le_bytes()[..], &header, &bytes[8 + length..]].concat()
}

#[test]
fn a_file_of_another_tool_works_once_it_is_described() {
    let sandbox = Sandbox::with_model();
    sandbox.ok(&["export", "model.nnm", "--format", "safetensors"]);
    sandbox.write("bare.safetensors", &without_metadata(&sandbox.read("model.safetensors")));
    let outcome = sandbox.refuse(&["import", "bare.safetensors"], 2, "activations of its 2 layers");
    assert!(outcome.stderr.contains("--layers relu,softmax"), "{}", outcome.stderr);
    let describe = ["import", "bare.safetensors", "--layers", "sigmoid,sigmoid"];
    let more = ["--cost", "quadratic", "--scale", "1/255", "--image-shape", "28x28"];
    sandbox.ok(&[&describe[..], &more].concat());

    let evaluate = |model: &str| {
        let outcome = sandbox.ok(&["evaluate", model, "--data", "sample", "--json"]);
        let result = outcome.json().remove(0);
        (result["correct"].clone(), result["mean_cost"].clone(), result["confusion"].clone())
    };
    assert_eq!(evaluate("bare.nnm"), evaluate("model.nnm"));
    let outcome = sandbox.ok(&["predict", "bare.nnm", "0", "--data", "sample", "--json"]);
    assert_eq!(outcome.json()[0]["confidences"].as_array().unwrap().len(), 10);

    // A mean of 0 and a deviation of 1 change nothing but the way of counting.
    let shifted = ["--scale", "1/255", "--mean", "0", "--deviation", "1", "-o", "shifted.nnm"];
    sandbox.ok(&[&describe[..], &["--cost", "quadratic"], &shifted].concat());
    assert_eq!(evaluate("shifted.nnm").0, evaluate("model.nnm").0);
}

#[test]
fn nothing_is_replaced_unasked() {
    let sandbox = Sandbox::with_model();
    sandbox.write("notes.json", b"mine");
    let export = ["export", "model.nnm", "-o", "notes.json"];
    let outcome = sandbox.refuse(&export, 2, "found one that is there");
    assert!(outcome.stderr.contains("--force"), "{}", outcome.stderr);
    assert_eq!(sandbox.read("notes.json"), b"mine");
    sandbox.ok(&[&export[..], &["--force"]].concat());
    let onto = ["export", "model.nnm", "-o", "model.nnm", "--format", "json", "--force"];
    sandbox.refuse(&onto, 2, "expected another file than MODEL");

    sandbox.ok(&["export", "model.nnm", "--format", "safetensors"]);
    let import = ["import", "model.safetensors", "-o", "notes.json"];
    sandbox.refuse(&import, 2, "expected a new file or a model");
    sandbox.ok(&[&import[..], &["--force"]].concat());
}

#[test]
fn what_does_not_fit_names_its_flag() {
    let sandbox = Sandbox::with_model();
    sandbox.refuse(&["export", "model.nnm"], 2, "--format: expected one of safetensors, onnx");
    sandbox.refuse(&["export", "model.nnm", "-o", "m.pickle"], 2, "its name is that of no format");
    sandbox.refuse(&["export", "none.nnm", "--format", "c"], 5, "cannot read none.nnm");
    sandbox.refuse(&["export", "model.nnm", "-o", "no/such/m.h"], 5, "does not exist");

    sandbox.ok(&["export", "model.nnm", "--format", "safetensors"]);
    for (flag, value, message) in [
        ("--layers", "relu", "--layers: expected an activation for each of the 2 layers, found 1"),
        ("--layers", "softmax,relu", "--layers: softmax is an output activation"),
        ("--cost", "softmax-cross-entropy", "--cost: the softmax-cross-entropy cost needs softmax"),
        ("--classes", "a,b", "--classes: class names: expected 10, found 2"),
        ("--image-shape", "28x30", "--image-shape: pixels of an image: expected 784, found 840"),
    ] {
        let args = ["import", "model.safetensors", "-o", "new.nnm", flag, value];
        sandbox.refuse(&args, 2, message);
    }
    for (flag, value, message) in [
        ("--image-shape", "28", "expected rows and columns"),
        ("--scale", "1/0", "expected a number, or a fraction"),
        ("--deviation", "0", "--deviation"),
        ("--layers", "rellu,softmax", "'relu'"),
    ] {
        let outcome = sandbox.run(&["import", "model.safetensors", flag, value]);
        assert_eq!(outcome.code, 2);
        assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
    }
    assert!(!sandbox.path("new.nnm").exists());
}

#[test]
fn hostile_files_are_refused_by_their_name() {
    let sandbox = Sandbox::with_model();
    sandbox.ok(&["export", "model.nnm", "--format", "safetensors"]);
    let good = sandbox.read("model.safetensors");
    let refuse = |bytes: &[u8], message: &str| {
        sandbox.write("bad.safetensors", bytes);
        let outcome = sandbox.refuse(&["import", "bad.safetensors"], 4, message);
        assert!(outcome.stderr.starts_with("error: bad.safetensors: "), "{}", outcome.stderr);
        assert!(!sandbox.path("bad.nnm").exists());
    };
    refuse(b"", "the file is empty");
    refuse(b"PK\x03\x04 as PyTorch writes", "is this a safetensors file?");
    refuse(&u64::MAX.to_le_bytes(), "found the length 18446744073709551615");
    refuse(&good[..good.len() - 1], "damaged");
    refuse(&[&good[..], b"x"].concat(), "damaged");
    let mut nan = good.clone();
    let end = nan.len();
    nan[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    refuse(&nan, "`2.bias`: expected finite numbers within f32, found NaN at place 9");
    refuse(&sandbox.read("model.nnm"), "is this a safetensors file?");
    sandbox.refuse(&["import", "none.safetensors"], 5, "cannot read none.safetensors");
}

#[test]
fn a_page_to_draw_on_holds_the_model() {
    let sandbox = Sandbox::with_model();
    let result = &sandbox.ok(&["export", "model.nnm", "--format", "html", "--json"]).json()[0];
    assert_eq!(
        (result["format"].as_str(), result["file"].as_str()),
        (Some("html"), Some("model.html"))
    );
    let page = String::from_utf8(sandbox.read("model.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("function predict("));
    let small = ["export", "model.nnm", "-o", "small.html", "--weights", "i8", "--language", "es"];
    sandbox.ok(&small);
    let small = String::from_utf8(sandbox.read("small.html")).unwrap();
    assert!(small.len() < page.len() && small.contains("lang=\"es\""));
    sandbox.refuse(&["export", "model.nnm", "-o", "model.html"], 2, "found one that is there");
}
