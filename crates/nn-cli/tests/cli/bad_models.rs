//! Model files that are damaged, hostile or not there: exit 4, or 5 where the file system refuses.

use std::io::Write;

use crate::sandbox::{Sandbox, trained_model};

#[track_caller]
fn refuse(sandbox: &Sandbox, bytes: &[u8], message: &str) {
    sandbox.write("bad.nnm", bytes);
    for args in [&["evaluate", "bad.nnm"][..], &["predict", "bad.nnm", "0"]] {
        let outcome = sandbox.refuse(args, 4, message);
        assert!(outcome.stderr.starts_with("error: bad.nnm: "), "{}", outcome.stderr);
    }
}

#[test]
fn other_files_are_refused() {
    let sandbox = Sandbox::new();
    refuse(&sandbox, b"", "the file is empty");
    refuse(&sandbox, b"PK\x03\x04weights", "such as a PyTorch");
    refuse(&sandbox, b"<html>", "an HTML or XML page");
    refuse(&sandbox, b"hello", "looks like text");
    refuse(&sandbox, &[0; 100], "a file of zeros");
}

#[test]
fn headers_that_lie_are_refused() {
    let sandbox = Sandbox::new();
    let change = |at: usize, bytes: &[u8], message: &str| {
        let mut model = trained_model().to_vec();
        model[at..at + bytes.len()].copy_from_slice(bytes);
        refuse(&sandbox, &model, message);
    };
    change(8, &3_u32.to_le_bytes(), "written by a newer version");
    change(12, &57_u32.to_le_bytes(), "header length");
    change(16, &u64::MAX.to_le_bytes(), "");
    change(16, &(1_u64 << 40).to_le_bytes(), "");
    change(24, &[0; 32], "checksum");
    refuse(&sandbox, &[trained_model(), b"x"].concat(), "there are bytes after the end");
}

/// A model file of this payload, with a right checksum; of version 1, as those of classifications.
fn seal(payload: &[u8]) -> Vec<u8> {
    let format = nn_core::Container::<0> {
        magic: nn_core::model_file::MAGIC,
        version: 1,
        name: "a model file",
    };
    let mut file = Vec::new();
    let write = |sink: &mut nn_core::container::Sink<'_>| sink.write_all(payload);
    format.write([], &mut file, write).unwrap();
    file
}

#[test]
fn lies_under_a_right_checksum_are_refused() {
    let sandbox = Sandbox::new();
    let payload = &trained_model()[56..];
    let find = |bytes: &[u8]| payload.windows(bytes.len()).position(|w| w == bytes).unwrap();
    let change = |at: usize, bytes: &[u8], message: &str| {
        let mut payload = payload.to_vec();
        payload[at..at + bytes.len()].copy_from_slice(bytes);
        refuse(&sandbox, &seal(&payload), message);
    };
    assert!(seal(payload) == trained_model());
    // The sizes follow the name of the number type and their count.
    let sizes = find(b"f32") + 3 + 8;
    change(sizes - 8, &u64::MAX.to_le_bytes(), "the description ends too early");
    change(sizes, &(1_u64 << 60).to_le_bytes(), "is larger than the address space");
    change(sizes + 8, &19_u64.to_le_bytes(), "the number of weights of layer 2: ");
    change(sizes + 16, &0_u64.to_le_bytes(), "layer 3 has no units");
    change(find(b"sigmoid"), b"sigmoix", "unknown activation `sigmoix`");
    let last_bias = payload.len() - 4;
    change(last_bias, &f32::NAN.to_le_bytes(), "layer 3 holds a weight or bias that is not finite");
    refuse(&sandbox, &seal(&payload[..payload.len() - 1]), "the file has");
    refuse(&sandbox, &seal(&[payload, b"x"].concat()), "the payload holds 1 bytes after");
}

#[test]
fn no_flipped_bit_and_no_truncation_gets_through() {
    let sandbox = Sandbox::new();
    let model = trained_model();
    let refused = |bytes: &[u8], what: String| {
        sandbox.write("bad.nnm", bytes);
        let outcome = sandbox.run(&["predict", "bad.nnm", "0"]);
        outcome.assert_refused(4, "bad.nnm: ", &what);
    };
    // Some places all over the file; nn-core's own tests try every bit of a small one.
    for i in 0..40 {
        let at = i * (model.len() - 1) / 39;
        let mut flipped = model.to_vec();
        flipped[at] ^= 1 << (i % 8);
        refused(&flipped, format!("bit {} of byte {at}", i % 8));
        refused(&model[..at], format!("the first {at} bytes"));
    }
}

#[test]
fn what_the_file_system_refuses_is_exit_5() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.refuse(&["evaluate", "none.nnm"], 5, "cannot read none.nnm: ");
    assert!(outcome.stderr.contains("hint: train one"), "{}", outcome.stderr);
    std::fs::create_dir(sandbox.path("folder")).unwrap();
    sandbox.refuse(&["predict", "folder", "0"], 5, "cannot read folder: is a directory");
}

#[test]
fn data_of_another_shape_are_refused() {
    let sandbox = Sandbox::with_model();
    let set = |features: usize, classes: usize| {
        let features = nn_data::Features::U8(ndarray::Array2::ones((12, features)));
        let labels = (0..12).map(|i| (i % classes) as u16).collect();
        let names = (0..classes).map(|class| class.to_string()).collect();
        nn_data::Dataset::new("set", features, labels, names).unwrap()
    };
    for (folder, features, classes, message) in [
        ("small", 783, 10, "model.nnm takes 784 features, small has 783"),
        ("few", 784, 9, "model.nnm takes 10 classes, few has 9"),
    ] {
        std::fs::create_dir(sandbox.path(folder)).unwrap();
        let set = set(features, classes);
        nn_data::write_idx_folder(sandbox.path(folder), &set, &set).unwrap();
        sandbox.refuse(&["evaluate", "model.nnm", "--data", folder], 3, message);
        sandbox.refuse(&["predict", "model.nnm", "0", "--data", folder], 3, message);
    }
}
