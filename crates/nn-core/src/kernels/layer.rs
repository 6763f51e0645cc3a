//! The forward pass through one layer: z = w a + b, a = σ(z).

use std::ops::Range;

use super::dense::{PACK_LEN, Strided};
use super::grid::Grid;
use super::sparse::SparseBatch;
use super::table::Kernels;
use crate::{Activation, Layer, Matrix, Scalar};

/// z = w a + b for `m` samples and the columns `cols`, written to `out`.
///
/// # Safety
///
/// The CPU has the kernels' instructions. `weights` (n_in rows) and `biases` have the
/// columns, whole cache lines of them, and nobody writes these meanwhile; `out` has them in
/// `m` rows, and nobody else accesses them meanwhile. The input is readable for m × n_in
/// elements and does not overlap `out`.
#[allow(clippy::too_many_arguments)]
pub(super) unsafe fn dense_forward<T: Scalar>(
    kernels: &Kernels<T>,
    input: Strided<T>,
    (weights, biases): (Grid<T>, Grid<T>),
    n_in: usize,
    out: Grid<T>,
    m: usize,
    cols: Range<usize>,
    pack: &mut [T],
) {
    // SAFETY: the caller's guarantees are those of the kernels.
    unsafe {
        let bias = biases.row(0, cols.clone());
        for s in 0..m {
            out.row_mut(s, cols.clone()).copy_from_slice(bias);
        }
        let (first, to) = (weights.at(0, cols.start), out.at(0, cols.start));
        (kernels.multiply_add)(
            m,
            n_in,
            cols.len(),
            input,
            first,
            weights.stride,
            to,
            out.stride,
            pack,
        );
    }
}

/// Features of samples to predict, in the form the first layer takes.
pub(crate) enum Features<'a, T: Scalar> {
    /// Rows of lit features; every offset must be that of a row of the weights.
    Sparse(SparseBatch<'a, T>),
    /// A row of features per sample.
    Dense(&'a Matrix<T>),
}

/// Scratch space for the product of a layer.
pub(crate) fn scratch<T: Scalar>() -> Matrix<T> {
    Matrix::zeros(1, PACK_LEN)
}

/// a = σ(w x + b) of `m` samples for the whole layer, written to the first rows of `out`;
/// z = w x + b too, where `z_out` is given.
///
/// # Panics
///
/// If the input or `out` does not have `m` rows or does not fit the layer.
pub(crate) fn forward<T: Scalar>(
    kernels: &Kernels<T>,
    input: &Features<'_, T>,
    layer: &Layer<T>,
    m: usize,
    out: &mut Matrix<T>,
    mut z_out: Option<&mut Matrix<T>>,
    pack: &mut Matrix<T>,
) {
    let (n_in, n_out) = (layer.inputs(), layer.outputs());
    assert!(m <= out.rows() && out.cols() == n_out, "room for the outputs of the layer");
    assert!(pack.stride() >= PACK_LEN && pack.rows() == 1, "scratch space");
    let cols = 0..n_out.next_multiple_of(crate::matrix::LINE_BYTES / size_of::<T>());
    let (weights, biases) = (Grid::of(&layer.weights), Grid::of(&layer.biases));
    let to = Grid::new(out);
    // SAFETY: all shapes are checked; padding makes every row whole cache lines; `out` is
    // borrowed mutably and the rest immutably, so they do not overlap. The kernels were
    // chosen for this CPU.
    unsafe {
        match input {
            Features::Sparse(batch) => {
                assert_eq!(batch.starts.len(), m + 1, "samples of the batch");
                assert!(batch.starts.is_sorted(), "samples follow each other");
                let entries = batch.starts[m] as usize;
                assert!(entries <= batch.values.len(), "values of the entries");
                let last_row = (n_in - 1) * weights.stride;
                let within = |&offset: &u32| offset as usize <= last_row;
                assert!(batch.offsets[..entries].iter().all(within), "offsets of weight rows");
                let (w, b, z) = (weights.at(0, 0), biases.at(0, 0), to.at(0, 0));
                (kernels.sparse_forward)(*batch, w, b, z, to.stride, cols.len());
            }
            Features::Dense(rows) => {
                assert!(m <= rows.rows() && rows.cols() == n_in, "features of the samples");
                let grid = Grid::of(rows);
                let input = grid.strided(0, grid.stride, 1);
                let pack = pack.padded_mut();
                dense_forward(kernels, input, (weights, biases), n_in, to, m, cols, pack);
            }
        }
        for s in 0..m {
            let z = to.row_mut(s, 0..n_out);
            if let Some(z_out) = &mut z_out {
                z_out.row_mut(s).copy_from_slice(z);
            }
            if layer.activation == Activation::Softmax {
                (kernels.softmax)(z);
            }
        }
        if layer.activation != Activation::Softmax {
            (kernels.activate)(&layer.activation, to.at(0, 0), m, n_out, to.stride);
        }
    }
}
