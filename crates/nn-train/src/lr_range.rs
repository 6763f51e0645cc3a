//! The learning-rate range test: at which η training begins to learn, and at which to diverge.

use nn_core::{Cost, Network, Scalar, Step, rng};
use serde::{Deserialize, Serialize};

use crate::averaging::Averaging;
use crate::{ParamError, Samples, Schedule, TrainError, TrainParams, Trainer};

/// Settings of the range test.
///
/// | name | default | range | meaning |
/// |---|---|---|---|
/// | `from` | 0.00001 | > 0, finite | η of the first step |
/// | `to` | 100 | > `from`, finite | η of the last step |
/// | `steps` | 200 | 2 to 1,000,000 | steps, with η growing by the same factor from each to the next |
/// | `smoothing` | 0.9 | 0 to below 1 | share of the smoothed cost that stays in a step |
/// | `stop_at` | 4 | > 1, finite | the test ends when the smoothed cost is that many times its lowest |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LrRange {
    /// η of the first step.
    pub from: f64,
    /// η of the last step.
    pub to: f64,
    /// How many steps.
    pub steps: usize,
    /// Share of the smoothed cost that stays in a step.
    pub smoothing: f64,
    /// How many times its lowest the smoothed cost may be.
    pub stop_at: f64,
}

impl Default for LrRange {
    fn default() -> Self {
        Self { from: 1e-5, to: 100.0, steps: 200, smoothing: 0.9, stop_at: 4.0 }
    }
}

/// What a range test found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LrCurve {
    /// The steps that were done.
    pub points: Vec<LrPoint>,
    /// η where the smoothed cost was lowest.
    pub lowest: Option<f64>,
    /// η where the smoothed cost fell fastest per factor of η.
    pub steepest: Option<f64>,
    /// A safe η to begin with: `steepest`, but at most a tenth of `lowest`.
    pub suggested: Option<f64>,
    /// Whether it ended before the last step, because the cost rose or was no longer finite.
    pub diverged: bool,
}

/// One step of a range test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LrPoint {
    /// η.
    pub rate: f64,
    /// Mean cost of the mini-batch before the step.
    pub cost: f64,
    /// The smoothed cost, s_t / (1 − βᵗ) with s_t = β s_(t−1) + (1 − β) C_t.
    pub smoothed: f64,
}

impl LrRange {
    fn check(&self) -> Result<(), ParamError> {
        let Self { from, to, steps, smoothing, stop_at } = *self;
        let ok = from.is_finite() && from > 0.0;
        ParamError::unless(ok, "first rate of the range", "finite and above 0", from)?;
        let ok = to.is_finite() && to > from;
        ParamError::unless(ok, "last rate of the range", &format!("above {from}"), to)?;
        let ok = (2..=1_000_000).contains(&steps);
        ParamError::unless(ok, "steps of the range", "from 2 to 1000000", steps)?;
        let ok = (0.0..1.0).contains(&smoothing);
        ParamError::unless(ok, "smoothing", "at least 0 and below 1", smoothing)?;
        let ok = stop_at.is_finite() && stop_at > 1.0;
        ParamError::unless(ok, "stop_at", "finite and above 1", stop_at)
    }

    /// η of each step: from · (to / from)^(i / (steps − 1)).
    fn rates(&self) -> Vec<f64> {
        let last = (self.steps - 1) as f64;
        let rate = |i: usize| self.from * (self.to / self.from).powf(i as f64 / last);
        (0..self.steps).map(rate).collect()
    }

    /// The points of these costs, up to where the test ends, and whether it ends there.
    fn points(&self, rates: &[f64], costs: &[f64]) -> (Vec<LrPoint>, bool) {
        let mut points = Vec::with_capacity(costs.len());
        let (mut sum, mut rest, mut lowest) = (0.0, 1.0, f64::INFINITY);
        for (&rate, &cost) in rates.iter().zip(costs) {
            sum = self.smoothing * sum + (1.0 - self.smoothing) * cost;
            rest *= self.smoothing;
            let smoothed = sum / (1.0 - rest);
            if !smoothed.is_finite() {
                return (points, true);
            }
            points.push(LrPoint { rate, cost, smoothed });
            lowest = lowest.min(smoothed);
            if smoothed > self.stop_at * lowest {
                return (points, true);
            }
        }
        (points, false)
    }
}

/// The learning-rate range test (Smith 2017, *Cyclical learning rates for training neural
/// networks*, section 3.3): trains a copy of `network` for some steps, η growing from each to the
/// next, and tells the cost of each. Schedule, warm-up, averaging and early stopping of `params`
/// don't count, all else does; the learning rate is that of the range.
///
/// The result does not depend on the number of threads.
///
/// # Errors
///
/// [`TrainError::Param`] for a setting out of range, and the errors of [`Trainer::new`].
pub fn lr_range<T: Scalar>(
    network: &Network<T>,
    cost: &Cost,
    samples: &Samples<T>,
    params: &TrainParams,
    range: &LrRange,
) -> Result<LrCurve, TrainError> {
    range.check()?;
    let params = TrainParams {
        learning_rate: range.from,
        schedule: Schedule::Constant,
        warmup_epochs: 0.0,
        averaging: Averaging::None,
        early_stopping: None,
        ..params.clone()
    };
    let rates = range.rates();
    let mut trainer = Trainer::new(network.clone(), cost, samples, &params)?;
    let costs = trainer.sweep(&rates, |costs| !range.points(&rates, costs).1)?;
    let (points, ended) = range.points(&rates, &costs);
    let diverged = ended || points.len() < rates.len();
    let lowest = points.iter().min_by(|a, b| a.smoothed.total_cmp(&b.smoothed));
    let lowest = lowest.map(|point| point.rate);
    // Over a few steps at a time, since single ones are noise, and before the lowest.
    let span = (points.len() / 10).max(1);
    let falls = points.iter().zip(points.iter().skip(span));
    let falls = falls.filter(|(_, to)| lowest.is_some_and(|lowest| to.rate <= lowest));
    let falls = falls.map(|(from, to)| ((from.rate * to.rate).sqrt(), to.smoothed - from.smoothed));
    let steepest = falls.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(rate, _)| rate);
    let tenth = lowest.map(|rate| rate / 10.0);
    let suggested = tenth.map(|tenth| steepest.map_or(tenth, |rate: f64| rate.min(tenth)));
    Ok(LrCurve { points, lowest, steepest, suggested, diverged })
}

/// Most steps between two looks at how the test goes.
const LOOK_AFTER: usize = 8;

impl<T: Scalar> Trainer<'_, T> {
    /// Does steps at these learning rates, whatever the schedule says, as long as `goes_on`
    /// says so of the mean costs of the mini-batches done; for a trainer that has done nothing
    /// yet. A divergence ends it too.
    fn sweep(
        &mut self,
        rates: &[f64],
        mut goes_on: impl FnMut(&[f64]) -> bool,
    ) -> Result<Vec<f64>, TrainError> {
        let TrainParams { optimizer, lambda, l1, seed, batch_size, .. } = self.params().clone();
        let (n, batches) = (self.samples.len(), self.batches_per_epoch());
        let mut costs = Vec::with_capacity(rates.len());
        let mut order = Vec::new();
        while costs.len() < rates.len() && goes_on(&costs) {
            if self.batch == 0 {
                let mut stream = rng::stream(seed, "shuffle", self.epoch as u64);
                order = rng::permutation(&mut stream, n as u32);
            }
            let left = rates.len() - costs.len();
            let mut place = self.place(&order, LOOK_AFTER.min(left));
            // A chunk that is ready may be longer than the range.
            place.now.end = place.now.end.min(place.now.start + left * batch_size);
            let chosen = &order[place.now.clone()];
            let count = chosen.len().div_ceil(batch_size);
            let step = |(i, &rate): (usize, &f64)| {
                let number = (self.epoch as u64) << 32 | (self.batch + i) as u64;
                optimizer.step(rate, lambda, n).with_l1(l1 / n as f64).with_number(number)
            };
            let now = &rates[costs.len()..costs.len() + count];
            let steps: Vec<Step> = now.iter().enumerate().map(step).collect();
            let report = self.report(&place, &steps)?;
            let sizes = chosen.chunks(batch_size).map(<[u32]>::len);
            costs.extend(report.costs.iter().zip(sizes).map(|(cost, size)| cost / size as f64));
            if report.diverged_at.is_some() {
                break;
            }
            self.batch += count;
            if self.batch == batches {
                (self.epoch, self.batch) = (self.epoch + 1, 0);
            }
        }
        Ok(costs)
    }
}
