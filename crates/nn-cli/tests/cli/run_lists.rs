//! `nn-cli runs`: lists, comparisons and pruning of what `train --run` left.

use std::time::{Duration, SystemTime};

use nn_train::RunFolder;
use serde_json::Value;

use crate::sandbox::{Outcome, Sandbox};

/// A sandbox with the runs `first`, `second` and `third`, changed in this order, an hour apart.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let train = ["train", "--data", "sample", "--hidden", "4", "-q", "--batch-size", "50", "--run"];
    sandbox.ok(&[&train[..], &["first", "--epochs", "1"]].concat());
    sandbox.ok(&[&train[..], &["second", "--epochs", "2", "--lambda", "1"]].concat());
    sandbox.ok(&[&train[..], &["third", "--epochs", "1"]].concat());
    for (name, hours) in [("first", 3), ("second", 2), ("third", 1)] {
        let then = SystemTime::now() - Duration::from_secs(3_600 * hours);
        let folder = sandbox.path("runs").join(name);
        let checkpoints = std::fs::read_dir(folder.join("checkpoints")).unwrap();
        for entry in std::fs::read_dir(&folder).unwrap().chain(checkpoints) {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::File::options()
                    .append(true)
                    .open(path)
                    .unwrap()
                    .set_modified(then)
                    .unwrap();
            }
        }
    }
    sandbox
}

fn names(values: &[Value]) -> Vec<&str> {
    values.iter().map(|value| value["run"].as_str().unwrap()).collect()
}

#[test]
fn runs_are_listed_shown_and_compared() {
    let sandbox = sandbox();
    let listed = sandbox.ok(&["runs", "--json"]).json();
    assert_eq!(names(&listed), ["third", "second", "first"]);
    let second = &listed[1];
    assert_eq!((&second["state"], &second["epochs_done"]), (&"finished".into(), &2.into()));
    let metrics = String::from_utf8(sandbox.read("runs/second/metrics.jsonl")).unwrap();
    let last: Value = serde_json::from_str(metrics.lines().last().unwrap()).unwrap();
    assert_eq!(second["test_accuracy"], last["test_accuracy"]);

    let shown = sandbox.ok(&["runs", "show", "second", "--json"]).json().remove(0);
    assert_eq!(shown["settings"]["training"]["lambda"], 1.0);
    assert_eq!(shown["history"].as_array().unwrap().len(), 2);
    let text = sandbox.ok(&["runs", "show", "runs/second"]).stdout;
    assert!(text.contains("lambda = 1.0") && text.contains("  best"), "{text}");

    let compared = sandbox.ok(&["runs", "compare", "first", "second", "--json"]).json().remove(0);
    let differences = compared["differences"].as_array().unwrap();
    let settings: Vec<&str> = differences.iter().map(|d| d["setting"].as_str().unwrap()).collect();
    assert_eq!(settings, ["training.epochs", "training.lambda"]);
    let text = sandbox.ok(&["runs", "compare", "first", "third"]).stdout;
    assert!(text.contains("All settings are the same."), "{text}");
}

#[test]
fn pruning_deletes_what_is_old_and_many_and_nothing_else() {
    let sandbox = sandbox();
    let would = sandbox.ok(&["runs", "prune", "--keep", "1", "--dry-run", "--json"]).json();
    assert_eq!(names(&would), ["second", "first"]);
    assert!(would.iter().all(|run| run["deleted"] == false));
    assert!(sandbox.path("runs/first/model.nnm").is_file());

    // Both conditions have to be met.
    let pruned = sandbox.ok(&["runs", "prune", "--keep", "1", "--older-than", "150m", "--json"]);
    assert_eq!(names(&pruned.json()), ["first"]);
    assert!(!sandbox.path("runs/first").exists());

    // A run that a process works on stays, whatever is asked for.
    let lock = RunFolder::open(&sandbox.path("runs/second")).unwrap();
    assert_eq!(sandbox.ok(&["runs", "--json"]).json()[1]["state"], "running");
    let pruned = sandbox.ok(&["runs", "prune", "--keep", "0"]);
    assert_eq!(pruned.stdout, "third\n");
    assert!(pruned.stderr.contains("second is being trained and stays"), "{}", pruned.stderr);
    drop(lock);
    sandbox.ok(&["runs", "prune", "--older-than", "0m"]);
    assert_eq!(sandbox.ok(&["runs"]).stdout, "");
}

#[test]
fn what_is_no_run_is_refused_or_left_alone() {
    let sandbox = Sandbox::new();
    let listed = sandbox.ok(&["runs"]);
    assert_eq!(listed.stdout, "");
    assert!(listed.stderr.contains("There are no runs in runs."), "{}", listed.stderr);
    sandbox.refuse(&["runs", "show", "none"], 2, "there is no folder");
    sandbox.write("runs/odd/run.toml", b"seed = 1");
    assert!(sandbox.ok(&["runs"]).stdout.contains("unreadable"));
    let pruned = sandbox.ok(&["runs", "prune", "--keep", "0"]);
    assert!(pruned.stderr.contains("it stays"), "{}", pruned.stderr);
    assert!(sandbox.path("runs/odd/run.toml").is_file());
    assert_eq!(sandbox.run(&["runs", "prune"]).code, 2);
    assert!(sandbox.run(&["runs", "shwo", "x"]).stderr.contains("'show'"));
}

#[test]
fn a_dry_run_prints_a_recipe_and_writes_nothing() {
    let sandbox = Sandbox::new();
    let settings = ["--data", "sample", "--hidden", "4", "--epochs", "2", "--seed", "7"];
    let dry = sandbox.ok(&[&["train", "--dry-run", "--run", "r"][..], &settings].concat());
    assert!(sandbox.names().is_empty(), "{:?}", sandbox.names());
    for part in ["seed = 7", "# 784-4-10 (3,190 parameters) on 4,000 samples", "# memory", "# time"]
    {
        assert!(dry.stdout.contains(part), "{part}: {}", dry.stdout);
    }

    // What was printed trains the same model.
    sandbox.write("dry.toml", dry.stdout.as_bytes());
    sandbox.ok(&["train", "-q", "--recipe", "dry.toml", "--output", "recipe.nnm"]);
    sandbox.ok(&[&["train", "-q", "--output", "flags.nnm"][..], &settings].concat());
    let model = |name| {
        let bytes = sandbox.read(name);
        nn_core::Model::<f32>::read_from(&bytes[..], &nn_core::Limits::default()).unwrap().network
    };
    assert_eq!(model("recipe.nnm"), model("flags.nnm"));

    let dry = sandbox.ok(&[&["train", "--dry-run", "--json"][..], &settings].concat());
    let plan = dry.json().remove(0);
    let per_epoch = plan["seconds_per_epoch"].as_f64().unwrap();
    assert_eq!(plan["seconds"].as_f64().unwrap(), 2.0 * per_epoch);
    assert!(per_epoch > plan["evaluation_seconds_per_epoch"].as_f64().unwrap());
    assert!(plan["probe_samples"].as_u64().unwrap() >= 4_000);
    assert_eq!(plan["parameters"], 3_190);
}

#[test]
fn settings_come_from_flags_the_environment_a_recipe_or_defaults_in_this_order() {
    let sandbox = Sandbox::new();
    let recipe = "[training]\nepochs = 2\nbatch_size = 50\nlambda = 1.5\n\n\
                  [network]\nhidden = [5]\n\n[data]\nsource = \"sample\"\n";
    sandbox.write("mine.toml", recipe.as_bytes());
    let dry_run = |json: bool| {
        let flags =
            ["train", "--dry-run", "--recipe", "mine.toml", "--epochs", "1", "--beta1", "0.8"];
        let mut command = sandbox.command(flags);
        command.args(json.then_some("--json"));
        command.env("NN_EPOCHS", "9").env("NN_BATCH_SIZE", "20").env("NN_OPTIMIZER", "adam");
        let outcome = Outcome::of(&mut command);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        outcome
    };
    let plan = dry_run(true).json().remove(0);
    for (key, value, source) in [
        ("training.epochs", "1", "flag"),
        ("training.optimizer.beta1", "0.8", "flag"),
        ("training.optimizer.name", "\"adam\"", "environment"),
        ("training.batch_size", "20", "environment"),
        ("training.lambda", "1.5", "recipe"),
        ("network.hidden", "[5]", "recipe"),
        ("data.source", "\"sample\"", "recipe"),
        ("training.learning_rate", "0.001", "default"),
    ] {
        let found = key.split('.').fold(&plan["settings"], |value, part| &value[part]);
        assert_eq!(found.to_string(), value, "{key}");
        assert_eq!(plan["sources"][key], source, "{key}");
    }
    let text = dry_run(false).stdout;
    for line in [
        "# by flags: training.epochs, training.optimizer.beta1",
        "# by environment: training.batch_size, training.optimizer.name",
        "# by default: all else",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }

    let mut command = sandbox.command(["train", "--data", "sample"]);
    let refused = Outcome::of(command.env("NN_LEARNING_RATE", "fast"));
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("NN_LEARNING_RATE: "), "{}", refused.stderr);
}

#[test]
fn the_environment_does_not_change_a_run_that_goes_on() {
    let sandbox = Sandbox::new();
    sandbox
        .ok(&["train", "-q", "--data", "sample", "--hidden", "3", "--epochs", "1", "--run", "r"]);
    let mut command = sandbox.command(["train", "--resume", "r", "--epochs", "2"]);
    let resumed = Outcome::of(command.env("NN_SEED", "99").env("NN_HIDDEN", "7"));
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
}
