//! `nn-cli doctor`: each check, and how the program ends.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::sandbox::{Outcome, Sandbox};

fn statuses(outcome: &Outcome) -> BTreeMap<String, String> {
    let checks = outcome.json().remove(0)["checks"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    checks.iter().map(|check| (text(&check["name"]), text(&check["status"]))).collect()
}

#[test]
fn a_fresh_machine_is_told_what_is_missing() {
    let outcome = Sandbox::new().ok(&["doctor", "--quick", "--json"]);
    let statuses = statuses(&outcome);
    assert_eq!(statuses["MNIST"], "warn");
    for name in ["threads", "data folder", "this folder"] {
        assert_eq!(statuses[name], "ok", "{name}");
    }
    assert_eq!(outcome.json()[0]["speed"], Value::Null);
}

#[test]
fn speeds_are_measured() {
    let outcome = Sandbox::new().ok(&["doctor", "--json"]);
    let speed = outcome.json().remove(0)["speed"].clone();
    for name in ["gflops_one", "gflops_all", "copy_gbs_one", "copy_gbs_all"] {
        assert!(speed[name].as_f64().unwrap() > 0.0, "{speed}");
    }
}

#[test]
fn damaged_data_fail_with_the_exit_code_of_data() {
    let sandbox = Sandbox::new();
    for part in ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"] {
        sandbox.write(format!("cache/mnist/{part}-ubyte"), b"no images");
    }
    let outcome = sandbox.run(&["doctor", "--quick", "--data-dir", "cache"]);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    assert!(outcome.stdout.contains("fail  MNIST"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("→ delete the file"), "{}", outcome.stdout);
    assert!(outcome.stderr.contains("error: this machine is not ready: MNIST"));
}

#[test]
fn a_variable_that_makes_no_sense_is_named() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(["doctor", "--quick"]);
    let outcome = Outcome::of(command.env("NN_THREADS", "many"));
    assert_eq!(outcome.code, 2);
    assert!(outcome.stdout.contains("NN_THREADS"), "{}", outcome.stdout);
}
