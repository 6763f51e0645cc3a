//! The observer of a training run: measures after each epoch and passes records on.

use std::time::{Duration, Instant};

use nn_core::Cost;
use nn_train::{
    Batches, Control, Epoch, Evaluation, Observer, Samples, Start, StopFlag, Team,
    evaluate_unless_stopped,
};

use nn_view::analysis::training_health;

use crate::failure::Failure;
use crate::output::progress::Reporter;
use crate::output::records::{Position, TrainEpoch};
use crate::streams::Streams;

/// What is measured after each epoch.
#[derive(Debug, Clone, Copy)]
pub(in crate::commands) struct Measured<'a> {
    /// What is trained on, if a few of these samples are to tell how the layers fare.
    pub(in crate::commands) watched: Option<&'a Samples<f32>>,
    /// What is trained on, if all of it is to be measured after each epoch, too.
    pub(in crate::commands) train: Option<&'a Samples<f32>>,
    pub(in crate::commands) validation: Option<&'a Samples<f32>>,
    pub(in crate::commands) test: Option<&'a Samples<f32>>,
}

/// Evaluates after each epoch, keeps the time, and tells a reporter.
pub(in crate::commands) struct Monitor<'a, 's> {
    cost: &'a Cost,
    measured: Measured<'a>,
    team: &'a Team,
    reporter: &'a mut dyn Reporter,
    streams: &'a mut Streams<'s>,
    clock: Clock,
    samples: usize,
    epochs: usize,
    last: Option<TrainEpoch>,
    /// The records of all epochs that were done here.
    history: Vec<TrainEpoch>,
    failure: Option<Failure>,
    /// Samples used before this program started.
    earlier: usize,
    /// Set when the measuring is to be given up.
    stop: StopFlag,
}

impl<'a, 's> Monitor<'a, 's> {
    pub(in crate::commands) fn new(
        cost: &'a Cost,
        measured: Measured<'a>,
        team: &'a Team,
        reporter: &'a mut dyn Reporter,
        streams: &'a mut Streams<'s>,
        earlier: usize,
    ) -> Self {
        Self {
            cost,
            measured,
            team,
            reporter,
            streams,
            clock: Clock::start(),
            samples: 0,
            epochs: 0,
            last: None,
            history: Vec::new(),
            failure: None,
            earlier,
            stop: StopFlag::new(),
        }
    }

    /// Gives up the measuring of an epoch, and with it the end of that epoch, once `stop` is set.
    pub(in crate::commands) fn set_stop(&mut self, stop: StopFlag) {
        self.stop = stop;
    }

    /// The record of the last epoch so far, or what went wrong in measuring it.
    pub(in crate::commands) fn last(&mut self) -> Result<Option<TrainEpoch>, Failure> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(self.last.clone()),
        }
    }

    /// The records of all epochs that were done since the program started.
    pub(super) fn into_history(self) -> Vec<TrainEpoch> {
        self.history
    }

    /// Passes on what was done.
    pub(super) fn note(&mut self, note: &str) {
        self.reporter.note(note);
    }

    /// Passes on that the learning rate was changed by hand.
    pub(super) fn learning_rate(&mut self, rate: f64) {
        self.reporter.learning_rate(rate);
    }

    /// Leaves out the time that somebody let training wait.
    pub(super) fn waited(&mut self, time: Duration) {
        self.clock.since += time;
    }

    /// Ends a pause between two epochs, so that it counts as neither's.
    pub(in crate::commands) fn paused(&mut self) {
        self.clock.epoch_measured();
    }

    /// The record of an epoch; `None` if it was to stop before all was measured.
    fn record(&mut self, epoch: &Epoch<'_, f32>) -> Result<Option<TrainEpoch>, Failure> {
        let seconds = self.clock.epoch_trained().as_secs_f64();
        let (network, team, stop) = (epoch.in_use, self.team, &self.stop);
        let measure = |samples: Option<&Samples<f32>>| match samples {
            None => Ok(Some(None)),
            Some(samples) => evaluate_unless_stopped(network, self.cost, samples, team, stop)
                .map(|result| result.map(Some)),
        };
        let Some(train) = measure(self.measured.train)? else { return Ok(None) };
        let Some(validation) = measure(self.measured.validation)? else { return Ok(None) };
        let Some(test) = measure(self.measured.test)? else { return Ok(None) };
        if stop.is_set() {
            return Ok(None);
        }
        let parameters = epoch.network.num_parameters();
        let watch = |samples: &Samples<f32>| {
            let count = watched(samples.len(), parameters);
            training_health(epoch.network, self.cost, samples, count)
        };
        let layers = self.measured.watched.map(watch).transpose()?.unwrap_or_default();
        self.clock.epoch_measured();
        let regression = |result: &Option<Evaluation>| {
            result.as_ref().is_some_and(|result| result.regression.is_some())
        };
        let classes = !(regression(&test) || regression(&validation) || regression(&train));
        let accuracy = |result: &Evaluation| classes.then(|| result.accuracy());
        let done = epoch.epoch * self.samples;
        Ok(Some(TrainEpoch {
            epoch: epoch.epoch,
            epochs: epoch.of,
            learning_rate: epoch.learning_rate,
            train_cost: epoch.train_cost,
            train_accuracy: classes.then_some(epoch.train_accuracy),
            train_cost_after: train.as_ref().map(|t| t.mean_cost),
            train_accuracy_after: train.as_ref().and_then(accuracy),
            validation_cost: validation.as_ref().map(|v| v.mean_cost),
            validation_accuracy: validation.as_ref().and_then(accuracy),
            test_cost: test.as_ref().map(|t| t.mean_cost),
            test_accuracy: test.as_ref().and_then(accuracy),
            test_correct: test.as_ref().filter(|_| classes).map(|t| t.confusion.correct()),
            validation_regression: validation.as_ref().and_then(|v| v.regression),
            test_regression: test.as_ref().and_then(|t| t.regression),
            layers,
            seconds,
            samples_per_second: self.samples as f64 / seconds.max(1e-9),
            seconds_left: self
                .clock
                .left(done - self.earlier, self.samples * epoch.of - self.earlier),
        }))
    }
}

impl Observer<f32> for Monitor<'_, '_> {
    fn on_start(&mut self, start: &Start<'_, f32>) {
        if self.samples > 0 {
            return; // It goes on after a pause.
        }
        self.samples = start.samples;
        self.epochs = start.params.get().epochs;
        self.clock = Clock::start();
        self.streams.detail(format!(
            "{} mini-batches per epoch, shared by {} workers",
            start.batches, start.workers
        ));
    }

    fn on_batches(&mut self, batches: &Batches<'_, f32>) -> Control {
        let done = (batches.epoch - 1) * self.samples + batches.samples_done;
        self.reporter.position(&Position {
            epoch: batches.epoch,
            epochs: self.epochs,
            samples_done: batches.samples_done,
            samples: self.samples,
            cost: batches.costs.iter().sum::<f64>() / batches.costs.len().max(1) as f64,
            samples_per_second: (done - self.earlier) as f64
                / self.clock.training().as_secs_f64().max(1e-9),
            seconds_left: self
                .clock
                .left(done - self.earlier, self.samples * self.epochs - self.earlier),
        });
        Control::Continue
    }

    fn on_epoch(&mut self, epoch: &Epoch<'_, f32>) -> Control {
        match self.record(epoch) {
            Ok(None) => Control::Abandon,
            Ok(Some(record)) => {
                self.reporter.epoch(&record, self.streams);
                self.last = Some(record.clone());
                self.history.push(record);
                Control::Continue
            }
            Err(failure) => {
                self.failure = Some(failure);
                Control::Stop
            }
        }
    }
}

/// On how many of `samples` training samples the layers are watched: enough for a mean, and so few
/// that it is a small part of the work of an epoch. Of a large network they are fewer, because a
/// signal has to wait for it.
fn watched(samples: usize, parameters: usize) -> usize {
    let soon_done = 500_000_000 / parameters.max(1);
    (samples / 200).min(soon_done).clamp(32, 256)
}

/// Training time and measuring time, apart.
#[derive(Debug)]
struct Clock {
    /// Of the epochs that are done.
    trained: Duration,
    measured: Duration,
    /// When the current epoch, or the measuring after it, began.
    since: Instant,
}

impl Clock {
    fn start() -> Self {
        let zero = Duration::ZERO;
        Self { trained: zero, measured: zero, since: Instant::now() }
    }

    /// Ends an epoch's training and gives its time.
    fn epoch_trained(&mut self) -> Duration {
        let time = self.lap();
        self.trained += time;
        time
    }

    /// Ends the measuring after an epoch.
    fn epoch_measured(&mut self) {
        let time = self.lap();
        self.measured += time;
    }

    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        let time = now - self.since;
        self.since = now;
        time
    }

    /// All training so far, within the current epoch too.
    fn training(&self) -> Duration {
        self.trained + self.since.elapsed()
    }

    /// Seconds that the rest will take if it goes on as it did: `done` of `all` samples are used.
    fn left(&self, done: usize, all: usize) -> f64 {
        let spent = (self.training() + self.measured).as_secs_f64();
        spent / done.max(1) as f64 * all.saturating_sub(done) as f64
    }
}
