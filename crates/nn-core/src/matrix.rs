//! A row-major matrix whose rows start on cache lines.

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2, ShapeBuilder};

use crate::{Error, Scalar};

/// Bytes of a cache line, and of the widest vector register.
pub(crate) const LINE_BYTES: usize = 64;

/// A matrix of `rows` × `cols`, stored row by row, each row starting on a 64-byte
/// boundary and padded with zeros to whole cache lines.
///
/// An unaligned 64-byte load touches two lines and costs twice. A row longer than one
/// line is padded to an *odd* number of lines, so that walking down a column spreads
/// over all sets of the cache instead of a few.
#[derive(Debug)]
pub struct Matrix<T: Scalar> {
    buffer: Vec<T>,
    offset: usize,
    rows: usize,
    cols: usize,
    stride: usize,
}

impl<T: Scalar> Matrix<T> {
    /// A matrix of zeros.
    ///
    /// # Panics
    ///
    /// If the matrix is larger than the address space; see [`Matrix::bytes`].
    #[must_use]
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Self::with_stride(rows, cols, Self::stride_for(cols))
    }

    fn with_stride(rows: usize, cols: usize, stride: usize) -> Self {
        let len = rows.checked_mul(stride).expect("a matrix fits in the address space");
        let line = LINE_BYTES / size_of::<T>();
        let buffer = vec![T::zero(); len + line];
        // The allocator aligns to the element; skip to the next line by hand. A large
        // `Vec` is never moved after this, so the offset stays true.
        let address = buffer.as_ptr() as usize;
        let offset = (address.next_multiple_of(LINE_BYTES) - address) / size_of::<T>();
        Self { buffer, offset, rows, cols, stride }
    }

    /// A matrix of zeros whose rows are padded to whole cache lines and no further, for
    /// rows that are walked one after the other.
    pub(crate) fn packed(rows: usize, cols: usize) -> Self {
        let line = LINE_BYTES / size_of::<T>();
        Self::with_stride(rows, cols, cols.next_multiple_of(line))
    }

    /// A copy of `source` (rows × cols).
    #[must_use]
    pub fn from_view(source: ArrayView2<'_, T>) -> Self {
        let mut matrix = Self::zeros(source.nrows(), source.ncols());
        matrix.view_mut().assign(&source);
        matrix
    }

    /// The bytes a matrix of this shape occupies.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] if they cannot be counted in a `usize`.
    pub fn bytes(rows: usize, cols: usize) -> Result<usize, Error> {
        let line = LINE_BYTES / size_of::<T>();
        cols.checked_add(2 * line)
            .map(|_| Self::stride_for(cols))
            .and_then(|stride| stride.checked_mul(rows))
            .and_then(|len| len.checked_add(line))
            .and_then(|len| len.checked_mul(size_of::<T>()))
            .filter(|&bytes| isize::try_from(bytes).is_ok())
            .ok_or(Error::TooLarge { inputs: rows, outputs: cols })
    }

    fn stride_for(cols: usize) -> usize {
        let line = LINE_BYTES / size_of::<T>();
        let lines = cols.div_ceil(line).max(1);
        let odd = if lines > 1 { lines | 1 } else { lines };
        odd * line
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns, without the padding.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Elements from the start of one row to the start of the next.
    #[must_use]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// All elements with their padding (rows × stride).
    #[must_use]
    pub fn padded(&self) -> &[T] {
        &self.buffer[self.offset..self.offset + self.rows * self.stride]
    }

    /// All elements with their padding, to be written. Keep the padding zero.
    pub(crate) fn padded_mut(&mut self) -> &mut [T] {
        &mut self.buffer[self.offset..self.offset + self.rows * self.stride]
    }

    /// The elements of row `i`, without the padding.
    ///
    /// # Panics
    ///
    /// If there is no row `i`.
    #[must_use]
    pub fn row(&self, i: usize) -> &[T] {
        assert!(i < self.rows, "row {i} of a matrix of {} rows", self.rows);
        &self.padded()[i * self.stride..][..self.cols]
    }

    /// The elements of row `i`, without the padding, to be written.
    ///
    /// # Panics
    ///
    /// If there is no row `i`.
    pub fn row_mut(&mut self, i: usize) -> &mut [T] {
        assert!(i < self.rows, "row {i} of a matrix of {} rows", self.rows);
        let (stride, cols) = (self.stride, self.cols);
        &mut self.padded_mut()[i * stride..][..cols]
    }

    /// The matrix as an array (rows × cols).
    #[must_use]
    pub fn view(&self) -> ArrayView2<'_, T> {
        let shape = (self.rows, self.cols).strides((self.stride, 1));
        ArrayView2::from_shape(shape, self.padded()).expect("rows lie within the buffer")
    }

    /// The matrix as an array (rows × cols), to be written.
    pub fn view_mut(&mut self) -> ArrayViewMut2<'_, T> {
        let shape = (self.rows, self.cols).strides((self.stride, 1));
        ArrayViewMut2::from_shape(shape, self.padded_mut()).expect("rows lie within the buffer")
    }

    /// A matrix of one row, as a vector.
    pub(crate) fn first_row(&self) -> ArrayView1<'_, T> {
        ArrayView1::from(self.row(0))
    }
}

impl<T: Scalar> Clone for Matrix<T> {
    fn clone(&self) -> Self {
        // The copy's buffer may be aligned differently, so the offset is found anew.
        let mut copy = Self::zeros(self.rows, self.cols);
        copy.padded_mut().copy_from_slice(self.padded());
        copy
    }
}

impl<T: Scalar> PartialEq for Matrix<T> {
    fn eq(&self, other: &Self) -> bool {
        self.view() == other.view()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_aligned_padded_and_spread_over_cache_sets() {
        for cols in 1..200 {
            let matrix = Matrix::<f32>::zeros(3, cols);
            assert_eq!(matrix.padded().as_ptr() as usize % LINE_BYTES, 0);
            assert_eq!(matrix.stride() % 16, 0);
            assert!(matrix.stride() >= cols);
            let lines = matrix.stride() / 16;
            assert!(lines == 1 || lines % 2 == 1, "{cols} columns take {lines} lines");
            let copy = matrix.clone();
            assert_eq!(copy.padded().as_ptr() as usize % LINE_BYTES, 0);
        }
    }

    #[test]
    fn views_see_rows() {
        let mut matrix = Matrix::<f64>::zeros(2, 3);
        matrix.row_mut(1).copy_from_slice(&[1.0, 2.0, 3.0]);
        assert_eq!(matrix.view()[[1, 2]], 3.0);
        assert_eq!(matrix.row(0), [0.0; 3]);
        assert_eq!(Matrix::from_view(matrix.view()), matrix);
    }

    #[test]
    fn sizes_that_overflow_are_refused() {
        assert!(Matrix::<f32>::bytes(usize::MAX, 2).is_err());
        assert!(Matrix::<f32>::bytes(2, usize::MAX).is_err());
        assert!(Matrix::<f32>::bytes(1 << 40, 1 << 40).is_err());
        assert_eq!(Matrix::<f32>::bytes(2, 16), Ok((2 * 16 + 16) * 4));
    }
}
