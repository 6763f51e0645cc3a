//! A matrix that several workers write at once, each its own part.

use super::dense::Strided;
use crate::{Matrix, Scalar};

/// The address of a [`Matrix`], for as long as it is borrowed elsewhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid<T> {
    ptr: *mut T,
    pub(super) stride: usize,
}

impl<T: Scalar> Grid<T> {
    pub(crate) fn new(matrix: &mut Matrix<T>) -> Self {
        Self { stride: matrix.stride(), ptr: matrix.padded_mut().as_mut_ptr() }
    }

    /// The grid of a matrix that will only be read.
    pub(super) fn of(matrix: &Matrix<T>) -> Self {
        Self { stride: matrix.stride(), ptr: matrix.padded().as_ptr().cast_mut() }
    }

    /// The grid as the left operand of a product: from element `first` on, with rows and
    /// columns that many elements apart.
    ///
    /// # Safety
    ///
    /// The element numbered `first` lies within the matrix.
    pub(super) unsafe fn strided(self, first: usize, row: usize, col: usize) -> Strided<T> {
        // SAFETY: the caller guarantees that the element lies within the allocation.
        Strided { ptr: unsafe { self.ptr.add(first) }, row_stride: row, col_stride: col }
    }

    /// The address of element (row, col).
    ///
    /// # Safety
    ///
    /// The element lies within the matrix, padding included.
    #[inline(always)]
    pub(super) unsafe fn at(self, row: usize, col: usize) -> *mut T {
        // SAFETY: the caller guarantees that the element lies within the allocation.
        unsafe { self.ptr.add(row * self.stride + col) }
    }

    /// The elements `cols` of a row, to be read.
    ///
    /// # Safety
    ///
    /// They lie within the matrix, and nobody writes them while the slice lives.
    #[inline(always)]
    pub(super) unsafe fn row<'a>(self, row: usize, cols: std::ops::Range<usize>) -> &'a [T] {
        // SAFETY: the caller guarantees bounds and the absence of writers.
        unsafe { std::slice::from_raw_parts(self.at(row, cols.start), cols.len()) }
    }

    /// The elements `cols` of a row, to be written.
    ///
    /// # Safety
    ///
    /// They lie within the matrix, and nobody else accesses them while the slice lives.
    #[inline(always)]
    pub(super) unsafe fn row_mut<'a>(
        self,
        row: usize,
        cols: std::ops::Range<usize>,
    ) -> &'a mut [T] {
        // SAFETY: the caller guarantees bounds and exclusive access.
        unsafe { std::slice::from_raw_parts_mut(self.at(row, cols.start), cols.len()) }
    }

    /// Copies the matrix to another one of its shape.
    ///
    /// # Safety
    ///
    /// It has the shape, and nobody writes it meanwhile.
    pub(super) unsafe fn copy_to(self, to: &mut Matrix<T>) {
        for i in 0..to.rows() {
            let row = to.row_mut(i);
            // SAFETY: by the caller.
            row.copy_from_slice(unsafe { self.row(i, 0..row.len()) });
        }
    }

    /// Copies another matrix of the shape here.
    ///
    /// # Safety
    ///
    /// It has the shape, and nobody else accesses it meanwhile.
    pub(super) unsafe fn copy_from(self, from: &Matrix<T>) {
        for i in 0..from.rows() {
            let row = from.row(i);
            // SAFETY: by the caller.
            unsafe { self.row_mut(i, 0..row.len()) }.copy_from_slice(row);
        }
    }
}
