//! `nn-cli runs compare`: how runs ended, and the settings in which they differ.

use std::collections::BTreeMap;
use std::fmt::Write;

use nn_train::run_folder::RunSummary;
use serde_json::Value;

use super::{open, record, table};
use crate::args::runs::CompareArgs;
use crate::failure::Failure;
use crate::output::json;
use crate::output::records::SCHEMA;
use crate::output::records::runs::{Comparison, Difference};
use crate::streams::{Streams, one_line};

/// Runs the command.
pub(super) fn run(
    args: &CompareArgs,
    json: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let open = |run| open(run, &args.folder);
    let runs: Vec<RunSummary> = args.runs.iter().map(|run| open(run)).collect::<Result<_, _>>()?;
    let settings: Vec<_> = runs.iter().map(settings).collect();
    let comparison = Comparison {
        schema: SCHEMA,
        runs: runs.iter().map(record).collect(),
        differences: differences(&settings),
    };
    if json {
        json::line(&comparison, streams);
        return Ok(());
    }
    table(&comparison.runs, streams);
    if comparison.differences.is_empty() {
        streams.line("\nAll settings are the same.");
        return Ok(());
    }
    streams.line("");
    let cell = |value: &Option<String>| one_line(value.as_deref().unwrap_or("-"));
    let first = comparison.differences.iter().map(|d| d.setting.len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..runs.len())
        .map(|i| {
            let cells = comparison.differences.iter().map(|d| cell(&d.values[i]).chars().count());
            cells.max().unwrap_or(0).max(comparison.runs[i].run.chars().count())
        })
        .collect();
    let mut row = |head: &str, cells: Vec<String>| {
        let mut line = format!("{head:<first$}");
        for (cell, width) in cells.iter().zip(&widths) {
            write!(line, "  {cell:<width$}").expect("writing to a String cannot fail");
        }
        streams.line(line.trim_end());
    };
    row("setting", comparison.runs.iter().map(|run| one_line(&run.run)).collect());
    for difference in &comparison.differences {
        row(&difference.setting, difference.values.iter().map(cell).collect());
    }
    Ok(())
}

/// Every setting by its path, as in `training.optimizer.beta2`, and what the data were.
fn settings(run: &RunSummary) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    let recipe = serde_json::to_value(&run.manifest.recipe).expect("settings are plain data");
    flatten("", &recipe, &mut flat);
    flat.insert("data.sha256".to_owned(), run.manifest.data.sha256.clone());
    flat
}

fn flatten(path: &str, value: &Value, flat: &mut BTreeMap<String, String>) {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&path, value, flat);
            }
        }
        Value::String(text) => {
            flat.insert(path.to_owned(), text.clone());
        }
        other => {
            flat.insert(path.to_owned(), other.to_string());
        }
    }
}

fn differences(settings: &[BTreeMap<String, String>]) -> Vec<Difference> {
    let names: std::collections::BTreeSet<&String> =
        settings.iter().flat_map(BTreeMap::keys).collect();
    let values = |name: &String| settings.iter().map(|run| run.get(name).cloned()).collect();
    let all =
        names.into_iter().map(|name| Difference { setting: name.clone(), values: values(name) });
    all.filter(|difference| difference.values.iter().any(|v| *v != difference.values[0])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        let mut flat = [BTreeMap::new(), BTreeMap::new()];
        let values = [r#"{"a": {"b": 1, "c": "x"}, "d": null}"#, r#"{"a": {"b": 2, "c": "x"}}"#];
        for (value, flat) in values.iter().zip(&mut flat) {
            flatten("", &serde_json::from_str(value).unwrap(), flat);
        }
        let found = differences(&flat);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].setting, "a.b");
        assert_eq!(found[0].values, [Some("1".to_owned()), Some("2".to_owned())]);
    }
}
