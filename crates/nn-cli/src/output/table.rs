//! The result of an evaluation as text: headline, classes, confusion matrix.

use std::fmt::Write;

use crate::output::number::{count, percent, r_squared, significant};
use crate::output::records::EvaluateResult;
use crate::streams::one_line;

/// The whole result, ready to print.
pub(crate) fn evaluation(result: &EvaluateResult) -> String {
    let mut text = String::new();
    let mut line = |args: std::fmt::Arguments<'_>| {
        text.write_fmt(args).expect("writing to a String cannot fail");
        text.push('\n');
    };
    if let Some(metrics) = &result.regression {
        line(format_args!("R²         {}", r_squared(metrics.r2)));
        line(format_args!("MAE        {} (mean absolute error)", significant(metrics.mae)));
        line(format_args!(
            "RMSE       {} (root of the mean squared error)",
            significant(metrics.rmse)
        ));
        line(format_args!("mean cost  {:.5} ({})", result.mean_cost, result.cost));
        return text;
    }
    let correct = count(result.correct.unwrap_or(0) as usize);
    line(format_args!(
        "accuracy   {} ({correct} of {})",
        percent(result.accuracy.unwrap_or(0.0)),
        count(result.samples)
    ));
    line(format_args!("mean cost  {:.5} ({})", result.mean_cost, result.cost));

    let names: Vec<String> = result.classes.iter().map(|class| one_line(&class.name)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(5);
    line(format_args!("\n{:<width$}  precision    recall        F1   samples", "class"));
    for (class, name) in result.classes.iter().zip(&names) {
        let share = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), percent);
        line(format_args!(
            "{name:<width$}  {:>9} {:>9} {:>9} {:>9}",
            share(class.precision),
            share(class.recall),
            share(class.f1),
            count(class.samples as usize),
        ));
    }

    let largest = result.confusion.iter().flatten().max().copied().unwrap_or(0);
    let cell = names
        .iter()
        .map(|name| name.chars().count())
        .chain([largest.to_string().len()])
        .max()
        .unwrap_or(1);
    line(format_args!("\nconfusion matrix (row: actual class, column: predicted class)"));
    let row = |head: &str, cells: &mut dyn Iterator<Item = String>| {
        let mut text = format!("{head:<width$}");
        for value in cells {
            write!(text, " {value:>cell$}").expect("writing to a String cannot fail");
        }
        text
    };
    line(format_args!("{}", row("", &mut names.iter().cloned())));
    for (counts, name) in result.confusion.iter().zip(&names) {
        // A dot for zero lets the mistakes stand out.
        let mut cells = counts.iter().map(|&n| if n == 0 { "·".to_owned() } else { n.to_string() });
        line(format_args!("{}", row(name, &mut cells)));
    }
    text
}
