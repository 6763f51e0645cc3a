//! The backward phases: BP1 at the output, BP2 from layer to layer.

use super::Shared;
use super::buffers::line;
use super::worker::{LayerGrids, Member};
use crate::cost::Cost;
use crate::kernels::grid::Grid;
use crate::targets::argmax;
use crate::{Activation, Scalar, Targets};

impl<T: Scalar> Member<'_, T> {
    /// BP1: a^L = σ(z^L) and δ^L = ∇_a C ⊙ σ'(z^L). False if an error is not finite.
    ///
    /// # Safety
    ///
    /// Phase "output error" of the module's table; z^L is complete.
    pub(super) unsafe fn output_error(&mut self, shared: &Shared<'_, T>, batch: &[u32]) -> bool {
        let m = batch.len();
        let l = shared.plan.depth() - 1;
        let replicated = shared.plan.replicated[l];
        let rows = if replicated { 0..m } else { shared.plan.rows(m, self.index) };
        let to = self.buffers(shared, l);
        let n = shared.plan.sizes[l + 1];
        let padded = n.next_multiple_of(line::<T>());
        let (activation, cost) = (&shared.plan.activations[l], &shared.plan.cost);
        let k = shared.kernels;
        let mut seen = (0.0, 0);
        // SAFETY: the rows are this worker's (or the buffers are) and within the batch.
        unsafe {
            if *activation != Activation::Softmax {
                let z = to.activations.at(rows.start, 0);
                (k.activate)(activation, z, rows.len(), padded, to.activations.stride);
            }
            for s in rows.clone() {
                let a = to.activations.row_mut(s, 0..n);
                if *activation == Activation::Softmax {
                    (k.softmax)(a);
                }
                let y = &mut self.scratch.target[..];
                shared.targets.copy_row(batch[s] as usize, y);
                let delta = to.errors.row_mut(s, 0..n);
                for ((delta, &a), &y) in delta.iter_mut().zip(&*a).zip(&*y) {
                    *delta = match cost {
                        Cost::Custom(f) => T::from_f64(f.derivative(a.as_f64(), y.as_f64())),
                        _ => a - y,
                    };
                }
                if replicated && self.index == 0 {
                    self.observe(shared, to, s, batch[s], &mut seen);
                }
            }
            match (cost, activation) {
                // The factors cancel: δ = a − y.
                (Cost::CrossEntropy | Cost::SoftmaxCrossEntropy, _) => {}
                (_, Activation::Softmax) => {
                    for s in rows.clone() {
                        let delta = to.errors.row_mut(s, 0..n);
                        let a = to.activations.row(s, 0..n);
                        let products = delta.iter().zip(a).map(|(&g, &a)| g * a);
                        let mean = products.fold(T::zero(), |sum, product| sum + product);
                        for (delta, &a) in delta.iter_mut().zip(a) {
                            *delta = a * (*delta - mean);
                        }
                    }
                }
                _ => {
                    let delta = (to.errors.at(rows.start, 0), to.errors.stride);
                    let a = (to.activations.at(rows.start, 0).cast_const(), to.activations.stride);
                    let z = &to.weighted_inputs;
                    let z = (z.at(rows.start, 0).cast_const(), z.stride);
                    (k.derive)(activation, delta, a, z, rows.len(), padded);
                }
            }
            (k.flush)(to.errors.at(rows.start, 0), rows.len(), padded, to.errors.stride);
            if !replicated {
                shared.barrier.wait();
                if self.index == 0 {
                    for (s, &sample) in batch.iter().enumerate() {
                        shared.targets.copy_row(sample as usize, &mut self.scratch.target);
                        self.observe(shared, to, s, sample, &mut seen);
                    }
                }
            }
            // Every worker looks at all of δ^L and comes to the same answer.
            let mut finite = true;
            for s in 0..m {
                finite &= to.errors.row(s, 0..n).iter().all(|delta| delta.is_finite());
            }
            if finite && self.index == 0 {
                self.outcome.costs.push(seen.0);
                self.outcome.correct.push(seen.1);
            }
            if !replicated {
                if l > 0 {
                    self.transpose_errors(shared, l, m);
                }
                shared.barrier.wait();
            }
            finite
        }
    }

    /// Adds cost and correctness of row `s` to what has been seen; its y is in the scratch.
    ///
    /// # Safety
    ///
    /// z^L and a^L of the row are complete and nobody writes them.
    unsafe fn observe(
        &self,
        shared: &Shared<'_, T>,
        output: LayerGrids<T>,
        s: usize,
        sample: u32,
        seen: &mut (f64, u32),
    ) {
        let n = shared.plan.sizes[shared.plan.depth()];
        // SAFETY: row s and the n outputs lie within the buffers; nobody writes them.
        let (z, a) =
            unsafe { (output.weighted_inputs.row(s, 0..n), output.activations.row(s, 0..n)) };
        let y = &self.scratch.target[..];
        let right = match shared.targets {
            Targets::Classes { labels, .. } => labels[sample as usize] as usize,
            Targets::Rows(_) => argmax(y),
        };
        seen.0 += shared.plan.cost.value(z.into(), a.into(), y.into());
        seen.1 += u32::from(argmax(a) == right);
    }

    /// δᵀ of this worker's units of layer `l`, from its δ.
    ///
    /// # Safety
    ///
    /// This worker owns the units in this phase.
    unsafe fn transpose_errors(&mut self, shared: &Shared<'_, T>, l: usize, m: usize) {
        let to = self.buffers(shared, l);
        let units = self.units(shared, l);
        // SAFETY: the units and the m samples lie within the buffers.
        unsafe {
            let (from, to) =
                (to.errors.at(0, units.start), to.errors_transposed.at(units.start, 0));
            let LayerGrids { errors, errors_transposed, .. } = self.buffers(shared, l);
            transpose((from, errors.stride), (to, errors_transposed.stride), m, units.len());
        }
    }

    /// BP2: δ^(l−1) = (w^l δ^l) ⊙ σ'(z^(l−1)), for this worker's units of the layer below
    /// layer index `l`.
    ///
    /// # Safety
    ///
    /// Phase "back-propagation" of the module's table; δ^l is complete, and its transpose
    /// unless it is replicated.
    pub(super) unsafe fn back_propagate(&mut self, shared: &Shared<'_, T>, l: usize, m: usize) {
        let below = l - 1;
        let to = self.buffers(shared, below);
        let cols = self.columns(shared, below);
        let units = self.units(shared, below);
        let activation = &shared.plan.activations[below];
        // SAFETY: the units are this worker's (or the buffers are).
        unsafe {
            if shared.plan.replicated[l] {
                self.product_by_mirror(shared, l, m);
            } else {
                self.product_by_transpose(shared, l, m);
            }
            let delta = (to.errors.at(0, cols.start), to.errors.stride);
            let dropped = shared.plan.drops(below);
            // Under dropout the activations are no longer those that σ' is found from.
            let from = if dropped { to.weighted_inputs } else { to.activations };
            let a = (from.at(0, cols.start).cast_const(), from.stride);
            let z = if activation.derivative_needs_z() {
                (to.weighted_inputs.at(0, cols.start).cast_const(), to.weighted_inputs.stride)
            } else {
                a
            };
            // The padding has to stay zero: it is multiplied into the weights' padding.
            for s in 0..m {
                to.errors.row_mut(s, units.end..cols.end.max(units.end)).fill(T::zero());
            }
            (shared.kernels.derive)(activation, delta, a, z, m, cols.len());
            if dropped {
                for s in 0..m {
                    let delta = to.errors.row_mut(s, cols.clone());
                    for (delta, &r) in delta.iter_mut().zip(to.masks.row(s, cols.clone())) {
                        *delta *= r;
                    }
                }
            }
            (shared.kernels.flush)(delta.0, m, cols.len(), delta.1);
            if below > 0 && !shared.plan.replicated[below] {
                self.transpose_errors(shared, below, m);
                shared.barrier.wait();
            }
        }
    }

    /// w^l δ^l along the rows of the transposed weights, for a replicated layer `l`.
    ///
    /// # Safety
    ///
    /// As [`Member::back_propagate`].
    unsafe fn product_by_mirror(&mut self, shared: &Shared<'_, T>, l: usize, m: usize) {
        let from = self.buffers(shared, l).errors;
        let to = self.buffers(shared, l - 1).errors;
        let cols = self.columns(shared, l - 1);
        let mirror = self.scratch.mirrors[l].as_mut().expect("replicated layers have mirrors");
        let mirror = Grid::new(mirror);
        // SAFETY: the columns of δ^(l−1) are this worker's, the mirror and δ^l its own.
        unsafe {
            for s in 0..m {
                to.row_mut(s, cols.clone()).fill(T::zero());
            }
            (shared.kernels.multiply_add)(
                m,
                shared.plan.sizes[l + 1],
                cols.len(),
                from.strided(0, from.stride, 1),
                mirror.at(0, 0),
                mirror.stride,
                to.at(0, cols.start),
                to.stride,
                self.scratch.pack.padded_mut(),
            );
        }
    }

    /// w^l δ^l, born transposed: a row per unit, a column per sample. For wide layers, whose
    /// weights are read where they are.
    ///
    /// # Safety
    ///
    /// As [`Member::back_propagate`].
    unsafe fn product_by_transpose(&mut self, shared: &Shared<'_, T>, l: usize, m: usize) {
        let from = self.buffers(shared, l).errors_transposed;
        let to = self.buffers(shared, l - 1);
        let units = self.units(shared, l - 1);
        let weights = shared.layers[l].weights;
        let samples = m.next_multiple_of(line::<T>());
        if units.is_empty() {
            return;
        }
        // SAFETY: the units are this worker's; the products are as wide as whole cache lines
        // of samples, which the transposed buffers have.
        unsafe {
            let (product, first) = if l > 1 {
                (to.errors_transposed, units.start)
            } else {
                (Grid::new(&mut self.scratch.back), 0)
            };
            for i in 0..units.len() {
                product.row_mut(first + i, 0..samples).fill(T::zero());
            }
            (shared.kernels.multiply_add)(
                units.len(),
                shared.plan.sizes[l + 1],
                samples,
                weights.strided(units.start * weights.stride, weights.stride, 1),
                from.at(0, 0),
                from.stride,
                product.at(first, 0),
                product.stride,
                self.scratch.pack.padded_mut(),
            );
            let rows = (product.at(first, 0), product.stride);
            let delta = (to.errors.at(0, units.start), to.errors.stride);
            transpose(rows, delta, units.len(), m);
        }
    }
}

/// Copies `rows` × `cols` elements so that rows become columns, in squares that stay in the
/// first-level cache.
///
/// # Safety
///
/// Both matrices (address and stride) have the elements; nobody else accesses those of `to`.
unsafe fn transpose<T: Scalar>(
    (from, from_stride): (*mut T, usize),
    (to, to_stride): (*mut T, usize),
    rows: usize,
    cols: usize,
) {
    const SQUARE: usize = 16;
    for row in (0..rows).step_by(SQUARE) {
        for col in (0..cols).step_by(SQUARE) {
            for i in row..rows.min(row + SQUARE) {
                for j in col..cols.min(col + SQUARE) {
                    // SAFETY: by the caller.
                    unsafe { *to.add(j * to_stride + i) = *from.add(i * from_stride + j) };
                }
            }
        }
    }
}
