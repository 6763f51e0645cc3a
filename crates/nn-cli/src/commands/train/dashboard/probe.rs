//! Looks into the network while it trains: gradient norms, dead and saturated units, mistakes.
//!
//! It takes at most one percent of the time: a look is due when the looks so far took less.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nn_core::targets::argmax;
use nn_core::{Cost, Model, Network, Predictor};
use nn_train::{Batches, Control, Epoch, Observer, Samples};
use nn_view::analysis::{LayerFigures, training_health};

use super::lock;
use super::state::{Mistake, State};
use crate::failure::Failure;

/// Training samples on which gradients and flat units are watched.
const WATCHED: usize = 64;
/// Held-out samples that are looked at for mistakes.
const HELD_OUT: usize = 200;
/// Mistakes that are shown.
const MISTAKES: usize = 12;
/// Looks take at most this share of the time ...
const SHARE: u32 = 100;
/// ... and are no more frequent than this.
const PAUSE: Duration = Duration::from_millis(500);

/// The observer that looks.
pub(in crate::commands::train) struct Probe<'a> {
    state: Arc<Mutex<State>>,
    cost: Cost,
    train: &'a Samples<f32>,
    held_out: &'a Samples<f32>,
    class_names: Vec<String>,
    columns: Option<usize>,
    started: Instant,
    last: Instant,
    spent: Duration,
}

impl<'a> Probe<'a> {
    pub(in crate::commands::train) fn new(
        state: Arc<Mutex<State>>,
        model: &Model<f32>,
        train: &'a Samples<f32>,
        held_out: &'a Samples<f32>,
    ) -> Self {
        let now = Instant::now();
        Self {
            state,
            cost: model.cost.clone(),
            train,
            held_out,
            class_names: model.class_names.clone(),
            columns: model.image_shape.map(|(_, columns)| columns),
            started: now,
            last: now,
            spent: Duration::ZERO,
        }
    }

    fn look_if_due(&mut self, network: &Network<f32>) {
        let first = lock(&self.state).is_unprobed();
        let due = self.last.elapsed() >= PAUSE && self.spent * SHARE <= self.started.elapsed();
        if !first && !due {
            return;
        }
        let start = Instant::now();
        // What can't be looked at is not shown; training goes on.
        if let Ok((layers, mistakes, looked_at)) = self.look(network) {
            lock(&self.state).probed(layers, mistakes, looked_at);
        }
        self.spent += start.elapsed();
        self.last = Instant::now();
    }

    #[allow(clippy::type_complexity, reason = "three things to see, given on at once")]
    fn look(
        &self,
        network: &Network<f32>,
    ) -> Result<(Vec<LayerFigures>, Vec<Mistake>, (usize, usize)), Failure> {
        let count = self.held_out.len().min(HELD_OUT);
        let chosen = (0..count).map(|i| i * self.held_out.len() / count);
        let layers = training_health(network, &self.cost, self.train, WATCHED)?;
        let mut predictor = Predictor::new(network);
        let mut right = 0;
        let mut mistakes = Vec::new();
        let mut x = vec![0.0; network.num_inputs()];
        let mut y = vec![0.0; network.num_outputs()];
        for sample in chosen {
            self.held_out.inputs().copy_row(sample, &mut x);
            self.held_out.targets().copy_row(sample, &mut y);
            let (actual, predicted) = (argmax(&y), argmax(predictor.predict(&x)?));
            if actual == predicted {
                right += 1;
            } else if mistakes.len() < MISTAKES
                && let Some(columns) = self.columns
            {
                let name = |class: usize| {
                    self.class_names.get(class).cloned().unwrap_or_else(|| class.to_string())
                };
                let (actual, predicted) = (name(actual), name(predicted));
                mistakes.push(Mistake { pixels: grey(&x), columns, actual, predicted });
            }
        }
        Ok((layers, mistakes, (count, right)))
    }
}

/// Features as grey values, from the darkest to the brightest.
fn grey(x: &[f32]) -> Vec<u8> {
    let (low, high) = x
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)));
    let range = (high - low).max(f32::MIN_POSITIVE);
    x.iter().map(|v| ((v - low) / range * 255.0).round() as u8).collect()
}

impl Observer<f32> for Probe<'_> {
    fn on_batches(&mut self, batches: &Batches<'_, f32>) -> Control {
        self.look_if_due(batches.network);
        Control::Continue
    }

    fn on_epoch(&mut self, epoch: &Epoch<'_, f32>) -> Control {
        self.look_if_due(epoch.network);
        Control::Continue
    }
}
