//! What `train` does when all is well, and when MNIST can't be had.

use crate::sandbox::{Outcome, Sandbox};

const SHORT: [&str; 5] = ["train", "--data", "sample", "--epochs", "2"];

fn with<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&SHORT[..], args].concat()
}

#[test]
fn people_get_a_line_per_epoch_and_what_to_do_next() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.ok(&SHORT);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines.len(), 5, "{}", outcome.stdout);
    assert!(lines[0].contains("train cost") && lines[0].contains("validation"));
    assert!(lines[1].trim_start().starts_with("1/2 "));
    assert!(lines[3].starts_with("Test accuracy "), "{}", lines[3]);
    let kilobytes = std::fs::metadata(sandbox.path("model.nnm")).unwrap().len() as f64 / 1000.0;
    assert_eq!(lines[4], format!("Model saved to model.nnm ({kilobytes:.1} kB)"));
    assert!(outcome.stderr.contains("Training 784-30-10 (23,860 parameters) on 4,000 samples"));
    assert!(outcome.stderr.contains("nn-cli evaluate model.nnm"));
    assert!(!(outcome.stdout + &outcome.stderr).contains('\x1b'));
    assert_eq!(sandbox.names(), ["model.nnm"]);
}

#[test]
fn quiet_leaves_the_result() {
    let outcome = Sandbox::new().ok(&with(&["--quiet"]));
    assert_eq!(outcome.stdout.lines().count(), 2, "{}", outcome.stdout);
    assert_eq!(outcome.stderr, "");
}

#[test]
fn json_has_the_documented_fields() {
    let sandbox = Sandbox::new();
    let records = sandbox.ok(&with(&["--json", "--seed", "7"])).json();
    let events: Vec<&str> = records.iter().map(|r| r["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["start", "epoch", "epoch", "finish"]);
    assert_eq!(records[0]["schema"], 1);
    assert_eq!(records[0]["layers"], serde_json::json!([784, 30, 10]));
    assert_eq!((&records[0]["seed"], &records[0]["dataset"]), (&7.into(), &"sample".into()));
    assert_eq!(records[0]["learning_rate"], 3.0);
    assert_eq!(records[2]["test_accuracy"], records[3]["test_accuracy"]);
    assert!(records[3]["test_accuracy"].as_f64().unwrap() > 0.5);
    // Every field is in the documentation, so that it can't be forgotten there.
    let documentation = include_str!("../../../../docs/json.md");
    for record in &records {
        for field in record.as_object().unwrap().keys() {
            assert!(documentation.contains(&format!("`{field}`")), "{field} is not documented");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_file_whatever_the_threads() {
    let sandbox = Sandbox::new();
    for (threads, file) in [("1", "a.nnm"), ("2", "b.nnm"), ("3", "c.nnm"), ("auto", "d.nnm")] {
        sandbox.ok(&with(&["--hidden", "64", "--threads", threads, "-o", file]));
    }
    sandbox.ok(&with(&["--hidden", "64", "--seed", "8", "-o", "other.nnm"]));
    let first = sandbox.read("a.nnm");
    for file in ["b.nnm", "c.nnm", "d.nnm"] {
        assert!(sandbox.read(file) == first, "{file}");
    }
    assert!(sandbox.read("other.nnm") != first);
}

#[test]
fn the_model_carries_what_it_takes_to_use_it() {
    let sandbox = Sandbox::new();
    sandbox.ok(&with(&["--seed", "5", "--cost", "softmax-cross-entropy", "--lambda", "0.1"]));
    let bytes = sandbox.read("model.nnm");
    let model = nn_core::Model::<f32>::read_from(&bytes[..], &nn_core::Limits::default()).unwrap();
    assert_eq!(model.network.to_string(), "784-30-10 (sigmoid, softmax)");
    assert_eq!(model.normalization, nn_core::Normalization::Scale(1.0 / 255.0));
    assert_eq!(model.image_shape, Some((28, 28)));
    assert_eq!(model.class_names[9], "9");
    let provenance = model.provenance;
    assert_eq!((provenance.dataset.as_str(), provenance.seed, provenance.epochs), ("sample", 5, 2));
    let recipe = nn_train::Recipe::from_toml(&provenance.recipe).unwrap();
    assert_eq!((recipe.training.learning_rate, recipe.training.lambda), (0.5, 0.1));
    assert!(provenance.test_accuracy.unwrap() > 0.5);
}

#[test]
fn layers_activations_and_initialisers_can_be_chosen() {
    let sandbox = Sandbox::new();
    for args in [
        &["--layers", "784,10"][..],
        &["--layers", "784-16-12-10", "--activation", "tanh", "--init", "xavier-normal"],
        &["--hidden", "16,12", "--activation", "relu", "--cost", "softmax-cross-entropy"],
        &["--cost", "cross-entropy", "--init", "scaled-normal", "--validation", "0"],
        &["--batch-size", "4000", "--learning-rate", "1e-3"],
    ] {
        sandbox.ok(&with(args));
    }
}

#[test]
fn training_ends_early_where_that_is_asked_for() {
    let sandbox = Sandbox::new();
    let args = ["train", "--data", "sample", "--epochs", "60", "--hidden", "12", "--json"];
    let stopping = ["--cost", "cross-entropy", "--learning-rate", "3", "--patience", "2"];
    let records = sandbox.ok(&[&args[..], &stopping].concat()).json();
    let (epochs, finish) = (&records[1..records.len() - 1], records.last().unwrap());
    assert!(epochs.len() < 60, "{}", epochs.len());
    // The model is that of the best epoch, not of the last.
    let accuracy = |record: &serde_json::Value| record["validation_accuracy"].as_f64().unwrap();
    let best = epochs.iter().max_by(|a, b| accuracy(a).total_cmp(&accuracy(b))).unwrap();
    let last = &epochs[epochs.len() - 3];
    assert_eq!(accuracy(last), accuracy(best));
    assert_eq!(last["test_accuracy"], finish["test_accuracy"]);
    let none = [&args[..], &stopping, &["--validation", "0"]].concat();
    assert_eq!(sandbox.run(&none).code, 2);
}

#[test]
fn a_folder_of_the_user_s_own_is_taken() {
    let sandbox = Sandbox::new();
    let (train, test) = nn_data::sample::load();
    std::fs::create_dir(sandbox.path("my digits")).unwrap();
    nn_data::write_idx_folder(sandbox.path("my digits"), &train, &test).unwrap();
    let own =
        sandbox.ok(&["train", "--data", "my digits", "--epochs", "1", "--validation", "1000"]);
    sandbox.ok(&["train", "--data", "sample", "--epochs", "1", "-o", "sample.nnm"]);
    let weights = |name: &str| {
        let bytes = sandbox.read(name);
        nn_core::Model::<f32>::read_from(&bytes[..], &nn_core::Limits::default()).unwrap().network
    };
    assert!(weights("model.nnm") == weights("sample.nnm"));
    assert!(own.stderr.contains("of my digits for 1 epoch"), "{}", own.stderr);
    // Where to find those data again only the user knows.
    sandbox.refuse(&["evaluate", "model.nnm"], 2, "was trained on other data (`my digits`)");
    sandbox.ok(&["evaluate", "model.nnm", "--data", "my digits"]);
}

#[test]
fn without_a_source_of_mnist_that_is_said_and_the_sample_is_used() {
    let sandbox = Sandbox::new();
    for args in [&["train", "--epochs", "1"][..], &["train", "--epochs", "1", "--offline"]] {
        let outcome = sandbox.ok(args);
        assert!(
            outcome.stderr.contains("warning: MNIST is not on this machine and can't be had: ")
        );
        assert!(outcome.stderr.contains("using the embedded sample instead"), "{}", outcome.stderr);
        assert!(outcome.stdout.contains("Test accuracy"));
    }
    // The model remembers the sample, so nothing is fetched again.
    let outcome = sandbox.ok(&["evaluate", "model.nnm"]);
    assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
}

#[test]
fn without_a_source_of_mnist_and_without_fallback_it_fails() {
    let sandbox = Sandbox::new();
    let strict = ["train", "--data", "mnist", "--no-fallback"];
    let outcome = sandbox.run(&strict);
    outcome.assert_refused(6, "no source gave MNIST", "closed ports");
    assert!(outcome.stderr.contains("hint: "), "{}", outcome.stderr);
    sandbox.refuse(
        &[&strict[..], &["--offline"]].concat(),
        6,
        "nothing may be fetched (--offline)",
    );
}

#[test]
fn flags_win_over_the_environment_and_empty_variables_are_unset() {
    let sandbox = Sandbox::new();
    let run = |variables: &[(&str, &str)], args: &[&str]| {
        Outcome::of(sandbox.command(args).envs(variables.iter().copied()))
    };
    let threads = |outcome: &Outcome| outcome.json()[0]["threads"].as_u64().unwrap();
    let args = with(&["--json"]);
    assert_eq!(threads(&run(&[("NN_THREADS", "3")], &args)), 3);
    assert_eq!(threads(&run(&[("NN_THREADS", "3")], &with(&["--json", "--threads", "2"]))), 2);
    assert_eq!(run(&[("NN_THREADS", ""), ("NN_DATA_DIR", "")], &args).code, 0);
    assert_eq!(run(&[("NN_THREADS", "many")], &args).code, 2);
    let mnist = ["train", "--offline", "--no-fallback"];
    let outcome = run(&[("NN_DATA_DIR", "from-variable")], &mnist);
    assert!(outcome.stderr.contains("from-variable"), "{}", outcome.stderr);
    let flag = [&mnist[..], &["--data-dir", "from-flag"]].concat();
    let outcome = run(&[("NN_DATA_DIR", "from-variable")], &flag);
    assert!(outcome.stderr.contains("from-flag"), "{}", outcome.stderr);
}

#[test]
fn a_model_is_replaced_and_another_file_is_not() {
    let sandbox = Sandbox::with_model();
    let before = sandbox.read("model.nnm");
    sandbox.ok(&with(&["-q"]));
    assert!(sandbox.read("model.nnm") != before);
    sandbox.write("thesis.tex", b"\\documentclass{book}");
    let onto = with(&["-q", "--output", "thesis.tex"]);
    sandbox.refuse(&onto, 2, "--output thesis.tex: expected a new file or a model");
    assert_eq!(sandbox.read("thesis.tex"), b"\\documentclass{book}");
    sandbox.ok(&[&onto[..], &["--force"]].concat());
    assert!(sandbox.read("thesis.tex").starts_with(b"\x89NNM"));
}

#[test]
fn divergence_is_named_and_leaves_the_old_model() {
    let sandbox = Sandbox::with_model();
    let before = sandbox.read("model.nnm");
    let rate =
        ["--learning-rate", "1e20", "--activation", "relu", "--output-activation", "identity"];
    let outcome = sandbox.run(&with(&rate));
    assert_eq!(outcome.code, 7, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("error: training diverged: the "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains(" of layer ") && outcome.stderr.contains("in epoch 1, "));
    assert!(outcome.stderr.contains("learning rate 100000000000000000000"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("hint: try --learning-rate 10000000000000000000;"));
    assert!(sandbox.read("model.nnm") == before);

    let outcome = sandbox.run(&[&with(&rate)[..], &["--json"]].concat());
    let records = outcome.json();
    let last = records.last().unwrap();
    assert_eq!((&last["event"], &last["exit_code"]), (&"error".into(), &7.into()));
}
