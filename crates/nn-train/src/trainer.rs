//! The training loop: epochs of shuffled mini-batches.

mod epoch_end;

use std::ops::Range;
use std::time::Instant;

use nn_core::engine::Report;
use nn_core::{Cost, MiniBatches, Network, RuleState, Scalar, Step, Targets, rng};

use crate::augmented::{Feeder, Place};
use crate::look;
use crate::observer::{Batches, Control, Observer, Start};
use crate::pace::Pace;
use crate::progress::Progress;
use crate::steering::{new_feeder, new_pace, smoothed};
use crate::{
    CheckedParams, Divergence, ParamError, Samples, StopFlag, Team, TrainError, TrainParams,
};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// All epochs are done.
    Finished,
    /// Early stopping, or a schedule that has come to its end, ended it before the last epoch.
    EndedEarly,
    /// The observer stopped it.
    Stopped,
}

/// Trains a network on samples by mini-batch gradient descent:
/// w → w − (η/m) Σ_x ∂C_x/∂w, over every mini-batch of every epoch, unless another optimiser
/// or schedule is asked for.
///
/// The order of the samples is drawn anew for each epoch from the stream "shuffle" of the
/// seed, numbered by the epoch.
#[derive(Debug)]
pub struct Trainer<'d, T: Scalar> {
    pub(crate) network: Network<T>,
    pub(crate) cost: Cost,
    pub(crate) samples: &'d Samples<T>,
    /// What epochs are judged by, if by anything but training itself.
    validation: Option<&'d Samples<T>>,
    pub(crate) params: CheckedParams,
    /// The batch size from the next epoch on, if it changes.
    pub(crate) next_batch_size: Option<usize>,
    pub(crate) pace: Pace<T>,
    /// Makes the samples, where they are augmented.
    pub(crate) feeder: Option<Feeder>,
    /// The targets under label smoothing; `None` without.
    pub(crate) smoothed: Option<Targets<T>>,
    /// What the optimiser remembers; `None` under plain descent.
    pub(crate) rule_state: Option<RuleState<T>>,
    pub(crate) progress: Progress<T>,
    pub(crate) team: Team,
    /// Set when training is to stop.
    stop: StopFlag,
    /// Epochs done.
    pub(crate) epoch: usize,
    /// Mini-batches done of the epoch after those.
    pub(crate) batch: usize,
    /// Σ C and correct answers of the mini-batches done of this epoch.
    pub(crate) seen: (f64, u64),
}

impl<'d, T: Scalar> Trainer<'d, T> {
    /// A trainer of `network` on `samples`.
    ///
    /// # Errors
    ///
    /// [`TrainError::Param`] if a parameter is out of range, [`TrainError::Core`] if network,
    /// cost and samples do not fit each other.
    pub fn new(
        network: Network<T>,
        cost: &Cost,
        samples: &'d Samples<T>,
        params: &TrainParams,
    ) -> Result<Self, TrainError> {
        let params = params.check(samples.len())?;
        let team = Team::new(params.get().threads)?;
        let pace = new_pace(&network, cost, params.get(), &team)?;
        let feeder = new_feeder(samples, params.get())?;
        let smoothed = smoothed(samples.targets(), params.get())?;
        let rule = params.get().optimizer.rule();
        let rule_state = rule.map(|rule| RuleState::new(&network, rule));
        let (epoch, batch, seen) = (0, 0, (0.0, 0));
        Ok(Self {
            network,
            cost: cost.clone(),
            samples,
            validation: None,
            params,
            next_batch_size: None,
            pace,
            feeder,
            smoothed,
            rule_state,
            progress: Progress::default(),
            team,
            stop: StopFlag::new(),
            epoch,
            batch,
            seen,
        })
    }

    /// The same trainer, which evaluates the network on `samples` after every epoch: observers
    /// are told ([`crate::Epoch::validation`]), and early stopping and schedules can go by it.
    ///
    /// # Errors
    ///
    /// [`TrainError::Core`] if the samples do not fit the network.
    pub fn with_validation(mut self, samples: &'d Samples<T>) -> Result<Self, TrainError> {
        let fits = |what, expected: usize, found: usize| {
            let error = nn_core::Error::Shape { what, expected, found };
            if expected == found { Ok(()) } else { Err(error) }
        };
        let inputs = samples.inputs().num_features();
        fits("features of a validation sample", self.network.num_inputs(), inputs)?;
        let outputs = samples.targets().num_outputs();
        fits("targets of a validation sample", self.network.num_outputs(), outputs)?;
        self.validation = Some(samples);
        Ok(self)
    }

    /// Lets training be stopped by a flag, too: once it is set, [`Trainer::run`] stops at the
    /// next look, which comes as often as that of an observer, and within the evaluation at the
    /// end of an epoch. That evaluation is given up then; the run stops after the last
    /// mini-batch of the epoch, and the next one begins with the evaluation.
    pub fn set_stop(&mut self, stop: StopFlag) {
        self.stop = stop;
    }

    /// The network as it is trained, which a checkpoint saves to go on from.
    #[must_use]
    pub fn network(&self) -> &Network<T> {
        &self.network
    }

    /// The network to use and to keep: that of the best epoch, if early stopping restores it;
    /// else the average, if weights are averaged; else the one that is trained.
    #[must_use]
    pub fn network_to_keep(&self) -> &Network<T> {
        let in_use = self.progress.in_use(&self.network);
        self.progress.best_network.as_ref().unwrap_or(in_use)
    }

    /// The average of the weights, if they are averaged and there is one yet.
    #[must_use]
    pub fn average(&self) -> Option<&Network<T>> {
        self.progress.average.as_ref().map(|average| &average.network)
    }

    /// The best epoch so far, under early stopping.
    #[must_use]
    pub fn best(&self) -> Option<crate::BestSoFar> {
        self.progress.best
    }

    /// The network that is trained, as far as it is; see also
    /// [`Trainer::network_to_keep`].
    #[must_use]
    pub fn into_network(self) -> Network<T> {
        self.network
    }

    /// The parameters.
    #[must_use]
    pub fn params(&self) -> &TrainParams {
        self.params.get()
    }

    /// What the optimiser remembers of the steps done; `None` under plain descent, which
    /// remembers nothing.
    #[must_use]
    pub fn rule_state(&self) -> Option<&RuleState<T>> {
        self.rule_state.as_ref()
    }

    /// The threads, which an evaluation between epochs can use too.
    #[must_use]
    pub fn team(&self) -> &Team {
        &self.team
    }

    /// Epochs that are done.
    #[must_use]
    pub fn epochs_done(&self) -> usize {
        self.epoch
    }

    /// Mini-batches that are done of the epoch after those; all of them, if the end of that epoch
    /// was cut short.
    #[must_use]
    pub fn batches_done(&self) -> usize {
        self.batch
    }

    /// Trains until all epochs are done or the observer stops it. Called again after a stop,
    /// it goes on where it stopped.
    ///
    /// # Errors
    ///
    /// [`TrainError::Diverged`] if a NaN or an infinity turns up; [`TrainError::Param`] if
    /// epochs are to be compared on validation samples and there are none.
    pub fn run(&mut self, observer: &mut dyn Observer<T>) -> Result<Ending, TrainError> {
        if let (None, Some(metric)) = (self.validation, self.params().validation_metric()) {
            let expected = "given where epochs are compared by them".to_owned();
            let (name, found) = ("samples to validate on", format!("none for {metric}"));
            return Err(ParamError { name, expected, found }.into());
        }
        observer.on_start(&Start {
            network: &self.network,
            params: &self.params,
            samples: self.samples.len(),
            batches: self.batches_per_epoch(),
            epoch: self.epoch + 1,
            workers: self.pace.max_workers(),
        });
        while self.epoch < self.params().epochs {
            if self.progress.ended() {
                return Ok(Ending::EndedEarly);
            }
            if self.run_epoch(observer)? != Control::Continue {
                return Ok(Ending::Stopped);
            }
        }
        Ok(Ending::Finished)
    }

    pub(crate) fn batches_per_epoch(&self) -> usize {
        self.samples.len().div_ceil(self.params().batch_size)
    }

    /// The rest of the current epoch.
    fn run_epoch(&mut self, observer: &mut dyn Observer<T>) -> Result<Control, TrainError> {
        let params = self.params.get().clone();
        let n = self.samples.len();
        let batches = self.batches_per_epoch();
        let mut stream = rng::stream(params.seed, "shuffle", self.epoch as u64);
        let order = rng::permutation(&mut stream, n as u32);
        let mut at_a_time = observer
            .batches_at_a_time()
            .unwrap_or_else(|| look::first(self.network.num_parameters(), params.batch_size))
            .max(1);
        while self.batch < batches {
            let first = self.batch;
            let place = self.place(&order, at_a_time);
            let last = place.now.end.div_ceil(params.batch_size);
            let start = Instant::now();
            let chosen = &order[place.now.clone()];
            let mut report = self.run_steps(&place, &self.steps(first..last))?;
            self.batch = last;
            self.check_weights()?;
            let epoch = (self.epoch + 1, params.epochs);
            let average = &mut self.progress.average;
            params.averaging.follow(average, &self.network, (last, batches), epoch);
            // One after the other, so that the sum doesn't depend on how often an observer looks.
            self.seen.0 = report.costs.iter().fold(self.seen.0, |sum, cost| sum + cost);
            self.seen.1 += report.correct.iter().map(|&c| u64::from(c)).sum::<u64>();
            for (cost, batch) in report.costs.iter_mut().zip(chosen.chunks(params.batch_size)) {
                *cost /= batch.len() as f64;
            }
            let control = observer.on_batches(&Batches {
                network: &self.network,
                epoch: self.epoch + 1,
                first,
                of: batches,
                samples_done: n.min(last * params.batch_size),
                costs: &report.costs,
                correct: &report.correct,
            });
            let stop = control != Control::Continue || self.stop.is_set();
            if stop && last < batches {
                return Ok(Control::Stop);
            }
            at_a_time = observer.batches_at_a_time().unwrap_or_else(|| {
                let per_step = start.elapsed() / (last - first) as u32;
                look::after(per_step, at_a_time * 16)
            });
            if stop {
                self.finish_epoch(observer)?;
                return Ok(Control::Stop);
            }
        }
        self.finish_epoch(observer)
    }

    /// Refuses weights that are not finite. The error of the output, which is looked at in every
    /// step, tells of nearly all divergence; this is for the rest, such as a weight that overflows
    /// behind saturated units. One pass over the weights is little beside the steps before it.
    fn check_weights(&self) -> Result<(), TrainError> {
        match self.network.first_non_finite_layer() {
            None => Ok(()),
            Some(layer) => Err(TrainError::Diverged(Divergence {
                epoch: self.epoch + 1,
                batch: self.batch,
                layer,
                in_weights: true,
                learning_rate: self.rate_of(self.batch - 1),
            })),
        }
    }

    /// η of mini-batch `batch` (counted from 0) of this epoch.
    fn rate_of(&self, batch: usize) -> f64 {
        let batches = self.batches_per_epoch();
        let step = self.epoch as u64 * batches as u64 + batch as u64;
        self.params.rate_at(step, batches) * self.progress.plateau.factor
    }

    /// The numbers of the steps of some mini-batches of this epoch.
    fn steps(&self, batches: Range<usize>) -> Vec<Step> {
        let TrainParams { optimizer, lambda, l1, .. } = self.params();
        let n = self.samples.len();
        let epoch = (self.epoch as u64) << 32;
        let step = |batch| {
            let step = optimizer.step(self.rate_of(batch), *lambda, n);
            // Unlike a count of all steps this stays unique when the batch size changes.
            step.with_l1(l1 / n as f64).with_number(epoch | batch as u64)
        };
        batches.map(step).collect()
    }

    /// The places of the order that are trained on at a time: now, and after that.
    fn place<'o>(&self, order: &'o [u32], batches: usize) -> Place<'o> {
        let TrainParams { batch_size, averaging, .. } = self.params();
        let batch_size = *batch_size;
        let most = match &self.feeder {
            Some(feeder) => batches.min(feeder.max_samples() / batch_size).max(1),
            None => batches,
        };
        let epoch = self.epoch as u64;
        let first = self.batch * batch_size;
        let ready = self.feeder.as_ref().and_then(|feeder| feeder.ready(epoch, first));
        let after = |place: usize| {
            let batches = most.min(averaging.batches_after(place / batch_size));
            order.len().min(place + batches * batch_size)
        };
        let end = ready.unwrap_or_else(|| after(first));
        Place { epoch, order, now: first..end, next: end..after(end) }
    }

    /// Some steps, side by side on the team.
    fn run_steps(&mut self, place: &Place<'_>, steps: &[Step]) -> Result<Report, TrainError> {
        let report = self.report(place, steps)?;
        // The cost can overflow where its derivative does not yet.
        let endless_cost = || report.costs.iter().position(|cost| !cost.is_finite());
        if let Some(step) = report.diverged_at.or_else(endless_cost) {
            let in_weights = self.network.first_non_finite_layer();
            return Err(TrainError::Diverged(Divergence {
                epoch: self.epoch + 1,
                batch: self.batch + step + 1,
                layer: in_weights.unwrap_or(self.network.sizes().len()),
                in_weights: in_weights.is_some(),
                learning_rate: steps[step].rate,
            }));
        }
        Ok(report)
    }

    /// Some steps, which may have diverged.
    fn report(&mut self, place: &Place<'_>, steps: &[Step]) -> Result<Report, TrainError> {
        let batch_size = self.params.get().batch_size;
        let inputs = self.samples.inputs();
        let targets = self.smoothed.as_ref().unwrap_or(self.samples.targets());
        let rule = self.params.get().optimizer.rule().zip(self.rule_state.as_mut());
        let Self { pace, team, network, .. } = self;
        let order = &place.order[place.now.clone()];
        let report = match &mut self.feeder {
            None => {
                let batches = MiniBatches { order, batch_size, steps };
                pace.run(team, network, rule, (inputs, targets), batches, false)?
            }
            Some(feeder) => {
                let measured = pace.measured().map(|time| time.map(|t| t / batch_size as f64));
                feeder.run(team, place, targets, measured.into(), |inputs, targets, alone| {
                    let order: Vec<u32> = (0..order.len() as u32).collect();
                    let batches = MiniBatches { order: &order, batch_size, steps };
                    pace.run(team, network, rule, (inputs, targets), batches, alone)
                })?
            }
        };
        Ok(report)
    }
}
