//! The training loop: epochs of shuffled mini-batches.

use std::ops::Range;
use std::time::{Duration, Instant};

use nn_core::{Cost, Engine, MiniBatches, Network, RuleState, Scalar, Step, rng};

use crate::observer::{Batches, Control, Epoch, Observer, Start};
use crate::{CheckedParams, Divergence, Samples, Team, TrainError, TrainParams};

/// How long steps run between two looks of the observer, unless it says otherwise.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Fewest steps between two looks: each run of steps starts by copying weights to where the
/// workers want them.
const LOOK_AFTER: usize = 8;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// All epochs are done.
    Finished,
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
    network: Network<T>,
    samples: &'d Samples<T>,
    params: CheckedParams,
    engine: Engine<T>,
    /// What the optimiser remembers; `None` under plain descent.
    rule_state: Option<RuleState<T>>,
    team: Team,
    /// Epochs done.
    epoch: usize,
    /// Mini-batches done of the epoch after those.
    batch: usize,
    /// Σ C and correct answers of the mini-batches done of this epoch.
    seen: (f64, u64),
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
        let batch = params.get().batch_size;
        let workers = workers_for(&network, samples, batch, team.threads());
        let engine = Engine::new(&network, cost, batch, workers)?;
        let rule = params.get().optimizer.rule();
        let rule_state = rule.map(|rule| RuleState::new(&network, rule));
        let (epoch, batch, seen) = (0, 0, (0.0, 0));
        Ok(Self { network, samples, params, engine, rule_state, team, epoch, batch, seen })
    }

    /// The network as it is now.
    #[must_use]
    pub fn network(&self) -> &Network<T> {
        &self.network
    }

    /// The network, trained as far as it is.
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

    /// Trains until all epochs are done or the observer stops it. Called again after a stop,
    /// it goes on where it stopped.
    ///
    /// # Errors
    ///
    /// [`TrainError::Diverged`] if a NaN or an infinity turns up.
    pub fn run(&mut self, observer: &mut dyn Observer<T>) -> Result<Ending, TrainError> {
        observer.on_start(&Start {
            network: &self.network,
            params: &self.params,
            samples: self.samples.len(),
            batches: self.batches_per_epoch(),
            epoch: self.epoch + 1,
            workers: self.engine.num_workers(),
        });
        while self.epoch < self.params().epochs {
            if self.run_epoch(observer)? == Control::Stop {
                return Ok(Ending::Stopped);
            }
        }
        Ok(Ending::Finished)
    }

    fn batches_per_epoch(&self) -> usize {
        self.samples.len().div_ceil(self.params().batch_size)
    }

    /// The rest of the current epoch.
    fn run_epoch(&mut self, observer: &mut dyn Observer<T>) -> Result<Control, TrainError> {
        let params = self.params.get().clone();
        let n = self.samples.len();
        let batches = self.batches_per_epoch();
        let mut stream = rng::stream(params.seed, "shuffle", self.epoch as u64);
        let order = rng::permutation(&mut stream, n as u32);
        let mut at_a_time = observer.batches_at_a_time().unwrap_or(16).max(1);
        while self.batch < batches {
            let first = self.batch;
            let last = batches.min(first + at_a_time);
            let start = Instant::now();
            let chosen = &order[first * params.batch_size..n.min(last * params.batch_size)];
            let mut report = self.run_steps(chosen, &self.steps(first..last))?;
            self.batch = last;
            self.seen.0 += report.costs.iter().sum::<f64>();
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
            if control == Control::Stop && last < batches {
                return Ok(Control::Stop);
            }
            at_a_time = observer.batches_at_a_time().unwrap_or_else(|| {
                let per_step = start.elapsed() / (last - first) as u32;
                let steps = LOOK_EVERY.as_nanos() / per_step.as_nanos().max(1);
                usize::try_from(steps).unwrap_or(usize::MAX).clamp(LOOK_AFTER, at_a_time * 16)
            });
            if control == Control::Stop {
                self.finish_epoch(observer)?;
                return Ok(Control::Stop);
            }
        }
        self.finish_epoch(observer)
    }

    fn finish_epoch(&mut self, observer: &mut dyn Observer<T>) -> Result<Control, TrainError> {
        let learning_rate = self.rate_of(self.batches_per_epoch() - 1);
        if let Some(layer) = self.network.first_non_finite_layer() {
            return Err(TrainError::Diverged(Divergence {
                epoch: self.epoch + 1,
                batch: self.batch,
                layer,
                in_weights: true,
                learning_rate,
            }));
        }
        let n = self.samples.len() as f64;
        let (cost, correct) = std::mem::take(&mut self.seen);
        self.epoch += 1;
        self.batch = 0;
        Ok(observer.on_epoch(&Epoch {
            network: &self.network,
            epoch: self.epoch,
            of: self.params().epochs,
            train_cost: cost / n,
            train_accuracy: correct as f64 / n,
            learning_rate,
        }))
    }

    /// η of mini-batch `batch` (counted from 0) of this epoch.
    fn rate_of(&self, batch: usize) -> f64 {
        let batches = self.batches_per_epoch();
        self.params.rate_at(self.epoch as u64 * batches as u64 + batch as u64, batches)
    }

    /// The numbers of the steps of some mini-batches of this epoch.
    fn steps(&self, batches: Range<usize>) -> Vec<Step> {
        let TrainParams { optimizer, lambda, .. } = self.params();
        let n = self.samples.len();
        batches.map(|batch| optimizer.step(self.rate_of(batch), *lambda, n)).collect()
    }

    /// Some steps, side by side on the team.
    fn run_steps(
        &mut self,
        order: &[u32],
        steps: &[Step],
    ) -> Result<nn_core::engine::Report, TrainError> {
        let batch_size = self.params.get().batch_size;
        let (inputs, targets) = (self.samples.inputs(), self.samples.targets());
        let workers = match (self.params.get().optimizer.rule(), &mut self.rule_state) {
            (Some(rule), Some(state)) => {
                let batches = MiniBatches { order, batch_size, steps };
                let network = &mut self.network;
                self.engine.divide_with_rule(network, rule, state, inputs, targets, batches)?
            }
            _ => {
                self.engine.divide(&mut self.network, inputs, targets, order, batch_size, steps)?
            }
        };
        let report = self.team.run(workers);
        if let Some(step) = report.diverged_at {
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
}

/// Multiply-adds of a step below which workers would wait for each other longer than they
/// save.
const DIVIDE_FROM: f64 = 150_000.0;

/// How many workers a step of this size is worth.
fn workers_for<T: Scalar>(
    network: &Network<T>,
    samples: &Samples<T>,
    batch: usize,
    threads: usize,
) -> usize {
    let density = match samples.inputs() {
        nn_core::Inputs::Sparse(rows) => {
            rows.num_stored() as f64 / (rows.len() * rows.num_features()).max(1) as f64
        }
        _ => 1.0,
    };
    let layers = network.layers().iter().enumerate();
    let per_sample: f64 = layers
        .map(|(l, layer)| {
            let weights = layer.inputs() as f64 * layer.outputs() as f64;
            if l == 0 { 2.0 * density * weights } else { 3.0 * weights }
        })
        .sum();
    if per_sample * (batch as f64) < DIVIDE_FROM { 1 } else { threads }
}
