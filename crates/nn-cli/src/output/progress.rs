//! Training as a person follows it: a line per epoch, and on a terminal a bar below them.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use nn_train::RegressionMetrics;

use crate::memory::human;
use crate::output::number::{count, percent, plural, r_squared, rate, significant, time};
use crate::output::records::{HintRecord, Position, TrainEpoch, TrainFinish, TrainStart};
use crate::streams::{Streams, one_line};

/// Something that shows training to somebody.
pub(crate) trait Reporter {
    /// Training starts.
    fn start(&mut self, start: &TrainStart, streams: &mut Streams<'_>);
    /// Some mini-batches are done.
    fn position(&mut self, position: &Position);
    /// An epoch is done.
    fn epoch(&mut self, epoch: &TrainEpoch, streams: &mut Streams<'_>);
    /// Something was done that somebody asked for.
    fn note(&mut self, _: &str) {}
    /// The learning rate was changed by hand.
    fn learning_rate(&mut self, _: f64) {}
    /// Training is done and the model saved.
    fn finish(&mut self, finish: &TrainFinish, streams: &mut Streams<'_>);
}

/// Shows nothing: for training that is part of something larger.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Silent;

impl Reporter for Silent {
    fn start(&mut self, _: &TrainStart, _: &mut Streams<'_>) {}
    fn position(&mut self, _: &Position) {}
    fn epoch(&mut self, _: &TrainEpoch, _: &mut Streams<'_>) {}
    fn finish(&mut self, _: &TrainFinish, _: &mut Streams<'_>) {}
}

/// Reports training to a person.
#[derive(Debug)]
pub(crate) struct PlainReporter {
    bar: ProgressBar,
    /// Only the result is wanted.
    quiet: bool,
}

impl PlainReporter {
    /// A reporter with a bar if standard error is a terminal.
    pub(crate) fn new(streams: &mut Streams<'_>) -> Self {
        let quiet = streams.is_quiet();
        let show = streams.err().is_terminal() && !quiet;
        let bar = if show { ProgressBar::new(0) } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {msg}")
            .expect("the template is valid")
            .progress_chars("━━─");
        bar.set_style(style);
        Self { bar, quiet }
    }
}

impl Drop for PlainReporter {
    /// Leaves a clean line behind, also when training ends with an error.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Reporter for PlainReporter {
    fn start(&mut self, start: &TrainStart, streams: &mut Streams<'_>) {
        let sizes: Vec<String> = start.layers.iter().map(ToString::to_string).collect();
        streams.say(format!(
            "Training {} ({} parameters) on {} samples of {} for {}",
            sizes.join("-"),
            count(start.parameters),
            count(start.train_samples),
            one_line(&start.data),
            plural(start.epochs, "epoch"),
        ));
        streams.say(format!(
            "  {} units, {} outputs, {} cost, {} init, {}, mini-batches of {}, learning rate {}{}, \
             lambda {}, seed {}, {}",
            start.activation,
            start.output_activation,
            start.cost,
            start.init,
            start.optimizer,
            start.batch_size,
            start.learning_rate,
            if start.schedule == "constant" {
                String::new()
            } else {
                format!(" ({})", start.schedule)
            },
            start.lambda,
            start.seed,
            plural(start.threads, "thread"),
        ));
        if !self.quiet {
            streams.line(if start.task == "regression" {
                "  epoch   train cost   validation R²   test R²   samples/s        left"
            } else {
                "  epoch   train cost   validation        test   samples/s        left"
            });
        }
    }

    fn position(&mut self, position: &Position) {
        let done = (position.epoch - 1) * position.samples + position.samples_done;
        self.bar.set_length((position.epochs * position.samples) as u64);
        self.bar.set_position(done as u64);
        self.bar.set_prefix(format!("{}/{}", position.epoch, position.epochs));
        self.bar.set_message(format!(
            "cost {:.4}  {} samples/s  {} left",
            position.cost,
            rate(position.samples_per_second),
            time(Duration::from_secs_f64(position.seconds_left.max(0.0))),
        ));
    }

    fn epoch(&mut self, epoch: &TrainEpoch, streams: &mut Streams<'_>) {
        if self.quiet {
            return;
        }
        let number = format!("{}/{}", epoch.epoch, epoch.epochs);
        let shown = |accuracy: Option<f64>, regression: Option<RegressionMetrics>| match regression
        {
            Some(metrics) => r_squared(metrics.r2),
            None => accuracy.map_or_else(|| "-".to_owned(), percent),
        };
        let validation = shown(epoch.validation_accuracy, epoch.validation_regression);
        let line = format!(
            "{number:>7}   {:>10.5}   {validation:>10}   {:>9}   {:>9}   {:>9}",
            epoch.train_cost,
            shown(epoch.test_accuracy, epoch.test_regression),
            rate(epoch.samples_per_second),
            time(Duration::from_secs_f64(epoch.seconds_left.max(0.0))),
        );
        self.bar.suspend(|| streams.line(line));
    }

    fn finish(&mut self, finish: &TrainFinish, streams: &mut Streams<'_>) {
        self.bar.finish_and_clear();
        let after = format!(
            "after {} in {}",
            plural(finish.epochs, "epoch"),
            time(Duration::from_secs_f64(finish.seconds))
        );
        streams.line(match &finish.test_regression {
            Some(metrics) => format!(
                "Test R² {}, mean absolute error {}, root of the mean squared error {} {after}",
                r_squared(metrics.r2),
                significant(metrics.mae),
                significant(metrics.rmse),
            ),
            None => format!(
                "Test accuracy {} ({} of {}) {after}",
                percent(finish.test_accuracy.unwrap_or(0.0)),
                count(finish.test_correct.unwrap_or(0) as usize),
                count(finish.test_samples),
            ),
        });
        streams.line(format!(
            "Model saved to {} ({})",
            one_line(&finish.model),
            human(finish.model_bytes)
        ));
        if !self.quiet {
            for HintRecord { words, .. } in &finish.hints {
                streams.hint(format!("{}: {}; {}", words.title, words.why, words.mend));
            }
        }
    }
}
