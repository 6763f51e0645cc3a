//! The first layer's weights as a worker keeps them while it trains on sparse inputs.
//!
//! A sparse sample visits some 150 of 784 weight rows. In the network's matrix a row is
//! followed by the other workers' columns, and rows lie far apart when the layer is wide:
//! every visit would be another page, and prefetched lines would be torn from another core's
//! cache. So each worker copies its columns into tiles of its own, narrow enough for one
//! accumulator register per vector, and copies them back when the run is over.

use std::ops::Range;

use super::buffers::line;
use crate::kernels::cache::first_level_cache;
use crate::kernels::grid::Grid;
use crate::{Matrix, Scalar};

/// How the weights of the first layer are cut, by the size of the first-level cache.
///
/// Wider tiles spend less on walking the samples' entries, narrower ones have longer blocks of
/// rows. The results do not depend on it.
#[derive(Debug, Clone, Copy)]
struct Cut {
    /// Cache lines of columns of a tile, at most.
    tile_lines: usize,
    /// Bytes of weights that stay in the first-level cache while all samples of a batch use them.
    block_bytes: usize,
}

impl Cut {
    /// Both cuts were found by trying their neighbours: the first on a CPU with 48 KiB of
    /// first-level cache, the second on one with 32 KiB, where wider tiles were slower.
    fn of_this_cpu() -> Self {
        if first_level_cache() >= 48 << 10 {
            Self { tile_lines: 8, block_bytes: 40 << 10 }
        } else {
            Self { tile_lines: 4, block_bytes: 16 << 10 }
        }
    }
}

/// A worker's columns of the first layer's weights, tile by tile.
#[derive(Debug)]
pub(super) struct Tiles<T: Scalar> {
    /// Rows are weights' rows; all tiles have the same stride, the last may be narrower.
    parts: Vec<Matrix<T>>,
    columns: Range<usize>,
    width: usize,
    cut: Cut,
}

impl<T: Scalar> Tiles<T> {
    /// Tiles for `columns` (whole cache lines) of a weight matrix of `rows` rows.
    pub(super) fn new(rows: usize, columns: Range<usize>) -> Self {
        let cut = Cut::of_this_cpu();
        let lines = columns.len() / line::<T>();
        let count = lines.div_ceil(cut.tile_lines);
        let width = lines.div_ceil(count.max(1)) * line::<T>();
        let parts = (0..count).map(|_| Matrix::packed(rows, width)).collect();
        Self { parts, columns, width, cut }
    }

    /// Elements from one row of a tile to the next.
    pub(super) fn stride(&self) -> usize {
        self.width
    }

    /// Elements of the rows that fit in a block.
    pub(super) fn block(&self) -> usize {
        let rows = self.cut.block_bytes / size_of::<T>() / self.width.max(1);
        rows * self.width
    }

    /// Each tile, and the columns of the matrix it holds.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&mut Matrix<T>, Range<usize>)> {
        let (columns, width) = (self.columns.clone(), self.width);
        self.parts.iter_mut().enumerate().map(move |(i, tile)| {
            let start = columns.start + i * width;
            (tile, start..columns.end.min(start + width))
        })
    }

    /// Copies the columns out of `weights`.
    ///
    /// # Safety
    ///
    /// `weights` has the rows and columns, and nobody writes them meanwhile.
    pub(super) unsafe fn load(&mut self, weights: Grid<T>) {
        for (tile, columns) in self.iter_mut() {
            for i in 0..tile.rows() {
                // SAFETY: by the caller.
                let from = unsafe { weights.row(i, columns.clone()) };
                tile.row_mut(i)[..from.len()].copy_from_slice(from);
            }
        }
    }

    /// Copies the columns back to `weights`.
    ///
    /// # Safety
    ///
    /// `weights` has the rows and columns, and nobody else accesses them meanwhile.
    pub(super) unsafe fn store(&mut self, weights: Grid<T>) {
        for (tile, columns) in self.iter_mut() {
            for i in 0..tile.rows() {
                // SAFETY: by the caller.
                let to = unsafe { weights.row_mut(i, columns.clone()) };
                let len = to.len();
                to.copy_from_slice(&tile.row(i)[..len]);
            }
        }
    }
}
