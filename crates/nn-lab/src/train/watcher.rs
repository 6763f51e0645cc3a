//! [`Watcher`]: the observer that tells the page and obeys it.

use std::time::{Duration, Instant};

use nn_core::{Cost, Network};
use nn_train::{Batches, Control, Epoch, Observer, Samples, Start, Team, TrainError};
use nn_view::analysis::training_health;

use super::job::{Controls, Order};
use super::progress::{EpochFigures, Progress};

/// Least time between two published states.
const PUBLISH: Duration = Duration::from_millis(100);
/// Least time between two looks at gradients and weights, which cost a millisecond or two.
const LOOK: Duration = Duration::from_millis(400);
/// Least time between two networks that answer.
const ANSWER: Duration = Duration::from_secs(1);
/// Training samples on which gradients and flat units are watched.
const PROBE: usize = 64;

/// Publishes what happens, and stops the trainer when something else is ordered.
pub(super) struct Watcher<'a> {
    controls: &'a Controls,
    progress: &'a mut Progress,
    held_out: &'a Samples<f32>,
    cost: &'a Cost,
    team: Team,
    train: &'a Samples<f32>,
    batch_size: usize,
    /// Lets a network answer.
    answer: &'a mut dyn FnMut(&Network<f32>, usize),
    published: Instant,
    looked: Instant,
    answered: Instant,
    last: Instant,
    seconds: f64,
    done: usize,
}

impl<'a> Watcher<'a> {
    pub(super) fn new(
        controls: &'a Controls,
        progress: &'a mut Progress,
        train: &'a Samples<f32>,
        held_out: &'a Samples<f32>,
        cost: &'a Cost,
        batch_size: usize,
        answer: &'a mut dyn FnMut(&Network<f32>, usize),
    ) -> Result<Self, TrainError> {
        let now = Instant::now();
        let long_ago = now.checked_sub(LOOK).unwrap_or(now);
        Ok(Self {
            controls,
            progress,
            held_out,
            cost,
            team: Team::new(1)?,
            train,
            batch_size,
            answer,
            published: long_ago,
            looked: long_ago,
            answered: now,
            last: now,
            seconds: 0.0,
            done: 0,
        })
    }

    fn publish(&mut self) {
        self.progress.pause = self.controls.pause();
        self.controls.publish(self.progress);
        self.published = Instant::now();
    }

    fn look(&mut self, network: &Network<f32>) {
        self.controls.show(network);
        if let Ok(layers) = training_health(network, self.cost, self.train, PROBE) {
            self.progress.layers = layers;
        }
        self.looked = Instant::now();
    }

    /// Adds the time since the last mini-batch, and takes the speed of the last second or so.
    fn clock(&mut self, samples: usize) {
        let passed = self.last.elapsed().as_secs_f64();
        self.last = Instant::now();
        self.progress.seconds += passed;
        self.seconds += passed;
        self.done += samples;
        if self.seconds > 0.0 {
            self.progress.samples_per_second = self.done as f64 / self.seconds;
        }
        if self.seconds > 1.0 {
            self.seconds /= 2.0;
            self.done /= 2;
        }
    }
}

impl Observer<f32> for Watcher<'_> {
    fn on_start(&mut self, start: &Start<'_, f32>) {
        self.progress.batches = start.batches;
        self.progress.epoch = start.epoch;
        self.look(start.network);
        self.publish();
        self.last = Instant::now();
    }

    fn batches_at_a_time(&self) -> Option<usize> {
        let one = self.controls.order() == Order::Step || self.controls.pause() > 0;
        one.then_some(1)
    }

    fn on_batches(&mut self, batches: &Batches<'_, f32>) -> Control {
        let mut samples = 0;
        for (i, (&cost, &correct)) in batches.costs.iter().zip(batches.correct).enumerate() {
            let start = (batches.first + i) * self.batch_size;
            let size = self.batch_size.min(self.train.len() - start);
            samples += size;
            self.progress.batch_cost.push(cost);
            self.progress.batch_accuracy.push(f64::from(correct) / size as f64);
        }
        self.clock(samples);
        self.progress.epoch = batches.epoch;
        self.progress.batch = batches.first + batches.costs.len();
        let order = self.controls.order();
        if order == Order::Step || self.looked.elapsed() >= LOOK {
            self.look(batches.network);
        }
        if order == Order::Step || self.published.elapsed() >= PUBLISH {
            self.publish();
        }
        self.controls.done_with(Order::Step);
        let goes_on = |order| matches!(order, Order::Run | Order::Epoch);
        if goes_on(order) && self.controls.pause() > 0 {
            self.controls.slow_down();
        }
        self.last = Instant::now();
        if goes_on(self.controls.order()) && !self.controls.has_changes() {
            Control::Continue
        } else {
            Control::Stop
        }
    }

    fn on_epoch(&mut self, epoch: &Epoch<'_, f32>) -> Control {
        let held_out = nn_train::evaluate(epoch.network, self.cost, self.held_out, &self.team);
        if let Ok(held_out) = held_out {
            self.progress.add(EpochFigures {
                epoch: epoch.epoch,
                train_cost: epoch.train_cost,
                train_accuracy: epoch.train_accuracy,
                cost: held_out.mean_cost,
                accuracy: held_out.accuracy(),
                learning_rate: epoch.learning_rate,
            });
        }
        self.progress.epoch = epoch.epoch;
        self.progress.batch = self.progress.batches;
        if self.answered.elapsed() >= ANSWER {
            (self.answer)(epoch.network, epoch.epoch);
            self.answered = Instant::now();
        }
        if self.published.elapsed() >= PUBLISH {
            self.publish();
        }
        self.controls.done_with(Order::Epoch);
        self.last = Instant::now();
        if matches!(self.controls.order(), Order::Run) && !self.controls.has_changes() {
            Control::Continue
        } else {
            Control::Stop
        }
    }
}
