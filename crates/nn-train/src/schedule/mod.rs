//! Schedules: how the learning rate changes in the course of training.
//!
//! Most are pure functions of where training is, so a run that is taken up again goes on with
//! the rates it would have had; those that follow a metric keep a [`PlateauState`], which is
//! saved with the run.

mod cosine;
mod exponential;
mod one_cycle;
mod plateau;
mod step;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::named::{UnknownName, deserialize_named};
use crate::{Metric, ParamError};

pub use cosine::Cosine;
pub use exponential::Exponential;
pub use one_cycle::OneCycle;
pub use plateau::{Halving, PlateauState, ReduceOnPlateau};
pub use step::StepDecay;

/// Where in training a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// t, steps done before it.
    pub step: u64,
    /// T, steps of all epochs.
    pub steps: u64,
    /// Steps of one epoch, at least 1.
    pub steps_per_epoch: u64,
}

impl Moment {
    /// Epochs done before the step.
    fn epoch(self) -> u64 {
        self.step / self.steps_per_epoch
    }

    /// η at this moment: linear warm-up over the first `warmup` epochs, then the schedule
    /// over what is left, as if it began there.
    ///
    /// With W the steps of the warm-up, step t < W has η₀ (t + 1) / W (Goyal et al. 2017,
    /// *Accurate, large minibatch SGD*, section 2.2).
    #[must_use]
    pub fn rate(self, base: f64, warmup: f64, schedule: &Schedule) -> f64 {
        let warm = (warmup * self.steps_per_epoch as f64).round() as u64;
        if self.step < warm {
            return base * (self.step + 1) as f64 / warm as f64;
        }
        let rest = Self { step: self.step - warm, steps: self.steps.saturating_sub(warm), ..self };
        schedule.rate(base, rest)
    }
}

/// A learning-rate schedule and its settings. η₀, the learning rate of the parameters, is the
/// highest rate of every schedule.
///
/// | name | setting | default | range | meaning |
/// |---|---|---|---|---|
/// | `constant` | | | | always η₀ |
/// | `step` | `every` | 10 | ≥ 1 | epochs between two changes |
/// | | `factor` | 0.1 | > 0 to 1 | of each change |
/// | `exponential` | `factor` | 0.95 | > 0 to 1 | of each epoch |
/// | `cosine` | `floor` | 0 | 0 to 1 | the share of η₀ it falls to |
/// | `one-cycle` | `rise` | 0.3 | > 0 to below 1 | share of the steps that go up |
/// | | `start_divisor` | 25 | ≥ 1, finite | of η₀, for the first rate |
/// | | `end_divisor` | 10000 | ≥ 1, finite | of the first rate, for the last |
/// | `reduce-on-plateau` | `metric` | `validation-accuracy` | see [`Metric`] | what epochs are compared by |
/// | | `factor` | 0.1 | > 0 to 1 | of each change |
/// | | `patience` | 10 | | epochs without improvement that are let pass |
/// | | `threshold` | 0.0001 | ≥ 0, finite | share of the best by which an epoch has to be better |
/// | | `floor` | 0 | 0 to 1 | the share of η₀ below which it does not fall |
/// | `halving` | `metric` | `validation-accuracy` | see [`Metric`] | what epochs are compared by |
/// | | `patience` | 10 | ≥ 1 | epochs without improvement after which η is halved |
/// | | `end_divisor` | 128 | ≥ 1, finite | of η₀, at which training ends |
///
/// Written as a table with its name, or as the name alone:
/// `schedule = { name = "cosine", floor = 0.01 }` or `schedule = "cosine"`. Unknown settings
/// are refused.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Schedule {
    /// Always the same rate.
    #[default]
    Constant,
    /// A factor every so many epochs.
    Step(StepDecay),
    /// A factor every epoch.
    Exponential(Exponential),
    /// Half a cosine from η₀ down.
    Cosine(Cosine),
    /// Up to η₀ and down again.
    OneCycle(OneCycle),
    /// Less whenever a metric no longer improves.
    ReduceOnPlateau(ReduceOnPlateau),
    /// Half whenever a metric no longer improves, to an end: the book's schedule.
    Halving(Halving),
}

impl Schedule {
    /// Every schedule at its default settings.
    #[must_use]
    pub fn all() -> [Self; 7] {
        [
            Self::Constant,
            Self::Step(StepDecay::default()),
            Self::Exponential(Exponential::default()),
            Self::Cosine(Cosine::default()),
            Self::OneCycle(OneCycle::default()),
            Self::ReduceOnPlateau(ReduceOnPlateau::default()),
            Self::Halving(Halving::default()),
        ]
    }

    /// Its name, as files and flags write it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Step(_) => "step",
            Self::Exponential(_) => "exponential",
            Self::Cosine(_) => "cosine",
            Self::OneCycle(_) => "one-cycle",
            Self::ReduceOnPlateau(_) => "reduce-on-plateau",
            Self::Halving(_) => "halving",
        }
    }

    /// The metric it follows, if it follows one.
    #[must_use]
    pub fn metric(&self) -> Option<Metric> {
        match self {
            Self::ReduceOnPlateau(plateau) => Some(plateau.metric),
            Self::Halving(halving) => Some(halving.metric),
            _ => None,
        }
    }

    /// Takes the metric of an epoch that is done, if it follows one.
    pub(crate) fn follow(&self, state: &mut PlateauState, value: impl Fn(Metric) -> f64) {
        match *self {
            Self::ReduceOnPlateau(plateau) => plateau.follow(state, value(plateau.metric)),
            Self::Halving(halving) => halving.follow(state, value(halving.metric)),
            _ => {}
        }
    }

    /// η of a step, for the learning rate `base` (η₀). For schedules that follow a metric
    /// this is `base`, to be multiplied with [`PlateauState::factor`].
    #[must_use]
    pub fn rate(&self, base: f64, at: Moment) -> f64 {
        match self {
            Self::Constant | Self::ReduceOnPlateau(_) | Self::Halving(_) => base,
            Self::Step(decay) => base * decay.factor(at),
            Self::Exponential(decay) => base * decay.factor(at),
            Self::Cosine(cosine) => base * cosine.factor(at),
            Self::OneCycle(cycle) => base * cycle.factor(at),
        }
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`], naming the first setting outside its range.
    pub fn check(&self) -> Result<(), ParamError> {
        let check = |ok: bool, name: &'static str, expected: &str, found: f64| {
            let error =
                || ParamError { name, expected: expected.to_owned(), found: found.to_string() };
            if ok { Ok(()) } else { Err(error()) }
        };
        let factor = |value: f64| {
            check(value > 0.0 && value <= 1.0, "schedule factor", "above 0 and at most 1", value)
        };
        match *self {
            Self::Constant => Ok(()),
            Self::Step(StepDecay { every, factor: value }) => {
                check(every > 0, "schedule step", "at least 1 epoch", every as f64)?;
                factor(value)
            }
            Self::Exponential(Exponential { factor: value }) => factor(value),
            Self::Cosine(Cosine { floor }) => {
                check((0.0..=1.0).contains(&floor), "schedule floor", "from 0 to 1", floor)
            }
            Self::OneCycle(OneCycle { rise, start_divisor, end_divisor }) => {
                let ok = rise > 0.0 && rise < 1.0;
                check(ok, "schedule rise", "above 0 and below 1", rise)?;
                let divisors = [("start divisor", start_divisor), ("end divisor", end_divisor)];
                divisors.into_iter().try_for_each(|(name, value)| {
                    let ok = value.is_finite() && value >= 1.0;
                    check(ok, name, "finite and at least 1", value)
                })
            }
            Self::ReduceOnPlateau(plateau) => {
                factor(plateau.factor)?;
                let ok = plateau.threshold.is_finite() && plateau.threshold >= 0.0;
                check(ok, "schedule threshold", "finite and at least 0", plateau.threshold)?;
                let ok = (0.0..=1.0).contains(&plateau.floor);
                check(ok, "schedule floor", "from 0 to 1", plateau.floor)
            }
            Self::Halving(Halving { patience, end_divisor, .. }) => {
                check(patience > 0, "schedule patience", "at least 1 epoch", patience as f64)?;
                let ok = end_divisor.is_finite() && end_divisor >= 1.0;
                check(ok, "end divisor", "finite and at least 1", end_divisor)
            }
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Schedule {
    type Err = UnknownName;

    /// The schedule of a name, at its default settings.
    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let all = Self::all();
        let names = || all.iter().map(Self::name).collect::<Vec<_>>();
        let found = all.iter().find(|schedule| schedule.name() == name);
        found.copied().ok_or_else(|| UnknownName::new("schedule", name, &names()))
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The form with a table.
        #[derive(Deserialize)]
        #[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
        enum Table {
            Constant {},
            Step(StepDecay),
            Exponential(Exponential),
            Cosine(Cosine),
            OneCycle(OneCycle),
            ReduceOnPlateau(ReduceOnPlateau),
            Halving(Halving),
        }
        impl From<Table> for Schedule {
            fn from(table: Table) -> Self {
                match table {
                    Table::Constant {} => Self::Constant,
                    Table::Step(decay) => Self::Step(decay),
                    Table::Exponential(decay) => Self::Exponential(decay),
                    Table::Cosine(cosine) => Self::Cosine(cosine),
                    Table::OneCycle(cycle) => Self::OneCycle(cycle),
                    Table::ReduceOnPlateau(plateau) => Self::ReduceOnPlateau(plateau),
                    Table::Halving(halving) => Self::Halving(halving),
                }
            }
        }
        deserialize_named::<Self, Table, D>(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_tables_find_their_schedule() {
        let read = |json: &str| serde_json::from_str::<Schedule>(json);
        for schedule in Schedule::all() {
            assert_eq!(schedule.name().parse(), Ok(schedule));
            assert_eq!(schedule.check(), Ok(()));
            assert_eq!(read(&serde_json::to_string(&schedule).unwrap()).unwrap(), schedule);
        }
        let steps = Schedule::Step(StepDecay { every: 3, ..StepDecay::default() });
        assert_eq!(read(r#"{"name": "step", "every": 3}"#).unwrap(), steps);
        for wrong in ["\"cosin\"", r#"{"name": "cosine", "every": 3}"#, r#"{"floor": 0.1}"#] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn settings_outside_their_range_are_named() {
        let check = |json: &str, name: &str| {
            let schedule: Schedule = serde_json::from_str(json).unwrap();
            assert_eq!(schedule.check().unwrap_err().name, name, "{json}");
        };
        check(r#"{"name": "step", "every": 0}"#, "schedule step");
        check(r#"{"name": "step", "factor": 0}"#, "schedule factor");
        check(r#"{"name": "exponential", "factor": 1.1}"#, "schedule factor");
        check(r#"{"name": "cosine", "floor": -0.1}"#, "schedule floor");
        check(r#"{"name": "one-cycle", "rise": 1}"#, "schedule rise");
        check(r#"{"name": "one-cycle", "start_divisor": 0.5}"#, "start divisor");
        check(r#"{"name": "one-cycle", "end_divisor": 0}"#, "end divisor");
        check(r#"{"name": "reduce-on-plateau", "factor": 0}"#, "schedule factor");
        check(r#"{"name": "reduce-on-plateau", "threshold": -1}"#, "schedule threshold");
        check(r#"{"name": "reduce-on-plateau", "floor": 2}"#, "schedule floor");
        check(r#"{"name": "halving", "patience": 0}"#, "schedule patience");
        check(r#"{"name": "halving", "end_divisor": 0.5}"#, "end divisor");
        let nan = Schedule::Cosine(Cosine { floor: f64::NAN });
        assert!(nan.check().is_err());
    }

    #[test]
    fn no_rate_is_negative_or_above_that_of_the_parameters() {
        for schedule in Schedule::all() {
            for steps_per_epoch in [1, 2, 3, 7] {
                for epochs in [1, 2, 5] {
                    let steps = steps_per_epoch * epochs;
                    for step in 0..steps {
                        let at = Moment { step, steps, steps_per_epoch };
                        for warmup in [0.0, 0.5, 1.0] {
                            let rate = at.rate(0.5, warmup, &schedule);
                            assert!((0.0..=0.5).contains(&rate), "{schedule} {at:?}: {rate}");
                        }
                    }
                }
            }
        }
    }
}
