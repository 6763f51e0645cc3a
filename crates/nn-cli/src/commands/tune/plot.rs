//! Cost against learning rate, in characters and as SVG.

use std::fmt::Write;

use nn_train::tune::RangeTest;
use plotters::prelude::*;

use crate::Exit;
use crate::failure::Failure;

/// Size of the plot in characters.
const COLUMNS: usize = 64;
const ROWS: usize = 16;

/// Costs above so many times the first are cut off: the end of a test is not its subject.
const CUT: f64 = 1.5;

/// Lowest and highest cost to show.
fn costs(test: &RangeTest) -> (f64, f64) {
    let costs = test.points.iter().map(|point| point.smooth_cost);
    let lowest = costs.clone().fold(f64::INFINITY, f64::min);
    let first = test.points.first().map_or(1.0, |point| point.smooth_cost);
    let highest = costs.fold(first, f64::max).min(CUT * first);
    // A flat line is drawn in the middle.
    if highest > lowest { (lowest, highest) } else { (lowest - 0.5, lowest + 0.5) }
}

/// The first and the last rate.
fn rates(test: &RangeTest) -> Option<(f64, f64)> {
    let (first, last) = (test.points.first()?, test.points.last()?);
    (first.learning_rate < last.learning_rate).then_some((first.learning_rate, last.learning_rate))
}

/// The smoothed cost as stars over the logarithm of the rate.
pub(super) fn terminal(test: &RangeTest) -> String {
    let Some((from, to)) = rates(test) else { return String::new() };
    let (low, high) = costs(test);
    let mut grid = vec![[b' '; COLUMNS]; ROWS];
    for point in &test.points {
        let across = (point.learning_rate / from).ln() / (to / from).ln();
        let down = (high - point.smooth_cost) / (high - low);
        if down < 0.0 {
            continue;
        }
        let place = |share: f64, cells: usize| {
            ((share * (cells - 1) as f64).round() as usize).min(cells - 1)
        };
        grid[place(down, ROWS)][place(across, COLUMNS)] = b'*';
    }
    let mut text = String::from("      cost\n");
    for (row, cells) in grid.iter().enumerate() {
        let label = match row {
            0 => format!("{high:10.4}"),
            _ if row == ROWS - 1 => format!("{low:10.4}"),
            _ => " ".repeat(10),
        };
        let line = String::from_utf8_lossy(cells);
        let _ = writeln!(text, "{label} |{}", line.trim_end());
    }
    let _ = writeln!(text, "{}+{}", " ".repeat(11), "-".repeat(COLUMNS));
    let (from, to) = (format!("{from:.1e}"), format!("{to:.1e}"));
    let gap = " ".repeat(COLUMNS.saturating_sub(from.len() + to.len()));
    let _ = writeln!(text, "{}{from}{gap}{to}  learning rate", " ".repeat(12));
    text
}

/// The same as an SVG picture, with the unsmoothed costs in grey.
pub(super) fn svg(test: &RangeTest) -> Result<String, Failure> {
    let mut text = String::new();
    let drawn = draw(test, &mut text);
    drawn.map(|()| text).map_err(|error| Failure::new(Exit::Io, format!("cannot draw: {error}")))
}

fn draw(test: &RangeTest, text: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let Some((from, to)) = rates(test) else { return Ok(()) };
    let (low, high) = costs(test);
    let root = SVGBackend::with_string(text, (720, 420)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .caption("Learning-rate range test", ("sans-serif", 18))
        .x_label_area_size(40)
        .y_label_area_size(60)
        .build_cartesian_2d((from..to).log_scale(), low..high)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("learning rate")
        .y_desc("cost of the mini-batches")
        .x_label_formatter(&|rate| format!("{rate:.0e}"))
        .draw()?;
    let shown = |cost: f64| cost.min(high);
    let points = || test.points.iter();
    chart.draw_series(LineSeries::new(
        points().map(|point| (point.learning_rate, shown(point.cost))),
        RGBColor(190, 190, 190).stroke_width(1),
    ))?;
    chart.draw_series(LineSeries::new(
        points().map(|point| (point.learning_rate, shown(point.smooth_cost))),
        RGBColor(20, 90, 160).stroke_width(2),
    ))?;
    root.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use nn_train::tune::RangePoint;

    use super::*;

    fn test(costs: &[f64]) -> RangeTest {
        let point = |(i, &cost): (usize, &f64)| RangePoint {
            learning_rate: 0.1 * 10.0_f64.powf(i as f64),
            cost,
            smooth_cost: cost,
        };
        RangeTest { points: costs.iter().enumerate().map(point).collect(), ran_away: false }
    }

    #[test]
    fn the_curve_goes_down_and_what_ran_away_is_cut() {
        let text = terminal(&test(&[2.0, 1.0, 9.0]));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), ROWS + 3);
        assert!(lines[1].starts_with("    3.0000 |"), "{text}");
        assert_eq!(text.matches('*').count(), 2);
        assert!(lines[ROWS].contains('*') && lines[ROWS].starts_with("    1.0000"), "{text}");
        assert!(text.contains("1.0e-1") && text.contains("1.0e1"));
    }

    #[test]
    fn few_points_are_no_panic() {
        assert_eq!(terminal(&test(&[])), "");
        assert_eq!(terminal(&test(&[1.0])), "");
        assert!(terminal(&test(&[1.0, 1.0])).contains('*'));
        assert_eq!(svg(&test(&[])).unwrap(), "");
        assert!(svg(&test(&[1.0, 1.0, 0.5])).unwrap().starts_with("<svg"));
    }
}
