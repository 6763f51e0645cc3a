//! The update phases: BP3, BP4 and the step of gradient descent in one pass, without a
//! gradient ever being stored.

use std::ops::Range;

use super::Shared;
use super::buffers::{Scratch, Stage, line};
use super::worker::{Factors, Member};
use crate::Scalar;
use crate::kernels::grid::Grid;

/// From this many columns (in cache lines) and samples on, a sparse update goes weight row
/// by weight row; sorting the batch by column pays only then.
const BY_ROW_FROM: (usize, usize) = (8, 16);

impl<T: Scalar> Member<'_, T> {
    /// Whether the sparse update goes weight row by weight row.
    pub(super) fn updates_by_row(&self, shared: &Shared<'_, T>, m: usize) -> bool {
        let lines = shared.plan.columns::<T>(0, self.index).len() / line::<T>();
        lines >= BY_ROW_FROM.0 && m >= BY_ROW_FROM.1
    }

    /// w^l ← shrink · w^l + scale · (a^(l−1))ᵀ δ^l and b^l ← b^l + scale · Σ δ^l, where scale
    /// is −η/m.
    ///
    /// # Safety
    ///
    /// Phase "update" of the module's table.
    pub(super) unsafe fn update(
        &mut self,
        shared: &Shared<'_, T>,
        l: usize,
        m: usize,
        factors: Factors<T>,
    ) {
        let replicated = shared.plan.replicated[l];
        let cols = self.columns(shared, l);
        let errors = self.buffers(shared, l).errors;
        // SAFETY: δ^l is this worker's columns or its own copy, and nobody else needs it now.
        unsafe {
            self.scale_errors(shared, l, m);
            if l == 0 && shared.inputs.is_stored_sparse() {
                self.update_sparse(shared, m, factors);
            } else {
                self.update_dense(shared, l, m, factors);
                if replicated {
                    self.update_mirror(shared, l, m, factors);
                }
            }
            // A replicated layer's biases have one owner, unless every worker keeps its own.
            if !replicated || shared.own_layers || self.index == 0 {
                let biases = self.parameters(shared, l).1.row_mut(0, cols.clone());
                for s in 0..m {
                    for (b, &delta) in biases.iter_mut().zip(errors.row(s, cols.clone())) {
                        *b += delta;
                    }
                }
            }
        }
    }

    /// δ of this worker's columns, times each sample's scale.
    ///
    /// # Safety
    ///
    /// As [`Member::update`].
    pub(super) unsafe fn scale_errors(&mut self, shared: &Shared<'_, T>, l: usize, m: usize) {
        let cols = self.columns(shared, l);
        let errors = self.buffers(shared, l).errors;
        for s in 0..m {
            let scale = self.scratch.scales[s];
            // SAFETY: by the caller.
            for delta in unsafe { errors.row_mut(s, cols.clone()) } {
                *delta *= scale;
            }
        }
    }

    /// The weights of a layer on dense inputs: this worker's columns, or of a replicated
    /// layer its rows (the weights of the units below that it owns).
    ///
    /// # Safety
    ///
    /// As [`Member::update`]; δ^l is scaled.
    unsafe fn update_dense(
        &mut self,
        shared: &Shared<'_, T>,
        l: usize,
        m: usize,
        factors: Factors<T>,
    ) {
        let cols = self.columns(shared, l);
        let errors = self.buffers(shared, l).errors;
        let (weights, _) = self.parameters(shared, l);
        let rows = self.weight_rows(shared, l);
        if rows.is_empty() {
            return;
        }
        // SAFETY: rows and columns are this worker's.
        unsafe {
            if factors.decays() {
                for i in rows.clone() {
                    factors.decay(weights.row_mut(i, cols.clone()));
                }
            }
            let input = if l == 0 {
                let dense = Grid::new(&mut self.scratch.stage.dense);
                dense.strided(0, 1, dense.stride)
            } else {
                let below = self.buffers(shared, l - 1).activations;
                below.strided(rows.start, 1, below.stride)
            };
            (shared.kernels.multiply_add)(
                rows.len(),
                m,
                cols.len(),
                input,
                errors.at(0, cols.start),
                errors.stride,
                weights.at(rows.start, cols.start),
                weights.stride,
                self.scratch.pack.padded_mut(),
            );
        }
    }

    /// The transposed weights of a replicated layer. Each element receives the same products
    /// in the same order as its twin among the weights.
    ///
    /// # Safety
    ///
    /// As [`Member::update`]; δ^l is scaled.
    unsafe fn update_mirror(
        &mut self,
        shared: &Shared<'_, T>,
        l: usize,
        m: usize,
        factors: Factors<T>,
    ) {
        let errors = self.buffers(shared, l).errors;
        let below = self.buffers(shared, l - 1).activations;
        let cols = self.columns(shared, l - 1);
        let mirror = self.scratch.mirrors[l].as_mut().expect("replicated layers have mirrors");
        factors.decay(mirror.padded_mut());
        let mirror = Grid::new(mirror);
        // SAFETY: the mirror and δ^l are this worker's own; the columns of a^(l−1) are its
        // own or complete.
        unsafe {
            (shared.kernels.multiply_add)(
                shared.plan.sizes[l + 1],
                m,
                cols.len(),
                errors.strided(0, 1, errors.stride),
                below.at(0, cols.start),
                below.stride,
                mirror.at(0, 0),
                mirror.stride,
                self.scratch.pack.padded_mut(),
            );
        }
    }

    /// The first layer's weights on sparse inputs, in this worker's tiles.
    ///
    /// # Safety
    ///
    /// As [`Member::update`]; δ² is scaled.
    unsafe fn update_sparse(&mut self, shared: &Shared<'_, T>, m: usize, factors: Factors<T>) {
        let errors = self.buffers(shared, 0).errors;
        let by_row = self.updates_by_row(shared, m);
        let Scratch { stage, tiles, tile_errors, .. } = &mut *self.scratch;
        let by_row = by_row.then(|| Grid::new(tile_errors));
        let tiles = tiles.as_mut().expect("sparse inputs have tiles");
        let block = tiles.block();
        for (tile, cols) in tiles.iter_mut() {
            let len = tile.padded().len();
            factors.decay(tile.padded_mut());
            let to = (tile.padded_mut().as_mut_ptr(), len);
            // SAFETY: the tile and the columns are this worker's.
            unsafe { add_sparse(shared, stage, (m, block), to, errors, &cols, by_row) };
        }
    }

    /// The rows of layer `l`'s weights this worker changes on dense inputs: those of the
    /// units below that it owns where the layer is replicated, unless every worker keeps the
    /// weights for itself; else all.
    pub(super) fn weight_rows(&self, shared: &Shared<'_, T>, l: usize) -> Range<usize> {
        if shared.plan.replicated[l] && !shared.own_layers {
            shared.plan.units::<T>(l - 1, self.index)
        } else {
            0..shared.plan.sizes[l]
        }
    }
}

/// `to` += xᵀ δ for the columns `cols` of δ, with the staged batch of m samples as x.
///
/// `to` is the address and length of a tile, walked in blocks of `block` elements. Where the
/// update goes by row, `by_row` is room for the tile's part of δ.
///
/// # Safety
///
/// Nobody else accesses `to` and `by_row`, or writes the columns of `errors`.
pub(super) unsafe fn add_sparse<T: Scalar>(
    shared: &Shared<'_, T>,
    stage: &mut Stage<T>,
    (m, block): (usize, usize),
    (to, len): (*mut T, usize),
    errors: Grid<T>,
    cols: &Range<usize>,
    by_row: Option<Grid<T>>,
) {
    let k = shared.kernels;
    // SAFETY: the batch's offsets are those of rows of a tile, the columns' offsets those of
    // rows of `by_row`.
    unsafe {
        if let Some(deltas) = by_row {
            // Packed, the δ of a tile stay in the first-level cache.
            for s in 0..m {
                let row = deltas.row_mut(s, 0..cols.len());
                row.copy_from_slice(errors.row(s, cols.clone()));
            }
            (k.sparse_update_by_row)(stage.columns(), to, deltas.at(0, 0), cols.len());
        } else {
            let (batch, cursors) = stage.batch(m);
            let d = errors.at(0, cols.start);
            (k.sparse_update_by_sample)(
                batch,
                to,
                len,
                block,
                d,
                errors.stride,
                cursors,
                cols.len(),
            );
        }
    }
}
