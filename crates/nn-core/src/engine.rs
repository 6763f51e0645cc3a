//! Training steps on the fast kernels.
//!
//! An [`Engine`] does what [`backprop()`](crate::backprop()) followed by w → w − (η/m) Σ ∂C/∂w
//! does, without ever forming a gradient, and divided among workers. It starts no thread:
//! [`Engine::divide`] hands out [`Worker`]s, which the caller runs side by side.
//!
//! The same data in the same order gives the same weights to the last bit, whatever the
//! number of workers. Instruction sets with fused multiply-add (AVX2 + FMA, AVX-512, NEON)
//! agree with each other to the last bit; without it products are rounded on their own.
//!
//! ```
//! use nn_core::{Cost, Engine, Inputs, NetworkBuilder, Step, Targets};
//! use ndarray::array;
//!
//! let mut network = NetworkBuilder::<f32>::new(&[2, 3, 1]).build(1)?;
//! let inputs = Inputs::from_values(array![[0.0, 1.0], [1.0, 1.0]].view())?;
//! let targets = Targets::Rows(array![[1.0], [0.0]]);
//! let mut engine = Engine::new(&network, &Cost::Quadratic, 2, 1)?;
//! let steps = [Step::new(0.5)];
//! let report = engine.run(&mut network, &inputs, &targets, &[0, 1], 2, &steps)?;
//! assert_eq!(report.costs.len(), 1);
//! # Ok::<(), nn_core::Error>(())
//! ```

use crate::clipping::check_limit;
use crate::examine::LayerExamination;
use crate::kernels::table::{Kernels, kernels_of};
use crate::kernels::team::{self, Buffers, Job, Plan};
use crate::{
    Clipping, Cost, Dropout, Error, Inputs, InstructionSet, Network, RuleState, RuleStep, Scalar,
    Targets, UpdateRule,
};

/// The numbers of one step of gradient descent.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// η, the learning rate.
    pub rate: f64,
    /// What weights (not biases) are multiplied with before the step: 1 − ηλ/n under L2
    /// regularisation (the book's equation 88), 1 without.
    pub shrink: f64,
    /// What of the weights (not biases) is added to their gradient: λ/n for the cost term
    /// (λ/2n) Σ w² (the book's equation 87), 0 without.
    pub l2: f64,
    /// What of the signs of the weights (not biases) is added to their gradient: λ₁/n for the
    /// cost term (λ₁/n) Σ |w| (the book's equation 95), 0 without.
    pub l1: f64,
    /// The number of the step, from which masks of dropout are drawn: no other step of the
    /// training should have it.
    pub number: u64,
}

impl Step {
    /// A plain step of learning rate η.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Self { rate, shrink: 1.0, l2: 0.0, l1: 0.0, number: 0 }
    }

    /// The same step, with weights first multiplied by `factor`.
    #[must_use]
    pub fn with_shrink(mut self, factor: f64) -> Self {
        self.shrink = factor;
        self
    }

    /// The same step, with `factor` times the weights added to their gradient.
    #[must_use]
    pub fn with_l2(mut self, factor: f64) -> Self {
        self.l2 = factor;
        self
    }

    /// The same step, with `factor` times the signs of the weights added to their gradient.
    #[must_use]
    pub fn with_l1(mut self, factor: f64) -> Self {
        self.l1 = factor;
        self
    }

    /// The same step, as number `number`.
    #[must_use]
    pub fn with_number(mut self, number: u64) -> Self {
        self.number = number;
        self
    }
}

/// The mini-batches of a run and the numbers of their steps.
#[derive(Debug, Clone, Copy)]
pub struct MiniBatches<'a> {
    /// Numbers of samples in the order they are used.
    pub order: &'a [u32],
    /// Step i takes the i-th chunk of this many (the last one may be shorter).
    pub batch_size: usize,
    /// One for each mini-batch.
    pub steps: &'a [Step],
}

/// What a run of steps showed, as seen before each step changed the weights.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Report {
    /// Σ C over the samples of each step.
    pub costs: Vec<f64>,
    /// How many samples of each step were classified rightly.
    pub correct: Vec<u32>,
    /// The step whose output error, or under clipping the length of a gradient, was NaN or
    /// infinite. It and all later steps were not done, so the weights are those before it.
    pub diverged_at: Option<usize>,
}

/// Memory and plan for training one shape of network.
pub struct Engine<T: Scalar> {
    plan: Plan,
    buffers: Buffers<T>,
    kernels: &'static Kernels<T>,
    /// The empty state of [`Descent`].
    descent: RuleState<T>,
}

/// w ← w − η g, for plain descent whose gradient has to be formed.
#[derive(Debug)]
struct Descent;

impl<T: Scalar> UpdateRule<T> for Descent {
    fn num_states(&self) -> usize {
        0
    }

    fn apply(&self, step: &RuleStep, w: &mut [T], g: &[T], _: [&mut [T]; 2]) {
        let eta = T::from_f64(step.rate);
        for (w, &g) in w.iter_mut().zip(g) {
            *w -= eta * g;
        }
    }
}

impl<T: Scalar> std::fmt::Debug for Engine<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("plan", &self.plan)
            .field("instruction_set", &self.kernels.set)
            .finish_non_exhaustive()
    }
}

impl<T: Scalar> Engine<T> {
    /// An engine for networks of this shape, mini-batches of up to `max_batch` samples and at
    /// most `workers` workers; there are fewer where the layers are too narrow to divide.
    ///
    /// # Errors
    ///
    /// [`Error::CostNeedsActivation`] if the cost is not defined on the output layer,
    /// [`Error::Parameter`] if `max_batch` or `workers` is 0.
    pub fn new(
        network: &Network<T>,
        cost: &Cost,
        max_batch: usize,
        workers: usize,
    ) -> Result<Self, Error> {
        cost.check_output(network.output_layer().activation())?;
        for (name, value) in [("mini-batch size", max_batch), ("number of workers", workers)] {
            if value == 0 {
                let (expected, found) = ("at least 1", value.to_string());
                return Err(Error::Parameter { name, expected, found });
            }
        }
        let plan = Plan::new(network, cost, max_batch, workers);
        let buffers = Buffers::new(&plan);
        let descent = RuleState::new(network, &Descent);
        Ok(Self { plan, buffers, kernels: T::kernels(), descent })
    }

    /// The same engine on the kernels of an instruction set of this machine, instead of the
    /// fastest.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownName`] if there are none.
    pub fn with_instruction_set(mut self, set: InstructionSet) -> Result<Self, Error> {
        self.kernels = kernels_of(set)?;
        Ok(self)
    }

    /// The same engine, with dropout in its steps. Each step takes the masks of its
    /// [`Step::number`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] if there is not one probability for the input and each hidden layer.
    pub fn with_dropout(mut self, dropout: Dropout) -> Result<Self, Error> {
        Error::check_len("probabilities of dropout", self.plan.depth(), dropout.rates().len())?;
        self.plan.dropout = (!dropout.is_off()).then_some(dropout);
        self.buffers = Buffers::new(&self.plan);
        Ok(self)
    }

    /// The same engine, with gradients limited.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if a limit is not above 0.
    pub fn with_clipping(mut self, clipping: Clipping) -> Result<Self, Error> {
        clipping.check()?;
        self.plan.clipping = clipping;
        self.buffers = Buffers::new(&self.plan);
        Ok(self)
    }

    /// The same engine, with max-norm: after every step the incoming weights of each hidden
    /// unit, if longer than `limit` (c), are scaled to that length, w_j ← w_j · c / ‖w_j‖ (Hinton
    /// et al. 2012; Srivastava et al. 2014, section 5.1). Biases and the output are free.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if `limit` is not above 0.
    pub fn with_max_norm(mut self, limit: f64) -> Result<Self, Error> {
        check_limit("max-norm", limit)?;
        self.plan.max_norm = Some(limit);
        Ok(self)
    }

    /// The instruction set of the kernels.
    #[must_use]
    pub fn instruction_set(&self) -> InstructionSet {
        self.kernels.set
    }

    /// How many workers there are.
    #[must_use]
    pub fn num_workers(&self) -> usize {
        self.plan.workers
    }

    /// Divides a run of steps among the workers. Step i takes the i-th chunk of `batch_size`
    /// sample numbers of `order` (the last one may be shorter).
    ///
    /// All workers must be run at the same time, each on a thread of its own; they wait for
    /// each other. The first one's report is that of the run, the others' are empty.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] if the data, the order or the number of steps does not fit;
    /// [`Error::TooLarge`] if sparse inputs meet a first layer of more than 2³² weights.
    ///
    /// # Panics
    ///
    /// If the network is not of the shape the engine was made for.
    pub fn divide<'a>(
        &'a mut self,
        network: &'a mut Network<T>,
        inputs: &'a Inputs<T>,
        targets: &'a Targets<T>,
        order: &'a [u32],
        batch_size: usize,
        steps: &'a [Step],
    ) -> Result<Vec<Worker<'a, T>>, Error> {
        let rule: Option<(&dyn UpdateRule<T>, _)> =
            self.plan.clipping.needs_gradient().then_some((&Descent, &mut self.descent));
        let job = Job { network, inputs, targets, order, batch_size, steps, rule };
        let workers = team::divide(&self.plan, self.kernels, &mut self.buffers, job)?;
        Ok(workers.into_iter().map(Worker).collect())
    }

    /// As [`Engine::divide`], but the parameters are changed by a rule instead of plain
    /// gradient descent: with g the mean gradient of a mini-batch,
    /// g ← g + [`Step::l2`] · w + [`Step::l1`] · sgn w and w ← [`Step::shrink`] · w for weights,
    /// then the rule.
    ///
    /// `state` is that of the rule; it goes on where the last run left it.
    ///
    /// # Errors
    ///
    /// As [`Engine::divide`]; also [`Error::Shape`] if the state was made for another
    /// network or rule.
    ///
    /// # Panics
    ///
    /// If the network is not of the shape the engine was made for.
    pub fn divide_with_rule<'a>(
        &'a mut self,
        network: &'a mut Network<T>,
        rule: &'a dyn UpdateRule<T>,
        state: &'a mut RuleState<T>,
        inputs: &'a Inputs<T>,
        targets: &'a Targets<T>,
        mini_batches: MiniBatches<'a>,
    ) -> Result<Vec<Worker<'a, T>>, Error> {
        let MiniBatches { order, batch_size, steps } = mini_batches;
        let rule = Some((rule, state));
        let job = Job { network, inputs, targets, order, batch_size, steps, rule };
        let workers = team::divide(&self.plan, self.kernels, &mut self.buffers, job)?;
        Ok(workers.into_iter().map(Worker).collect())
    }

    /// What a run of one step of `m` samples by one worker, under a limit of the mean
    /// gradient's length, has left in the buffers.
    pub(crate) fn look(&self, inputs: &Inputs<T>, m: usize) -> Vec<LayerExamination> {
        team::look(&self.plan, &self.buffers, inputs, m)
    }

    /// Does a run of steps on the calling thread; for an engine of one worker.
    ///
    /// # Errors
    ///
    /// As [`Engine::divide`].
    ///
    /// # Panics
    ///
    /// If there is more than one worker: they could not meet on one thread.
    pub fn run(
        &mut self,
        network: &mut Network<T>,
        inputs: &Inputs<T>,
        targets: &Targets<T>,
        order: &[u32],
        batch_size: usize,
        steps: &[Step],
    ) -> Result<Report, Error> {
        assert_eq!(self.num_workers(), 1, "workers on one thread");
        let workers = self.divide(network, inputs, targets, order, batch_size, steps)?;
        Ok(workers.into_iter().map(Worker::run).next().unwrap_or_default())
    }
}

/// One worker's part of a run of steps. Dropping it without running fails the others.
#[derive(Debug)]
pub struct Worker<'a, T: Scalar>(team::Worker<'a, T>);

impl<T: Scalar> Worker<'_, T> {
    /// Does this worker's part. Returns when the whole run is done.
    ///
    /// # Panics
    ///
    /// If another worker of the run has panicked or was dropped.
    #[must_use]
    pub fn run(self) -> Report {
        let team::Outcome { costs, correct, diverged_at } = self.0.run();
        Report { costs, correct, diverged_at }
    }
}
