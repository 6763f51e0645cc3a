//! docs/json.md and what the binary prints are held together: every key that is printed is
//! documented, and every documented key is printed.
//!
//! A table of the page is that of the heading above it. Its first column has the keys in backquotes;
//! each `–` before them is a level further down, below the key of the row above. What is below a key
//! without such rows is free.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::sandbox::Sandbox;

/// What to run, in this order, for a section of the page, given by its command. What `train`
/// prints on the way to another section isn't looked at.
const RUNS: &[(&str, &[&[&str]])] = &[
    ("train", &[&["train", "--data", "sample", "--epochs", "1", "--output", "new.nnm"]]),
    ("evaluate", &[&["evaluate", "model.nnm"]]),
    ("predict", &[&["predict", "model.nnm", "0"]]),
    ("data info", &[&["data", "info", "sample"]]),
    ("data show", &[&["data", "show", "sample", "--count", "1"]]),
    ("data list", &[&["data", "list"]]),
    ("data convert", &[&["data", "convert", "sample", "sample.npz"]]),
    ("recipes", &[&["recipes"]]),
    ("export", &[&["export", "model.nnm", "--output", "net.safetensors"]]),
    ("import", &[&["import", "net.safetensors", "--output", "imported.nnm"]]),
    ("report", &[&["report", "model.nnm"]]),
    ("explain", &[&["explain", "model.nnm"]]),
    ("train --dry-run", &[&["train", "--dry-run", "--data", "sample", "--epochs", "1"]]),
    ("runs", &[&["train", "--data", "sample", "--epochs", "1", "--run", "a"], &["runs"]]),
    ("runs show", &[&["runs", "show", "a"]]),
    (
        "runs compare",
        &[
            &["train", "--data", "sample", "--epochs", "1", "--run", "b", "--lambda", "1"],
            &["runs", "compare", "a", "b"],
        ],
    ),
    ("runs prune", &[&["runs", "prune", "--keep", "1"]]),
    ("inspect", &[&["inspect", "model.nnm"]]),
    ("doctor", &[&["doctor"]]),
    ("completions", &[&["completions", "fish"]]),
    ("man", &[&["man"]]),
    ("man --dir", &[&["man", "--dir", "man1"]]),
];

/// Commands whose own tests compare them with the page: `serve` runs until it is stopped, and
/// `tune` needs a search space.
const ELSEWHERE: [&str; 3] = ["serve", "tune", "tune lr"];

/// Keys by their paths, as in `layers.weights.mean`.
type Keys = BTreeSet<String>;

/// The keys of each section: the command, and the event where it prints several.
fn documented() -> BTreeMap<(String, String), Keys> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/json.md");
    let text = std::fs::read_to_string(page).unwrap();
    let mut sections: BTreeMap<(String, String), Keys> = BTreeMap::new();
    let (mut section, mut above) = ((String::new(), String::new()), Vec::<String>::new());
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            let command = title.strip_prefix("`nn-cli ").and_then(|t| t.strip_suffix(" --json`"));
            section = (command.unwrap_or(title).to_owned(), String::new());
        } else if let Some(title) = line.strip_prefix("### ") {
            let event = title.strip_prefix("`\"event\": \"").and_then(|t| t.strip_suffix("\"`"));
            event.unwrap_or(title).clone_into(&mut section.1);
        }
        let Some(cell) = line.strip_prefix("| ").and_then(|row| row.split(" | ").next()) else {
            continue;
        };
        if !cell.contains('`') {
            continue;
        }
        let depth = cell.chars().take_while(|c| "– ".contains(*c)).filter(|c| *c == '–').count();
        above.truncate(depth);
        assert_eq!(above.len(), depth, "nothing above {line}");
        let parents = above.join(".").split('|').map(str::to_owned).collect::<Vec<_>>();
        let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        for name in &names {
            let parent = parents.join("|");
            let paths = expand(&parent).into_iter().map(|parent| match parent.as_str() {
                "" => (*name).to_owned(),
                parent => format!("{parent}.{name}"),
            });
            sections.entry(section.clone()).or_default().extend(paths);
        }
        above.push(names.join("|"));
    }
    sections
}

/// `a|b.c` is `a.c` and `b.c`.
fn expand(path: &str) -> Vec<String> {
    let mut paths = vec![String::new()];
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let longer = |path: &String, name: &str| {
            if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
        };
        paths = paths.iter().flat_map(|p| part.split('|').map(move |n| longer(p, n))).collect();
    }
    paths
}

/// Adds the keys of a value and of what is below it.
fn collect(value: &Value, path: &str, keys: &mut Keys) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(value, &path, keys);
                keys.insert(path);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, path, keys)),
        _ => {}
    }
}

/// What was printed, by event.
fn printed(sandbox: &Sandbox, runs: &[&[&str]]) -> BTreeMap<String, Keys> {
    let mut events: BTreeMap<String, Keys> = BTreeMap::new();
    let is_train = |args: &&[&str]| args[0] == "train" && !args.contains(&"--dry-run");
    let only_train = runs.iter().all(is_train);
    for args in runs {
        let outcome = sandbox.ok(&[args, &["--json"][..]].concat());
        if is_train(args) && !only_train {
            continue;
        }
        for value in outcome.json() {
            let event = value["event"].as_str().unwrap_or_default().to_owned();
            collect(&value, "", events.entry(event).or_default());
        }
    }
    events
}

#[track_caller]
fn compare(section: &(String, String), documented: &Keys, printed: &Keys) {
    let parent = |key: &str| key.rsplit_once('.').map(|(parent, _)| parent.to_owned());
    let free = |key: &str| {
        let prefix = format!("{key}.");
        documented.contains(key) && !documented.iter().any(|other| other.starts_with(&prefix))
    };
    let in_a_free_one =
        |key: &str| std::iter::successors(parent(key), |key| parent(key)).any(|key| free(&key));
    let undocumented: Vec<&String> = printed
        .iter()
        .filter(|key| *key != "event" && !documented.contains(*key) && !in_a_free_one(key))
        .collect();
    assert!(
        undocumented.is_empty(),
        "{section:?} prints, but docs/json.md lacks: {undocumented:?}"
    );
    let missing: Vec<&String> = documented.difference(printed).collect();
    assert!(missing.is_empty(), "{section:?} doesn't print what docs/json.md has: {missing:?}");
}

#[test]
fn the_page_and_the_binary_have_the_same_keys() {
    let sandbox = Sandbox::with_model();
    let mut documented = documented();
    let errors = documented.remove(&("Errors".to_owned(), String::new())).unwrap();
    let failed = sandbox.run(&["inspect", "none.nnm", "--json"]);
    let mut keys = Keys::new();
    collect(&failed.json()[0], "", &mut keys);
    compare(&("Errors".to_owned(), String::new()), &errors, &keys);

    for (command, runs) in RUNS {
        for (event, printed) in printed(&sandbox, runs) {
            let section = ((*command).to_owned(), event);
            let documented = documented.remove(&section);
            let documented = documented.unwrap_or_else(|| panic!("no section for {section:?}"));
            compare(&section, &documented, &printed);
        }
    }
    let rest: Vec<_> =
        documented.into_keys().filter(|(command, _)| !ELSEWHERE.contains(&&**command)).collect();
    assert!(rest.is_empty(), "no run shows these sections, add some to RUNS: {rest:?}");
}
