//! One run's section: hints, confusion, classes, calibration, mistakes.

use std::fmt::Write;

use super::{Measured, RunReport, Shown, model, numbers};
use crate::Language;
use crate::page::{Bars, Chart, Marks, Series, count, digit, escape, percent, table};

/// The section of run number `i`.
pub(super) fn section(run: &RunReport, i: usize, several: bool) -> String {
    let mut html = String::new();
    if several {
        let _ = writeln!(html, "<section>\n<h2 id=\"run-{i}\">{}</h2>", escape(&run.name));
    } else {
        html.push_str("<section>\n");
    }
    // Under a run's own heading the parts are one level lower.
    let level = if several { 3 } else { 2 };
    hints(run, i, level, &mut html);
    if let Some(measured) = &run.measured {
        confusion(run, measured, i, level, &mut html);
        calibration(measured, i, level, &mut html);
        answers(run, measured, i, level, &mut html);
    }
    if let Some(measured) = &run.numbers {
        numbers::section(run, measured, i, level, &mut html);
    }
    model::section(run, i, level, &mut html);
    html.push_str("</section>\n");
    html
}

fn hints(run: &RunReport, i: usize, level: usize, html: &mut String) {
    if run.hints.is_empty() {
        return;
    }
    let _ = writeln!(html, "<h{level} id=\"hints-{i}\">Hints</h{level}>");
    for hint in &run.hints {
        let words = hint.words(Language::English);
        let _ = writeln!(
            html,
            "<div class=\"hint\"><p><strong>{}</strong>: {}.</p><p>Mend: {}.</p></div>",
            escape(&words.title),
            escape(&words.why),
            escape(&words.mend)
        );
    }
}

fn confusion(run: &RunReport, m: &Measured, i: usize, level: usize, html: &mut String) {
    let _ = writeln!(html, "<h{level} id=\"confusion-{i}\">Confusion</h{level}>");
    let classes = m.confusion.classes();
    let name = |class: usize| escape(run.class_names.get(class).map_or("", String::as_str));
    // The shade of a mistake is of the most frequent one.
    let most = (0..classes)
        .flat_map(|a| (0..classes).filter(move |p| *p != a).map(move |p| (a, p)))
        .map(|(a, p)| m.confusion.count(a, p))
        .max()
        .unwrap_or(0)
        .max(1);
    html.push_str(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Confusion matrix\">\n\
         <table class=\"matrix\"><caption>Rows: what it is; columns: what it was taken for</caption>\n\
         <thead><tr><th scope=\"col\">is \\ taken for</th>",
    );
    for class in 0..classes {
        let _ = write!(html, "<th scope=\"col\">{}</th>", name(class));
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for actual in 0..classes {
        let _ = write!(html, "<tr><th scope=\"row\">{}</th>", name(actual));
        for predicted in 0..classes {
            let n = m.confusion.count(actual, predicted);
            let _ = if actual == predicted {
                write!(html, "<td class=\"right\">{}</td>", count(n))
            } else if n == 0 {
                write!(html, "<td class=\"zero\">·</td>")
            } else {
                let deep = 0.12 + 0.55 * n as f64 / most as f64;
                write!(
                    html,
                    "<td style=\"background:rgba(var(--wrong),{deep:.2})\">{}</td>",
                    count(n)
                )
            };
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody></table></div>\n");
    let share = |value: Option<f64>| value.map_or("·".to_owned(), percent);
    let rows: Vec<Vec<String>> = m
        .classes
        .iter()
        .map(|class| {
            let mistaken = class
                .mistaken_for
                .map_or("·".to_owned(), |(other, n)| format!("{} ({}×)", name(other), count(n)));
            vec![
                name(class.class),
                count(class.samples),
                share(class.precision),
                share(class.recall),
                share(class.f1),
                mistaken,
            ]
        })
        .collect();
    let heads = ["class", "samples", "precision", "recall", "F1", "most often taken for"];
    html.push_str(&table("Class by class", &heads.map(String::from), &rows));
}

fn calibration(m: &Measured, i: usize, level: usize, html: &mut String) {
    let c = &m.calibration;
    let _ = writeln!(
        html,
        "<h{level} id=\"calibration-{i}\">Calibration</h{level}>\n<p>How often an answer is right, \
         against how sure it was. On the dashed line, 80 % sure means right in 80 of 100 cases. \
         The expected calibration error is {}, the Brier score {:.4}.</p>\n<div class=\"charts\">",
        percent(c.expected_error),
        c.brier
    );
    let points: Vec<(f64, f64)> =
        c.bins.iter().filter_map(|bin| bin.confidence.zip(bin.accuracy)).collect();
    let line = |name: &str, colour, points| Series {
        name: name.to_owned(),
        colour,
        dashed: false,
        points,
    };
    let chart = Chart {
        title: "Right, against confidence".to_owned(),
        x_label: "mean confidence".to_owned(),
        y_label: "share that is right".to_owned(),
        series: vec![line("answers", 0, points)],
        y_range: Some((0.0, 1.0)),
        x_range: Some((0.0, 1.0)),
        diagonal: true,
        marks: Marks::Dots,
    };
    html.push_str(&chart.html());
    let heights = c.bins.iter().map(|bin| bin.samples as f64).collect();
    html.push_str(
        &Bars {
            title: "How sure the answers were".to_owned(),
            x_label: "confidence".to_owned(),
            y_label: "samples".to_owned(),
            colour: 0,
            from: 0.0,
            to: 1.0,
            heights,
        }
        .html(),
    );
    let answered: Vec<(f64, f64)> = m.threshold.iter().map(|t| (t.threshold, t.coverage)).collect();
    let right: Vec<(f64, f64)> =
        m.threshold.iter().filter_map(|t| Some((t.threshold, t.accuracy?))).collect();
    html.push_str(
        &Chart {
            title: "“I don't know” below a confidence".to_owned(),
            x_label: "least confidence of an answer".to_owned(),
            y_label: "share".to_owned(),
            series: vec![line("still answered", 5, answered), line("of these right", 0, right)],
            y_range: Some((0.0, 1.0)),
            x_range: Some((0.0, 1.0)),
            diagonal: false,
            marks: Marks::Lines,
        }
        .html(),
    );
    html.push_str("</div>\n");
}

fn answers(run: &RunReport, m: &Measured, i: usize, level: usize, html: &mut String) {
    let Some((_, columns)) = run.image_shape else { return };
    let _ = writeln!(html, "<h{level} id=\"mistakes-{i}\">Worst mistakes</h{level}>");
    if m.worst.is_empty() {
        html.push_str("<p>There is none: every sample was recognised.</p>\n");
    } else {
        html.push_str("<p>The mistakes of the highest cost.</p>\n");
        html.push_str(&tiles(run, &m.worst, columns));
    }
    let _ = writeln!(
        html,
        "<h{level}>Least certain</h{level}>\n<p>The answers where the two largest outputs lie closest \
         together, right or wrong.</p>"
    );
    html.push_str(&tiles(run, &m.least_certain, columns));
}

fn tiles(run: &RunReport, shown: &[Shown], columns: usize) -> String {
    let name = |class: usize| run.class_names.get(class).map_or("", String::as_str);
    let mut html = String::from("<ul class=\"tiles\">\n");
    for Shown { answer, grey } in shown {
        let (actual, predicted) = (name(answer.actual), name(answer.predicted));
        let alt = format!("Sample {}: {actual}", answer.sample);
        let right = answer.actual == answer.predicted;
        let verdict = if right {
            format!("<strong>{}</strong>, right", escape(predicted))
        } else {
            format!(
                "is <strong>{}</strong>, taken for <strong class=\"no\">{}</strong>",
                escape(actual),
                escape(predicted)
            )
        };
        let _ = writeln!(
            html,
            "<li>{}{verdict}<br>{:.2} sure · no. {}</li>",
            digit(grey, columns, &alt),
            answer.confidence,
            answer.sample
        );
    }
    html.push_str("</ul>\n");
    html
}
