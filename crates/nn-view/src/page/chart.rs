//! Charts as SVG: lines and bars, with titles for those who can't see them.

use std::fmt::Write;

use super::escape;
use super::ticks::{label, ticks};

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 42.0;
/// Colours there are.
const COLOURS: usize = 6;
/// Lines with more points than this get no dots.
const DOTS: usize = 40;

/// A line of a chart.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Which of the colours, counted from 0.
    pub(crate) colour: usize,
    pub(crate) dashed: bool,
    pub(crate) points: Vec<(f64, f64)>,
}

/// How the points of a chart are marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marks {
    /// By lines only.
    Lines,
    /// By lines, and dots that name their values.
    Dots,
}

/// A chart of lines.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) x_label: String,
    pub(crate) y_label: String,
    pub(crate) series: Vec<Series>,
    /// What the y axis shows; `None` follows the data.
    pub(crate) y_range: Option<(f64, f64)>,
    /// What the x axis shows; `None` follows the data.
    pub(crate) x_range: Option<(f64, f64)>,
    /// A dashed diagonal from corner to corner, where x and y are the same quantity.
    pub(crate) diagonal: bool,
    pub(crate) marks: Marks,
}

/// A histogram.
#[derive(Debug, Clone)]
pub(crate) struct Bars {
    pub(crate) title: String,
    pub(crate) x_label: String,
    pub(crate) y_label: String,
    pub(crate) colour: usize,
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) heights: Vec<f64>,
}

/// A figure's ground: axes, and the map from values to places.
struct Ground {
    svg: String,
    x: (f64, f64),
    y: (f64, f64),
}

impl Ground {
    fn new(
        title: &str,
        description: &str,
        labels: (&str, &str),
        (x_range, x): ((f64, f64), Vec<f64>),
        y: Vec<f64>,
    ) -> Self {
        let y_range = (y[0], y[y.len() - 1]);
        let mut ground = Self { svg: String::new(), x: x_range, y: y_range };
        let _ = writeln!(
            ground.svg,
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\"><title>{}</title><desc>{}</desc>",
            escape(title),
            escape(description)
        );
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for &tick in &y {
            let (place, text) = (ground.y(tick), label(tick, y[1] - y[0]));
            let _ = writeln!(
                ground.svg,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{place:.1}\" y2=\"{place:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
                LEFT - 8.0,
                place + 4.0
            );
        }
        for &tick in x.iter().filter(|tick| **tick >= x_range.0) {
            let (place, text) = (ground.x(tick), label(tick, x[1] - x[0]));
            let _ = writeln!(
                ground.svg,
                "<text x=\"{place:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{text}</text>",
                bottom + 17.0
            );
        }
        let _ = writeln!(
            ground.svg,
            "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{bottom}\" y2=\"{bottom}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
             <text x=\"14\" y=\"{:.1}\" text-anchor=\"middle\" transform=\"rotate(-90 14 {:.1})\">{}</text>",
            f64::midpoint(LEFT, right),
            HEIGHT - 5.0,
            escape(labels.0),
            f64::midpoint(TOP, bottom),
            f64::midpoint(TOP, bottom),
            escape(labels.1),
        );
        ground
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + (value - self.x.0) / (self.x.1 - self.x.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value - self.y.0) / (self.y.1 - self.y.0);
        HEIGHT - BOTTOM - share.clamp(0.0, 1.0) * (HEIGHT - BOTTOM - TOP)
    }
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

/// A number as a description reads it.
fn brief(value: f64) -> String {
    if value == 0.0 || (0.001..1e5).contains(&value.abs()) {
        format!("{value:.4}").trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        format!("{value:.2e}")
    }
}

impl Chart {
    /// The chart as a figure, with a legend where there are several lines.
    pub(crate) fn html(&self) -> String {
        let all = || self.series.iter().flat_map(|series| &series.points);
        let (x_low, x_high) = self.x_range.unwrap_or_else(|| bounds(all().map(|point| point.0)));
        let (y_low, y_high) = self.y_range.unwrap_or_else(|| bounds(all().map(|point| point.1)));
        let x_ticks = ticks(x_low, x_high, 6);
        let mut x = (x_ticks[0], x_ticks[x_ticks.len() - 1]);
        // The axis begins where the data do.
        if x_low.is_finite() && x_ticks.len() > 2 {
            x.0 = x.0.max(x_low);
        }
        let mut said = Vec::new();
        for series in &self.series {
            let finite = || series.points.iter().filter(|point| point.1.is_finite());
            let ends = finite().next().zip(finite().next_back());
            if let Some((first, last)) = ends {
                let (from, to) = (brief(first.1), brief(last.1));
                said.push(format!("{}: from {from} to {to}", series.name));
            }
        }
        let labels = (&*self.x_label, &*self.y_label);
        let description = said.join("; ");
        let mut ground =
            Ground::new(&self.title, &description, labels, (x, x_ticks), ticks(y_low, y_high, 5));
        if self.diagonal {
            let (x, y) = (ground.x, ground.y);
            let (low, high) = (x.0.max(y.0), x.1.min(y.1));
            let _ = writeln!(
                ground.svg,
                "<line class=\"faint\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
                ground.x(low),
                ground.y(low),
                ground.x(high),
                ground.y(high)
            );
        }
        for series in &self.series {
            self.draw(series, &mut ground);
        }
        ground.svg.push_str("</svg>\n");
        let legend = if self.series.len() > 1 { self.legend() } else { String::new() };
        format!(
            "<figure>\n<figcaption>{}</figcaption>\n{}{legend}</figure>\n",
            escape(&self.title),
            ground.svg,
        )
    }

    fn draw(&self, series: &Series, ground: &mut Ground) {
        let finite = series.points.iter().filter(|p| p.0.is_finite() && p.1.is_finite());
        let places: Vec<(f64, f64, &(f64, f64))> =
            finite.map(|p| (ground.x(p.0), ground.y(p.1), p)).collect();
        let path: Vec<String> = places.iter().map(|(x, y, _)| format!("{x:.1},{y:.1}")).collect();
        let dashes = if series.dashed { " stroke-dasharray=\"6 5\"" } else { "" };
        let colour = series.colour % COLOURS + 1;
        let _ = writeln!(
            ground.svg,
            "<g class=\"k{colour}\"><polyline class=\"line\" points=\"{}\"{dashes}/>",
            path.join(" ")
        );
        if self.marks == Marks::Dots && places.len() <= DOTS || places.len() == 1 {
            for (x, y, (at, value)) in places {
                let _ = writeln!(
                    ground.svg,
                    "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.6\"><title>{}: {}, {}</title></circle>",
                    escape(&series.name),
                    brief(*at),
                    brief(*value)
                );
            }
        }
        ground.svg.push_str("</g>\n");
    }

    fn legend(&self) -> String {
        let mut html = String::from("<ul class=\"legend\">");
        for series in &self.series {
            let dashed = if series.dashed { " class=\"dashed\"" } else { "" };
            let _ = write!(
                html,
                "<li class=\"k{}\"><i{dashed}></i><b>{}</b></li>",
                series.colour % COLOURS + 1,
                escape(&series.name)
            );
        }
        html.push_str("</ul>\n");
        html
    }
}

impl Bars {
    /// The histogram as a figure.
    pub(crate) fn html(&self) -> String {
        let highest = self.heights.iter().copied().fold(0.0, f64::max);
        let description = format!(
            "{} bars from {} to {}; the highest is {}",
            self.heights.len(),
            brief(self.from),
            brief(self.to),
            brief(highest)
        );
        let labels = (&*self.x_label, &*self.y_label);
        let x_ticks = ticks(self.from, self.to, 6);
        let x = (x_ticks[0], x_ticks[x_ticks.len() - 1]);
        let highest = if highest > 0.0 { highest } else { 1.0 };
        let mut ground =
            Ground::new(&self.title, &description, labels, (x, x_ticks), ticks(0.0, highest, 4));
        let width = (self.to - self.from) / self.heights.len().max(1) as f64;
        let _ = writeln!(ground.svg, "<g class=\"k{}\">", self.colour % COLOURS + 1);
        for (i, &height) in self.heights.iter().enumerate() {
            let (left, right) = (
                ground.x(self.from + i as f64 * width),
                ground.x(self.from + (i + 1) as f64 * width),
            );
            let (top, bottom) = (ground.y(height), ground.y(0.0));
            if height > 0.0 {
                let _ = writeln!(
                    ground.svg,
                    "<rect class=\"bar\" x=\"{left:.2}\" y=\"{top:.2}\" width=\"{:.2}\" height=\"{:.2}\"/>",
                    (right - left - 0.6).max(0.4),
                    (bottom - top).max(0.6)
                );
            }
        }
        ground.svg.push_str("</g>\n</svg>\n");
        format!(
            "<figure>\n<figcaption>{}</figcaption>\n{}</figure>\n",
            escape(&self.title),
            ground.svg,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;
    use crate::page::document;
    use crate::page::tests::check_page;

    #[test]
    fn charts_are_well_formed_for_any_numbers() {
        let series = |points: Vec<(f64, f64)>| Series {
            name: "<a> & \"b\"".into(),
            colour: 7,
            dashed: true,
            points,
        };
        for points in [
            vec![],
            vec![(1.0, 2.0)],
            vec![(1.0, f64::NAN), (2.0, f64::INFINITY), (3.0, 1.0)],
            (0..100).map(|i| (f64::from(i), f64::from(i * i))).collect(),
        ] {
            let chart = Chart {
                title: "cost <&>".into(),
                x_label: "epoch".into(),
                y_label: "C".into(),
                series: vec![series(points.clone()), series(points)],
                y_range: None,
                x_range: None,
                diagonal: true,
                marks: Marks::Dots,
            };
            check_page(&document(Language::English, "t", &chart.html()));
        }
        let bars = Bars {
            title: "w".into(),
            x_label: "w".into(),
            y_label: "weights".into(),
            colour: 0,
            from: -1.0,
            to: 1.0,
            heights: vec![0.0, 3.0, 1.0],
        };
        let html = bars.html();
        assert_eq!(html.matches("<rect").count(), 2);
        check_page(&document(Language::English, "t", &html));
    }
}
