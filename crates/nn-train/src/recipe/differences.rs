//! In what two recipes differ.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::Recipe;

/// A setting in which two recipes differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The setting, such as `training.learning_rate`.
    pub key: String,
    /// The one recipe's value, if it has one.
    pub left: Option<String>,
    /// The other's.
    pub right: Option<String>,
}

/// The settings of network and training in which two recipes differ, in the order of their keys.
///
/// # Panics
///
/// Never for recipes whose parameters pass [`TrainParams::check`](crate::TrainParams::check).
#[must_use]
pub fn differences(left: &Recipe, right: &Recipe) -> Vec<Difference> {
    let (left, right) = (flat(left), flat(right));
    let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    keys.into_iter()
        .filter(|key| left.get(*key) != right.get(*key))
        .map(|key| Difference {
            key: key.clone(),
            left: left.get(key).cloned(),
            right: right.get(key).cloned(),
        })
        .collect()
}

fn flat(recipe: &Recipe) -> BTreeMap<String, String> {
    let tables = [
        ("network", Table::try_from(&recipe.network)),
        ("training", Table::try_from(&recipe.training)),
    ];
    let mut flat = BTreeMap::new();
    for (name, table) in tables {
        let table = table.expect("a recipe is tables, numbers, texts and lists");
        flatten(name, &Value::Table(table), &mut flat);
    }
    flat
}

fn flatten(key: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    let text = match value {
        Value::Table(table) => {
            for (name, value) in table {
                flatten(&format!("{key}.{name}"), value, into);
            }
            return;
        }
        Value::String(text) => text.clone(),
        // As flags write them: 3 for 3.0 and 100,50 for [100, 50].
        Value::Float(number) => number.to_string(),
        Value::Array(values) if values.iter().all(|value| !value.is_table()) => {
            let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
            if texts.is_empty() { "none".to_owned() } else { texts.join(",") }
        }
        other => other.to_string(),
    };
    into.insert(key.to_owned(), text);
}
