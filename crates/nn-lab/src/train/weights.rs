//! What the first layer looks for, and how weights are spread, now and at the start.

use std::sync::{Arc, PoisonError};

use nn_core::Network;
use serde::{Deserialize, Serialize};

use crate::lab::Lab;
use crate::pictures::{encode, signed_grey};
use crate::reply::Refusal;

/// Most units of the first layer that are drawn at a time.
const MAX_UNITS: usize = 100;
/// Bins of a histogram.
const BINS: usize = 41;

/// Which units of layer 2 are to be drawn.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Units {
    from: usize,
    count: usize,
}

impl Default for Units {
    fn default() -> Self {
        Self { from: 0, count: MAX_UNITS }
    }
}

impl Units {
    /// Refuses more units than are drawn at a time.
    pub(crate) fn check(self) -> Result<Self, Refusal> {
        if (1..=MAX_UNITS).contains(&self.count) {
            return Ok(self);
        }
        let message = format!("count: expected 1 to {MAX_UNITS}, found {}", self.count);
        Err(Refusal::unprocessable(message))
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Weights {
    network: String,
    /// Units of layer 2.
    units: usize,
    /// The first of them that is drawn.
    from: usize,
    /// The weights into each unit that is drawn, as grey values in base64: 128 is 0.
    looks_for: Vec<String>,
    layers: Vec<Spread>,
}

/// The weights of one layer, counted by size.
#[derive(Debug, Serialize)]
struct Spread {
    /// The book's number, 2 to L.
    layer: usize,
    /// The bins are equally wide, from −reach to reach.
    reach: f32,
    now: Vec<u32>,
    /// The same when training started; the same weights if nothing was trained.
    start: Vec<u32>,
    mean: f64,
    deviation: f64,
}

/// The weights of the network that is being trained, or of the current one.
pub(crate) fn of(lab: &Lab, Units { from, count }: Units) -> Weights {
    let controls = &lab.job().controls;
    let snapshot = controls.snapshot.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let (start, now) = if let Some(snapshot) = snapshot {
        (snapshot.start, snapshot.now)
    } else {
        let network = Arc::new(lab.current().network().clone());
        (network.clone(), network)
    };
    let first = now.layers()[0].weights();
    let units = first.columns().into_iter().skip(from).take(count);
    Weights {
        network: now.to_string(),
        units: first.ncols(),
        from,
        looks_for: units.map(|unit| encode(&signed_grey(unit.iter().copied()))).collect(),
        layers: (2..=now.sizes().len()).map(|l| spread(&start, &now, l)).collect(),
    }
}

fn spread(start: &Network<f32>, now: &Network<f32>, l: usize) -> Spread {
    let weights = |network: &Network<f32>| network.layers()[l - 2].weights().to_owned();
    let (start, now) = (weights(start), weights(now));
    let reach = start.iter().chain(&now).fold(f32::MIN_POSITIVE, |most, w| most.max(w.abs()));
    let count = |weights: &ndarray::Array2<f32>| {
        let mut bins = vec![0; BINS];
        for w in weights {
            let place = (w / reach).midpoint(1.0) * BINS as f32;
            bins[(place as usize).min(BINS - 1)] += 1;
        }
        bins
    };
    let n = now.len() as f64;
    let mean = now.iter().map(|&w| f64::from(w)).sum::<f64>() / n;
    let square = now.iter().map(|&w| f64::from(w) * f64::from(w)).sum::<f64>() / n;
    Spread {
        layer: l,
        reach,
        now: count(&now),
        start: count(&start),
        mean,
        deviation: (square - mean * mean).max(0.0).sqrt(),
    }
}
