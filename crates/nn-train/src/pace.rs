//! How many workers share the steps: as many as are faster.
//!
//! Two workers halve the time of a step where both have a core to themselves and the step is
//! long against a barrier. On a busy machine, or for a small network, they wait for each other
//! longer than they save. Since the weights are the same bits for any number of workers, the
//! number can be changed at any moment: the trainer measures both ways now and then, and goes
//! the faster one.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use nn_core::engine::Report;
use nn_core::{
    Clipping, Cost, Dropout, Engine, Error, Inputs, MiniBatches, Network, RuleState, Scalar,
    Targets, UpdateRule,
};

use crate::Team;

/// Measurements of each way that are kept; their median is believed, so that one run which
/// something else disturbed decides nothing.
const KEPT: usize = 3;
/// Runs of steps between two looks at the slower way, if it is slower by little.
const PATIENCE: f64 = 8.0;
/// What a look costs is spread over so many runs that it is about a thirtieth of them.
const SPREAD: f64 = 30.0;
/// The most runs until the next look, however slow the slower way was.
const MOST_PATIENCE: f64 = 400.0;

/// What steps do besides descending.
#[derive(Debug, Clone)]
pub(crate) struct Extras {
    pub(crate) dropout: Option<Dropout>,
    pub(crate) clipping: Clipping,
    pub(crate) max_norm: Option<f64>,
}

impl Extras {
    fn give<T: Scalar>(&self, engine: Engine<T>) -> Result<Engine<T>, Error> {
        let mut engine = engine;
        if let Some(dropout) = &self.dropout {
            engine = engine.with_dropout(dropout.clone())?;
        }
        if let Some(limit) = self.max_norm {
            engine = engine.with_max_norm(limit)?;
        }
        if self.clipping == Clipping::default() {
            return Ok(engine);
        }
        engine.with_clipping(self.clipping)
    }
}

/// Engines for one worker and for many, and what a step takes with each.
#[derive(Debug)]
pub(crate) struct Pace<T: Scalar> {
    solo: Engine<T>,
    /// `None` where there is one thread, or nothing to divide.
    shared: Option<Engine<T>>,
    /// What a step took: alone, shared.
    measured: [Measurements; 2],
    /// Runs until the slower way is measured again.
    until_next_look: u32,
}

impl<T: Scalar> Pace<T> {
    /// Engines for mini-batches of `batch` samples on the threads of a team.
    ///
    /// # Errors
    ///
    /// As [`Engine::new`].
    pub(crate) fn new(
        network: &Network<T>,
        cost: &Cost,
        batch: usize,
        extras: &Extras,
        team: &Team,
    ) -> Result<Self, Error> {
        let engine = |workers| extras.give(Engine::new(network, cost, batch, workers)?);
        let shared = engine(team.threads())?;
        let shared = (shared.num_workers() > 1).then_some(shared);
        let solo = engine(1)?;
        Ok(Self { solo, shared, measured: Default::default(), until_next_look: 0 })
    }

    /// The most workers there can be.
    pub(crate) fn max_workers(&self) -> usize {
        self.shared.as_ref().map_or(1, Engine::num_workers)
    }

    /// Seconds a step takes: on one thread, and shared by all; `None` where it is not known.
    pub(crate) fn measured(&self) -> [Option<f64>; 2] {
        self.measured.each_ref().map(|way| way.median().map(|time| time.as_secs_f64()))
    }

    /// Does some steps, plain or by a rule, the way that is faster as far as is known, or on
    /// this thread `alone`.
    ///
    /// # Errors
    ///
    /// As [`Engine::divide`].
    pub(crate) fn run(
        &mut self,
        team: &Team,
        network: &mut Network<T>,
        rule: Option<(&dyn UpdateRule<T>, &mut RuleState<T>)>,
        (inputs, targets): (&Inputs<T>, &Targets<T>),
        mini_batches: MiniBatches<'_>,
        alone: bool,
    ) -> Result<Report, Error> {
        let MiniBatches { order, batch_size, steps } = mini_batches;
        let start = Instant::now();
        let way = if alone { Way::Alone } else { self.way() };
        let engine = match (&mut self.shared, way) {
            (Some(shared), Way::Shared) => shared,
            _ => &mut self.solo,
        };
        let workers = match rule {
            None => engine.divide(network, inputs, targets, order, batch_size, steps)?,
            Some((rule, state)) => {
                engine.divide_with_rule(network, rule, state, inputs, targets, mini_batches)?
            }
        };
        let report = team.run(workers);
        self.note(way, start.elapsed() / steps.len().max(1) as u32);
        Ok(report)
    }

    /// The way to go next.
    fn way(&mut self) -> Way {
        if self.shared.is_none() {
            return Way::Alone;
        }
        let [alone, shared] = &self.measured;
        let (Some(alone_takes), Some(shared_takes)) = (alone.median(), shared.median()) else {
            return if alone.median().is_none() { Way::Alone } else { Way::Shared };
        };
        let (faster, slower, latest) = if shared_takes <= alone_takes {
            (Way::Shared, Way::Alone, alone.latest())
        } else {
            (Way::Alone, Way::Shared, shared.latest())
        };
        let low = alone_takes.min(shared_takes);
        // The slower way, when it was last looked at, was the faster one: that is settled now.
        if latest.is_some_and(|latest| latest < low) {
            return slower;
        }
        if self.until_next_look > 0 {
            self.until_next_look -= 1;
            return faster;
        }
        let ratio = alone_takes.max(shared_takes).as_secs_f64() / low.as_secs_f64().max(1e-9);
        self.until_next_look = (PATIENCE + SPREAD * (ratio - 1.0)).min(MOST_PATIENCE) as u32;
        slower
    }

    fn note(&mut self, way: Way, step: Duration) {
        self.measured[way as usize].note(step);
    }
}

/// What the last steps of one way took.
#[derive(Debug, Default)]
struct Measurements {
    /// The latest is the last.
    kept: VecDeque<Duration>,
}

impl Measurements {
    fn note(&mut self, step: Duration) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(step);
    }

    /// `None` until the way is measured.
    fn median(&self) -> Option<Duration> {
        let mut sorted: Vec<Duration> = self.kept.iter().copied().collect();
        sorted.sort_unstable();
        // Of two the shorter one: what disturbs a run makes it longer.
        sorted.get(sorted.len().saturating_sub(1) / 2).copied()
    }

    fn latest(&self) -> Option<Duration> {
        self.kept.back().copied()
    }
}

/// Whether one worker does a run of steps or many share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Alone = 0,
    Shared = 1,
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::NetworkBuilder;

    const NONE: Extras = Extras { dropout: None, clipping: Clipping::NONE, max_norm: None };

    /// Goes 1000 rounds, pretending that steps take as many microseconds as `micros` says of the
    /// round and the way, and counts both ways.
    fn go(micros: impl Fn(usize, Way) -> u64) -> [usize; 2] {
        let network = NetworkBuilder::<f32>::new(&[4, 100, 2]).build(1).unwrap();
        let team = Team::new(2).unwrap();
        let mut pace = Pace::new(&network, &Cost::Quadratic, 1, &NONE, &team).unwrap();
        assert_eq!(pace.max_workers(), 2);
        let mut counts = [0; 2];
        for round in 0..1000 {
            let way = pace.way();
            counts[way as usize] += 1;
            pace.note(way, Duration::from_micros(micros(round, way)));
        }
        counts
    }

    #[test]
    fn the_faster_way_is_gone_and_the_other_looked_at_now_and_then() {
        let [alone, shared] = go(|_, way| if way == Way::Alone { 20 } else { 10 });
        assert!((10..60).contains(&alone) && alone + shared == 1000, "{alone} {shared}");
        let [alone, shared] = go(|_, way| if way == Way::Alone { 10 } else { 100 });
        assert!((2..10).contains(&shared) && alone + shared == 1000, "{alone} {shared}");
    }

    #[test]
    fn one_disturbed_run_decides_nothing() {
        // Sharing halves the time, but the first run of it, and every fiftieth, is disturbed for a
        // hundred times as long.
        let [_, shared] = go(|round, way| match way {
            Way::Alone => 20,
            Way::Shared if round == 1 || round % 50 == 0 => 1000,
            Way::Shared => 10,
        });
        assert!(shared > 900, "{shared}");
    }

    #[test]
    fn one_thread_goes_alone() {
        let network = NetworkBuilder::<f32>::new(&[4, 100, 2]).build(1).unwrap();
        let team = Team::new(1).unwrap();
        let mut pace = Pace::new(&network, &Cost::Quadratic, 1, &NONE, &team).unwrap();
        assert_eq!((pace.max_workers(), pace.way()), (1, Way::Alone));
    }
}
