//! The chart of seconds an epoch: a group of bars for each network, on a logarithmic axis.

use std::fmt::Write;

use super::contestants::OURS;
use super::statistics::{digits, seconds};
use super::training_table::{Best, Contest};

const LABELS: f64 = 200.0;
const BARS: f64 = 430.0;
const WIDTH: f64 = LABELS + BARS + 150.0;
const ROW: f64 = 18.0;
const TITLE: f64 = 30.0;

/// Colours for a light page, and for a dark one.
const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600}\
.bar{fill:#8c959f}.ours{fill:#0969da}.grid{stroke:#d0d7de}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#6e7681}.ours{fill:#4493f8}.grid{stroke:#3d444d}}";

/// Draws the best of every framework on every network.
pub fn svg(contests: &[Contest]) -> String {
    let groups: Vec<(String, Vec<Best>)> = contests
        .iter()
        .map(|contest| {
            let title = format!("{}, batch {}", contest.shape.name(), contest.shape.batch);
            (title, contest.best())
        })
        .collect();
    draw(&groups)
}

fn draw(groups: &[(String, Vec<Best>)]) -> String {
    let times = || groups.iter().flat_map(|(_, bars)| bars).map(|bar| bar.seconds.log10());
    let low = times().fold(f64::INFINITY, f64::min).floor();
    let high = times().fold(f64::NEG_INFINITY, f64::max).ceil().max(low + 1.0);
    let rows: usize = groups.iter().map(|(_, bars)| bars.len()).sum();
    let height = rows as f64 * ROW + groups.len() as f64 * TITLE + 50.0;
    let at = |exponent: f64| LABELS + (exponent - low) / (high - low) * BARS;

    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n\
         <title>Seconds an epoch of 50,000 images, less is better</title>\n<style>{STYLE}</style>\n\
         <text class=\"title\" x=\"10\" y=\"18\">Seconds an epoch of 50,000 images (logarithmic; shorter is faster)</text>\n"
    );
    if times().next().is_none() {
        text.push_str("</svg>\n");
        return text;
    }
    let mut exponent = low;
    while exponent <= high {
        let (x, bottom) = (at(exponent), height - 20.0);
        let _ = writeln!(
            text,
            "<line class=\"grid\" x1=\"{x:.1}\" y1=\"28\" x2=\"{x:.1}\" y2=\"{bottom}\"/>\
             <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            height - 6.0,
            seconds(10f64.powf(exponent)).replace(".00", "").replace(".0", ""),
        );
        exponent += 1.0;
    }
    let mut y = 28.0;
    for (title, bars) in groups {
        y += TITLE;
        let _ =
            writeln!(text, "<text class=\"title\" x=\"10\" y=\"{:.1}\">{title}</text>", y - 8.0);
        for bar in bars {
            let class = if bar.name == OURS { "ours" } else { "bar" };
            let end = at(bar.seconds.log10());
            let ratio = if bar.name == OURS {
                String::new()
            } else {
                format!(" ({}×)", digits(bar.ratio))
            };
            let middle = y + 13.0;
            let _ = writeln!(
                text,
                "<text x=\"{:.1}\" y=\"{middle:.1}\" text-anchor=\"end\">{}</text>\
                 <rect class=\"{class}\" x=\"{LABELS}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{middle:.1}\">{}{ratio}</text>",
                LABELS - 6.0,
                bar.name,
                y + 2.0,
                (end - LABELS).max(1.0),
                ROW - 4.0,
                end + 5.0,
                seconds(bar.seconds),
            );
            y += ROW;
        }
    }
    text.push_str("</svg>\n");
    text
}

#[cfg(test)]
mod tests {
    use super::draw;
    use crate::bench::contestants::OURS;
    use crate::bench::training_table::Best;

    #[test]
    fn every_framework_has_a_bar_and_ours_stands_out() {
        let bar = |name, seconds, ratio| Best { name, threads: 1, seconds, ratio };
        let bars = vec![bar(OURS, 0.02, 1.0), bar("a peer", 2.0, 100.0)];
        let svg = draw(&[("784-30-10, batch 10".to_owned(), bars)]);
        assert_eq!(svg.matches("<rect").count(), 2);
        assert_eq!(svg.matches("class=\"ours\"").count(), 1);
        assert!(svg.contains("2.00 s (100×)"), "{svg}");
        assert!(svg.contains("prefers-color-scheme:dark"));
    }

    #[test]
    fn nothing_measured_is_an_empty_chart() {
        assert!(draw(&[]).ends_with("</svg>\n"));
    }
}
