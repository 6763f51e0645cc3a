//! What `evaluate` measures.

use crate::sandbox::Sandbox;

#[test]
fn it_measures_what_training_measured() {
    let sandbox = Sandbox::new();
    let train = ["train", "--data", "sample", "--epochs", "2", "--json"];
    let trained = sandbox.ok(&train).json();
    let result = &sandbox.ok(&["evaluate", "model.nnm", "--json"]).json()[0];
    let finish = trained.last().unwrap();
    assert_eq!(result["accuracy"], finish["test_accuracy"]);
    assert_eq!(result["mean_cost"], finish["test_cost"]);
    assert_eq!(result["correct"], finish["test_correct"]);
    let validation =
        &sandbox.ok(&["eval", "model.nnm", "--split", "validation", "--json"]).json()[0];
    assert_eq!(validation["accuracy"], trained[2]["validation_accuracy"]);
    let train = &sandbox.ok(&["eval", "model.nnm", "--split", "train", "--json"]).json()[0];
    assert_eq!(train["samples"], 4_000);
}

#[test]
fn counts_add_up_and_every_field_is_documented() {
    let result = &Sandbox::with_model().ok(&["evaluate", "model.nnm", "--json"]).json()[0];
    let confusion: Vec<Vec<u64>> = serde_json::from_value(result["confusion"].clone()).unwrap();
    let all: u64 = confusion.iter().flatten().sum();
    let right: u64 = (0..10).map(|class| confusion[class][class]).sum();
    assert_eq!((all, right), (1_000, result["correct"].as_u64().unwrap()));
    let recall = confusion[3][3] as f64 / confusion[3].iter().sum::<u64>() as f64;
    assert_eq!(result["classes"][3]["recall"], recall);
    let documentation = include_str!("../../../../docs/json.md");
    let class = result["classes"][0].as_object().unwrap();
    for field in result.as_object().unwrap().keys().chain(class.keys()) {
        assert!(documentation.contains(&format!("`{field}`")), "{field} is not documented");
    }
}

#[test]
fn people_get_tables() {
    let outcome = Sandbox::with_model().ok(&["evaluate", "model.nnm"]);
    let text = &outcome.stdout;
    assert!(text.starts_with("accuracy   "), "{text}");
    assert_eq!(text.lines().filter(|line| line.ends_with("100")).count(), 10, "{text}");
    assert!(text.contains("confusion matrix (row: actual class, column: predicted class)"));
    assert!(outcome.stderr.contains("model.nnm: 784-20-10 (sigmoid, sigmoid)"));
}

#[test]
fn a_committee_of_one_mind_is_that_mind_and_of_several_is_no_worse_than_the_worst() {
    let sandbox = Sandbox::with_model();
    let evaluate = |models: &[&str]| {
        let args = [&["evaluate", "--json"], models].concat();
        sandbox.ok(&args).json().remove(0)
    };
    let alone = evaluate(&["model.nnm"]);
    let twice = evaluate(&["model.nnm", "model.nnm"]);
    assert_eq!(alone["confusion"], twice["confusion"]);
    let near = |a: &serde_json::Value, b: &serde_json::Value| {
        (a["mean_cost"].as_f64().unwrap() - b["mean_cost"].as_f64().unwrap()).abs() < 1e-6
    };
    assert!(near(&alone, &twice));
    let train = ["train", "--data", "sample", "--epochs", "4", "--cost", "softmax-cross-entropy"];
    for (seed, file) in [("5", "a.nnm"), ("6", "b.nnm")] {
        sandbox.ok(&[&train[..], &["--seed", seed, "-o", file]].concat());
    }
    let (a, b, both) = (evaluate(&["a.nnm"]), evaluate(&["b.nnm"]), evaluate(&["a.nnm", "b.nnm"]));
    let accuracy = |result: &serde_json::Value| result["accuracy"].as_f64().unwrap();
    assert!(accuracy(&both) >= accuracy(&a).min(accuracy(&b)));
    assert!(near(&a, &evaluate(&["a.nnm", "a.nnm"])));
    // Outputs of different costs mean different things.
    sandbox.refuse(&["evaluate", "model.nnm", "a.nnm"], 3, "expected the cost quadratic");
}

#[test]
fn a_split_that_is_not_there_is_refused() {
    let args = ["evaluate", "model.nnm", "--split", "validation", "--validation", "0"];
    Sandbox::with_model().refuse(&args, 2, "has no validation samples");
}
