//! Learning curves and timing, of one run or of several in one picture.

use super::RunReport;
use crate::EpochMetrics;
use crate::page::{Chart, Marks, Series};

type Value = fn(&EpochMetrics) -> Option<f64>;

const COSTS: [(&str, Value); 3] = [
    ("training", |e| e.train_cost),
    ("validation", |e| e.validation_cost),
    ("test", |e| e.test_cost),
];
const ACCURACIES: [(&str, Value); 3] = [
    ("training", |e| e.train_accuracy.map(|a| a * 100.0)),
    ("validation", |e| e.validation_accuracy.map(|a| a * 100.0)),
    ("test", |e| e.test_accuracy.map(|a| a * 100.0)),
];

/// The section, or nothing where no run has metrics.
pub(super) fn section(runs: &[RunReport]) -> String {
    if runs.iter().all(|run| run.epochs.is_empty()) {
        return String::new();
    }
    let mut html = String::from(
        "<h2 id=\"curves\">Learning curves</h2>\n<p class=\"note\">Training cost and accuracy are \
         means over the epoch, each sample seen just before the step it was used in; validation and \
         test are measured after it.</p>\n<div class=\"charts\">\n",
    );
    if let [run] = runs {
        html.push_str(&chart("Cost", "mean cost", own(run, &COSTS)));
        html.push_str(&chart("Accuracy", "right, %", own(run, &ACCURACIES)));
    } else {
        html.push_str(&chart("Training cost", "mean cost", across(runs, COSTS[0].1)));
        let validated =
            runs.iter().any(|run| run.epochs.iter().any(|e| e.validation_cost.is_some()));
        let (name, of) = if validated { (1, "Validation") } else { (2, "Test") };
        html.push_str(&chart(&format!("{of} cost"), "mean cost", across(runs, COSTS[name].1)));
        html.push_str(&chart(
            &format!("{of} accuracy"),
            "right, %",
            across(runs, ACCURACIES[name].1),
        ));
    }
    let speed: Value = |e| e.samples_per_second.map(|s| s / 1000.0);
    html.push_str(&chart("Speed", "thousand samples a second", across(runs, speed)));
    html.push_str(&layers(runs));
    html.push_str("</div>\n");
    html
}

fn points(run: &RunReport, of: Value) -> Vec<(f64, f64)> {
    run.epochs.iter().filter_map(|epoch| Some((epoch.epoch as f64, of(epoch)?))).collect()
}

/// One line a split.
fn own(run: &RunReport, of: &[(&str, Value)]) -> Vec<Series> {
    let line = |(colour, (name, of)): (usize, &(&str, Value))| Series {
        name: (*name).to_owned(),
        colour,
        dashed: false,
        points: points(run, *of),
    };
    of.iter().enumerate().map(line).filter(|series| !series.points.is_empty()).collect()
}

/// One line a run; from the seventh on they are dashed, since colours repeat.
fn across(runs: &[RunReport], of: Value) -> Vec<Series> {
    let line = |(i, run): (usize, &RunReport)| Series {
        name: run.name.clone(),
        colour: i,
        dashed: i >= 6,
        points: points(run, of),
    };
    runs.iter().enumerate().map(line).filter(|series| !series.points.is_empty()).collect()
}

/// Gradient norms by layer, where they were watched and there is one run.
fn layers(runs: &[RunReport]) -> String {
    let [run] = runs else { return String::new() };
    let count = run.epochs.iter().map(|epoch| epoch.layers.len()).max().unwrap_or(0);
    let line = |i: usize| Series {
        name: format!("layer {}", i + 2),
        colour: i,
        dashed: i >= 6,
        points: run
            .epochs
            .iter()
            .filter_map(|e| Some((e.epoch as f64, e.layers.get(i)?.gradient_norm?.log10())))
            .filter(|point| point.1.is_finite())
            .collect(),
    };
    let series: Vec<Series> = (0..count).map(line).filter(|s| !s.points.is_empty()).collect();
    chart("Gradient by layer", "log₁₀ of its norm", series)
}

fn chart(title: &str, y_label: &str, series: Vec<Series>) -> String {
    if series.is_empty() {
        return String::new();
    }
    Chart {
        title: title.to_owned(),
        x_label: "epoch".to_owned(),
        y_label: y_label.to_owned(),
        series,
        y_range: None,
        x_range: None,
        diagonal: false,
        marks: Marks::Dots,
    }
    .html()
}
