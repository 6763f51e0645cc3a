//! Search for settings: trials, their winner, and the learning-rate range test.

use crate::sandbox::Sandbox;

const SPACE: &str = "\
search = \"halving\"
trials = 4
factor = 2

[fixed]
\"data.source\" = \"sample\"
\"network.hidden\" = [12]
\"network.activation\" = \"relu\"
\"network.cost\" = \"softmax-cross-entropy\"
\"training.epochs\" = 3

[space]
\"training.learning_rate\" = [0.01, 0.1, 0.5, 1e30]
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("rates.toml", SPACE.as_bytes());
    sandbox
}

#[test]
fn the_best_trial_wins_and_its_recipe_is_written() {
    let sandbox = sandbox();
    let outcome = sandbox.ok(&["tune", "rates.toml"]);
    assert!(outcome.stderr.contains("4 trials to 1 epoch, then 2 trials to 2 epochs"));
    assert!(outcome.stdout.contains("diverged") && !outcome.stdout.contains("Test accuracy"));
    assert!(outcome.stdout.contains("Winner: trial "), "{}", outcome.stdout);
    let recipe = String::from_utf8(sandbox.read("tune/rates/winner.toml")).unwrap();
    let recipe = nn_train::Recipe::from_toml(&recipe).unwrap();
    assert_eq!((recipe.name.as_str(), recipe.training.epochs), ("rates-winner", 3));
    assert!([0.1, 0.5].contains(&recipe.training.learning_rate), "{recipe:?}");
    // A trial is a run, and trained as `train` would have trained it.
    let args = ["train", "--recipe", "tune/rates/winner.toml", "--json"];
    let trained = sandbox.ok(&args).json();
    let records = sandbox.ok(&["tune", "rates.toml", "--json", "--test"]).json();
    let winner = records.last().unwrap();
    assert_eq!(winner["event"], "winner");
    assert_eq!(winner["validation_accuracy"], trained[3]["validation_accuracy"]);
    assert_eq!(winner["test_accuracy"], trained.last().unwrap()["test_accuracy"]);
}

#[test]
fn a_search_goes_on_where_it_was_and_ends_the_same() {
    let sandbox = sandbox();
    let search = ["tune", "rates.toml", "--dir", "here"];
    let first = sandbox.ok(&search).stdout;
    let checkpoint = |trial: &str| format!("here/trials/{trial}-seed3/checkpoints/last.nnc");
    let metrics = |trial: &str| sandbox.read(format!("here/trials/{trial}-seed3/metrics.jsonl"));
    // The trial that diverged has no checkpoint.
    let trained: Vec<&str> = ["000", "001", "002", "003"]
        .into_iter()
        .filter(|trial| sandbox.path(checkpoint(trial)).exists())
        .collect();
    assert_eq!(trained.len(), 3);
    let before = metrics(trained[0]);
    // As if it had been killed: one trial never began, one has lost its progress.
    std::fs::remove_dir_all(sandbox.path(format!("here/trials/{}-seed3", trained[1]))).unwrap();
    std::fs::remove_file(sandbox.path(checkpoint(trained[2]))).unwrap();
    assert_eq!(sandbox.ok(&search).stdout, first);
    assert!(metrics(trained[0]) == before);
    // Test samples play no part.
    assert!(String::from_utf8(before).unwrap().contains("\"test_accuracy\":null"));
}

#[test]
fn several_seeds_are_averaged() {
    let sandbox = sandbox();
    let text = SPACE.replace("trials = 4", "trials = 2\nseeds = 2").replace("0.5, 1e30", "0.5");
    sandbox.write("seeds.toml", text.replace("halving", "random").as_bytes());
    let records = sandbox.ok(&["tune", "seeds.toml", "--json"]).json();
    assert_eq!(records.len(), 3);
    assert!(records.iter().all(|record| record["validation_spread"].as_f64().unwrap() > 0.0));
    let documentation = include_str!("../../../../docs/json.md");
    for field in records.iter().flat_map(|record| record.as_object().unwrap().keys()) {
        assert!(documentation.contains(&format!("`{field}`")), "{field} is not documented");
    }
}

#[test]
fn spaces_that_cannot_be_searched_are_refused() {
    let sandbox = sandbox();
    for (text, message) in [
        ("[space]\n", "bad.toml: space: expected settings to draw, found none"),
        ("trails = 3\n", "bad.toml: line 1: trails: no such setting; did you mean `trials`?"),
        ("[space]\n\"training.lamda\" = [1]\n", "bad.toml: training.lamda: no such setting"),
        ("[space]\n\"data.validation\" = [1, 2]\n", "space.data.validation: expected a setting of"),
        ("recipe = \"bok\"\n[space]\nx = [1]\n", "expected the name of a recipe"),
    ] {
        sandbox.write("bad.toml", text.as_bytes());
        sandbox.refuse(&["tune", "bad.toml"], 2, message);
    }
    sandbox.refuse(&["tune", "none.toml"], 5, "cannot read none.toml: ");
    let no_validation = ["tune", "rates.toml", "--validation", "0"];
    sandbox.refuse(&no_validation, 2, "no validation samples");
    sandbox.write("tune/rates/thesis.tex", b"x");
    sandbox.refuse(&["tune", "rates.toml"], 2, "expected a new folder, found files");
    sandbox.write("tune/rates/space.toml", b"[space]\nx = [1]\n");
    sandbox.refuse(&["tune", "rates.toml"], 2, "the trials there are of another space");
    assert_eq!(sandbox.run(&["tune"]).code, 2);
}

#[test]
fn rates_are_tested_and_drawn() {
    let sandbox = Sandbox::new();
    let args = ["tune", "lr", "--data", "sample", "--hidden", "12", "--cost", "cross-entropy"];
    let outcome = sandbox.ok(&[&args[..], &["--points", "40", "--svg", "rates.svg"]].concat());
    assert!(outcome.stdout.matches('*').count() > 10, "{}", outcome.stdout);
    assert!(outcome.stdout.contains("The cost falls steepest at "), "{}", outcome.stdout);
    let svg = String::from_utf8(sandbox.read("rates.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("learning rate"));
    let records = sandbox.ok(&[&args[..], &["--points", "40", "--json"]].concat()).json();
    let documentation = include_str!("../../../../docs/json.md");
    for field in records[0].as_object().unwrap().keys() {
        assert!(documentation.contains(&format!("`{field}`")), "{field} is not documented");
    }
    let wrong = ["tune", "lr", "--data", "sample", "--from", "1", "--to", "0.1"];
    sandbox.refuse(&wrong, 2, "--to: expected more than the first rate, 1, found 0.1");
    assert_eq!(sandbox.names(), ["rates.svg"]);
}
