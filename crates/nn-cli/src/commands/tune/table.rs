//! Trials as people read them: a line as each ends, and a table in the end.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::output::number::percent;
use crate::output::records::{TuneTrial, TuneWinner};

/// A line for a trial that has just reached the end of its rung.
pub(super) fn progress(record: &TuneTrial, rungs: usize) -> String {
    let stage = if rungs > 1 { format!("rung {}/{rungs}, ", record.rung) } else { String::new() };
    format!("{stage}trial {}: {}  {}", record.trial, accuracy(record), settings(record))
}

fn accuracy(record: &TuneTrial) -> String {
    match (record.validation_r2, record.validation_spread) {
        (Some(r2), Some(spread)) if record.seeds > 1 => return format!("R² {r2:.4} ± {spread:.4}"),
        (Some(r2), _) => return format!("R² {r2:.4}"),
        (None, _) => {}
    }
    match (record.validation_accuracy, record.validation_spread) {
        (Some(accuracy), Some(spread)) if record.seeds > 1 => {
            format!("{:.2} ± {:.2} %", accuracy * 100.0, spread * 100.0)
        }
        (Some(accuracy), _) => percent(accuracy),
        (None, _) => "diverged".to_owned(),
    }
}

/// `learning_rate 0.1, batch_size 10`.
fn settings(record: &TuneTrial) -> String {
    let setting = |(key, value): (&String, &serde_json::Value)| {
        let key = key.strip_prefix("training.").or(key.strip_prefix("network.")).unwrap_or(key);
        format!("{key} {}", value.to_string().replace('"', ""))
    };
    record.settings.iter().map(setting).collect::<Vec<_>>().join(", ")
}

/// All trials, those that were trained longest first and the best of them on top.
pub(super) fn results(results: &BTreeMap<usize, TuneTrial>) -> String {
    let mut rows: Vec<&TuneTrial> = results.values().collect();
    let key = |row: &TuneTrial| {
        row.validation_accuracy.or(row.validation_r2).unwrap_or(f64::NEG_INFINITY)
    };
    let cost = |row: &TuneTrial| row.validation_cost.unwrap_or(f64::INFINITY);
    rows.sort_by(|a, b| {
        let longer = b.rung.cmp(&a.rung);
        longer.then(key(b).total_cmp(&key(a))).then(cost(a).total_cmp(&cost(b)))
    });
    let mut text = format!("{:>5}  {:>6}  {:>16}  settings\n", "trial", "epochs", "validation");
    for row in rows {
        let (trial, epochs) = (row.trial, row.epochs);
        let _ = writeln!(text, "{trial:>5}  {epochs:>6}  {:>16}  {}", accuracy(row), settings(row));
    }
    text
}

/// What is said of the winner.
pub(super) fn winner(record: &TuneWinner) -> String {
    let mut text = format!("Winner: trial {}, recipe in {}\n", record.trial, record.recipe);
    if let (Some(r2), Some(spread)) = (record.test_r2, record.test_spread) {
        let _ = writeln!(text, "Test R² {r2:.4} ± {spread:.4}, looked at once");
    }
    if let (Some(accuracy), Some(spread)) = (record.test_accuracy, record.test_spread) {
        let (accuracy, spread) = (accuracy * 100.0, spread * 100.0);
        let _ = writeln!(text, "Test accuracy {accuracy:.2} ± {spread:.2} %, looked at once");
    }
    text
}
