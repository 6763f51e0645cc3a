//! Training inputs in the form the kernels want: sparse rows or dense rows.

use std::ops::Range;

use ndarray::ArrayView2;

use crate::{Error, Scalar};

/// Fraction of non-zero features below which rows are stored sparse.
///
/// Measured on both sides of the border by the kernel benchmarks: a sparse multiply-add
/// costs about as much as two dense ones.
pub const SPARSE_BELOW: f64 = 0.45;

/// Samples as rows, ready to train on.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Inputs<T> {
    /// Only the non-zero features of each sample are stored.
    Sparse(SparseRows<T>),
    /// Every feature of each sample is stored.
    Dense(DenseRows<T>),
}

impl<T: Scalar> Inputs<T> {
    /// Rows of bytes (samples × features), each worth `scale` a unit (1/255 for pixels).
    ///
    /// The form is chosen by the density measured.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] if the elements cannot be counted in 32 bits.
    pub fn from_bytes(rows: ArrayView2<'_, u8>, scale: f64) -> Result<Self, Error> {
        let lit = count_lit(rows);
        if Self::is_sparse(lit, rows.len(), rows.ncols()) {
            return Ok(Self::Sparse(SparseRows::from_bytes(rows, scale)?));
        }
        Ok(Self::Dense(DenseRows::from_bytes(rows, scale)))
    }

    /// Rows of numbers (samples × features), taken as they are.
    ///
    /// The form is chosen by the density measured.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] if the elements cannot be counted in 32 bits.
    pub fn from_values(rows: ArrayView2<'_, T>) -> Result<Self, Error> {
        let lit = rows.iter().filter(|v| **v != T::zero()).count();
        if Self::is_sparse(lit, rows.len(), rows.ncols()) {
            return Ok(Self::Sparse(SparseRows::from_values(rows)?));
        }
        Ok(Self::Dense(DenseRows::from_view(rows)))
    }

    fn is_sparse(lit: usize, all: usize, features: usize) -> bool {
        features <= usize::from(u16::MAX) + 1 && (lit as f64) < SPARSE_BELOW * all as f64
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Sparse(rows) => rows.len(),
            Self::Dense(rows) => rows.len(),
        }
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Features of a sample.
    #[must_use]
    pub fn num_features(&self) -> usize {
        match self {
            Self::Sparse(rows) => rows.features,
            Self::Dense(rows) => rows.features,
        }
    }

    /// Whether the rows are stored sparse.
    #[must_use]
    pub fn is_stored_sparse(&self) -> bool {
        matches!(self, Self::Sparse(_))
    }

    /// Writes sample `i` into `row` (one element per feature).
    ///
    /// # Panics
    ///
    /// If there is no sample `i` or `row` has another length.
    pub fn copy_row(&self, i: usize, row: &mut [T]) {
        assert_eq!(row.len(), self.num_features(), "elements of the row");
        match self {
            Self::Sparse(rows) => {
                row.fill(T::zero());
                let range = rows.range(i);
                for (&column, at) in rows.columns[range.clone()].iter().zip(range) {
                    row[usize::from(column)] = rows.values.get(at);
                }
            }
            Self::Dense(rows) => rows.decode(i, row),
        }
    }
}

/// Entries that may be read beyond the last one, so that kernels can work on whole vectors.
pub(crate) const OVERHANG: usize = 16;

/// Numbers as they are, or as bytes of which a unit is worth `scale`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values<T> {
    Bytes { codes: Vec<u8>, scale: T },
    Numbers(Vec<T>),
}

impl<T: Scalar> Values<T> {
    fn bytes(scale: f64) -> Self {
        Self::Bytes { codes: Vec::new(), scale: T::from_f64(scale) }
    }

    fn get(&self, at: usize) -> T {
        match self {
            Self::Bytes { codes, scale } => T::from_u8(codes[at]) * *scale,
            Self::Numbers(numbers) => numbers[at],
        }
    }

    /// Writes the numbers of `range` to the front of `out`.
    fn decode(&self, range: Range<usize>, out: &mut [T]) {
        match self {
            Self::Bytes { codes, scale } => {
                for (out, &code) in out.iter_mut().zip(&codes[range]) {
                    *out = T::from_u8(code) * *scale;
                }
            }
            Self::Numbers(numbers) => {
                out[..range.len()].copy_from_slice(&numbers[range]);
            }
        }
    }
}

/// How many elements are not zero.
fn count_lit(rows: ArrayView2<'_, u8>) -> usize {
    let count = |row: &[u8]| -> usize {
        // Short sums fit in a byte, which the compiler counts a vector at a time.
        let chunks = row.chunks(255);
        chunks.map(|c| usize::from(c.iter().map(|&v| u8::from(v != 0)).sum::<u8>())).sum()
    };
    match rows.as_slice() {
        Some(all) => count(all),
        None => rows.iter().filter(|&&v| v != 0).count(),
    }
}

/// Samples of which only the non-zero features are stored, in ascending order of feature.
///
/// A column number takes two bytes and a pixel one, so the 50,000 training images of MNIST
/// (150 lit pixels of 784 on average) take 23 MB, where dense `f32` rows take 157 MB.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseRows<T> {
    features: usize,
    /// Where each row starts in `columns` and `values`; one more than there are rows.
    starts: Vec<u32>,
    columns: Vec<u16>,
    values: Values<T>,
}

impl<T: Scalar> SparseRows<T> {
    /// Rows of bytes (samples × features), each worth `scale` a unit.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] if there are more than 65,536 features, or more non-zero elements
    /// than 32 bits count.
    pub fn from_bytes(rows: ArrayView2<'_, u8>, scale: f64) -> Result<Self, Error> {
        let mut sparse = Self::empty(rows.dim(), Values::bytes(scale))?;
        let lit = count_lit(rows);
        Self::count(lit, rows.dim())?;
        // Written without a branch, one element ahead of the end: half of all pixels are
        // hard to predict, and a mispredicted branch costs more than a store.
        let features = rows.ncols();
        let mut codes = vec![0_u8; lit + features.max(OVERHANG)];
        let mut columns = vec![0_u16; lit + features.max(OVERHANG)];
        let mut end = 0;
        for row in rows.rows() {
            let (codes, columns) =
                (&mut codes[end..end + features], &mut columns[end..end + features]);
            let mut stored = 0;
            for (column, &code) in row.iter().enumerate() {
                columns[stored] = column as u16;
                codes[stored] = code;
                stored += usize::from(code != 0);
            }
            end += stored;
            sparse.starts.push(end as u32);
        }
        codes.truncate(end + OVERHANG);
        columns.truncate(end + OVERHANG);
        codes[end..].fill(0);
        columns[end..].fill(0);
        sparse.columns = columns;
        sparse.values = Values::Bytes { codes, scale: T::from_f64(scale) };
        Ok(sparse)
    }

    /// Rows of numbers (samples × features).
    ///
    /// # Errors
    ///
    /// As [`SparseRows::from_bytes`].
    pub fn from_values(rows: ArrayView2<'_, T>) -> Result<Self, Error> {
        let mut sparse = Self::empty(rows.dim(), Values::Numbers(Vec::new()))?;
        let Values::Numbers(numbers) = &mut sparse.values else {
            unreachable!("made of numbers just above")
        };
        for row in rows.rows() {
            for (column, &value) in (0_u16..=u16::MAX).zip(row) {
                if value != T::zero() {
                    sparse.columns.push(column);
                    numbers.push(value);
                }
            }
            sparse.starts.push(Self::count(numbers.len(), rows.dim())?);
        }
        numbers.resize(numbers.len() + OVERHANG, T::zero());
        sparse.columns.resize(sparse.columns.len() + OVERHANG, 0);
        Ok(sparse)
    }

    fn empty((samples, features): (usize, usize), values: Values<T>) -> Result<Self, Error> {
        if features > usize::from(u16::MAX) + 1 {
            return Err(Error::TooLarge { inputs: samples, outputs: features });
        }
        let mut starts = Vec::with_capacity(samples + 1);
        starts.push(0);
        Ok(Self { features, starts, columns: Vec::new(), values })
    }

    fn count(end: usize, (samples, features): (usize, usize)) -> Result<u32, Error> {
        u32::try_from(end).map_err(|_| Error::TooLarge { inputs: samples, outputs: features })
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Features of a sample, zero or not.
    #[must_use]
    pub fn num_features(&self) -> usize {
        self.features
    }

    /// Non-zero features of all samples together.
    #[must_use]
    pub fn num_stored(&self) -> usize {
        self.columns.len() - OVERHANG
    }

    /// Non-zero features of the fullest sample.
    pub(crate) fn longest_row(&self) -> usize {
        self.starts.windows(2).map(|pair| (pair[1] - pair[0]) as usize).max().unwrap_or(0)
    }

    fn range(&self, i: usize) -> Range<usize> {
        self.starts[i] as usize..self.starts[i + 1] as usize
    }

    /// Columns of the non-zero features of sample `i`.
    pub(crate) fn columns(&self, i: usize) -> &[u16] {
        &self.columns[self.range(i)]
    }

    /// The columns of sample `i` and as many after them as fill the last vector.
    pub(crate) fn whole_columns(&self, i: usize) -> &[u16] {
        let range = self.range(i);
        &self.columns[range.start..range.start + range.len().next_multiple_of(OVERHANG)]
    }

    /// The bytes of sample `i` and as many after them as fill the last vector, with what a
    /// unit is worth; or the numbers of sample `i`.
    pub(crate) fn whole_values(&self, i: usize) -> RowValues<'_, T> {
        let range = self.range(i);
        match &self.values {
            Values::Bytes { codes, scale } => {
                let end = range.start + range.len().next_multiple_of(OVERHANG);
                RowValues::Bytes(&codes[range.start..end], *scale)
            }
            Values::Numbers(numbers) => RowValues::Numbers(&numbers[range]),
        }
    }

    /// Where the columns and values of sample `i` are in memory, and how many bytes of each
    /// there are, to be fetched early.
    pub(crate) fn addresses(&self, i: usize) -> [(*const u8, usize); 2] {
        let range = self.range(i);
        let columns = &self.columns[range.clone()];
        let values = match &self.values {
            Values::Bytes { codes, .. } => (codes[range.clone()].as_ptr(), range.len()),
            Values::Numbers(numbers) => {
                let numbers = &numbers[range];
                (numbers.as_ptr().cast(), size_of_val(numbers))
            }
        };
        [(columns.as_ptr().cast(), size_of_val(columns)), values]
    }

    /// Writes the non-zero features of sample `i` to the front of `out`.
    pub(crate) fn decode(&self, i: usize, out: &mut [T]) {
        self.values.decode(self.range(i), out);
    }
}

/// The values of one sparse row, as they are stored.
pub(crate) enum RowValues<'a, T> {
    /// Bytes, and what a unit of them is worth.
    Bytes(&'a [u8], T),
    Numbers(&'a [T]),
}

/// Samples of which every feature is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct DenseRows<T> {
    features: usize,
    samples: usize,
    values: Values<T>,
}

impl<T: Scalar> DenseRows<T> {
    /// Rows of bytes (samples × features), each worth `scale` a unit; kept as bytes.
    #[must_use]
    pub fn from_bytes(rows: ArrayView2<'_, u8>, scale: f64) -> Self {
        let mut values = Values::bytes(scale);
        if let Values::Bytes { codes, .. } = &mut values {
            codes.extend(rows.iter().copied());
        }
        Self { features: rows.ncols(), samples: rows.nrows(), values }
    }

    /// Rows of numbers (samples × features).
    #[must_use]
    pub fn from_view(rows: ArrayView2<'_, T>) -> Self {
        let values = Values::Numbers(rows.iter().copied().collect());
        Self { features: rows.ncols(), samples: rows.nrows(), values }
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples == 0
    }

    /// Writes sample `i` to the front of `out`.
    pub(crate) fn decode(&self, i: usize, out: &mut [T]) {
        assert!(i < self.samples, "sample {i} of {}", self.samples);
        self.values.decode(i * self.features..(i + 1) * self.features, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    #[track_caller]
    fn check(inputs: &Inputs<f32>, expected: &Array2<f32>) {
        assert_eq!((inputs.len(), inputs.num_features()), expected.dim());
        for (i, expected) in expected.rows().into_iter().enumerate() {
            let mut row = vec![f32::NAN; inputs.num_features()];
            inputs.copy_row(i, &mut row);
            assert_eq!(row, expected.to_vec());
        }
    }

    #[test]
    fn all_forms_hold_the_same_numbers() {
        let bytes = array![[0_u8, 255, 0, 0, 51], [0, 0, 0, 0, 0], [1, 2, 3, 4, 5]];
        let values = bytes.mapv(|v| f32::from(v) * (1.0_f32 / 255.0));
        let scale = 1.0 / 255.0;
        check(&Inputs::Sparse(SparseRows::from_bytes(bytes.view(), scale).unwrap()), &values);
        check(&Inputs::Sparse(SparseRows::from_values(values.view()).unwrap()), &values);
        check(&Inputs::Dense(DenseRows::from_bytes(bytes.view(), scale)), &values);
        check(&Inputs::Dense(DenseRows::from_view(values.view())), &values);
    }

    #[test]
    fn density_decides_the_form() {
        let mut rows = Array2::<u8>::zeros((10, 100));
        assert!(Inputs::<f32>::from_bytes(rows.view(), 1.0).unwrap().is_stored_sparse());
        rows.slice_mut(ndarray::s![.., ..60]).fill(1);
        assert!(!Inputs::<f32>::from_bytes(rows.view(), 1.0).unwrap().is_stored_sparse());
        let wide = Array2::<f32>::zeros((1, 70_000));
        assert!(!Inputs::from_values(wide.view()).unwrap().is_stored_sparse());
    }
}
