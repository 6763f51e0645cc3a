//! The head of a report: the main figures, and the settings side by side.

use std::fmt::Write;

use super::RunReport;
use super::numbers::short;
use crate::page::{count, escape, percent, table};

/// The lead below the title, the main figures, and where to find what.
pub(super) fn lead(runs: &[RunReport]) -> String {
    let mut html = String::new();
    if let [run] = runs {
        if let Some(network) = &run.network {
            let parameters = count(run.parameters as u64);
            let _ = writeln!(
                html,
                "<p class=\"lead\">{}, {parameters} weights and biases{}</p>",
                escape(network),
                if run.data.is_empty() {
                    String::new()
                } else {
                    format!(", measured on {}", escape(&run.data))
                }
            );
        }
        html.push_str(&figures(run));
    }
    html.push_str("<nav aria-label=\"Contents\"><ul>");
    html.push_str("<li><a href=\"#settings\">Settings</a></li>");
    if runs.iter().any(|run| !run.epochs.is_empty()) {
        html.push_str("<li><a href=\"#curves\">Learning curves</a></li>");
    }
    for (i, run) in runs.iter().enumerate() {
        let links: &[(&str, &str)] = &[
            ("hints", "Hints"),
            ("numbers", "Predicted numbers"),
            ("confusion", "Confusion"),
            ("calibration", "Calibration"),
            ("mistakes", "Mistakes"),
            ("weights", "Weights"),
        ];
        if runs.len() > 1 {
            let _ = write!(html, "<li><a href=\"#run-{i}\">{}</a></li>", escape(&run.name));
        } else {
            let there = |id: &str| match id {
                "hints" => !run.hints.is_empty(),
                "weights" => !run.layers.is_empty(),
                "numbers" => run.numbers.is_some(),
                _ => run.measured.is_some(),
            };
            for (id, text) in links.iter().filter(|(id, _)| there(id)) {
                let _ = write!(html, "<li><a href=\"#{id}-{i}\">{text}</a></li>");
            }
        }
    }
    html.push_str("</ul></nav>\n");
    html
}

/// The main figures of a run.
fn figures(run: &RunReport) -> String {
    let mut html = String::from("<dl class=\"figures\">");
    let mut figure = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(html, "<div><dt>{name}</dt><dd>{value}</dd></div>");
        }
    };
    figure("Test accuracy", run.test_accuracy().map(percent));
    let measured = run.measured.as_ref();
    figure(
        "Mistakes",
        measured.map(|m| {
            format!(
                "{} of {}",
                count(m.confusion.total() - m.confusion.correct()),
                count(m.samples as u64)
            )
        }),
    );
    let regression = run.test_regression();
    figure("R²", regression.and_then(|m| m.r2).map(|r2| format!("{r2:.4}")));
    figure("Mean absolute error", regression.map(|m| short(m.mae)));
    figure("Root of mean squared error", regression.map(|m| short(m.rmse)));
    figure("Test samples", run.numbers.as_ref().map(|n| count(n.len() as u64)));
    figure("Mean cost", run.mean_cost().map(|cost| format!("{cost:.4}")));
    figure("Calibration error", measured.map(|m| percent(m.calibration.expected_error)));
    figure("Epochs", run.epochs.last().map(|epoch| epoch.epoch.to_string()));
    figure("Training time", run.seconds().map(|seconds| format!("{seconds:.1} s")));
    html.push_str("</dl>\n");
    html
}

/// The settings of one run.
fn facts(run: &RunReport) -> String {
    let mut html = String::from("<h2 id=\"settings\">Settings</h2>\n<dl class=\"facts\">\n");
    for (name, value) in &run.settings {
        let (name, value) = (escape(name), escape(value));
        let _ = writeln!(html, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    html.push_str("</dl>\n");
    html
}

/// Settings and results, one column a run.
pub(super) fn section(runs: &[RunReport]) -> String {
    if let [run] = runs {
        return facts(run);
    }
    let mut rows: Vec<(String, Vec<Option<String>>)> = Vec::new();
    for (i, run) in runs.iter().enumerate() {
        for (name, value) in &run.settings {
            let known = rows.iter().position(|(known, _)| known == name);
            let row = known.unwrap_or_else(|| {
                rows.push((name.clone(), vec![None; runs.len()]));
                rows.len() - 1
            });
            rows[row].1[i] = Some(value.clone());
        }
    }
    let cell = |value: &Option<String>| value.as_deref().map_or("·".to_owned(), escape);
    let mut cells: Vec<Vec<String>> = rows
        .iter()
        .map(|(name, values)| {
            let mut row = vec![escape(name)];
            row.extend(values.iter().map(cell));
            row
        })
        .collect();
    {
        let mut result = |name: &str, of: &dyn Fn(&RunReport) -> Option<String>| {
            if runs.iter().any(|run| of(run).is_some()) {
                let mut row = vec![format!("<strong>{name}</strong>")];
                row.extend(runs.iter().map(|run| of(run).unwrap_or_else(|| "·".to_owned())));
                cells.push(row);
            }
        };
        result("test accuracy", &|run| run.test_accuracy().map(percent));
        result("best validation accuracy", &|run| {
            let accuracies = run.epochs.iter().filter_map(|epoch| epoch.validation_accuracy);
            accuracies
                .fold(None, |best: Option<f64>, a| Some(best.map_or(a, |b| b.max(a))))
                .map(percent)
        });
        result("R²", &|run| Some(format!("{:.4}", run.test_regression()?.r2?)));
        result("mean absolute error", &|run| Some(short(run.test_regression()?.mae)));
        result("mean cost", &|run| run.mean_cost().map(|cost| format!("{cost:.4}")));
        result("calibration error", &|run| {
            run.measured.as_ref().map(|m| percent(m.calibration.expected_error))
        });
        result("epochs", &|run| run.epochs.last().map(|epoch| epoch.epoch.to_string()));
        result("training time", &|run| run.seconds().map(|seconds| format!("{seconds:.1} s")));
        result("samples a second", &|run| {
            let speeds: Vec<f64> = run.epochs.iter().filter_map(|e| e.samples_per_second).collect();
            (!speeds.is_empty())
                .then(|| count((speeds.iter().sum::<f64>() / speeds.len() as f64) as u64))
        });
    }
    let mut heads = vec!["setting".to_owned()];
    heads.extend(runs.iter().map(|run| escape(&run.name)));
    format!(
        "<h2 id=\"settings\">Settings</h2>\n{}",
        table("What was trained, and how", &heads, &cells)
    )
}
