//! The learning-rate range test: which rates a network learns at.

use nn_core::{Cost, Network, Scalar};

use crate::observer::{Batches, Control, Observer};
use crate::{Averaging, Samples, Schedule, TrainError, TrainParams, Trainer};

/// A rate that was tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RangePoint {
    /// η.
    pub learning_rate: f64,
    /// Mean cost of the mini-batches at this rate.
    pub cost: f64,
    /// The same, smoothed over the rates before.
    pub smooth_cost: f64,
}

/// The result of a range test.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeTest {
    /// The rates, rising, up to the one at which the cost ran away.
    pub points: Vec<RangePoint>,
    /// Whether the test ended early because it did.
    pub ran_away: bool,
}

/// How much of the smoothed cost stays from one rate to the next.
const SMOOTHING: f64 = 0.7;
/// A cost of so many times the lowest one has run away.
const AWAY: f64 = 4.0;

impl RangeTest {
    /// The rate to start with: where the smoothed cost falls steepest against the logarithm of
    /// the rate, before it is lowest. `None` if it never falls.
    #[must_use]
    pub fn steepest(&self) -> Option<f64> {
        let slope = |pair: &[RangePoint]| pair[1].smooth_cost - pair[0].smooth_cost;
        // Beyond its lowest point the cost jumps up and down.
        let points = &self.points[..self.lowest_point().map_or(0, |lowest| lowest + 1)];
        let pairs = points.windows(2).filter(|pair| slope(pair) < 0.0);
        pairs.min_by(|a, b| slope(a).total_cmp(&slope(b))).map(|pair| pair[1].learning_rate)
    }

    /// The rate of the lowest smoothed cost: just below where learning breaks down.
    #[must_use]
    pub fn lowest(&self) -> Option<f64> {
        self.lowest_point().map(|lowest| self.points[lowest].learning_rate)
    }

    fn lowest_point(&self) -> Option<usize> {
        let cost = |&i: &usize| self.points[i].smooth_cost;
        (0..self.points.len()).min_by(|a, b| cost(a).total_cmp(&cost(b)))
    }
}

/// Trains for at most an epoch with a rate that rises geometrically from `from` to `to` in
/// `points` steps, and gives the cost at each (Smith 2017, *Cyclical learning rates for training
/// neural networks*, section 3.3). The test ends early where the cost runs away.
/// Schedule, warm-up, averaging and early stopping of `params` don't count; the result does not
/// depend on the number of threads.
///
/// # Errors
///
/// Those of [`Trainer::new`].
///
/// # Panics
///
/// If `from` is not above 0 and below `to`, or there are fewer than two points.
pub fn range_test<T: Scalar>(
    network: Network<T>,
    cost: &Cost,
    samples: &Samples<T>,
    params: &TrainParams,
    (from, to): (f64, f64),
    points: usize,
) -> Result<RangeTest, TrainError> {
    assert!(from > 0.0 && from < to && points >= 2, "rates rise over at least two points");
    let mut params = TrainParams { epochs: 1, warmup_epochs: 0.0, ..params.clone() };
    params.schedule = Schedule::Constant;
    params.averaging = Averaging::None;
    params.early_stopping = None;
    params.learning_rate = from;
    let mut trainer = Trainer::new(network, cost, samples, &params)?;
    let batches = samples.len().div_ceil(params.batch_size);
    let points = points.min(batches);
    let at_a_time = batches / points;
    let mut test = RangeTest { points: Vec::with_capacity(points), ran_away: false };
    let mut lowest = f64::INFINITY;
    for i in 0..points {
        let share = i as f64 / (points - 1).max(1) as f64;
        let learning_rate = from * (to / from).powf(share);
        if i > 0 {
            params.learning_rate = learning_rate;
            trainer.set_params(&params)?;
        }
        let mut few = Few { left: at_a_time, sum: 0.0 };
        match trainer.run(&mut few) {
            Ok(_) => {}
            Err(TrainError::Diverged(_)) => {
                test.ran_away = true;
                break;
            }
            Err(error) => return Err(error),
        }
        let cost = few.sum / at_a_time as f64;
        let before = test.points.last().map_or(cost, |point| point.smooth_cost);
        let smooth_cost = SMOOTHING * before + (1.0 - SMOOTHING) * cost;
        test.points.push(RangePoint { learning_rate, cost, smooth_cost });
        lowest = lowest.min(smooth_cost);
        if smooth_cost > AWAY * lowest {
            test.ran_away = true;
            break;
        }
    }
    Ok(test)
}

/// Stops after so many mini-batches.
struct Few {
    left: usize,
    sum: f64,
}

impl<T: Scalar> Observer<T> for Few {
    fn batches_at_a_time(&self) -> Option<usize> {
        Some(self.left.max(1))
    }

    fn on_batches(&mut self, batches: &Batches<'_, T>) -> Control {
        self.sum += batches.costs.iter().sum::<f64>();
        self.left = self.left.saturating_sub(batches.costs.len());
        if self.left == 0 { Control::Stop } else { Control::Continue }
    }
}
