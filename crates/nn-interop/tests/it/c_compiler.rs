//! The C header, compiled by the C compiler of this machine, gives what the library gives.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use ndarray::{Array1, Array2};
use nn_core::{Activation, Init, Model, NetworkBuilder, Normalization, Predictor};
use nn_interop::c_header;

use crate::models::{model, standardized};

/// Reads features as raw floats and writes outputs and the class likewise.
const MAIN: &str = r#"
#include <stdio.h>
#include "net.h"

int main(void)
{
    float features[NET_INPUTS], outputs[NET_OUTPUTS];
    while (fread(features, sizeof features, 1, stdin) == 1) {
        net_predict(features, outputs);
        float best = (float)net_argmax(outputs);
        fwrite(outputs, sizeof outputs, 1, stdout);
        fwrite(&best, sizeof best, 1, stdout);
    }
    return 0;
}
"#;

/// The compiler, if there is one.
fn compiler() -> Option<String> {
    let named = std::env::var("CC").ok();
    let candidates = named.into_iter().chain(["cc", "gcc", "clang"].map(str::to_owned));
    candidates.into_iter().find(|name| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    })
}

/// Outputs and class for each row of `features`, computed by the compiled header.
fn compiled(compiler: &str, model: &Model<f32>, features: &Array2<f32>) -> Vec<f32> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    c_header::write(model, "net", fs::File::create(path("net.h")).unwrap()).unwrap();
    fs::write(path("main.c"), MAIN).unwrap();
    let strict = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O1"];
    // The names of the classes are there for those who want them.
    let build = Command::new(compiler)
        .args(strict)
        .args(["-Wno-unused-variable", "-Wno-unused-const-variable", "-o"])
        .args([path("net"), path("main.c")])
        .arg("-lm")
        .output()
        .unwrap();
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    run(&path("net"), features)
}

fn run(program: &Path, features: &Array2<f32>) -> Vec<f32> {
    let mut child =
        Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let bytes: Vec<u8> = features.iter().flat_map(|value| value.to_ne_bytes()).collect();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout.as_chunks::<4>().0.iter().map(|&bytes| f32::from_ne_bytes(bytes)).collect()
}

#[track_caller]
fn check(compiler: &str, model: &Model<f32>) {
    let n_in = model.network.num_inputs();
    // Spread over both signs and some orders of magnitude, and the same in every run.
    let features = Array2::from_shape_fn((9, n_in), |(i, j)| {
        let offset = if matches!(model.normalization, Normalization::Standardize { .. }) && j == 0 {
            1e6
        } else {
            0.0
        };
        offset + (i as f32 - 4.0) * (1.0 + j as f32 * 0.37)
    });
    let found = compiled(compiler, model, &features);
    let mut predictor = Predictor::new(&model.network);
    for (row, found) in
        features.rows().into_iter().zip(found.chunks(model.network.num_outputs() + 1))
    {
        let raw = Array1::from_iter(row.iter().map(|&x| f64::from(x)));
        let normalized: Vec<f32> =
            model.normalization.apply(raw.view()).into_iter().map(|x| x as f32).collect();
        let expected = predictor.predict(&normalized).unwrap();
        for (expected, found) in expected.iter().zip(found) {
            let tolerance = 1e-5 * expected.abs().max(1.0);
            assert!((expected - found).abs() <= tolerance, "{}: {expected} {found}", model.network);
        }
        assert_eq!(nn_core::targets::argmax(expected) as f32, *found.last().unwrap());
    }
}

#[test]
fn compiled_headers_give_the_library_s_outputs() {
    let Some(compiler) = compiler() else {
        // CI has one, and refuses to go without.
        assert!(std::env::var_os("CI").is_none(), "no C compiler (cc, gcc, clang or $CC)");
        eprintln!("skipped: no C compiler (cc, gcc, clang or $CC)");
        return;
    };
    for activation in Activation::ALL {
        let (hidden, output) = match activation {
            Activation::Softmax => (Activation::Sigmoid, activation),
            other => (other, Activation::Identity),
        };
        check(&compiler, &model(hidden, output, Normalization::Scale(0.25)));
    }
    check(&compiler, &model(Activation::Tanh, Activation::Softmax, standardized()));
    check(&compiler, &model(Activation::Relu, Activation::Sigmoid, Normalization::None));
    // Without hidden layers, and with one: fewer buffers are declared.
    for sizes in [&[4, 2][..], &[4, 3, 2], &[2, 5, 3, 7, 2]] {
        let network = NetworkBuilder::<f32>::new(sizes).init(Init::XavierNormal).build(3).unwrap();
        check(&compiler, &Model::new(network, nn_core::Cost::Quadratic));
    }
}

#[test]
fn names_that_are_no_identifiers_are_refused() {
    let model = model(Activation::Relu, Activation::Softmax, Normalization::None);
    for name in ["", "2net", "net-1", "net h", "größe"] {
        let mut bytes = Vec::new();
        assert!(c_header::write(&model, name, &mut bytes).is_err(), "{name}");
        assert!(bytes.is_empty());
    }
}
