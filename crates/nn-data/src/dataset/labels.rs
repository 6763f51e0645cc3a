//! [`Labels`]: class indices that were checked against the number of classes.

use super::DatasetError;

/// One class index per sample, each below the number of classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    indices: Vec<u16>,
}

#[allow(clippy::len_without_is_empty, reason = "a dataset, and so its labels, is never empty")]
impl Labels {
    /// Checks `indices` against the number of classes.
    pub(super) fn new(indices: Vec<u16>, classes: usize) -> Result<Self, DatasetError> {
        if classes == 0 || classes > 1 + usize::from(u16::MAX) {
            return Err(DatasetError::Classes { classes });
        }
        match indices.iter().position(|&label| usize::from(label) >= classes) {
            Some(index) => {
                let label = i64::from(indices[index]);
                Err(DatasetError::LabelOutOfRange { index, label, classes })
            }
            None => Ok(Self { indices }),
        }
    }

    /// The class index of one sample.
    ///
    /// # Panics
    ///
    /// If `sample` is no row of the dataset.
    #[must_use]
    pub fn get(&self, sample: usize) -> usize {
        usize::from(self.indices[sample])
    }

    /// The number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// The class index of every sample, in order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = usize> + Clone + '_ {
        self.indices.iter().map(|&label| usize::from(label))
    }

    /// The class indices as they are stored.
    #[must_use]
    pub fn as_slice(&self) -> &[u16] {
        &self.indices
    }

    /// How many samples each of `classes` classes has.
    ///
    /// # Panics
    ///
    /// If `classes` is fewer than the dataset has.
    #[must_use]
    pub fn counts(&self, classes: usize) -> Vec<usize> {
        let mut counts = vec![0; classes];
        for label in self.iter() {
            counts[label] += 1;
        }
        counts
    }

    pub(super) fn select(&self, samples: &[usize]) -> Self {
        Self { indices: samples.iter().map(|&i| self.indices[i]).collect() }
    }

    pub(super) fn split_off(&mut self, at: usize) -> Self {
        Self { indices: self.indices.split_off(at) }
    }
}
