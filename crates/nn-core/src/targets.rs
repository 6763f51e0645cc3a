//! Desired outputs y: class labels or rows of numbers.

use ndarray::{Array2, ArrayView2, Axis};

use crate::{Error, Scalar};

/// The desired output of every sample.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Targets<T> {
    /// Sample s belongs to class `labels[s]`: y is `on` there and `off` elsewhere.
    Classes {
        /// The class of each sample.
        labels: Vec<u32>,
        /// How many classes there are, n_L.
        classes: usize,
        /// y of the right class: 1, or less under label smoothing.
        on: T,
        /// y of the other classes: 0, or more under label smoothing.
        off: T,
    },
    /// Row s is y of sample s (samples × n_L).
    Rows(Array2<T>),
}

impl<T: Scalar> Targets<T> {
    /// One-hot targets from class labels.
    ///
    /// # Errors
    ///
    /// [`Error::Label`] if a label is not below `classes`.
    pub fn one_hot(labels: Vec<u32>, classes: usize) -> Result<Self, Error> {
        Self::smoothed(labels, classes, 0.0)
    }

    /// Targets under label smoothing ε (Szegedy et al. 2016): y is 1 − ε + ε/n for the right
    /// class and ε/n for the others.
    ///
    /// # Errors
    ///
    /// [`Error::Label`] if a label is not below `classes`, [`Error::Parameter`] if ε is not
    /// in [0, 1).
    pub fn smoothed(labels: Vec<u32>, classes: usize, epsilon: f64) -> Result<Self, Error> {
        if !(0.0..1.0).contains(&epsilon) {
            return Err(Error::Parameter {
                name: "label smoothing",
                expected: "at least 0 and below 1",
                found: epsilon.to_string(),
            });
        }
        if let Some(sample) = labels.iter().position(|&label| label as usize >= classes) {
            return Err(Error::Label { label: labels[sample] as usize, sample, classes });
        }
        let off = epsilon / classes as f64;
        let (on, off) = (T::from_f64(1.0 - epsilon + off), T::from_f64(off));
        Ok(Self::Classes { labels, classes, on, off })
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Classes { labels, .. } => labels.len(),
            Self::Rows(rows) => rows.nrows(),
        }
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Outputs of a sample, n_L.
    #[must_use]
    pub fn num_outputs(&self) -> usize {
        match self {
            Self::Classes { classes, .. } => *classes,
            Self::Rows(rows) => rows.ncols(),
        }
    }

    /// Writes y of sample `i` into `row` (n_L elements).
    ///
    /// # Panics
    ///
    /// If there is no sample `i` or `row` has another length.
    pub fn copy_row(&self, i: usize, row: &mut [T]) {
        match self {
            Self::Classes { labels, classes, on, off } => {
                assert_eq!(row.len(), *classes, "elements of the row");
                row.fill(*off);
                row[labels[i] as usize] = *on;
            }
            Self::Rows(rows) => {
                assert_eq!(row.len(), rows.ncols(), "elements of the row");
                for (to, &from) in row.iter_mut().zip(rows.row(i)) {
                    *to = from;
                }
            }
        }
    }

    /// The targets of the samples `samples`, in that order.
    ///
    /// # Panics
    ///
    /// If there is no sample of one of the numbers.
    #[must_use]
    pub fn select(&self, samples: &[u32]) -> Self {
        match self {
            Self::Classes { labels, classes, on, off } => Self::Classes {
                labels: samples.iter().map(|&sample| labels[sample as usize]).collect(),
                classes: *classes,
                on: *on,
                off: *off,
            },
            Self::Rows(rows) => {
                let samples: Vec<usize> = samples.iter().map(|&sample| sample as usize).collect();
                Self::Rows(rows.select(Axis(0), &samples))
            }
        }
    }

    /// y of the samples in `range` as an array (samples × n_L).
    ///
    /// # Panics
    ///
    /// If the range reaches beyond the last sample.
    #[must_use]
    pub fn to_array(&self, range: std::ops::Range<usize>) -> Array2<T> {
        let mut array = Array2::zeros((range.len(), self.num_outputs()));
        for (mut row, i) in array.rows_mut().into_iter().zip(range) {
            self.copy_row(i, row.as_slice_mut().expect("a fresh array is contiguous"));
        }
        array
    }
}

/// The class a row of outputs stands for: the first of its largest elements.
///
/// ```
/// assert_eq!(nn_core::targets::argmax(&[0.1, 0.7, 0.7]), 1);
/// ```
#[must_use]
pub fn argmax<T: PartialOrd>(row: &[T]) -> usize {
    let mut best = 0;
    for (i, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = i;
        }
    }
    best
}

impl<T: Scalar> From<ArrayView2<'_, T>> for Targets<T> {
    fn from(rows: ArrayView2<'_, T>) -> Self {
        Self::Rows(rows.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn labels_become_rows() {
        let targets = Targets::<f64>::one_hot(vec![2, 0], 3).unwrap();
        assert_eq!(targets.to_array(0..2), array![[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
        assert_eq!(
            targets.select(&[1, 1]).to_array(0..2),
            array![[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
        );
        let rows = Targets::Rows(array![[0.5], [0.25]]);
        assert_eq!(rows.select(&[1, 0]), Targets::Rows(array![[0.25], [0.5]]));
        let targets = Targets::<f64>::smoothed(vec![1], 2, 0.5).unwrap();
        assert_eq!(targets.to_array(0..1), array![[0.25, 0.75]]);
    }

    #[test]
    fn labels_out_of_range_are_refused() {
        let error = Targets::<f64>::one_hot(vec![0, 3], 3).unwrap_err();
        assert_eq!(error, Error::Label { label: 3, sample: 1, classes: 3 });
        assert!(Targets::<f64>::smoothed(vec![0], 3, 1.0).is_err());
        assert!(Targets::<f64>::smoothed(vec![0], 3, f64::NAN).is_err());
    }
}
