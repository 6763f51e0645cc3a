//! One worker of a team: the sequence of phases, and where it keeps what.

use std::ops::Range;

use super::Shared;
use super::buffers::{LayerBuffers, Scratch};
use crate::dropout::LayerMask;
use crate::engine::Step;
use crate::kernels::grid::Grid;
use crate::kernels::prefetch;
use crate::{Inputs, Scalar, Targets};

/// What a run of steps showed.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Outcome {
    /// Cost summed over the samples of each step that was done.
    pub(crate) costs: Vec<f64>,
    /// Samples of each step that were classified rightly before it.
    pub(crate) correct: Vec<u32>,
    /// The step that found a NaN or an infinity in the output error, and changed nothing.
    pub(crate) diverged_at: Option<usize>,
}

impl Outcome {
    /// Step `i`, of which costs have been noted already, is not done after all.
    fn forget_last(&mut self, i: usize) {
        self.costs.truncate(i);
        self.correct.truncate(i);
        self.diverged_at = Some(i);
    }
}

/// One worker: its number, its memory and what it has seen.
pub(super) struct Member<'a, T: Scalar> {
    pub(super) index: usize,
    pub(super) scratch: &'a mut Scratch<T>,
    pub(super) outcome: Outcome,
    /// Steps an update rule's state has seen, for the one worker that counts them.
    pub(super) rule_steps: Option<&'a mut u64>,
    /// Whether this is one of every second step, which has a¹ in a place of its own where the
    /// workers keep the layers above for themselves.
    pub(super) odd: bool,
    /// The masks of this step, of the input and of the hidden layers; empty without dropout.
    pub(super) masks: Vec<Option<LayerMask>>,
    /// What this step's mean gradient is multiplied with; 1 unless it is too long.
    pub(super) coefficient: T,
}

/// The factors of one step of gradient descent.
#[derive(Clone, Copy)]
pub(super) struct Factors<T> {
    /// −η/m; under an update rule 1/m.
    pub(super) scale: T,
    /// What weights are multiplied with first.
    pub(super) shrink: T,
    /// Under an update rule, what of the weights is added to their gradient.
    pub(super) l2: T,
    /// What of the signs of the weights is added to their gradient; without an update rule, to
    /// the weights.
    pub(super) l1: T,
}

impl<T: Scalar> Factors<T> {
    /// Of a step on m samples. Plain descent takes L2 as one more factor of the weights:
    /// shrink · w − η(g + l2 · w) = (shrink − η l2) w − η g.
    fn new(step: &Step, m: usize, ruled: bool) -> Self {
        let (scale, shrink, l2, l1) = if ruled {
            (1.0 / m as f64, step.shrink, step.l2, step.l1)
        } else {
            let shrink = step.shrink - step.rate * step.l2;
            (-step.rate / m as f64, shrink, 0.0, -step.rate * step.l1)
        };
        let f = T::from_f64;
        Self { scale: f(scale), shrink: f(shrink), l2: f(l2), l1: f(l1) }
    }

    /// Of plain descent, the part of the step that depends on the weights alone:
    /// w ← shrink · w + l1 · sgn w.
    pub(super) fn decay(&self, weights: &mut [T]) {
        if self.shrink != T::one() {
            for w in &mut *weights {
                *w *= self.shrink;
            }
        }
        if self.l1 != T::zero() {
            for w in weights {
                *w += self.l1 * sign(*w);
            }
        }
    }

    /// Whether [`Factors::decay`] changes anything.
    pub(super) fn decays(&self) -> bool {
        self.shrink != T::one() || self.l1 != T::zero()
    }
}

/// −1, 0 or 1; 0 of 0 and of NaN, which is found elsewhere.
pub(super) fn sign<T: Scalar>(w: T) -> T {
    if w > T::zero() {
        T::one()
    } else if w < T::zero() {
        -T::one()
    } else {
        T::zero()
    }
}

impl<'a, T: Scalar> Member<'a, T> {
    pub(super) fn new(index: usize, scratch: &'a mut Scratch<T>, steps: usize) -> Self {
        let room = if index == 0 { steps } else { 0 };
        let outcome = Outcome {
            costs: Vec::with_capacity(room),
            correct: Vec::with_capacity(room),
            diverged_at: None,
        };
        Self {
            index,
            scratch,
            outcome,
            rule_steps: None,
            odd: false,
            masks: Vec::new(),
            coefficient: T::one(),
        }
    }

    /// All steps of the job.
    ///
    /// # Safety
    ///
    /// Each worker of the team calls this once, with the same `shared`, at the same time.
    pub(super) unsafe fn run(&mut self, shared: &Shared<'_, T>) -> Outcome {
        let depth = shared.plan.depth();
        let divided_above = shared.plan.replicated[1..].iter().any(|replicated| !replicated);
        // SAFETY: the phases follow each other as the module's table says. What is loaded
        // first nobody has begun to write: the updates of the layers above come after
        // barriers, those of the first layer are in the tiles.
        unsafe {
            self.load(shared);
            for (i, step) in shared.steps.iter().enumerate() {
                let end = shared.order.len().min((i + 1) * shared.batch_size);
                let batch = &shared.order[i * shared.batch_size..end];
                let next = &shared.order[end..shared.order.len().min(end + shared.batch_size)];
                let m = batch.len();
                self.odd = shared.own_layers && i % 2 == 1;
                let factors = Factors::new(step, m, shared.rule.is_some());
                if let Some(dropout) = &shared.plan.dropout {
                    dropout.masks_into(step.number, &mut self.masks);
                }
                self.stage(shared, batch, next);
                for l in 0..depth {
                    self.forward(shared, l, m);
                }
                if !self.output_error(shared, batch) {
                    self.outcome.diverged_at = Some(i);
                    break;
                }
                for l in (1..depth).rev() {
                    if shared.rule.is_some() {
                        self.load_mirror(shared, l);
                    }
                    self.back_propagate(shared, l, m);
                }
                let clipped =
                    self.find_scales(shared, m, factors) && self.clip_whole(shared, m, factors);
                if !clipped {
                    self.outcome.forget_last(i);
                    break;
                }
                self.step(shared, 0, (m, i), factors);
                if let Some(done) = &mut self.rule_steps {
                    **done += 1;
                }
                if depth > 1 {
                    if !shared.own_layers {
                        shared.barrier.wait();
                    }
                    for l in 1..depth {
                        self.step(shared, l, (m, i), factors);
                    }
                    if let Some(limit) = shared.plan.max_norm {
                        self.limit_weights(shared, limit);
                    }
                    if divided_above {
                        shared.barrier.wait();
                    }
                }
            }
            self.store(shared);
        }
        std::mem::take(&mut self.outcome)
    }

    /// Copies weights to where this worker keeps them during the run.
    ///
    /// # Safety
    ///
    /// Nobody writes weights before the first barrier.
    unsafe fn load(&mut self, shared: &Shared<'_, T>) {
        if let (true, Some(tiles)) = (shared.inputs.is_stored_sparse(), &mut self.scratch.tiles) {
            // SAFETY: by the caller; the tiles' columns are those of the weights.
            unsafe { tiles.load(shared.layers[0].weights) };
        }
        for l in 1..shared.plan.depth() {
            // SAFETY: by the caller.
            unsafe { self.load_mirror(shared, l) };
        }
        if shared.own_layers {
            let above = &shared.layers[1..];
            for (layer, (weights, biases)) in above.iter().zip(&mut self.scratch.own_layers) {
                // SAFETY: by the caller; the copies have the layer's shape.
                unsafe {
                    layer.weights.copy_to(weights);
                    layer.biases.copy_to(biases);
                }
            }
        }
    }

    /// Copies the weights of layer `l` to this worker's transpose of them, if it has one.
    ///
    /// # Safety
    ///
    /// Nobody writes the weights meanwhile.
    unsafe fn load_mirror(&mut self, shared: &Shared<'_, T>, l: usize) {
        let units = self.units(shared, l - 1);
        let Some(mirror) = &mut self.scratch.mirrors[l] else { return };
        for j in 0..mirror.rows() {
            for (to, i) in mirror.row_mut(j).iter_mut().zip(units.clone()) {
                // SAFETY: by the caller; (i, j) is a weight of the layer.
                *to = unsafe { *shared.layers[l].weights.at(i, j) };
            }
        }
    }

    /// Step `i` of the run for layer `l`, plain or by a rule.
    ///
    /// # Safety
    ///
    /// Phase "update" of the module's table.
    unsafe fn step(
        &mut self,
        shared: &Shared<'_, T>,
        l: usize,
        (m, i): (usize, usize),
        factors: Factors<T>,
    ) {
        // SAFETY: by the caller.
        unsafe {
            match &shared.rule {
                None => self.update(shared, l, m, factors),
                Some(rule) => self.update_by_rule(shared, rule, (l, m, i), factors),
            }
        }
    }

    /// Copies weights back; mirrors have theirs twice, and of layers that every worker keeps the
    /// first one's are as good as the others'.
    ///
    /// # Safety
    ///
    /// Nobody else accesses this worker's columns of the first layer, nor, after a step, the
    /// layers that workers keep for themselves.
    unsafe fn store(&mut self, shared: &Shared<'_, T>) {
        if let (true, Some(tiles)) = (shared.inputs.is_stored_sparse(), &mut self.scratch.tiles) {
            // SAFETY: by the caller; the tiles' columns are those of the weights.
            unsafe { tiles.store(shared.layers[0].weights) };
        }
        // Without a step others may still be copying them.
        if shared.own_layers && self.index == 0 && !shared.steps.is_empty() {
            let above = &shared.layers[1..];
            for (layer, (weights, biases)) in above.iter().zip(&self.scratch.own_layers) {
                // SAFETY: by the caller; the copies have the layer's shape.
                unsafe {
                    layer.weights.copy_from(weights);
                    layer.biases.copy_from(biases);
                }
            }
        }
    }

    /// Brings the inputs of the batch into form, for this worker alone.
    fn stage(&mut self, shared: &Shared<'_, T>, batch: &[u32], next: &[u32]) {
        if let Targets::Classes { labels, .. } = shared.targets {
            for &sample in next {
                prefetch::line(labels[sample as usize..].as_ptr_range().start);
            }
        }
        match shared.inputs {
            Inputs::Sparse(rows) => {
                let tiles = self.scratch.tiles.as_ref().expect("sparse inputs have tiles");
                let stride = tiles.stride();
                self.scratch.stage.fill_sparse(shared.kernels, rows, batch, next, stride);
                let mask = self.input_mask();
                if let Some(mask) = mask {
                    self.scratch.stage.drop_sparse(mask, rows, batch);
                }
                if self.updates_by_row(shared, batch.len()) {
                    self.scratch.stage.fill_columns(rows, batch, stride, mask.is_some());
                }
            }
            Inputs::Dense(_) => {
                self.scratch.stage.fill_dense(shared.inputs, batch);
                if let Some(mask) = self.input_mask() {
                    self.scratch.stage.drop_dense(mask, batch.len());
                }
            }
        }
    }

    /// This step's mask of the input, if features are dropped.
    fn input_mask(&self) -> Option<LayerMask> {
        self.masks.first().copied().flatten()
    }

    /// This step's mask of layer `l`, if units are dropped.
    pub(super) fn mask(&self, l: usize) -> Option<LayerMask> {
        self.masks.get(l + 1).copied().flatten()
    }

    /// The columns of layer `l` this worker computes, padding included.
    pub(super) fn columns(&self, shared: &Shared<'_, T>, l: usize) -> Range<usize> {
        shared.plan.computed_columns::<T>(l, self.index)
    }

    /// The units of layer `l` this worker computes.
    pub(super) fn units(&self, shared: &Shared<'_, T>, l: usize) -> Range<usize> {
        let columns = self.columns(shared, l);
        let end = shared.plan.sizes[l + 1];
        columns.start.min(end)..columns.end.min(end)
    }

    /// Where layer `l` is computed: this worker's own copy, or the shared one.
    pub(super) fn buffers(&mut self, shared: &Shared<'_, T>, l: usize) -> LayerGrids<T> {
        match &mut self.scratch.layers[l] {
            Some(own) => LayerGrids::of(own),
            None if l == 0 && self.odd => shared.layers[0].buffers.of_odd_step(),
            None => shared.layers[l].buffers,
        }
    }

    /// Where the weights and biases of layer `l` are.
    pub(super) fn parameters(&mut self, shared: &Shared<'_, T>, l: usize) -> (Grid<T>, Grid<T>) {
        if shared.own_layers && l > 0 {
            let (weights, biases) = &mut self.scratch.own_layers[l - 1];
            return (Grid::new(weights), Grid::new(biases));
        }
        (shared.layers[l].weights, shared.layers[l].biases)
    }
}

/// Where one layer is computed.
#[derive(Clone, Copy)]
pub(super) struct LayerGrids<T> {
    pub(super) activations: Grid<T>,
    odd_activations: Grid<T>,
    pub(super) weighted_inputs: Grid<T>,
    pub(super) masks: Grid<T>,
    pub(super) errors: Grid<T>,
    pub(super) errors_transposed: Grid<T>,
}

impl<T: Scalar> LayerGrids<T> {
    pub(super) fn of(buffers: &mut LayerBuffers<T>) -> Self {
        Self {
            activations: Grid::new(&mut buffers.activations),
            odd_activations: Grid::new(&mut buffers.odd_activations),
            weighted_inputs: Grid::new(&mut buffers.weighted_inputs),
            masks: Grid::new(&mut buffers.masks),
            errors: Grid::new(&mut buffers.errors),
            errors_transposed: Grid::new(&mut buffers.errors_transposed),
        }
    }

    /// The same with the activations of every second step.
    fn of_odd_step(self) -> Self {
        Self { activations: self.odd_activations, ..self }
    }
}
