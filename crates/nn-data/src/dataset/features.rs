//! [`Features`]: the numbers of the samples, as bytes or as floats.

use ndarray::Array2;

use super::DatasetError;

/// The features of a dataset: one row per sample, one column per feature.
///
/// Bytes stay bytes, a quarter of the memory; each stands for [`pixel_to_f32`] of itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Features {
    /// Pixels 0 to 255, which stand for 0 to 1: divide by 255 on use.
    U8(Array2<u8>),
    /// Any finite numbers, used as they are.
    F32(Array2<f32>),
}

/// The number that a byte of [`Features::U8`] stands for: `pixel / 255`, so from 0 to 1.
#[must_use]
pub fn pixel_to_f32(pixel: u8) -> f32 {
    f32::from(pixel) / 255.0
}

impl Features {
    /// The number of samples.
    #[must_use]
    pub fn nrows(&self) -> usize {
        match self {
            Self::U8(f) => f.nrows(),
            Self::F32(f) => f.nrows(),
        }
    }

    /// The number of features of each sample.
    #[must_use]
    pub fn ncols(&self) -> usize {
        match self {
            Self::U8(f) => f.ncols(),
            Self::F32(f) => f.ncols(),
        }
    }

    /// Writes one sample into `row` as a network takes it: bytes divided by 255, floats as they
    /// are. Shape of `row`: `ncols()`.
    ///
    /// # Panics
    ///
    /// If `sample` is no row, or `row` isn't `ncols()` long.
    pub fn copy_row(&self, sample: usize, row: &mut [f32]) {
        assert_eq!(row.len(), self.ncols(), "the row has another number of features");
        match self {
            Self::U8(f) => {
                for (to, &pixel) in row.iter_mut().zip(f.row(sample)) {
                    *to = pixel_to_f32(pixel);
                }
            }
            Self::F32(f) => {
                for (to, &value) in row.iter_mut().zip(f.row(sample)) {
                    *to = value;
                }
            }
        }
    }

    /// All samples as a network takes them: `nrows()` × `ncols()`.
    #[must_use]
    pub fn to_f32(&self) -> Array2<f32> {
        match self {
            Self::U8(f) => f.mapv(pixel_to_f32),
            Self::F32(f) => f.clone(),
        }
    }

    pub(super) fn check_finite(&self) -> Result<(), DatasetError> {
        let Self::F32(f) = self else { return Ok(()) };
        match f.indexed_iter().find(|(_, value)| !value.is_finite()) {
            Some(((row, column), &value)) => Err(DatasetError::NotFinite { row, column, value }),
            None => Ok(()),
        }
    }

    pub(super) fn into_standard_layout(self) -> Self {
        match self {
            Self::U8(f) => Self::U8(standard_layout(f)),
            Self::F32(f) => Self::F32(standard_layout(f)),
        }
    }

    /// Keeps the first `at` rows and gives the rest. The layout must be standard.
    pub(super) fn split_off(&mut self, at: usize) -> Self {
        match self {
            Self::U8(f) => Self::U8(split_rows(f, at)),
            Self::F32(f) => Self::F32(split_rows(f, at)),
        }
    }
}

fn standard_layout<T: Clone>(array: Array2<T>) -> Array2<T> {
    if array.is_standard_layout() { array } else { array.as_standard_layout().into_owned() }
}

fn split_rows<T>(array: &mut Array2<T>, at: usize) -> Array2<T> {
    let (rows, columns) = array.dim();
    let whole = std::mem::replace(array, from_rows(0, columns, Vec::new()));
    let (mut first, offset) = whole.into_raw_vec_and_offset();
    // An array that was sliced may begin within its vector and end before it does.
    let start = offset.unwrap_or(0);
    first.truncate(start + rows * columns);
    first.drain(..start);
    let rest = first.split_off(at * columns);
    first.shrink_to_fit();
    *array = from_rows(at, columns, first);
    from_rows(rows - at, columns, rest)
}

fn from_rows<T>(rows: usize, columns: usize, elements: Vec<T>) -> Array2<T> {
    Array2::from_shape_vec((rows, columns), elements).expect("rows × columns elements")
}
