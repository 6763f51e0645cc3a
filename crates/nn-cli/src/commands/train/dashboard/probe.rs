//! Looks into the network while it trains: gradient norms, dead and saturated units, mistakes.
//!
//! It takes at most one percent of the time: a look is due when the looks so far took less.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ndarray::Array2;
use nn_core::targets::argmax;
use nn_core::{Cost, Model, Network, Predictor, backprop};
use nn_train::{Batches, Control, Epoch, Observer, Samples};
use nn_view::analysis::{LayerHealth, layer_health};

use super::lock;
use super::state::{Mistake, State};
use crate::failure::Failure;

/// Training samples that gradients are averaged over.
const GRADIENTS: usize = 32;
/// Held-out samples that are looked at for mistakes, and for flat units.
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
    ) -> Result<(Vec<LayerHealth>, Vec<Mistake>, (usize, usize)), Failure> {
        let model = Model::new(network.clone(), self.cost.clone());
        let count = self.held_out.len().min(HELD_OUT);
        let chosen: Vec<usize> = (0..count).map(|i| i * self.held_out.len() / count).collect();
        let mut layers = layer_health(&model, self.held_out.inputs(), &chosen)?;
        let norms = self.gradient_norms(network)?;
        for (layer, norm) in layers.iter_mut().zip(norms) {
            layer.gradient_norm = Some(norm);
        }
        let mut predictor = Predictor::new(network);
        let mut right = 0;
        let mut mistakes = Vec::new();
        let mut x = vec![0.0; network.num_inputs()];
        let mut y = vec![0.0; network.num_outputs()];
        for &sample in &chosen {
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

    /// √(Σ g²) of the mean gradient of each layer's weights, over some training samples.
    fn gradient_norms(&self, network: &Network<f32>) -> Result<Vec<f64>, Failure> {
        let count = self.train.len().min(GRADIENTS);
        let mut x = Array2::<f32>::zeros((count, network.num_inputs()));
        for (mut row, i) in x.rows_mut().into_iter().zip(0..) {
            let sample = i * self.train.len() / count;
            let row = row.as_slice_mut().expect("a fresh array is contiguous");
            self.train.inputs().copy_row(sample, row);
        }
        let mut y = Array2::<f32>::zeros((count, network.num_outputs()));
        for (mut row, i) in y.rows_mut().into_iter().zip(0..) {
            let sample = i * self.train.len() / count;
            let row = row.as_slice_mut().expect("a fresh array is contiguous");
            self.train.targets().copy_row(sample, row);
        }
        let gradients = backprop(network, x.view(), y.view(), &self.cost)?.sum();
        let norm = |layer: &nn_core::LayerGradient<f32>| {
            let squares: f64 = layer.weights.iter().map(|&g| f64::from(g).powi(2)).sum();
            squares.sqrt() / count as f64
        };
        Ok(gradients.layers().iter().map(norm).collect())
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
