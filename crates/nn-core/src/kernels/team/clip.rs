//! Limits of a step: the gradient of each sample, the whole mean gradient, and the incoming
//! weights of each unit.
//!
//! All sums run in an order that doesn't depend on who computes them, and every worker comes to
//! the same numbers: sums over a sample are done by every worker for itself, and those over
//! weights are kept by unit (of replicated layers: by weight row), each by its one owner, and
//! added up by everybody.

use super::Shared;
use super::worker::{Factors, Member};
use crate::Scalar;
use crate::clipping::coefficient;
use crate::kernels::grid::Grid;

/// Where the squares of one layer's mean gradient are summed: row 0 for the weights, by unit
/// or, in replicated layers, by weight row; row 1 for the biases, by unit.
pub(super) type Squares = Grid<f64>;

/// Σ x², in eight sums that are added up at the end.
pub(super) fn sum_of_squares<T: Scalar>(row: &[T]) -> f64 {
    let mut sums = [0.0_f64; 8];
    let (whole, rest) = row.as_chunks::<8>();
    for chunk in whole {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            let x = x.as_f64();
            *sum += x * x;
        }
    }
    for (sum, x) in sums.iter_mut().zip(rest) {
        let x = x.as_f64();
        *sum += x * x;
    }
    sums.iter().sum()
}

impl<T: Scalar> Member<'_, T> {
    /// What the δ of each sample are multiplied with: the step's scale and, under clipping per
    /// sample, what makes its gradient short enough. False if a sample's gradient has no
    /// finite length.
    ///
    /// # Safety
    ///
    /// Every worker calls this after its part of back-propagation and before any δ is scaled.
    pub(super) unsafe fn find_scales(
        &mut self,
        shared: &Shared<'_, T>,
        m: usize,
        factors: Factors<T>,
    ) -> bool {
        self.scratch.scales.clear();
        self.scratch.scales.resize(m, factors.scale);
        let Some(limit) = shared.plan.clipping.per_sample else { return true };
        // Others may still be at their columns of δ.
        shared.barrier.wait();
        let mut finite = true;
        for s in 0..m {
            // SAFETY: all δ and a are complete, and nobody writes them before the next barrier.
            let squared = unsafe { self.squared_norm(shared, s) };
            let norm = squared.sqrt();
            finite &= norm.is_finite();
            if norm > limit {
                self.scratch.scales[s] *= T::from_f64(limit / norm);
            }
        }
        shared.barrier.wait();
        finite
    }

    /// ‖∂C_x‖² of the sample at place `s`: Σ_l ‖δ^l‖² (‖a^(l−1)‖² + 1).
    ///
    /// # Safety
    ///
    /// All δ and a are complete, and nobody writes them.
    unsafe fn squared_norm(&mut self, shared: &Shared<'_, T>, s: usize) -> f64 {
        let mut below = self.squared_input(shared, s);
        let mut squared = 0.0;
        for l in 0..shared.plan.depth() {
            let n = shared.plan.sizes[l + 1];
            let at = self.buffers(shared, l);
            // SAFETY: by the caller; the units lie within the buffers.
            unsafe {
                squared += sum_of_squares(at.errors.row(s, 0..n)) * (below + 1.0);
                below = sum_of_squares(at.activations.row(s, 0..n));
            }
        }
        squared
    }

    /// ‖x‖² of the sample at place `s`, from the first feature to the last, so that zeros that
    /// are not stored make no difference.
    fn squared_input(&mut self, shared: &Shared<'_, T>, s: usize) -> f64 {
        let stage = &self.scratch.stage;
        let values = if shared.inputs.is_stored_sparse() {
            &stage.values[stage.starts[s] as usize..stage.starts[s + 1] as usize]
        } else {
            stage.dense.row(s)
        };
        values.iter().fold(0.0, |sum, x| sum + x.as_f64() * x.as_f64())
    }

    /// What the mean gradient is multiplied with to be short enough; `None` if it has no finite
    /// length.
    ///
    /// # Safety
    ///
    /// The squares of all layers are complete, and nobody writes them.
    pub(super) unsafe fn clip_coefficient(shared: &Shared<'_, T>, limit: f64) -> Option<T> {
        let mut squared = 0.0;
        for l in 0..shared.plan.depth() {
            // SAFETY: by the caller.
            squared += unsafe { layer_square(shared, l) };
        }
        let norm = squared.sqrt();
        norm.is_finite().then(|| T::from_f64(coefficient(norm, limit)))
    }

    /// Max-norm: the incoming weights of each hidden unit, w_j ← w_j · min(1, c / ‖w_j‖).
    ///
    /// # Safety
    ///
    /// Every worker calls this after its part of the update; in divided layers weights are
    /// written by nobody else.
    pub(super) unsafe fn limit_weights(&mut self, shared: &Shared<'_, T>, limit: f64) {
        for l in 0..shared.plan.depth() - 1 {
            // SAFETY: by the caller.
            unsafe {
                if shared.plan.replicated[l] {
                    self.limit_replicated(shared, l, limit);
                } else if l == 0 && shared.inputs.is_stored_sparse() {
                    self.limit_tiles(limit);
                } else {
                    self.limit_columns(shared, l, limit);
                }
            }
        }
    }

    /// # Safety
    ///
    /// As [`Member::limit_weights`], of a divided layer.
    unsafe fn limit_columns(&mut self, shared: &Shared<'_, T>, l: usize, limit: f64) {
        let (weights, units) = (shared.layers[l].weights, self.units(shared, l));
        let sums = &mut self.scratch.column_sums;
        start_sums(sums, units.len());
        for i in 0..shared.plan.sizes[l] {
            // SAFETY: the columns are this worker's.
            add_squares(sums, unsafe { weights.row(i, units.clone()) });
        }
        if to_factors(sums, limit) {
            for i in 0..shared.plan.sizes[l] {
                // SAFETY: the columns are this worker's.
                multiply(unsafe { weights.row_mut(i, units.clone()) }, sums);
            }
        }
    }

    fn limit_tiles(&mut self, limit: f64) {
        let sums = &mut self.scratch.column_sums;
        let tiles = self.scratch.tiles.as_mut().expect("sparse inputs have tiles");
        for (tile, cols) in tiles.iter_mut() {
            start_sums(sums, cols.len());
            for i in 0..tile.rows() {
                add_squares(sums, tile.row(i));
            }
            if to_factors(sums, limit) {
                for i in 0..tile.rows() {
                    multiply(tile.row_mut(i), sums);
                }
            }
        }
    }

    /// A replicated layer's weights have an owner by row, so that all have to meet before they
    /// know the columns.
    ///
    /// # Safety
    ///
    /// As [`Member::limit_weights`].
    unsafe fn limit_replicated(&mut self, shared: &Shared<'_, T>, l: usize, limit: f64) {
        let (weights, units) = (shared.layers[l].weights, 0..shared.plan.sizes[l + 1]);
        shared.barrier.wait();
        let own = self.weight_rows(shared, l);
        let sums = &mut self.scratch.column_sums;
        start_sums(sums, units.len());
        for i in 0..shared.plan.sizes[l] {
            // SAFETY: the weights are complete, and nobody writes them before the barrier.
            add_squares(sums, unsafe { weights.row(i, units.clone()) });
        }
        shared.barrier.wait();
        if to_factors(sums, limit) {
            for i in own {
                // SAFETY: the rows are this worker's.
                multiply(unsafe { weights.row_mut(i, units.clone()) }, sums);
            }
            if let Some(mirror) = self.scratch.mirrors[l].as_mut() {
                for (j, factor) in sums.iter().enumerate() {
                    let factor = T::from_f64(*factor);
                    mirror.row_mut(j).iter_mut().for_each(|w| *w *= factor);
                }
            }
        }
    }
}

/// ‖g‖² of one layer's mean gradient g, from its sums.
///
/// # Safety
///
/// The squares of the layer are complete, and nobody writes them.
pub(super) unsafe fn layer_square<T: Scalar>(shared: &Shared<'_, T>, l: usize) -> f64 {
    let (n_in, n_out) = (shared.plan.sizes[l], shared.plan.sizes[l + 1]);
    let sums = if shared.plan.replicated[l] { n_in } else { n_out };
    let squares = shared.layers[l].squares;
    // SAFETY: by the caller; the layer's sums lie within the rows.
    let (weights, biases) = unsafe { (squares.row(0, 0..sums), squares.row(1, 0..n_out)) };
    weights.iter().chain(biases).sum()
}

fn start_sums(sums: &mut Vec<f64>, len: usize) {
    sums.clear();
    sums.resize(len, 0.0);
}

/// Adds the square of each element of a row to its column's sum.
pub(super) fn add_squares<T: Scalar>(sums: &mut [f64], row: &[T]) {
    for (sum, x) in sums.iter_mut().zip(row) {
        let x = x.as_f64();
        *sum += x * x;
    }
}

/// Turns sums of squares into what vectors of these lengths are multiplied with; false if none
/// is too long.
fn to_factors(sums: &mut [f64], limit: f64) -> bool {
    let mut any = false;
    for sum in sums {
        let norm = sum.sqrt();
        let too_long = norm > limit;
        any |= too_long;
        *sum = if too_long { limit / norm } else { 1.0 };
    }
    any
}

fn multiply<T: Scalar>(row: &mut [T], factors: &[f64]) {
    for (w, factor) in row.iter_mut().zip(factors) {
        *w *= T::from_f64(*factor);
    }
}
