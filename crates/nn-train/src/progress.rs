//! What a trainer makes of its epochs besides training: the average of the weights, the best
//! epoch, the course of schedules that follow a metric, and whether it is time to stop.

use nn_core::{Network, Scalar};
use serde::{Deserialize, Serialize};

use crate::averaging::Average;
use crate::resume::{ResumeError, StateArray};
use crate::schedule::PlateauState;
use crate::{EarlyStopping, Evaluation, Metric, TrainParams};

/// The numbers by which an epoch is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct EpochNumbers {
    pub(crate) train_cost: f64,
    pub(crate) train_accuracy: f64,
    /// Cost and accuracy on the validation samples.
    pub(crate) validation: Option<(f64, f64)>,
}

impl EpochNumbers {
    pub(crate) fn new(train: (f64, f64), validation: Option<&Evaluation>) -> Self {
        let validation = validation.map(|result| (result.mean_cost, result.score()));
        Self { train_cost: train.0, train_accuracy: train.1, validation }
    }

    /// The value of a metric; NaN, which is never better, where there is none.
    pub(crate) fn of(&self, metric: Metric) -> f64 {
        let validation = self.validation.unwrap_or((f64::NAN, f64::NAN));
        match metric {
            Metric::ValidationAccuracy => validation.1,
            Metric::ValidationCost => validation.0,
            Metric::TrainAccuracy => self.train_accuracy,
            Metric::TrainCost => self.train_cost,
        }
    }
}

/// The best epoch so far, and how long ago it was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BestSoFar {
    /// The value of the metric.
    pub value: f64,
    /// The epoch, counted from 1.
    pub epoch: usize,
}

/// What is kept from epoch to epoch, apart from weights.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ProgressState {
    /// How often weights were taken into the average.
    pub averaged: u64,
    /// The best epoch so far, under early stopping.
    pub best: Option<BestSoFar>,
    /// Where a schedule that follows a metric is.
    pub plateau: PlateauState,
    /// Whether early stopping has ended training.
    pub stopped_early: bool,
}

/// [`ProgressState`] and the weights it speaks of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Progress<T: Scalar> {
    pub(crate) average: Option<Average<T>>,
    pub(crate) best: Option<BestSoFar>,
    /// The network of the best epoch, if it is to be kept.
    pub(crate) best_network: Option<Network<T>>,
    pub(crate) plateau: PlateauState,
    pub(crate) stopped_early: bool,
}

/// What follows from an epoch's numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judgement {
    best: Option<BestSoFar>,
    /// Whether the best epoch is this one.
    is_best: bool,
    plateau: PlateauState,
    stopped_early: bool,
}

impl Judgement {
    /// Whether training is to end with this epoch.
    pub(crate) fn ends(&self) -> bool {
        self.stopped_early || self.plateau.ended
    }
}

impl<T: Scalar> Default for Progress<T> {
    fn default() -> Self {
        Self {
            average: None,
            best: None,
            best_network: None,
            plateau: PlateauState::default(),
            stopped_early: false,
        }
    }
}

impl<T: Scalar> Progress<T> {
    /// Whether training is to end before its last epoch.
    pub(crate) fn ended(&self) -> bool {
        self.stopped_early || self.plateau.ended
    }

    /// The network that is used at this moment: the average, if there is one.
    pub(crate) fn in_use<'n>(&'n self, network: &'n Network<T>) -> &'n Network<T> {
        self.average.as_ref().map_or(network, |average| &average.network)
    }

    /// What follows from epoch `epoch` (counted from 1).
    pub(crate) fn judge(
        &self,
        params: &TrainParams,
        numbers: EpochNumbers,
        epoch: usize,
    ) -> Judgement {
        let mut judged = Judgement {
            best: self.best,
            is_best: false,
            plateau: self.plateau,
            stopped_early: self.stopped_early,
        };
        params.schedule.follow(&mut judged.plateau, |metric| numbers.of(metric));
        let Some(EarlyStopping { metric, patience, min_delta, .. }) = params.early_stopping else {
            return judged;
        };
        let value = numbers.of(metric);
        if metric.is_better(value, self.best.map(|best| best.value), min_delta) {
            judged.best = Some(BestSoFar { value, epoch });
            judged.is_best = true;
        }
        let since = epoch - judged.best.map_or(0, |best| best.epoch);
        judged.stopped_early = since >= patience;
        judged
    }

    /// Takes over what follows from an epoch, after which `network` is as it is.
    pub(crate) fn take(&mut self, judged: Judgement, params: &TrainParams, network: &Network<T>) {
        if judged.is_best {
            let keeps = params.early_stopping.is_some_and(|stopping| stopping.restore_best);
            self.best_network = keeps.then(|| self.in_use(network).clone());
        }
        self.best = judged.best;
        self.plateau = judged.plateau;
        self.stopped_early = judged.stopped_early;
    }

    pub(crate) fn state(&self) -> ProgressState {
        ProgressState {
            averaged: self.average.as_ref().map_or(0, |average| average.count),
            best: self.best,
            plateau: self.plateau,
            stopped_early: self.stopped_early,
        }
    }

    /// The weights that are kept besides those in training.
    pub(crate) fn arrays(&self) -> Vec<StateArray<T>> {
        let average = self.average.as_ref().map(|average| (AVERAGE, &average.network));
        let best = self.best_network.as_ref().map(|network| (BEST, network));
        let mut arrays = Vec::new();
        for (what, network) in average.into_iter().chain(best) {
            for (l, layer) in network.layers().iter().enumerate() {
                let values = layer.weights().iter().copied().collect();
                arrays.push(StateArray { name: name(what, "weights", l), values });
                let values = layer.biases().to_vec();
                arrays.push(StateArray { name: name(what, "biases", l), values });
            }
        }
        arrays
    }

    /// What [`Progress::state`] and [`Progress::arrays`] were taken of, for `network`.
    ///
    /// # Errors
    ///
    /// [`ResumeError`] if they do not belong together, or to such a network.
    pub(crate) fn restored(
        network: &Network<T>,
        params: &TrainParams,
        state: &ProgressState,
        arrays: &[StateArray<T>],
    ) -> Result<Self, ResumeError> {
        let mut arrays = arrays;
        let average = if state.averaged > 0 {
            let network = take_network(AVERAGE, network, &mut arrays)?;
            Some(Average { network, count: state.averaged })
        } else {
            None
        };
        let keeps_best = params.early_stopping.is_some_and(|stopping| stopping.restore_best);
        let best_network = if state.best.is_some() && keeps_best && !arrays.is_empty() {
            Some(take_network(BEST, network, &mut arrays)?)
        } else {
            None
        };
        check("further arrays of weights", 0, arrays.len())?;
        let plateau = state.plateau;
        let ok = plateau.factor.is_finite() && (0.0..=1.0).contains(&plateau.factor);
        if !ok {
            let (expected, found) = ("from 0 to 1".to_owned(), plateau.factor.to_string());
            return Err(ResumeError { what: "as the factor of the schedule", expected, found });
        }
        let stopped_early = state.stopped_early && params.early_stopping.is_some();
        Ok(Self { average, best: state.best, best_network, plateau, stopped_early })
    }
}

/// What arrays are of.
const AVERAGE: &str = "average";
const BEST: &str = "best";

/// The name of an array, with the book's number of the layer.
fn name(what: &str, part: &str, layer: usize) -> String {
    format!("{what}, {part} of layer {}", layer + 2)
}

fn check(what: &'static str, expected: usize, found: usize) -> Result<(), ResumeError> {
    if expected == found {
        return Ok(());
    }
    Err(ResumeError { what, expected: expected.to_string(), found: found.to_string() })
}

/// The next array of the list, which has to be of that name and length.
fn take_array<'a, T: Scalar>(
    expected: String,
    len: usize,
    arrays: &mut &'a [StateArray<T>],
) -> Result<&'a [T], ResumeError> {
    let Some((first, rest)) = arrays.split_first() else {
        return Err(ResumeError { what: "in the saved weights", expected, found: "none".into() });
    };
    if first.name != expected {
        let found = first.name.clone();
        return Err(ResumeError { what: "in the saved weights", expected, found });
    }
    check("numbers in an array of weights", len, first.values.len())?;
    *arrays = rest;
    Ok(&first.values)
}

fn take_network<T: Scalar>(
    what: &str,
    like: &Network<T>,
    arrays: &mut &[StateArray<T>],
) -> Result<Network<T>, ResumeError> {
    let mut network = like.clone();
    for (l, layer) in network.layers_mut().iter_mut().enumerate() {
        let mut weights = layer.weights_mut();
        let values = take_array(name(what, "weights", l), weights.len(), arrays)?;
        weights.iter_mut().zip(values).for_each(|(to, &value)| *to = value);
        let mut biases = layer.biases_mut();
        let values = take_array(name(what, "biases", l), biases.len(), arrays)?;
        biases.iter_mut().zip(values).for_each(|(to, &value)| *to = value);
    }
    Ok(network)
}
