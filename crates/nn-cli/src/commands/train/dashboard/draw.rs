//! The picture of a [`State`].

use std::time::Duration;

use nn_view::analysis::LayerFigures;
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{
    Axis, Block, Borders, Chart, Clear, Dataset, Gauge, GraphType, Paragraph, Row, Table,
};

use super::state::{Mistake, State};
use crate::output::number::{percent, rate, time};
use crate::output::records::TrainEpoch;
use crate::streams::one_line;

const TRAINING: Color = Color::Blue;
const VALIDATION: Color = Color::Yellow;
const TEST: Color = Color::Green;
/// Rows and columns of a mistake: two pixels to a character, every second pixel.
const MISTAKE: (u16, u16) = (7, 14);

const KEYS: &str = " p pause   s save   l halve the learning rate   q stop   ? help ";
const HELP: [&str; 8] = [
    "p, space   pause, and go on",
    "s          save a checkpoint now (needs --run)",
    "l          halve the learning rate",
    "q, Ctrl-C  stop in order; with --run it can be resumed",
    "?          this help, and away with it",
    "",
    "gradient   norm of a layer's mean gradient",
    "flat       share of activations where σ is flat",
];

/// A line of a chart: its name, its colour, its points.
type Curve<'a> = (&'a str, Color, &'a [(f64, f64)]);

/// Draws everything that fits.
pub(super) fn screen(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    let lower = if area.height >= 26 { MISTAKE.0 + 3 } else { 0 };
    let [head, gauge, charts, below, foot] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(lower),
        Constraint::Length(1),
    ])
    .areas(area);
    header(state, frame, head);
    progress(state, frame, gauge);
    let [left, right] =
        Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]).areas(charts);
    cost(state, frame, left);
    accuracy(state, frame, right);
    if lower > 0 {
        let [left, right] =
            Layout::horizontal([Constraint::Length(46), Constraint::Min(0)]).areas(below);
        layers(state, frame, left);
        mistakes(state, frame, right);
    }
    let dim = Style::new().add_modifier(Modifier::DIM);
    frame.render_widget(Paragraph::new(Line::styled(KEYS, dim)), foot);
    if state.help {
        help(frame, area);
    }
}

fn header(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let mut line = vec![Span::styled(format!(" {}", one_line(&state.title)), bold)];
    if state.paused {
        let shout = Style::new().fg(Color::Black).bg(Color::Yellow);
        line.push(Span::raw("  "));
        line.push(Span::styled(" PAUSED, p goes on ", shout));
    }
    let speed = state.position.map_or_else(String::new, |p| {
        let left = time(Duration::from_secs_f64(p.seconds_left.max(0.0)));
        format!("   {} samples/s   {left} left", rate(p.samples_per_second))
    });
    let facts = format!(" {}, learning rate {}{speed}", state.settings, state.rate);
    let message = Line::styled(state.message.clone(), Style::new().fg(Color::Cyan));
    frame.render_widget(Paragraph::new(vec![Line::from(line), Line::raw(facts)]), area);
    frame.render_widget(
        Paragraph::new(message.alignment(Alignment::Right)),
        Rect { height: 1, ..area },
    );
}

fn progress(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let (share, label) = state.position.map_or((0.0, String::new()), |p| {
        let done = (p.epoch - 1) as f64 + p.samples_done as f64 / p.samples.max(1) as f64;
        (done / p.epochs.max(1) as f64, format!("epoch {} of {}", p.epoch, p.epochs))
    });
    let gauge =
        Gauge::default().gauge_style(Style::new().fg(TRAINING)).label(label).use_unicode(true);
    frame.render_widget(gauge.ratio(share.clamp(0.0, 1.0)), area);
}

/// One value an epoch, where it is known.
fn curve(state: &State, of: impl Fn(&TrainEpoch) -> Option<f64>) -> Vec<(f64, f64)> {
    let point = |epoch: &TrainEpoch| Some((epoch.epoch as f64, of(epoch)?));
    state.epochs.iter().filter_map(point).filter(|point| point.1.is_finite()).collect()
}

fn cost(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let validation = curve(state, |epoch| epoch.validation_cost);
    let test = curve(state, |epoch| epoch.test_cost);
    let lines = [
        ("training", TRAINING, &state.running[..]),
        ("validation", VALIDATION, &validation[..]),
        ("test", TEST, &test[..]),
    ];
    chart(" cost ", &lines, state, (0.0, None), frame, area);
}

fn accuracy(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let training = curve(state, |epoch| epoch.train_accuracy.map(|share| share * 100.0));
    let validation = curve(state, |epoch| epoch.validation_accuracy.map(|a| a * 100.0));
    let test = curve(state, |epoch| epoch.test_accuracy.map(|a| a * 100.0));
    let lines = [
        ("training", TRAINING, &training[..]),
        ("validation", VALIDATION, &validation[..]),
        ("test", TEST, &test[..]),
    ];
    let lowest = lines.iter().flat_map(|line| line.2).map(|p| p.1).fold(100.0, f64::min);
    let low = if lowest < 100.0 { (lowest / 10.0).floor() * 10.0 } else { 0.0 };
    let last = state.epochs.last().and_then(|epoch| epoch.test_accuracy);
    let title =
        last.map_or(" accuracy ".to_owned(), |a| format!(" accuracy, test {} ", percent(a)));
    chart(&title, &lines, state, (low, Some(100.0)), frame, area);
}

fn chart(
    title: &str,
    lines: &[Curve<'_>],
    state: &State,
    (low, high): (f64, Option<f64>),
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let highest = lines.iter().flat_map(|line| line.2).map(|point| point.1).fold(0.0, f64::max);
    let high = high.unwrap_or(if highest > 0.0 { highest } else { 1.0 });
    let datasets = lines.iter().filter(|line| !line.2.is_empty()).map(|(name, colour, points)| {
        Dataset::default()
            .name(*name)
            .marker(Marker::Braille)
            .graph_type(GraphType::Line)
            .style(Style::new().fg(*colour))
            .data(points)
    });
    let epochs = state.all_epochs.max(1) as f64;
    let number = |value: f64| {
        if high >= 10.0 { format!("{value:.0} %") } else { format!("{value:.3}") }
    };
    let dim = Style::new().add_modifier(Modifier::DIM);
    // The title is the legend, too, and not as dim as the border it stands in.
    let clear = Style::new().remove_modifier(Modifier::DIM);
    let mut heading = vec![Span::styled(title.to_owned(), clear)];
    for (name, colour, _) in lines.iter().filter(|line| !line.2.is_empty()) {
        heading.push(Span::styled(format!("{name} "), clear.fg(*colour)));
    }
    let chart = Chart::new(datasets.collect())
        .legend_position(None)
        .block(Block::new().borders(Borders::TOP).border_style(dim).title(Line::from(heading)))
        .x_axis(
            Axis::default()
                .style(dim)
                .bounds([0.0, epochs])
                .labels(["0".to_owned(), format!("epoch {epochs}")]),
        )
        .y_axis(
            Axis::default()
                .style(dim)
                .bounds([low, high])
                .labels([low, f64::midpoint(low, high), high].map(number)),
        );
    frame.render_widget(chart, area);
}

fn layers(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let dim = Style::new().add_modifier(Modifier::DIM);
    let share =
        |value: Option<f64>| value.map_or("·".to_owned(), |v| format!("{:.0} %", v * 100.0));
    let row = |layer: &LayerFigures| {
        let gradient = layer.gradient_norm.map_or("·".to_owned(), |norm| format!("{norm:.2e}"));
        let cells = [
            layer.layer.to_string(),
            layer.units.to_string(),
            gradient,
            share(layer.dead_units),
            share(layer.saturated),
        ];
        Row::new(cells)
    };
    let widths = [6, 7, 11, 8, 7].map(Constraint::Length);
    let table = Table::new(state.layers.iter().map(row), widths)
        .header(Row::new(["layer", "units", "gradient", "dead", "flat"]).style(dim))
        .block(Block::new().borders(Borders::TOP).border_style(dim).title(" layers "));
    frame.render_widget(table, area);
}

fn mistakes(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let (of, right) = state.looked_at;
    let title = if of == 0 {
        " mistakes ".to_owned()
    } else {
        format!(" mistakes: {} of {of} held-out samples now ", of - right)
    };
    let dim = Style::new().add_modifier(Modifier::DIM);
    let block = Block::new().borders(Borders::TOP).border_style(dim).title(title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let across = usize::from(inner.width / (MISTAKE.1 + 1));
    for (i, mistake) in state.mistakes.iter().take(across).enumerate() {
        let x = inner.x + i as u16 * (MISTAKE.1 + 1);
        let place = Rect { x, y: inner.y, width: MISTAKE.1, height: inner.height };
        let mut lines = picture(mistake);
        let name = |name: &str| one_line(name).chars().take(5).collect::<String>();
        let caption = format!("{}, not {}", name(&mistake.actual), name(&mistake.predicted));
        lines.push(Line::raw(caption));
        frame.render_widget(Paragraph::new(lines), place);
    }
}

/// A digit in half blocks, every second pixel of it.
fn picture(mistake: &Mistake) -> Vec<Line<'static>> {
    let columns = mistake.columns.max(1);
    let rows = mistake.pixels.len() / columns;
    let (height, width) = (usize::from(MISTAKE.0) * 2, usize::from(MISTAKE.1));
    // The mean of what falls into each of the small picture's pixels.
    let shade = |y: usize, x: usize| {
        let range =
            |i: usize, of: usize, n: usize| i * n / of..((i + 1) * n / of).max(i * n / of + 1);
        let (mut sum, mut count) = (0_u32, 0_u32);
        for row in range(y, height, rows) {
            for column in range(x, width, columns) {
                if let Some(&pixel) = mistake.pixels.get(row * columns + column) {
                    sum += u32::from(pixel);
                    count += 1;
                }
            }
        }
        (sum / count.max(1)) as u8
    };
    let line = |y: usize| {
        let cell = |x: usize| {
            let grey = |v: u8| {
                Color::Indexed(if v < 8 { 16 } else { 232 + (u16::from(v) * 23 / 255) as u8 })
            };
            Span::styled("▀", Style::new().fg(grey(shade(2 * y, x))).bg(grey(shade(2 * y + 1, x))))
        };
        Line::from((0..width).map(cell).collect::<Vec<_>>())
    };
    (0..usize::from(MISTAKE.0)).map(line).collect()
}

fn help(frame: &mut Frame<'_>, area: Rect) {
    let (width, height) = (area.width.min(60), area.height.min(HELP.len() as u16 + 2));
    let x = area.x + (area.width - width) / 2;
    let y = area.y + (area.height - height) / 2;
    let place = Rect { x, y, width, height };
    let text: Vec<Line<'_>> = HELP.iter().map(|line| Line::raw(format!(" {line}"))).collect();
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(text).block(Block::bordered().title(" help ")), place);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::records::Position;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn state() -> State {
        let mut state = State {
            title: "784-30-10 on the \x1b sample".into(),
            all_epochs: 4,
            rate: 3.0,
            ..State::default()
        };
        for i in 0..8 {
            state.position(&Position {
                epoch: 1 + i / 4,
                epochs: 4,
                samples_done: (i % 4) * 1000,
                samples: 4000,
                cost: 0.5 / (i + 1) as f64,
                samples_per_second: 83_100.0,
                seconds_left: 12.0,
            });
        }
        let epoch = |epoch: usize| TrainEpoch {
            epoch,
            epochs: 4,
            learning_rate: 3.0,
            train_cost: 0.2,
            train_accuracy: Some(0.8 + 0.05 * epoch as f64),
            validation_regression: None,
            test_regression: None,
            train_cost_after: None,
            train_accuracy_after: None,
            validation_cost: Some(0.25),
            validation_accuracy: Some(0.85),
            test_cost: Some(0.24),
            test_accuracy: Some(0.86),
            test_correct: Some(860),
            layers: Vec::new(),
            seconds: 0.1,
            samples_per_second: 40_000.0,
            seconds_left: 0.3,
        };
        state.epoch(&epoch(1));
        state.epoch(&epoch(2));
        let layer = |layer| LayerFigures {
            layer,
            units: 30,
            dead_units: Some(0.0),
            saturated: Some(0.62),
            weight_norm: None,
            gradient_norm: Some(0.0123),
        };
        let pixels = (0..784).map(|i| if (i % 28) < 14 { 255 } else { 0 }).collect();
        let mistake = Mistake { pixels, columns: 28, actual: "9".into(), predicted: "4".into() };
        state.probed(vec![layer(2), layer(3)], vec![mistake; 3], (200, 171));
        state
    }

    fn drawn(state: &State, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| screen(state, frame)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn everything_that_is_known_is_drawn() {
        let picture = drawn(&state(), 110, 32);
        for part in [
            "784-30-10 on the \\u{1b} sample",
            "epoch 2 of 4",
            "83.1 k samples/s",
            "training validation test",
            "accuracy, test 86.00 %",
            "1.23e-2",
            "62 %",
            "mistakes: 29 of 200",
            "9, not 4",
            "p pause",
        ] {
            assert!(picture.contains(part), "{part}: {picture}");
        }
        assert!(picture.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)), "curves");
        assert_eq!(picture.matches("9, not 4").count(), 3);
    }

    #[test]
    fn every_size_of_terminal_is_drawn_on() {
        let mut state = state();
        for help in [false, true] {
            state.help = help;
            state.paused = help;
            for (width, height) in [(1, 1), (3, 40), (20, 5), (80, 24), (200, 60)] {
                drawn(&state, width, height);
                drawn(&State::default(), width, height);
            }
        }
        assert!(drawn(&state, 110, 32).contains("PAUSED"));
        assert!(!drawn(&state, 110, 32).contains('\x1b'));
    }
}
