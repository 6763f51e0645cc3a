//! The update phases under an update rule: the mean gradient is formed piece by piece, each
//! just before the rule uses it, and never kept as a whole.

use std::ops::Range;

use super::Shared;
use super::buffers::{Plan, Scratch};
use super::tiles::Tiles;
use super::update::add_sparse;
use super::worker::{Factors, Member};
use crate::kernels::grid::Grid;
use crate::update_rule::{MAX_STATES, RuleState, RuleStep, UpdateRule};
use crate::{Matrix, Scalar};

/// Elements of a piece of the gradient of dense inputs: it stays in the second-level cache
/// until the rule has used it.
const PIECE: usize = 1 << 15;
/// Fewest rows of a piece, so that wide layers don't pack δ anew for every row.
const FEWEST_ROWS: usize = 32;

/// The rule of a run and where its state is.
pub(super) struct SharedRule<'a, T: Scalar> {
    rule: &'a dyn UpdateRule<T>,
    /// Steps done before the run.
    done: u64,
    /// Of each layer, the states of the weights and of the biases.
    layers: Vec<(States<T>, States<T>)>,
}

/// The states of one layer's weights or biases.
type States<T> = [Option<Grid<T>>; MAX_STATES];

impl<'a, T: Scalar> SharedRule<'a, T> {
    /// Takes hold of a state for a run; the caller keeps it borrowed. Also gives the number
    /// of steps done, which one worker brings up to date.
    pub(super) fn new(
        rule: &'a dyn UpdateRule<T>,
        state: &'a mut RuleState<T>,
    ) -> (Self, &'a mut u64) {
        let grids = |matrices: &mut [Matrix<T>]| {
            let mut grids = matrices.iter_mut().map(Grid::new);
            std::array::from_fn(|_| grids.next())
        };
        let layers = state.layers.iter_mut();
        let layers = layers.map(|layer| (grids(&mut layer.weights), grids(&mut layer.biases)));
        let shared = Self { rule, done: state.steps, layers: layers.collect() };
        (shared, &mut state.steps)
    }

    /// Applies the rule to `parameters`, which are the columns from `cols.start` on of row
    /// `row` of what `states` belong to.
    ///
    /// # Safety
    ///
    /// Row and columns lie within the states, and nobody else accesses them meanwhile.
    unsafe fn apply(
        &self,
        step: &RuleStep,
        states: &States<T>,
        (row, cols): (usize, Range<usize>),
        parameters: &mut [T],
        gradient: &[T],
    ) {
        let states = states.map(|state| match state {
            // SAFETY: by the caller.
            Some(state) => unsafe { state.row_mut(row, cols.clone()) },
            None => &mut [],
        });
        self.rule.apply(step, parameters, gradient, states);
    }
}

/// Elements of the largest piece of gradient worker `w` forms at a time.
pub(super) fn piece_len<T: Scalar>(plan: &Plan, tiles: Option<&Tiles<T>>, w: usize) -> usize {
    let columns = (0..plan.depth()).map(|l| plan.computed_columns::<T>(l, w).len());
    let dense = columns.map(|cols| rows_of_piece(cols) * cols).max().unwrap_or(0);
    let sparse = tiles.map_or(0, |tiles| plan.sizes[0] * tiles.stride());
    dense.max(sparse)
}

/// Rows of a piece of `cols` columns.
fn rows_of_piece(cols: usize) -> usize {
    (PIECE / cols.max(1)).max(FEWEST_ROWS)
}

impl<T: Scalar> Member<'_, T> {
    /// The step of layer index `l` by the run's rule, step `i` of the run.
    ///
    /// With g = (1/m) Σ ∂C/∂w + l2 · w, weights are first multiplied with shrink; biases know
    /// neither l2 nor shrink.
    ///
    /// # Safety
    ///
    /// Phase "update" of the module's table.
    pub(super) unsafe fn update_by_rule(
        &mut self,
        shared: &Shared<'_, T>,
        rule: &SharedRule<'_, T>,
        (l, m, i): (usize, usize, usize),
        factors: Factors<T>,
    ) {
        let step = RuleStep::new(shared.steps[i].rate, rule.done + i as u64 + 1);
        let cols = self.columns(shared, l);
        let units = self.units(shared, l);
        let errors = self.buffers(shared, l).errors;
        // SAFETY: δ^l is this worker's columns or its own copy, and nobody else needs it now.
        unsafe {
            for s in 0..m {
                for delta in errors.row_mut(s, cols.clone()) {
                    *delta *= factors.scale;
                }
            }
            if l == 0 && shared.inputs.is_stored_sparse() {
                self.rule_on_sparse(shared, rule, &step, m, factors);
            } else {
                self.rule_on_dense(shared, rule, &step, (l, m), factors);
            }
            // A replicated layer's biases have one owner.
            if (!shared.plan.replicated[l] || self.index == 0) && !units.is_empty() {
                let gradient = &mut self.scratch.gradient.padded_mut()[..units.len()];
                gradient.fill(T::zero());
                for s in 0..m {
                    for (g, &delta) in gradient.iter_mut().zip(errors.row(s, units.clone())) {
                        *g += delta;
                    }
                }
                let biases = shared.layers[l].biases.row_mut(0, units.clone());
                rule.apply(&step, &rule.layers[l].1, (0, units), biases, gradient);
            }
        }
    }

    /// The weights of a layer on dense inputs, owned as in the fused update.
    ///
    /// # Safety
    ///
    /// As [`Member::update_by_rule`]; δ^l is divided by m.
    unsafe fn rule_on_dense(
        &mut self,
        shared: &Shared<'_, T>,
        rule: &SharedRule<'_, T>,
        step: &RuleStep,
        (l, m): (usize, usize),
        factors: Factors<T>,
    ) {
        let cols = self.columns(shared, l);
        let units = self.units(shared, l);
        let errors = self.buffers(shared, l).errors;
        let rows = self.weight_rows(shared, l);
        if units.is_empty() {
            return;
        }
        let below = if l == 0 { None } else { Some(self.buffers(shared, l - 1).activations) };
        let Scratch { stage, gradient, pack, .. } = &mut *self.scratch;
        let piece = rows_of_piece(cols.len());
        for first in rows.clone().step_by(piece) {
            let len = piece.min(rows.end - first);
            let gradient = &mut gradient.padded_mut()[..len * cols.len()];
            gradient.fill(T::zero());
            // SAFETY: rows and columns are this worker's, the piece is its own and has room
            // for them; a^(l−1) is complete.
            unsafe {
                let input = below.unwrap_or_else(|| Grid::new(&mut stage.dense));
                (shared.kernels.multiply_add)(
                    len,
                    m,
                    cols.len(),
                    input.strided(first, 1, input.stride),
                    errors.at(0, cols.start),
                    errors.stride,
                    gradient.as_mut_ptr(),
                    cols.len(),
                    pack.padded_mut(),
                );
                for (row, gradient) in (first..first + len).zip(gradient.chunks_mut(cols.len())) {
                    let gradient = &mut gradient[..units.len()];
                    let weights = shared.layers[l].weights.row_mut(row, units.clone());
                    decay(weights, gradient, factors);
                    let place = (row, units.clone());
                    rule.apply(step, &rule.layers[l].0, place, weights, gradient);
                }
            }
        }
    }

    /// The first layer's weights on sparse inputs, tile by tile.
    ///
    /// # Safety
    ///
    /// As [`Member::update_by_rule`]; δ² is divided by m.
    unsafe fn rule_on_sparse(
        &mut self,
        shared: &Shared<'_, T>,
        rule: &SharedRule<'_, T>,
        step: &RuleStep,
        m: usize,
        factors: Factors<T>,
    ) {
        let errors = self.buffers(shared, 0).errors;
        let by_row = self.updates_by_row(shared, m);
        let Scratch { stage, tiles, tile_errors, gradient, .. } = &mut *self.scratch;
        let by_row = by_row.then(|| Grid::new(tile_errors));
        let tiles = tiles.as_mut().expect("sparse inputs have tiles");
        let (stride, block, rows) = (tiles.stride(), tiles.block(), shared.plan.sizes[0]);
        let gradient = &mut gradient.padded_mut()[..rows * stride];
        for (tile, cols) in tiles.iter_mut() {
            gradient.fill(T::zero());
            let units = cols.start..cols.end.min(shared.plan.sizes[1]);
            // SAFETY: the columns are this worker's and the piece of gradient is its own, in
            // the layout of a tile.
            unsafe {
                let to = (gradient.as_mut_ptr(), gradient.len());
                add_sparse(shared, stage, (m, block), to, errors, &cols, by_row);
                for (row, gradient) in gradient.chunks_mut(stride).enumerate() {
                    let gradient = &mut gradient[..units.len()];
                    let weights = &mut tile.row_mut(row)[..units.len()];
                    decay(weights, gradient, factors);
                    let place = (row, units.clone());
                    rule.apply(step, &rule.layers[0].0, place, weights, gradient);
                }
            }
        }
    }
}

/// g ← g + l2 · w, then w ← shrink · w.
fn decay<T: Scalar>(weights: &mut [T], gradient: &mut [T], factors: Factors<T>) {
    if factors.l2 != T::zero() {
        for (g, &w) in gradient.iter_mut().zip(&*weights) {
            *g += factors.l2 * w;
        }
    }
    if factors.shrink != T::one() {
        for w in weights {
            *w *= factors.shrink;
        }
    }
}
