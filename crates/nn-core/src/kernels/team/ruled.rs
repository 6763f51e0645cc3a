//! The update phases under an update rule: the mean gradient is formed piece by piece, each
//! just before the rule uses it, and never kept as a whole.

use std::ops::Range;

use super::Shared;
use super::buffers::{Plan, Scratch};
use super::clip::{add_squares, sum_of_squares};
use super::tiles::Tiles;
use super::update::add_sparse;
use super::worker::{Factors, Member, sign};
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

    /// Step `i` of the run, as the rule sees it.
    fn step(&self, shared: &Shared<'_, T>, i: usize) -> RuleStep {
        RuleStep::new(self.rule, shared.steps[i].rate, self.done + i as u64 + 1)
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
    /// The limits of this step's mean gradient.
    fn limits(&self, shared: &Shared<'_, T>) -> StepLimits<T> {
        let value = shared.plan.clipping.value.map(T::from_f64);
        StepLimits { value, coefficient: self.coefficient }
    }

    /// Clipping of the whole mean gradient: every worker measures its part of it, and all find
    /// what it is to be multiplied with. False if it has no finite length.
    ///
    /// # Safety
    ///
    /// As [`Member::find_scales`], which comes first.
    pub(super) unsafe fn clip_whole(
        &mut self,
        shared: &Shared<'_, T>,
        m: usize,
        factors: Factors<T>,
    ) -> bool {
        self.coefficient = T::one();
        let (Some(limit), Some(rule)) = (shared.plan.clipping.norm, &shared.rule) else {
            return true;
        };
        // Others may still be at back-propagation, for which they need δ as it is.
        shared.barrier.wait();
        // SAFETY: δ^l is this worker's columns or its own copy; after the second barrier all
        // sums are complete, and nobody writes them before the next step's barriers.
        unsafe {
            for l in 0..shared.plan.depth() {
                self.scale_errors(shared, l, m);
                self.each_piece(shared, rule, (l, m), factors, Pass::Measure);
            }
            shared.barrier.wait();
            match Self::clip_coefficient(shared, limit) {
                Some(coefficient) => {
                    self.coefficient = coefficient;
                    true
                }
                None => false,
            }
        }
    }

    /// The step of layer index `l` by the run's rule, step `i` of the run.
    ///
    /// With g = (1/m) Σ ∂C/∂w + l2 · w + l1 · sgn w, weights are first multiplied with shrink;
    /// biases know none of the three.
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
        let step = rule.step(shared, i);
        // SAFETY: by the caller.
        unsafe {
            // Where the gradient has been measured, that is done.
            if shared.plan.clipping.norm.is_none() {
                self.scale_errors(shared, l, m);
            }
            self.each_piece(shared, rule, (l, m), factors, Pass::Apply(&step));
        }
    }

    /// Forms the mean gradient of layer `l`'s parameters piece by piece and does with each
    /// what the pass is for.
    ///
    /// # Safety
    ///
    /// As [`Member::update_by_rule`]; δ^l is scaled.
    unsafe fn each_piece(
        &mut self,
        shared: &Shared<'_, T>,
        rule: &SharedRule<'_, T>,
        (l, m): (usize, usize),
        factors: Factors<T>,
        pass: Pass<'_>,
    ) {
        let units = self.units(shared, l);
        let errors = self.buffers(shared, l).errors;
        let (limits, squares) = (self.limits(shared), shared.layers[l].squares);
        // SAFETY: by the caller; the sums of these units and rows are this worker's.
        unsafe {
            if let Pass::Measure = pass {
                let own = if shared.plan.replicated[l] {
                    self.weight_rows(shared, l)
                } else {
                    units.clone()
                };
                squares.row_mut(0, own).fill(0.0);
            }
            if l == 0 && shared.inputs.is_stored_sparse() {
                self.pieces_of_sparse(shared, rule, m, factors, pass);
            } else {
                self.pieces_of_dense(shared, rule, (l, m), factors, pass);
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
                limits.limit(gradient, pass);
                match pass {
                    Pass::Measure => {
                        let sums = squares.row_mut(1, units);
                        sums.fill(0.0);
                        add_squares(sums, gradient);
                    }
                    Pass::Apply(step) => {
                        let biases = shared.layers[l].biases.row_mut(0, units.clone());
                        rule.apply(step, &rule.layers[l].1, (0, units), biases, gradient);
                    }
                }
            }
        }
    }

    /// The weights of a layer on dense inputs, owned as in the fused update.
    ///
    /// # Safety
    ///
    /// As [`Member::update_by_rule`]; δ^l is divided by m.
    unsafe fn pieces_of_dense(
        &mut self,
        shared: &Shared<'_, T>,
        rule: &SharedRule<'_, T>,
        (l, m): (usize, usize),
        factors: Factors<T>,
        pass: Pass<'_>,
    ) {
        let (limits, squares) = (self.limits(shared), shared.layers[l].squares);
        let by_row = shared.plan.replicated[l];
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
                    limits.limit(gradient, pass);
                    match pass {
                        Pass::Measure if by_row => {
                            squares.row_mut(0, row..row + 1)[0] = sum_of_squares(gradient);
                        }
                        Pass::Measure => {
                            add_squares(squares.row_mut(0, units.clone()), gradient);
                        }
                        Pass::Apply(step) => {
                            let weights = shared.layers[l].weights.row_mut(row, units.clone());
                            decay(weights, gradient, factors);
                            let place = (row, units.clone());
                            rule.apply(step, &rule.layers[l].0, place, weights, gradient);
                        }
                    }
                }
            }
        }
    }

    /// The first layer's weights on sparse inputs, tile by tile.
    ///
    /// # Safety
    ///
    /// As [`Member::update_by_rule`]; δ² is divided by m.
    unsafe fn pieces_of_sparse(
        &mut self,
        shared: &Shared<'_, T>,
        rule: &SharedRule<'_, T>,
        m: usize,
        factors: Factors<T>,
        pass: Pass<'_>,
    ) {
        let (limits, squares) = (self.limits(shared), shared.layers[0].squares);
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
                    limits.limit(gradient, pass);
                    match pass {
                        Pass::Measure => {
                            add_squares(squares.row_mut(0, units.clone()), gradient);
                        }
                        Pass::Apply(step) => {
                            let weights = &mut tile.row_mut(row)[..units.len()];
                            decay(weights, gradient, factors);
                            let place = (row, units.clone());
                            rule.apply(step, &rule.layers[0].0, place, weights, gradient);
                        }
                    }
                }
            }
        }
    }
}

/// What the gradient is formed for.
#[derive(Clone, Copy)]
enum Pass<'a> {
    /// To know its length.
    Measure,
    /// To change the parameters.
    Apply(&'a RuleStep),
}

/// The limits of the mean gradient in one step.
#[derive(Clone, Copy)]
struct StepLimits<T> {
    value: Option<T>,
    coefficient: T,
}

impl<T: Scalar> StepLimits<T> {
    /// Brings a piece of the gradient within the limits; what measures it comes before the
    /// limit of its length.
    fn limit(self, gradient: &mut [T], pass: Pass<'_>) {
        if let Some(limit) = self.value {
            for g in &mut *gradient {
                // Written so that NaN stays NaN and is found.
                if *g > limit {
                    *g = limit;
                } else if *g < -limit {
                    *g = -limit;
                }
            }
        }
        if matches!(pass, Pass::Apply(_)) && self.coefficient != T::one() {
            for g in gradient {
                *g *= self.coefficient;
            }
        }
    }
}

/// g ← g + l2 · w + l1 · sgn w, then w ← shrink · w.
fn decay<T: Scalar>(weights: &mut [T], gradient: &mut [T], factors: Factors<T>) {
    if factors.l2 != T::zero() {
        for (g, &w) in gradient.iter_mut().zip(&*weights) {
            *g += factors.l2 * w;
        }
    }
    if factors.l1 != T::zero() {
        for (g, &w) in gradient.iter_mut().zip(&*weights) {
            *g += factors.l1 * sign(w);
        }
    }
    if factors.shrink != T::one() {
        for w in weights {
            *w *= factors.shrink;
        }
    }
}
