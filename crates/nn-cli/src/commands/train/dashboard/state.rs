//! What the dashboard shows: written by the training thread, read by the drawing one.

use nn_view::analysis::LayerFigures;

use crate::output::records::{Position, TrainEpoch, TrainStart};

/// Points of the running cost that are kept; beyond that every two become one.
const POINTS: usize = 600;

/// A held-out sample that is taken for something else at the moment.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::commands::train) struct Mistake {
    /// Grey values, row by row.
    pub(super) pixels: Vec<u8>,
    pub(super) columns: usize,
    pub(super) actual: String,
    pub(super) predicted: String,
}

/// Everything that is on the screen.
#[derive(Debug, Default)]
pub(in crate::commands::train) struct State {
    pub(super) title: String,
    pub(super) settings: String,
    pub(super) all_epochs: usize,
    pub(super) rate: f64,
    pub(super) position: Option<Position>,
    /// Epochs done and mean cost of the mini-batches just then.
    pub(super) running: Vec<(f64, f64)>,
    pub(super) epochs: Vec<TrainEpoch>,
    pub(super) layers: Vec<LayerFigures>,
    pub(super) mistakes: Vec<Mistake>,
    /// Held-out samples that were looked at, and how many of them were right.
    pub(super) looked_at: (usize, usize),
    pub(super) paused: bool,
    pub(super) help: bool,
    /// The last thing that was done.
    pub(super) message: String,
    /// There is something new to draw.
    pub(super) changed: bool,
}

impl State {
    pub(super) fn start(&mut self, start: &TrainStart) {
        let sizes: Vec<String> = start.layers.iter().map(ToString::to_string).collect();
        self.title = format!("{} on {}", sizes.join("-"), start.data);
        self.settings = format!(
            "{}, {} outputs, {} cost, batches of {}",
            start.activation, start.output_activation, start.cost, start.batch_size
        );
        self.all_epochs = start.epochs;
        self.rate = start.learning_rate;
        self.changed = true;
    }

    pub(super) fn position(&mut self, position: &Position) {
        let part = position.samples_done as f64 / position.samples.max(1) as f64;
        let at = (position.epoch as f64 - 1.0) + part;
        if position.cost.is_finite() {
            self.running.push((at, position.cost));
        }
        if self.running.len() > POINTS {
            let merge = |pair: &[(f64, f64)]| match pair {
                [a, b] => (b.0, f64::midpoint(a.1, b.1)),
                rest => rest[0],
            };
            self.running = self.running.chunks(2).map(merge).collect();
        }
        self.position = Some(*position);
        self.changed = true;
    }

    pub(super) fn epoch(&mut self, epoch: &TrainEpoch) {
        self.rate = epoch.learning_rate;
        self.epochs.push(epoch.clone());
        self.changed = true;
    }

    /// Says what was done.
    pub(in crate::commands::train) fn say(&mut self, message: impl Into<String>) {
        self.message = message.into();
        self.changed = true;
    }

    pub(in crate::commands::train) fn set_rate(&mut self, rate: f64) {
        self.rate = rate;
        self.say(format!("learning rate {rate}"));
    }

    /// Whether nothing was looked at yet.
    pub(super) fn is_unprobed(&self) -> bool {
        self.layers.is_empty()
    }

    pub(super) fn probed(
        &mut self,
        layers: Vec<LayerFigures>,
        mistakes: Vec<Mistake>,
        looked_at: (usize, usize),
    ) {
        (self.layers, self.mistakes, self.looked_at) = (layers, mistakes, looked_at);
        self.changed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_cost_stays_short_and_in_order() {
        let mut state = State::default();
        for i in 0..5_000 {
            state.position(&Position {
                epoch: 1 + i / 1000,
                epochs: 5,
                samples_done: i % 1000,
                samples: 1000,
                cost: if i == 7 { f64::NAN } else { 1.0 },
                samples_per_second: 1.0,
                seconds_left: 0.0,
            });
        }
        assert!(state.running.len() <= POINTS + 1);
        assert!(state.running.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(state.running.iter().all(|point| point.1 == 1.0));
    }
}
