//! Recipe files, and settings given by key.

use crate::sandbox::Sandbox;

const MINE: &str = "\
name = \"mine\"

[data]
source = \"sample\"

[network]
hidden = [16]
cost = \"cross-entropy\"
init = \"scaled-normal\"

[training]
epochs = 2
optimizer = { name = \"nesterov\", momentum = 0.8 }
schedule = \"one-cycle\"
";

#[test]
fn a_recipe_and_the_same_flags_train_the_same_model() {
    let sandbox = Sandbox::new();
    sandbox.write("mine.toml", MINE.as_bytes());
    let records = sandbox.ok(&["train", "--recipe", "mine.toml", "--json"]).json();
    assert_eq!(records[0]["recipe"], "mine");
    assert_eq!(records[0]["layers"], serde_json::json!([784, 16, 10]));
    assert_eq!(
        (&records[0]["optimizer"], &records[0]["schedule"]),
        (&"nesterov".into(), &"one-cycle".into())
    );
    let network = |name: &str| {
        let bytes = sandbox.read(name);
        nn_core::Model::<f32>::read_from(&bytes[..], &nn_core::Limits::default()).unwrap().network
    };
    let flags = "train --data sample --hidden 16 --cost cross-entropy --init scaled-normal \
                 --epochs 2 --optimizer nesterov --momentum 0.8 --set training.schedule=one-cycle \
                 --learning-rate 0.1 --output flags.nnm";
    sandbox.ok(&flags.split_whitespace().collect::<Vec<_>>());
    assert!(network("model.nnm") == network("flags.nnm"));
    sandbox.ok(&["train", "--recipe", "mine.toml", "--seed", "9", "--output", "other.nnm"]);
    assert!(network("model.nnm") != network("other.nnm"));
}

#[test]
fn a_run_folder_holds_the_recipe_with_every_default() {
    let sandbox = Sandbox::new();
    sandbox.write("mine.toml", MINE.as_bytes());
    sandbox.ok(&["train", "--recipe", "mine.toml", "--run", "first", "--threads", "2"]);
    let text = String::from_utf8(sandbox.read("runs/first/run.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let recipe = manifest["recipe"].clone();
    let found = |table: &str, key: &str| recipe[table][key].to_string();
    assert_eq!(recipe["name"].as_str(), Some("mine"));
    assert_eq!(found("data", "source"), "\"sample\"");
    assert_eq!(found("data", "validation"), "1000");
    assert_eq!(found("network", "output_activation"), "\"sigmoid\"");
    assert_eq!(found("training", "learning_rate"), "0.1");
    assert_eq!(found("training", "threads"), "0");
    assert_eq!(manifest["data"]["train"].as_integer(), Some(4000));
    assert_eq!(manifest["data"]["sha256"].as_str().unwrap().len(), 64);
    // It is enough to do it all again.
    sandbox.write("again.toml", toml::to_string(&recipe).unwrap().as_bytes());
    sandbox.ok(&["train", "--recipe", "again.toml"]);
    assert!(sandbox.read("model.nnm") == sandbox.read("runs/first/model.nnm"));
}

#[test]
fn mistakes_in_a_recipe_are_named_with_file_line_and_key() {
    let sandbox = Sandbox::new();
    for (text, message) in [
        (
            "[training]\nlamda = 5\n",
            "bad.toml: line 2: training.lamda: no such setting; did you mean `lambda`?",
        ),
        ("[training]\nepochs = \"many\"\n", "bad.toml: line 2: training.epochs: invalid type"),
        ("[network]\nactivation = \"rellu\"\n", "did you mean `relu`?"),
        ("epochs 3\n", "bad.toml: line 1: "),
        ("[training]\nbatch_size = 0\n", "--batch-size: expected from 1 to"),
    ] {
        sandbox.write("bad.toml", text.as_bytes());
        sandbox.refuse(&["train", "--data", "sample", "--recipe", "bad.toml"], 2, message);
    }
    sandbox.write("bad.toml", b"\xff\xfe");
    sandbox.refuse(&["train", "--recipe", "bad.toml"], 5, "cannot read bad.toml: ");
    sandbox.refuse(&["train", "--recipe", "none.toml"], 5, "cannot read none.toml: ");
    let set = |text: &'static str| ["train", "--data", "sample", "--set", text];
    sandbox.refuse(&set("training.lamda=3"), 2, "training.lamda: no such setting; did you mean");
    sandbox.refuse(&set("epochs"), 2, "--set: expected KEY=VALUE, found `epochs`");
    let beta = ["train", "--data", "sample", "--beta2", "0.9"];
    sandbox.refuse(&beta, 2, "--beta2: sgd has no such setting; it is one of adam, adamw");
    assert_eq!(sandbox.names(), ["bad.toml"]);
}

#[test]
fn expanded_data_are_five_times_as_many() {
    let sandbox = Sandbox::new();
    let args =
        ["train", "--data", "sample", "--epochs", "1", "--set", "data.expand=true", "--json"];
    let records = sandbox.ok(&args).json();
    assert_eq!(records[0]["train_samples"], 20_000);
}

#[test]
fn recipes_are_listed_printed_and_suggested() {
    let sandbox = Sandbox::new();
    let list = sandbox.ok(&["recipes"]).stdout;
    assert!(list.lines().any(|line| line.starts_with("book-chapter3 ")), "{list}");
    let text = sandbox.ok(&["recipes", "book-chapter3"]).stdout;
    assert!(text.starts_with("name = \"book-chapter3\""), "{text}");
    sandbox.write("mine.toml", text.as_bytes());
    let documentation = include_str!("../../../../docs/json.md");
    let records = sandbox.ok(&["recipes", "--json"]).json();
    for record in &records {
        let of_toml = nn_train::Recipe::from_toml(record["toml"].as_str().unwrap()).unwrap();
        assert_eq!(of_toml.name, record["name"].as_str().unwrap());
        for field in record.as_object().unwrap().keys() {
            assert!(documentation.contains(&format!("`{field}`")), "{field} is not documented");
        }
    }
    assert_eq!(records.len(), list.lines().count() / 2);
    let short = ["--data", "sample", "--epochs", "1", "-q"];
    for (recipe, output) in [("book-chapter3", "a.nnm"), ("mine.toml", "b.nnm")] {
        let args = ["train", "--recipe", recipe, "--output", output];
        sandbox.ok(&[&args[..], &short].concat());
    }
    assert!(sandbox.read("a.nnm") == sandbox.read("b.nnm"));
    let unknown = |args: &[&str], message: &str| {
        let outcome = sandbox.refuse(args, 2, message);
        assert!(outcome.stderr.contains("did you mean `book-chapter3`?"), "{}", outcome.stderr);
    };
    unknown(&["recipes", "book-chapter"], "expected the name of a recipe, found `book-chapter`");
    unknown(&["train", "--recipe", "bok-chapter3"], "expected the name of a recipe or a file");
}

/// Every recipe learns: a short version of each on the embedded sample, whose accuracy after a
/// blind guess would be 10 %.
#[test]
fn a_short_version_of_every_recipe_learns() {
    let sandbox = Sandbox::new();
    for record in sandbox.ok(&["recipes", "--json"]).json() {
        let name = record["name"].as_str().unwrap();
        // Smaller layers than published: CI checks that the settings learn, not how well.
        let small: Vec<String> = record["hidden"]
            .as_array()
            .unwrap()
            .iter()
            .map(|units| units.as_u64().unwrap().min(32).to_string())
            .collect();
        let small = small.join(",");
        let args = ["train", "--recipe", name, "--data", "sample", "--epochs", "3", "--json"];
        let mut args = [&args[..], &["--hidden", &small]].concat();
        if record["toml"].as_str().unwrap().contains("small-uniform") {
            // A range that was chosen for layers of thousands.
            args.extend(["--init", "lecun-normal"]);
        }
        let outcome = sandbox.ok(&args);
        let accuracy = outcome.json().last().unwrap()["test_accuracy"].as_f64().unwrap();
        assert!(accuracy > 0.5, "{name}: {accuracy}");
    }
}
