//! Workers that train one network together.
//!
//! The workers go through the same sequence of phases, divided by a barrier. In each phase
//! a worker writes only what it owns and reads only what nobody writes in that phase:
//!
//! | phase | worker w writes | and reads |
//! |---|---|---|
//! | forward, layer l | its columns of z^l, a^l | its columns of w^l; all of a^(l−1) |
//! | — barrier — | | |
//! | output error (BP1) | its rows of δ^L (replicated: its own copy of δ^L) | a^L |
//! | — barrier, unless replicated; another after the workers have looked at all of δ^L — | | |
//! | back-propagation (BP2), layer l | its columns of δ^l | its rows of w^(l+1); all of δ^(l+1) |
//! | — barrier, if a layer below needs δ^l — | | |
//! | update of the first layer | its columns of w¹ | its columns of δ¹; the inputs |
//! | — barrier — | | |
//! | update of the others | its columns of w^l (replicated: its rows) | δ^l, all of a^(l−1) |
//! | — barrier, if a layer above the first is divided — | | |
//!
//! Under an update rule the updates write the rule's states as they write the weights. The
//! workers' own transposes of replicated weights, which the fused update keeps up to date,
//! are then copied anew before back-propagation, when nobody writes weights.
//!
//! Where all layers above the first are replicated and small, and nothing below asks for more,
//! each worker keeps their weights for itself and updates all of them. Then only the first
//! barrier of the table is left: a¹ alternates between two places, so that a worker may begin
//! the next step while others still read the last one's, and nobody gets further ahead than that.
//!
//! Clipping per sample and of the whole gradient add barriers before the updates, so that all
//! workers know the lengths; max-norm adds two after the update of a replicated layer
//! (`clip.rs`).
//!
//! Under dropout every worker finds the masks of its own columns (of the input: all of them)
//! from the step's number, so that nothing about them is shared.
//!
//! "Its columns" are whole cache lines of units, fixed by [`Plan::columns`]; "replicated"
//! layers are so small that every worker computes all of them for itself, bit by bit the
//! same. No partial sums are ever merged, so the result does not depend on how many
//! workers there are. A network of one hidden layer meets at one barrier a step, or at two.

mod backward;
mod barrier;
mod buffers;
mod clip;
mod forward;
mod look;
mod ruled;
mod stage;
mod tiles;
mod update;
mod worker;

use std::marker::PhantomData;
use std::sync::Arc;

pub(crate) use buffers::{Buffers, Plan};
use clip::Squares;
pub(crate) use look::look;
use ruled::SharedRule;
pub(crate) use worker::Outcome;
use worker::{LayerGrids, Member};

use crate::engine::Step;
use crate::kernels::grid::Grid;
use crate::kernels::table::Kernels;
use crate::{Error, Inputs, Network, RuleState, Scalar, Targets, UpdateRule};
use barrier::Barrier;

/// What a team is to do: steps of mini-batches over a fixed order of samples.
#[derive(Debug)]
pub(crate) struct Job<'a, T: Scalar> {
    pub(crate) network: &'a mut Network<T>,
    pub(crate) inputs: &'a Inputs<T>,
    pub(crate) targets: &'a Targets<T>,
    /// Samples in the order they are used; step i takes the i-th chunk of `batch_size`.
    pub(crate) order: &'a [u32],
    pub(crate) batch_size: usize,
    pub(crate) steps: &'a [Step],
    /// `None` for plain gradient descent.
    pub(crate) rule: Option<(&'a dyn UpdateRule<T>, &'a mut RuleState<T>)>,
}

/// Everything the workers of one run share.
struct Shared<'a, T: Scalar> {
    plan: &'a Plan,
    kernels: &'static Kernels<T>,
    inputs: &'a Inputs<T>,
    targets: &'a Targets<T>,
    order: &'a [u32],
    batch_size: usize,
    steps: &'a [Step],
    rule: Option<SharedRule<'a, T>>,
    layers: Vec<SharedLayer<T>>,
    /// Whether the workers keep the layers above the first for themselves.
    own_layers: bool,
    barrier: Barrier,
}

/// Where one layer's parameters and shared buffers are.
struct SharedLayer<T> {
    weights: Grid<T>,
    biases: Grid<T>,
    buffers: LayerGrids<T>,
    squares: Squares,
}

/// One worker's part of a job. All parts of a job must run at the same time.
pub(crate) struct Worker<'a, T: Scalar> {
    member: Member<'a, T>,
    shared: Arc<Shared<'a, T>>,
    finished: bool,
    /// The network and the buffers are borrowed for as long as any part exists.
    borrowed: PhantomData<&'a mut Network<T>>,
}

// SAFETY: the raw pointers in `Shared` are to memory that is borrowed for 'a, and the phases
// described above keep two workers from touching one element at once. All else is Send.
unsafe impl<T: Scalar> Send for Worker<'_, T> {}

impl<T: Scalar> std::fmt::Debug for Worker<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("index", &self.member.index).finish_non_exhaustive()
    }
}

/// Divides a job among the workers of a plan.
///
/// # Errors
///
/// [`Error::Shape`] if the data does not fit the plan or the order names a sample that is
/// not there; [`Error::TooLarge`] if sparse inputs meet a first layer whose weights cannot
/// be addressed in 32 bits.
///
/// # Panics
///
/// If the network or the buffers are not those of the plan; the engine keeps them together.
pub(crate) fn divide<'a, T: Scalar>(
    plan: &'a Plan,
    kernels: &'static Kernels<T>,
    buffers: &'a mut Buffers<T>,
    job: Job<'a, T>,
) -> Result<Vec<Worker<'a, T>>, Error> {
    let Job { network, inputs, targets, order, batch_size, steps, rule } = job;
    assert_eq!(network.sizes(), plan.sizes, "the network of the plan");
    Error::check_len("features of a sample", plan.sizes[0], inputs.num_features())?;
    Error::check_len("targets of a sample", plan.sizes[plan.depth()], targets.num_outputs())?;
    Error::check_len("samples of the targets", inputs.len(), targets.len())?;
    Error::check_len("mini-batches", steps.len(), order.len().div_ceil(batch_size.max(1)))?;
    if batch_size == 0 || batch_size > plan.max_batch {
        return Err(Error::Shape {
            what: "samples of a mini-batch",
            expected: plan.max_batch,
            found: batch_size,
        });
    }
    if let Some(&beyond) = order.iter().find(|&&sample| sample as usize >= inputs.len()) {
        return Err(Error::Shape {
            what: "samples that the order names",
            expected: inputs.len(),
            found: beyond as usize + 1,
        });
    }
    let stride = network.layers()[0].weights.stride();
    let addressable = stride.checked_mul(plan.sizes[0]).is_some_and(|n| u32::try_from(n).is_ok());
    if inputs.is_stored_sparse() && !addressable {
        return Err(Error::TooLarge { inputs: plan.sizes[0], outputs: plan.sizes[1] });
    }

    if let Some((rule, state)) = &rule {
        state.check(network, *rule)?;
    }
    let (rule, mut rule_steps) = rule.map(|(rule, state)| SharedRule::new(rule, state)).unzip();
    let layers = network.layers_mut().iter_mut().zip(&mut buffers.layers);
    let layers = layers.zip(&mut buffers.squares).map(|((layer, buffers), squares)| SharedLayer {
        weights: Grid::new(&mut layer.weights),
        biases: Grid::new(&mut layer.biases),
        buffers: LayerGrids::of(buffers),
        squares: Grid::new(squares),
    });
    let shared = Arc::new(Shared {
        layers: layers.collect(),
        own_layers: plan.keeps_own_layers::<T>(rule.is_some()),
        plan,
        kernels,
        inputs,
        targets,
        order,
        batch_size,
        steps,
        rule,
        barrier: Barrier::new(plan.workers),
    });
    let workers = buffers.workers.iter_mut().enumerate().map(|(index, scratch)| {
        scratch.reserve(plan, inputs, index, shared.rule.is_some());
        let mut member = Member::new(index, scratch, steps.len());
        member.rule_steps = rule_steps.take();
        Worker { member, shared: Arc::clone(&shared), finished: false, borrowed: PhantomData }
    });
    Ok(workers.collect())
}

impl<T: Scalar> Worker<'_, T> {
    /// Does this worker's part, together with the others.
    ///
    /// The first worker returns what was observed, the others an empty outcome.
    ///
    /// # Panics
    ///
    /// If another worker of the team has panicked or was dropped without running.
    pub(crate) fn run(mut self) -> Outcome {
        // SAFETY: every worker of the team runs this same sequence of phases, each with its
        // own index, on the memory that `divide` borrowed for all of them.
        let outcome = unsafe { self.member.run(&self.shared) };
        self.finished = true;
        outcome
    }
}

impl<T: Scalar> Drop for Worker<'_, T> {
    fn drop(&mut self) {
        if !self.finished {
            self.shared.barrier.abandon();
        }
    }
}
