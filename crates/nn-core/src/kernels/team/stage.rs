//! Bringing a mini-batch into the form the first layer's kernels take.

use super::buffers::Stage;
use crate::inputs::{Inputs, SparseRows};
use crate::kernels::sparse::{SparseBatch, SparseColumns};
use crate::{Matrix, Scalar};

impl<T: Scalar> Stage<T> {
    /// Makes room for batches of `max_batch` samples of `inputs`.
    pub(super) fn reserve(&mut self, inputs: &Inputs<T>, max_batch: usize) {
        match inputs {
            Inputs::Sparse(rows) => {
                let entries = max_batch * rows.longest_row();
                grow(&mut self.starts, max_batch + 1);
                grow(&mut self.offsets, entries);
                grow(&mut self.values, entries);
                grow(&mut self.column_offsets, entries);
                grow(&mut self.column_values, entries);
                self.column_ranges.clear();
                self.column_ranges.resize(rows.num_features(), (0, 0));
            }
            Inputs::Dense(_) => {
                if self.dense.rows() < max_batch {
                    self.dense = Matrix::zeros(max_batch, self.dense.cols());
                }
            }
        }
    }

    /// Copies the samples numbered `batch`, row by row. Weight rows are `weight_stride`
    /// elements apart.
    pub(super) fn fill_sparse(
        &mut self,
        rows: &SparseRows<T>,
        batch: &[u32],
        weight_stride: usize,
    ) {
        let mut end = 0;
        self.starts[0] = 0;
        for (s, &sample) in batch.iter().enumerate() {
            let columns = rows.columns(sample as usize);
            let offsets = &mut self.offsets[end..end + columns.len()];
            for (offset, &column) in offsets.iter_mut().zip(columns) {
                *offset = u32::from(column) * weight_stride as u32;
            }
            rows.decode(sample as usize, &mut self.values[end..]);
            end += columns.len();
            self.starts[s + 1] = end as u32;
        }
    }

    /// Sorts the entries of the batch by column (a counting sort, so samples stay in order).
    /// δ rows are `delta_stride` elements apart.
    pub(super) fn fill_columns(
        &mut self,
        rows: &SparseRows<T>,
        batch: &[u32],
        delta_stride: usize,
    ) {
        let ranges = &mut self.column_ranges[..];
        ranges.fill((0, 0));
        for &sample in batch {
            for &column in rows.columns(sample as usize) {
                ranges[usize::from(column)].1 += 1;
            }
        }
        let mut start = 0;
        for range in ranges.iter_mut() {
            let count = range.1;
            // The end of a range is where its next entry goes, until all have gone there.
            *range = (start, start);
            start += count;
        }
        for (s, &sample) in batch.iter().enumerate() {
            let from = self.starts[s] as usize;
            let columns = rows.columns(sample as usize);
            let values = &self.values[from..from + columns.len()];
            let offset = (s * delta_stride) as u32;
            for (&column, &value) in columns.iter().zip(values) {
                let end = &mut ranges[usize::from(column)].1;
                self.column_offsets[*end as usize] = offset;
                self.column_values[*end as usize] = value;
                *end += 1;
            }
        }
    }

    /// Copies the samples numbered `batch` as dense rows.
    pub(super) fn fill_dense(&mut self, inputs: &Inputs<T>, batch: &[u32]) {
        for (s, &sample) in batch.iter().enumerate() {
            inputs.copy_row(sample as usize, self.dense.row_mut(s));
        }
    }

    /// The batch of `samples` rows that was last filled in.
    pub(super) fn batch(&self, samples: usize) -> SparseBatch<'_, T> {
        let entries = self.starts[samples] as usize;
        SparseBatch {
            starts: &self.starts[..=samples],
            offsets: &self.offsets[..entries],
            values: &self.values[..entries],
        }
    }

    /// The columns that were last filled in.
    pub(super) fn columns(&self) -> SparseColumns<'_, T> {
        SparseColumns {
            ranges: &self.column_ranges,
            offsets: &self.column_offsets,
            values: &self.column_values,
        }
    }
}

fn grow<T: Clone + Default>(buffer: &mut Vec<T>, len: usize) {
    if buffer.len() < len {
        buffer.resize(len, T::default());
    }
}
