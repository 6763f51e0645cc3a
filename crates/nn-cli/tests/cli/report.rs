//! `report`: pages about runs and models.

use crate::sandbox::Sandbox;

/// A sandbox with a finished run of two epochs.
fn with_run() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox
        .ok(&["train", "--data", "sample", "--epochs", "2", "--hidden", "8", "--run", "a", "-q"]);
    sandbox
}

#[test]
fn runs_and_models_become_one_page() {
    let sandbox = with_run();
    let first = &sandbox.ok(&["report", "a", "--json"]).json()[0];
    assert_eq!(first["runs"][0]["epochs"], 2);
    let accuracy = first["runs"][0]["test_accuracy"].as_f64().unwrap();
    let page = String::from_utf8(sandbox.read("report.html")).unwrap();
    assert_eq!(first["file_bytes"].as_u64().unwrap(), page.len() as u64);
    assert!(page.contains(&format!("{:.2} %", accuracy * 100.0)));
    for part in ["Learning curves", "Confusion", "Calibration", "Worst mistakes", "Weights"] {
        assert!(page.contains(part), "{part}");
    }
    let measured = &sandbox.ok(&["evaluate", "runs/a/model.nnm", "--json"]).json()[0];
    assert_eq!(measured["accuracy"].as_f64(), Some(accuracy));
    // The same run by its folder and its model alone, side by side; the page may be replaced.
    let outcome = sandbox.ok(&["report", "runs/a", "runs/a/model.nnm"]);
    assert!(outcome.stdout.starts_with("Report written to report.html"), "{}", outcome.stdout);
    let page = String::from_utf8(sandbox.read("report.html")).unwrap();
    assert!(page.contains("2 runs compared"));
}

#[test]
fn what_is_no_run_and_what_is_no_page_are_refused() {
    let sandbox = with_run();
    sandbox.refuse(&["report", "none"], 5, "cannot read none");
    sandbox.refuse(&["report", "runs"], 2, "found no run.toml");
    sandbox.write("thesis.tex", b"\\documentclass");
    sandbox.refuse(&["report", "a", "-o", "thesis.tex"], 2, "found another file");
    assert_eq!(sandbox.read("thesis.tex"), b"\\documentclass");
    sandbox.refuse(&["report", "a", "-o", "no/such/page.html"], 5, "cannot write");
    sandbox.write("runs/a/run.toml", b"version = 3");
    sandbox.refuse(&["report", "a"], 4, "run.toml");
}

#[test]
fn without_its_data_a_run_is_shown_all_the_same() {
    let sandbox = with_run();
    let text = String::from_utf8(sandbox.read("runs/a/run.toml")).unwrap();
    let gone = text.replace("source = \"sample\"", "source = \"/no/such/folder\"");
    assert_ne!(text, gone);
    sandbox.write("runs/a/run.toml", gone.as_bytes());
    let outcome = sandbox.ok(&["report", "a"]);
    assert!(outcome.stderr.contains("the data can't be had"), "{}", outcome.stderr);
    let page = String::from_utf8(sandbox.read("report.html")).unwrap();
    assert!(page.contains("Learning curves") && !page.contains("Worst mistakes"));
    // Other data may be named; broken metrics are said and left out.
    let mut metrics = sandbox.read("runs/a/metrics.jsonl");
    metrics.extend(b"{\"epoch\":3,\"tr");
    sandbox.write("runs/a/metrics.jsonl", &metrics);
    let outcome = sandbox.ok(&["report", "a", "--data", "sample"]);
    assert!(outcome.stderr.contains("1 lines of metrics.jsonl"), "{}", outcome.stderr);
}

#[test]
fn a_hint_rests_on_the_health_that_training_recorded() {
    let sandbox = Sandbox::new();
    // Six sigmoid layers: next to no error reaches the first.
    let deep = "train --data sample --epochs 1 --hidden 20,20,20,20,20,20 --init scaled-normal \
                --run deep --quiet";
    sandbox.ok(&deep.split(' ').collect::<Vec<_>>());
    let hint = "gradient vanishes";
    let page = || {
        sandbox.ok(&["report", "deep"]);
        String::from_utf8(sandbox.read("report.html")).unwrap().to_lowercase()
    };
    assert!(page().contains(hint));
    // The model alone doesn't say so: without the record there is no hint.
    let text = String::from_utf8(sandbox.read("runs/deep/metrics.jsonl")).unwrap();
    let mut epoch: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
    assert_eq!(epoch["layers"].as_array().unwrap().len(), 7);
    epoch.as_object_mut().unwrap().remove("layers");
    sandbox.write("runs/deep/metrics.jsonl", format!("{epoch}\n").as_bytes());
    assert!(!page().contains(hint));
}
