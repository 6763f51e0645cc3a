//! Bringing a mini-batch into the form the first layer's kernels take.

use super::buffers::Stage;
use crate::dropout::LayerMask;
use crate::inputs::{Inputs, OVERHANG, RowValues, SparseRows};
use crate::kernels::prefetch;
use crate::kernels::sparse::{ColumnEntry, SparseBatch, SparseColumns};
use crate::kernels::table::Kernels;
use crate::{Matrix, Scalar};

impl<T: Scalar> Stage<T> {
    /// Makes room for batches of `max_batch` samples of `inputs`, of which features may be
    /// dropped.
    pub(super) fn reserve(&mut self, inputs: &Inputs<T>, max_batch: usize, drops: bool) {
        match inputs {
            Inputs::Sparse(rows) => {
                let entries = max_batch * rows.longest_row() + OVERHANG;
                grow(&mut self.starts, max_batch + 1);
                grow(&mut self.offsets, entries);
                grow(&mut self.values, entries);
                grow(&mut self.column_entries, entries);
                grow(&mut self.column_ranges, rows.num_features() + 1);
                if drops {
                    grow(&mut self.kept_columns, entries);
                }
                grow(&mut self.column_ends, rows.num_features());
                grow(&mut self.cursors, max_batch);
            }
            Inputs::Dense(_) => {
                if self.dense.rows() < max_batch {
                    self.dense = Matrix::zeros(max_batch, self.dense.cols());
                }
            }
        }
    }

    /// Copies the samples numbered `batch`, row by row, while those numbered `next` are
    /// fetched into the cache. Weight rows are `weight_stride`
    /// elements apart.
    pub(super) fn fill_sparse(
        &mut self,
        kernels: &Kernels<T>,
        rows: &SparseRows<T>,
        batch: &[u32],
        next: &[u32],
        weight_stride: usize,
    ) {
        let mut end = 0;
        self.starts[0] = 0;
        for (s, &sample) in batch.iter().enumerate() {
            // One of the samples that come next is asked for with each that is copied: all
            // at once would wait for the memory, which can only do so much at a time.
            if let Some(&sample) = next.get(s) {
                for (from, bytes) in rows.addresses(sample as usize) {
                    prefetch::lines(from, bytes);
                }
            }
            let sample = sample as usize;
            let columns = rows.whole_columns(sample);
            let whole = end..end + columns.len();
            // SAFETY: the kernels were chosen for this CPU.
            unsafe {
                let offsets = &mut self.offsets[whole.clone()];
                (kernels.scale_columns)(columns, weight_stride as u32, offsets);
                match rows.whole_values(sample) {
                    RowValues::Bytes(bytes, scale) => {
                        (kernels.scale_bytes)(bytes, scale, &mut self.values[whole]);
                    }
                    RowValues::Numbers(numbers) => {
                        self.values[end..end + numbers.len()].copy_from_slice(numbers);
                    }
                }
            }
            // The next sample overwrites what was copied beyond the end of this one.
            end += rows.columns(sample).len();
            self.starts[s + 1] = end as u32;
        }
    }

    /// Leaves of the sparse rows that were last filled in, the samples numbered `batch`, only
    /// the entries that the mask keeps.
    pub(super) fn drop_sparse(&mut self, mask: LayerMask, rows: &SparseRows<T>, batch: &[u32]) {
        let scale = T::from_f64(mask.scale());
        let (mut start, mut end) = (0, 0);
        for (s, &sample) in batch.iter().enumerate() {
            for (at, &column) in (start..).zip(rows.columns(sample as usize)) {
                // Written without a branch: the next entry that is kept overwrites it.
                self.offsets[end] = self.offsets[at];
                self.values[end] = self.values[at] * scale;
                self.kept_columns[end] = column;
                end += usize::from(mask.keeps(s, usize::from(column)));
            }
            start = self.starts[s + 1] as usize;
            self.starts[s + 1] = end as u32;
        }
    }

    /// Multiplies the first `m` dense rows with the mask.
    pub(super) fn drop_dense(&mut self, mask: LayerMask, m: usize) {
        let (scale, features) = (T::from_f64(mask.scale()), self.dense.cols());
        for s in 0..m {
            for (unit, x) in self.dense.row_mut(s)[..features].iter_mut().enumerate() {
                *x = if mask.keeps(s, unit) { *x * scale } else { T::zero() };
            }
        }
    }

    /// Sorts the entries of the batch, which was filled in row by row, by column (a counting
    /// sort, so samples stay in order). Weight rows and δ rows are `stride` elements apart.
    ///
    /// `dropped` says whether [`Stage::drop_sparse`] has left entries out.
    pub(super) fn fill_columns(
        &mut self,
        rows: &SparseRows<T>,
        batch: &[u32],
        stride: usize,
        dropped: bool,
    ) {
        let (starts, kept) = (&self.starts, &self.kept_columns);
        let columns = |s: usize| {
            if dropped {
                &kept[starts[s] as usize..starts[s + 1] as usize]
            } else {
                rows.columns(batch[s] as usize)
            }
        };
        let features = rows.num_features();
        let ends = &mut self.column_ends[..features];
        ends.fill(0);
        for s in 0..batch.len() {
            for &column in columns(s) {
                // SAFETY: the columns of sparse rows, those that dropout keeps among them, are
                // below their number of features.
                unsafe { *ends.get_unchecked_mut(usize::from(column)) += 1 };
            }
        }
        // Every column writes its range, but the next one overwrites that of an empty one.
        let ranges = &mut self.column_ranges[..=features];
        let (mut num_ranges, mut start) = (0, 0);
        for (offset, end) in (0..).step_by(stride).zip(ends.iter_mut()) {
            let count = *end;
            ranges[num_ranges] = (offset, start, start + count);
            num_ranges += usize::from(count > 0);
            // Where the column's next entry goes.
            *end = start;
            start += count;
        }
        self.num_ranges = num_ranges;
        let entries = &mut self.column_entries[..start as usize];
        for s in 0..batch.len() {
            let from = starts[s] as usize;
            let columns = columns(s);
            let values = &self.values[from..from + columns.len()];
            let offset = (s * stride) as u32;
            for (&column, &value) in columns.iter().zip(values) {
                // SAFETY: as above; a column gets as many entries as were counted, and the
                // counts of all columns add up to the entries there are.
                unsafe {
                    let end = ends.get_unchecked_mut(usize::from(column));
                    *entries.get_unchecked_mut(*end as usize) = ColumnEntry { offset, value };
                    *end += 1;
                }
            }
        }
    }

    /// Copies the samples numbered `batch` as dense rows.
    pub(super) fn fill_dense(&mut self, inputs: &Inputs<T>, batch: &[u32]) {
        for (s, &sample) in batch.iter().enumerate() {
            inputs.copy_row(sample as usize, self.dense.row_mut(s));
        }
    }

    /// The batch of `samples` rows that was last filled in, and a place to note where each
    /// of them stands.
    pub(super) fn batch(&mut self, samples: usize) -> (SparseBatch<'_, T>, &mut [u32]) {
        let entries = self.starts[samples] as usize;
        let batch = SparseBatch {
            starts: &self.starts[..=samples],
            offsets: &self.offsets[..entries],
            values: &self.values[..entries],
        };
        (batch, &mut self.cursors)
    }

    /// The columns that were last filled in.
    pub(super) fn columns(&self) -> SparseColumns<'_, T> {
        SparseColumns {
            ranges: &self.column_ranges[..self.num_ranges],
            entries: &self.column_entries,
        }
    }
}

fn grow<T: Clone + Default>(buffer: &mut Vec<T>, len: usize) {
    if buffer.len() < len {
        buffer.resize(len, T::default());
    }
}
