//! What one worker of a team does in each phase of a step.

use std::ops::Range;

use super::Shared;
use super::buffers::{LayerBuffers, Scratch, Stage, line};
use crate::cost::Cost;
use crate::kernels::grid::Grid;
use crate::kernels::layer::dense_forward;
use crate::targets::argmax;
use crate::{Activation, Inputs, Scalar, Targets};

/// From this many columns (in cache lines) and samples on, a sparse update goes weight row
/// by weight row; sorting the batch by column pays only then.
const BY_ROW_FROM: (usize, usize) = (8, 16);

/// From this many samples on, the sparse forward pass walks the weights in blocks.
const BLOCKS_FROM: usize = 8;

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

/// One worker: its number, its memory and what it has seen.
pub(super) struct Member<'a, T: Scalar> {
    pub(super) index: usize,
    scratch: &'a mut Scratch<T>,
    outcome: Outcome,
}

impl<'a, T: Scalar> Member<'a, T> {
    pub(super) fn new(index: usize, scratch: &'a mut Scratch<T>, steps: usize) -> Self {
        let room = if index == 0 { steps } else { 0 };
        let outcome = Outcome {
            costs: Vec::with_capacity(room),
            correct: Vec::with_capacity(room),
            diverged_at: None,
        };
        Self { index, scratch, outcome }
    }

    /// All steps of the job.
    ///
    /// # Safety
    ///
    /// Each worker of the team calls this once, with the same `shared`, at the same time.
    pub(super) unsafe fn run(&mut self, shared: &Shared<'_, T>) -> Outcome {
        let depth = shared.plan.depth();
        let sparse = shared.inputs.is_stored_sparse();
        if let (true, Some(tiles)) = (sparse, &mut self.scratch.tiles) {
            // SAFETY: the tiles are this worker's columns, which nobody else accesses.
            unsafe { tiles.load(shared.layers[0].weights) };
        }
        let divided_above = shared.plan.replicated[1..].iter().any(|replicated| !replicated);
        for (i, step) in shared.steps.iter().enumerate() {
            let end = shared.order.len().min((i + 1) * shared.batch_size);
            let batch = &shared.order[i * shared.batch_size..end];
            let next = &shared.order[end..shared.order.len().min(end + shared.batch_size)];
            let m = batch.len();
            // SAFETY: the phases follow each other as the module's table says.
            unsafe {
                self.stage(shared, batch, next);
                for l in 0..depth {
                    self.forward(shared, l, m);
                }
                if !self.output_error(shared, batch) {
                    self.outcome.diverged_at = Some(i);
                    break;
                }
                for l in (1..depth).rev() {
                    self.back_propagate(shared, l, m);
                }
                let scale = T::from_f64(-step.rate / m as f64);
                let shrink = T::from_f64(step.shrink);
                self.update(shared, 0, batch, scale, shrink);
                if depth > 1 {
                    shared.barrier.wait();
                    for l in 1..depth {
                        self.update(shared, l, batch, scale, shrink);
                    }
                    if divided_above {
                        shared.barrier.wait();
                    }
                }
            }
        }
        if let (true, Some(tiles)) = (sparse, &mut self.scratch.tiles) {
            // SAFETY: as above.
            unsafe { tiles.store(shared.layers[0].weights) };
        }
        std::mem::take(&mut self.outcome)
    }

    /// Brings the inputs of the batch into form, for this worker alone.
    fn stage(&mut self, shared: &Shared<'_, T>, batch: &[u32], next: &[u32]) {
        match shared.inputs {
            Inputs::Sparse(rows) => {
                Stage::prefetch(rows, next);
                let tiles = self.scratch.tiles.as_ref().expect("sparse inputs have tiles");
                let stride = tiles.stride();
                self.scratch.stage.fill_sparse(shared.kernels, rows, batch, stride);
                if self.updates_by_row(shared, batch.len()) {
                    self.scratch.stage.fill_columns(rows, batch, stride);
                }
            }
            Inputs::Dense(_) => self.scratch.stage.fill_dense(shared.inputs, batch),
        }
    }

    fn updates_by_row(&self, shared: &Shared<'_, T>, m: usize) -> bool {
        let lines = shared.plan.columns::<T>(0, self.index).len() / line::<T>();
        lines >= BY_ROW_FROM.0 && m >= BY_ROW_FROM.1
    }

    /// The columns of layer `l` this worker computes, padding included.
    fn columns(&self, shared: &Shared<'_, T>, l: usize) -> Range<usize> {
        if shared.plan.replicated[l] {
            0..shared.plan.sizes[l + 1].next_multiple_of(line::<T>())
        } else {
            shared.plan.columns::<T>(l, self.index)
        }
    }

    /// The units of layer `l` this worker computes.
    fn units(&self, shared: &Shared<'_, T>, l: usize) -> Range<usize> {
        let columns = self.columns(shared, l);
        let end = shared.plan.sizes[l + 1];
        columns.start.min(end)..columns.end.min(end)
    }

    /// Where layer `l` is computed: this worker's own copy, or the shared one.
    fn buffers(&mut self, shared: &Shared<'_, T>, l: usize) -> LayerGrids<T> {
        match &mut self.scratch.layers[l] {
            Some(own) => LayerGrids::of(own),
            None => {
                let layer = &shared.layers[l];
                LayerGrids {
                    activations: layer.activations,
                    weighted_inputs: layer.weighted_inputs,
                    errors: layer.errors,
                    errors_transposed: layer.errors_transposed,
                }
            }
        }
    }

    /// z^l = w^l a^(l−1) + b^l and a^l = σ(z^l), for this worker's columns; at the output
    /// only z.
    ///
    /// # Safety
    ///
    /// Phase "forward" of the module's table; a^(l−1) is complete.
    unsafe fn forward(&mut self, shared: &Shared<'_, T>, l: usize, m: usize) {
        let cols = self.columns(shared, l);
        let to = self.buffers(shared, l);
        let layer = &shared.layers[l];
        let n_in = shared.plan.sizes[l];
        let k = shared.kernels;
        // SAFETY: the columns are this worker's (or the buffers are), and whole cache lines
        // of matrices that have them; rows m are within the batch the buffers are made for.
        unsafe {
            if l == 0 && shared.inputs.is_stored_sparse() {
                self.forward_sparse(shared, m);
            } else {
                let input = if l == 0 {
                    let dense = Grid::new(&mut self.scratch.stage.dense);
                    dense.strided(0, dense.stride, 1)
                } else {
                    let below = self.buffers(shared, l - 1).activations;
                    below.strided(0, below.stride, 1)
                };
                let pack = self.scratch.pack.padded_mut();
                let parameters = (layer.weights, layer.biases);
                dense_forward(k, input, parameters, n_in, to.activations, m, cols.clone(), pack);
            }
            let activation = &shared.plan.activations[l];
            let is_output = l + 1 == shared.plan.depth();
            for s in 0..m {
                let z = to.activations.row_mut(s, cols.clone());
                if is_output || activation.derivative_needs_z() {
                    to.weighted_inputs.row_mut(s, cols.clone()).copy_from_slice(z);
                }
                if !is_output {
                    (k.activate)(activation, z);
                }
            }
        }
        if !shared.plan.replicated[l] {
            shared.barrier.wait();
        }
    }

    /// z² = w² x + b² on sparse inputs, for this worker's columns.
    ///
    /// # Safety
    ///
    /// Phase "forward" of the module's table.
    unsafe fn forward_sparse(&mut self, shared: &Shared<'_, T>, m: usize) {
        let layer = &shared.layers[0];
        let to = self.buffers(shared, 0).activations;
        let Scratch { stage, tiles, .. } = &mut *self.scratch;
        let tiles = tiles.as_mut().expect("sparse inputs have tiles");
        let (block, in_blocks) = (tiles.block(), m >= BLOCKS_FROM && tiles.stride() > 2 * line::<T>());
        let mut cursors = std::mem::take(&mut stage.cursors);
        let batch = stage.batch(m);
        for (tile, cols) in tiles.iter_mut() {
            let len = tile.padded().len();
            // SAFETY: the tile and the columns are this worker's; the batch's offsets are
            // those of rows of the tile.
            unsafe {
                let weights = Grid::new(tile).at(0, 0);
                let (biases, out) = (layer.biases.at(0, cols.start), to.at(0, cols.start));
                if in_blocks {
                    (shared.kernels.sparse_forward_in_blocks)(
                        batch, weights, len, block, biases, out, to.stride, &mut cursors, cols.len(),
                    );
                } else {
                    (shared.kernels.sparse_forward)(
                        batch, weights, biases, out, to.stride, cols.len(),
                    );
                }
            }
        }
        stage.cursors = cursors;
    }

    /// w² ← shrink · w² + scale · xᵀ δ² on sparse inputs, for this worker's columns.
    ///
    /// # Safety
    ///
    /// Phase "update of the first layer" of the module's table.
    unsafe fn update_sparse(&mut self, shared: &Shared<'_, T>, m: usize, scale: T, shrink: T) {
        let from = self.buffers(shared, 0).errors;
        let by_row = self.updates_by_row(shared, m);
        let Scratch { stage, tiles, tile_errors, .. } = &mut *self.scratch;
        let deltas = Grid::new(tile_errors);
        let tiles = tiles.as_mut().expect("sparse inputs have tiles");
        let block = tiles.block();
        let mut cursors = std::mem::take(&mut stage.cursors);
        for (tile, cols) in tiles.iter_mut() {
            let len = tile.padded().len();
            if shrink != T::one() {
                for w in tile.padded_mut() {
                    *w *= shrink;
                }
            }
            let weights = Grid::new(tile);
            // SAFETY: the tile and the columns are this worker's; the batch's offsets are
            // those of rows of the tile, the columns' offsets those of rows of `deltas`.
            unsafe {
                for s in 0..m {
                    let scaled = deltas.row_mut(s, 0..cols.len());
                    for (scaled, &delta) in scaled.iter_mut().zip(from.row(s, cols.clone())) {
                        *scaled = scale * delta;
                    }
                }
                let (w, d) = (weights.at(0, 0), deltas.at(0, 0));
                if by_row {
                    (shared.kernels.sparse_update_by_row)(stage.columns(), w, d, cols.len());
                } else {
                    (shared.kernels.sparse_update_by_sample)(
                        stage.batch(m), w, len, block, d, deltas.stride, &mut cursors, cols.len(),
                    );
                }
            }
        }
        stage.cursors = cursors;
    }

    /// BP1: a^L = σ(z^L) and δ^L = ∇_a C ⊙ σ'(z^L). False if an error is not finite.
    ///
    /// # Safety
    ///
    /// Phase "output error" of the module's table; z^L is complete.
    unsafe fn output_error(&mut self, shared: &Shared<'_, T>, batch: &[u32]) -> bool {
        let m = batch.len();
        let l = shared.plan.depth() - 1;
        let replicated = shared.plan.replicated[l];
        let rows = if replicated { 0..m } else { shared.plan.rows(m, self.index) };
        let to = self.buffers(shared, l);
        let n = shared.plan.sizes[l + 1];
        let (activation, cost) = (&shared.plan.activations[l], &shared.plan.cost);
        let k = shared.kernels;
        // SAFETY: the rows are this worker's (or the buffers are) and within the batch.
        unsafe {
            for s in rows {
                let a = to.activations.row_mut(s, 0..n);
                let z = to.weighted_inputs.row(s, 0..n);
                let y = &mut self.scratch.target[..];
                shared.targets.copy_row(batch[s] as usize, y);
                if *activation == Activation::Softmax {
                    (k.softmax)(a);
                } else {
                    (k.activate)(activation, a);
                }
                let delta = to.errors.row_mut(s, 0..n);
                for ((delta, &a), &y) in delta.iter_mut().zip(&*a).zip(&*y) {
                    *delta = match cost {
                        Cost::Custom(f) => T::from_f64(f.derivative(a.as_f64(), y.as_f64())),
                        _ => a - y,
                    };
                }
                match (cost, activation) {
                    (Cost::CrossEntropy | Cost::SoftmaxCrossEntropy, _) => {}
                    (_, Activation::Softmax) => {
                        let mean =
                            delta.iter().zip(&*a).fold(T::zero(), |sum, (&g, &a)| sum + g * a);
                        for (delta, &a) in delta.iter_mut().zip(&*a) {
                            *delta = a * (*delta - mean);
                        }
                    }
                    _ => (k.derive)(activation, delta, a, z),
                }
            }
            if !replicated {
                shared.barrier.wait();
            }
            // Every worker looks at all of δ^L and comes to the same answer.
            let mut finite = true;
            for s in 0..m {
                finite &= to.errors.row(s, 0..n).iter().all(|delta| delta.is_finite());
            }
            if finite && self.index == 0 {
                self.observe(shared, batch, to);
            }
            if l > 0 {
                self.transpose_errors(shared, l, m);
            }
            if !replicated {
                shared.barrier.wait();
            }
            finite
        }
    }

    /// Notes cost and correct answers of the batch.
    ///
    /// # Safety
    ///
    /// z^L and a^L are complete and nobody writes them.
    unsafe fn observe(&mut self, shared: &Shared<'_, T>, batch: &[u32], output: LayerGrids<T>) {
        let n = shared.plan.sizes[shared.plan.depth()];
        let (mut cost, mut correct) = (0.0, 0);
        for (s, &sample) in batch.iter().enumerate() {
            // SAFETY: row s and the n outputs lie within the buffers.
            let (z, a) =
                unsafe { (output.weighted_inputs.row(s, 0..n), output.activations.row(s, 0..n)) };
            let y = &mut self.scratch.target[..];
            shared.targets.copy_row(sample as usize, y);
            cost += shared.plan.cost.value((&*z).into(), (&*a).into(), (&*y).into());
            let right = match shared.targets {
                Targets::Classes { labels, .. } => labels[sample as usize] as usize,
                Targets::Rows(_) => argmax(y),
            };
            correct += u32::from(argmax(a) == right);
        }
        self.outcome.costs.push(cost);
        self.outcome.correct.push(correct);
    }

    /// δᵀ of this worker's units of layer `l`, from its δ.
    ///
    /// # Safety
    ///
    /// This worker owns the units in this phase.
    unsafe fn transpose_errors(&mut self, shared: &Shared<'_, T>, l: usize, m: usize) {
        let to = self.buffers(shared, l);
        for j in self.units(shared, l) {
            // SAFETY: unit j and the m samples lie within the buffers.
            unsafe {
                let column = to.errors_transposed.row_mut(j, 0..m);
                for (s, delta) in column.iter_mut().enumerate() {
                    *delta = *to.errors.at(s, j);
                }
            }
        }
    }

    /// BP2: δ^(l−1) = (w^l δ^l) ⊙ σ'(z^(l−1)), for this worker's units of the layer below
    /// layer index `l`.
    ///
    /// # Safety
    ///
    /// Phase "back-propagation" of the module's table; (δ^l)ᵀ is complete.
    unsafe fn back_propagate(&mut self, shared: &Shared<'_, T>, l: usize, m: usize) {
        let from = self.buffers(shared, l);
        let below = l - 1;
        let to = self.buffers(shared, below);
        let units = self.units(shared, below);
        let samples = m.next_multiple_of(line::<T>());
        let weights = shared.layers[l].weights;
        let n = shared.plan.sizes[l + 1];
        let k = shared.kernels;
        let activation = &shared.plan.activations[below];
        // SAFETY: the units are this worker's (or the buffers are); the products are as wide
        // as whole cache lines of samples, which the transposed buffers have.
        unsafe {
            // The product is born transposed: a row per unit, a column per sample.
            let (product, first) = if below > 0 {
                (to.errors_transposed, units.start)
            } else {
                (Grid::new(&mut self.scratch.back), 0)
            };
            for i in 0..units.len() {
                product.row_mut(first + i, 0..samples).fill(T::zero());
            }
            if !units.is_empty() {
                (k.multiply_add)(
                    units.len(),
                    n,
                    samples,
                    weights.strided(units.start * weights.stride, weights.stride, 1),
                    from.errors_transposed.at(0, 0),
                    from.errors_transposed.stride,
                    product.at(first, 0),
                    product.stride,
                    self.scratch.pack.padded_mut(),
                );
            }
            for s in 0..m {
                let delta = to.errors.row_mut(s, units.clone());
                for (i, delta) in delta.iter_mut().enumerate() {
                    *delta = *product.at(first + i, s);
                }
                let a = to.activations.row(s, units.clone());
                let z = if activation.derivative_needs_z() {
                    to.weighted_inputs.row(s, units.clone())
                } else {
                    a
                };
                (k.derive)(activation, delta, a, z);
            }
            if below > 0 {
                self.transpose_errors(shared, below, m);
                if !shared.plan.replicated[below] {
                    shared.barrier.wait();
                }
            }
        }
    }

    /// w^l ← shrink · w^l + scale · (a^(l−1))ᵀ δ^l and b^l ← b^l + scale · Σ δ^l, where scale
    /// is −η/m: BP3, BP4 and the step of gradient descent in one pass, without a gradient
    /// ever being stored.
    ///
    /// # Safety
    ///
    /// Phase "update" of the module's table.
    unsafe fn update(
        &mut self,
        shared: &Shared<'_, T>,
        l: usize,
        batch: &[u32],
        scale: T,
        shrink: T,
    ) {
        let m = batch.len();
        let replicated = shared.plan.replicated[l];
        let cols = self.columns(shared, l);
        let from = self.buffers(shared, l);
        let layer = &shared.layers[l];
        let k = shared.kernels;
        // A replicated layer's weights are divided by rows: each worker takes the rows of
        // the units below that it owns.
        let rows = if replicated {
            shared.plan.units::<T>(l - 1, self.index)
        } else {
            0..shared.plan.sizes[l]
        };
        // SAFETY: the columns of a divided layer and the rows of a replicated one are this
        // worker's; δ^l is its own columns or its own copy, and nobody else needs it now.
        unsafe {
            if l == 0 && shared.inputs.is_stored_sparse() {
                self.update_sparse(shared, m, scale, shrink);
            }
            for s in 0..m {
                for delta in from.errors.row_mut(s, cols.clone()) {
                    *delta *= scale;
                }
            }
            if l == 0 && shared.inputs.is_stored_sparse() {
                // Done above.
            } else if !rows.is_empty() {
                if shrink != T::one() {
                    for i in rows.clone() {
                        for w in layer.weights.row_mut(i, cols.clone()) {
                            *w *= shrink;
                        }
                    }
                }
                let input = if l == 0 {
                    let dense = Grid::new(&mut self.scratch.stage.dense);
                    dense.strided(0, 1, dense.stride)
                } else {
                    let below = self.buffers(shared, l - 1).activations;
                    below.strided(rows.start, 1, below.stride)
                };
                (k.multiply_add)(
                    rows.len(),
                    m,
                    cols.len(),
                    input,
                    from.errors.at(0, cols.start),
                    from.errors.stride,
                    layer.weights.at(rows.start, cols.start),
                    layer.weights.stride,
                    self.scratch.pack.padded_mut(),
                );
            }
            if !replicated || self.index == 0 {
                let biases = layer.biases.row_mut(0, cols.clone());
                for s in 0..m {
                    for (b, &delta) in biases.iter_mut().zip(from.errors.row(s, cols.clone())) {
                        *b += delta;
                    }
                }
            }
        }
    }
}

/// Where one layer is computed.
#[derive(Clone, Copy)]
struct LayerGrids<T> {
    activations: Grid<T>,
    weighted_inputs: Grid<T>,
    errors: Grid<T>,
    errors_transposed: Grid<T>,
}

impl<T: Scalar> LayerGrids<T> {
    fn of(buffers: &mut LayerBuffers<T>) -> Self {
        Self {
            activations: Grid::new(&mut buffers.activations),
            weighted_inputs: Grid::new(&mut buffers.weighted_inputs),
            errors: Grid::new(&mut buffers.errors),
            errors_transposed: Grid::new(&mut buffers.errors_transposed),
        }
    }
}
