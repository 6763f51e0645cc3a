//! The forward phases: z^l = w^l a^(l−1) + b^l, a^l = σ(z^l), up to z^L.

use super::Shared;
use super::buffers::{Scratch, line};
use super::worker::Member;
use crate::Scalar;
use crate::kernels::grid::Grid;
use crate::kernels::layer::dense_forward;
use crate::kernels::prefetch;

/// From this many samples on, the sparse forward pass walks the weights in blocks, unless its
/// tiles are so narrow that short sums want to be interleaved.
const BLOCKS_FROM: usize = 8;

impl<T: Scalar> Member<'_, T> {
    /// z^l and a^l for this worker's columns; at the output only z.
    ///
    /// # Safety
    ///
    /// Phase "forward" of the module's table; a^(l−1) is complete.
    pub(super) unsafe fn forward(&mut self, shared: &Shared<'_, T>, l: usize, m: usize) {
        let cols = self.columns(shared, l);
        let to = self.buffers(shared, l);
        let parameters = self.parameters(shared, l);
        let n_in = shared.plan.sizes[l];
        let k = shared.kernels;
        let activation = &shared.plan.activations[l];
        let is_output = l + 1 == shared.plan.depth();
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
                dense_forward(k, input, parameters, n_in, to.activations, m, cols.clone(), pack);
            }
            if is_output || activation.derivative_needs_z() {
                for s in 0..m {
                    let z = to.activations.row(s, cols.clone());
                    to.weighted_inputs.row_mut(s, cols.clone()).copy_from_slice(z);
                }
            }
            if !is_output {
                let z = to.activations.at(0, cols.start);
                (k.activate)(activation, z, m, cols.len(), to.activations.stride);
            }
            if let Some(mask) = self.mask(l) {
                let keep_a = !activation.derivative_needs_z();
                for s in 0..m {
                    let r = to.masks.row_mut(s, cols.clone());
                    mask.fill(s, cols.clone(), r);
                    let a = to.activations.row_mut(s, cols.clone());
                    if keep_a {
                        to.weighted_inputs.row_mut(s, cols.clone()).copy_from_slice(a);
                    }
                    for (a, &r) in a.iter_mut().zip(&*r) {
                        *a *= r;
                    }
                }
            }
        }
        if !shared.plan.replicated[l] {
            shared.barrier.wait();
            if shared.own_layers {
                self.ask_for_others(shared, l, m);
            }
        }
    }

    /// Asks for what other workers have written of a^l, all of which the next phase reads: line
    /// by line each would be waited for.
    fn ask_for_others(&mut self, shared: &Shared<'_, T>, l: usize, m: usize) {
        let a = self.buffers(shared, l).activations;
        let own = self.columns(shared, l);
        let end = shared.plan.sizes[l + 1];
        for s in 0..m {
            for cols in [0..own.start, own.end.min(end)..end] {
                // SAFETY: the columns lie within the matrix.
                let from = unsafe { a.at(s, cols.start) };
                prefetch::lines(from.cast(), cols.len() * size_of::<T>());
            }
        }
    }

    /// z² = w² x + b² on sparse inputs, for this worker's columns.
    ///
    /// # Safety
    ///
    /// Phase "forward" of the module's table.
    unsafe fn forward_sparse(&mut self, shared: &Shared<'_, T>, m: usize) {
        let biases = shared.layers[0].biases;
        let to = self.buffers(shared, 0).activations;
        let k = shared.kernels;
        let Scratch { stage, tiles, .. } = &mut *self.scratch;
        let tiles = tiles.as_mut().expect("sparse inputs have tiles");
        let block = tiles.block();
        let in_blocks = m >= BLOCKS_FROM && tiles.stride() > 2 * line::<T>();
        let (batch, cursors) = stage.batch(m);
        for (tile, cols) in tiles.iter_mut() {
            let len = tile.padded().len();
            // SAFETY: the tile and the columns are this worker's; the batch's offsets are
            // those of rows of the tile.
            unsafe {
                let weights = Grid::new(tile).at(0, 0);
                let (b, z) = (biases.at(0, cols.start), to.at(0, cols.start));
                if in_blocks {
                    (k.sparse_forward_in_blocks)(
                        batch,
                        weights,
                        len,
                        block,
                        b,
                        z,
                        to.stride,
                        cursors,
                        cols.len(),
                    );
                } else {
                    (k.sparse_forward)(batch, weights, b, z, to.stride, cols.len());
                }
            }
        }
    }
}
