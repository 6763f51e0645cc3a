//! The first layer on inputs that are mostly zero.
//!
//! Weights are input-major, so a lit pixel of value x adds x · (row of its weights) to z,
//! and a dark pixel does nothing: 81 % of an MNIST image costs no arithmetic at all. Sums
//! run in ascending order of pixel in the forward pass and in order of sample in the
//! update, which is the order of the dense product, so the two give the same bits.

use super::vector::Vector;
use crate::Scalar;
use crate::inputs::OVERHANG;

/// A mini-batch of sparse samples, row by row.
///
/// Entry e of sample s, for e in `starts[s]..starts[s + 1]`, has the value `values[e]` and
/// belongs to the weight row that begins at element `offsets[e]` of the weight matrix.
#[derive(Clone, Copy)]
pub(crate) struct SparseBatch<'a, T> {
    pub(crate) starts: &'a [u32],
    pub(crate) offsets: &'a [u32],
    pub(crate) values: &'a [T],
}

/// The same mini-batch column by column.
///
/// A range (p, start, end) belongs to the weight row that begins at element p, and to its
/// entries `start..end`. Rows that no sample lights have no range.
#[derive(Clone, Copy)]
pub(crate) struct SparseColumns<'a, T> {
    pub(crate) ranges: &'a [(u32, u32, u32)],
    pub(crate) entries: &'a [ColumnEntry<T>],
}

/// One sample's part in a weight row. Offset and value lie side by side, so that sorting a
/// batch writes, and the update reads, one stream instead of two.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(C)]
pub(crate) struct ColumnEntry<T> {
    /// The element at which the sample's δ row begins.
    pub(crate) offset: u32,
    pub(crate) value: T,
}

/// Offsets of weight rows, from columns that fill whole vectors.
#[inline(always)]
pub(super) fn scale_columns(columns: &[u16], stride: u32, offsets: &mut [u32]) {
    let (columns, _) = columns.as_chunks::<OVERHANG>();
    let (offsets, _) = offsets.as_chunks_mut::<OVERHANG>();
    for (columns, offsets) in columns.iter().zip(offsets) {
        for (&column, offset) in columns.iter().zip(offsets) {
            *offset = u32::from(column) * stride;
        }
    }
}

/// Values of bytes that fill whole vectors.
#[inline(always)]
pub(super) fn scale_bytes<T: Scalar>(bytes: &[u8], scale: T, values: &mut [T]) {
    let (bytes, _) = bytes.as_chunks::<OVERHANG>();
    let (values, _) = values.as_chunks_mut::<OVERHANG>();
    for (bytes, values) in bytes.iter().zip(values) {
        for (&byte, value) in bytes.iter().zip(values) {
            *value = T::from_u8(byte) * scale;
        }
    }
}

/// z[s, ..] = b + Σ_p x[s, p] · w[p, ..] for all samples of a batch and `V::LANES × NV`
/// columns; `S` samples at a time, so that short sums do not wait for each other.
///
/// # Safety
///
/// The CPU has the instructions of `V`. `weights`, `biases` and `out` point to the first of
/// the columns; every offset of the batch, and every multiple of `out_stride` below the
/// number of samples, leaves room for the columns. `starts` is ascending and within the
/// entries. `out` does not overlap the rest.
#[inline(always)]
pub(super) unsafe fn forward<V: Vector, const NV: usize, const S: usize>(
    batch: SparseBatch<'_, V::Elem>,
    weights: *const V::Elem,
    biases: *const V::Elem,
    out: *mut V::Elem,
    out_stride: usize,
) {
    let samples = batch.starts.len() - 1;
    let starts = batch.starts.as_ptr();
    let (offsets, values) = (batch.offsets.as_ptr(), batch.values.as_ptr());
    // SAFETY: all accesses are within the bounds the caller guarantees.
    unsafe {
        let bias = load_row::<V, NV>(biases);
        let mut s = 0;
        while s < samples {
            // The last samples, fewer than S, are taken one at a time.
            let group = if s + S <= samples { S } else { 1 };
            let mut z = [bias; S];
            let mut together = 0;
            if group > 1 {
                together = usize::MAX;
                for k in 0..S {
                    together = together.min((*starts.add(s + k + 1) - *starts.add(s + k)) as usize);
                }
                for i in 0..together {
                    for k in 0..S {
                        let entry = *starts.add(s + k) as usize + i;
                        let row = weights.add(*offsets.add(entry) as usize);
                        add_scaled::<V, NV>(&mut z[k], *values.add(entry), row);
                    }
                }
            }
            for k in 0..group {
                let mut z = z[k];
                for entry in *starts.add(s + k) as usize + together..*starts.add(s + k + 1) as usize
                {
                    let row = weights.add(*offsets.add(entry) as usize);
                    add_scaled::<V, NV>(&mut z, *values.add(entry), row);
                }
                store_row::<V, NV>(&z, out.add((s + k) * out_stride));
            }
            s += group;
        }
    }
}

/// As [`forward`], but `block` elements of the weights at a time: each block is fetched into
/// the first-level cache once and used for all samples there, while their sums wait in `out`.
///
/// `cursors` is scratch space, an element per sample.
///
/// # Safety
///
/// As [`forward`]; offsets ascend within a sample and stay below `weights_len`.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub(super) unsafe fn forward_in_blocks<V: Vector, const NV: usize>(
    batch: SparseBatch<'_, V::Elem>,
    weights: *const V::Elem,
    weights_len: usize,
    block: usize,
    biases: *const V::Elem,
    out: *mut V::Elem,
    out_stride: usize,
    cursors: &mut [u32],
) {
    let samples = batch.starts.len() - 1;
    let (offsets, values) = (batch.offsets.as_ptr(), batch.values.as_ptr());
    cursors[..samples].copy_from_slice(&batch.starts[..samples]);
    // SAFETY: all accesses are within the bounds the caller guarantees.
    unsafe {
        let bias = load_row::<V, NV>(biases);
        for s in 0..samples {
            store_row::<V, NV>(&bias, out.add(s * out_stride));
        }
        let mut limit = 0;
        while limit < weights_len {
            limit += block;
            for s in 0..samples {
                let end = batch.starts[s + 1] as usize;
                let mut entry = cursors[s] as usize;
                let z = out.add(s * out_stride);
                let mut sum = load_row::<V, NV>(z);
                while entry < end && (*offsets.add(entry) as usize) < limit {
                    let row = weights.add(*offsets.add(entry) as usize);
                    add_scaled::<V, NV>(&mut sum, *values.add(entry), row);
                    entry += 1;
                }
                store_row::<V, NV>(&sum, z);
                cursors[s] = entry as u32;
            }
        }
    }
}

/// The `V::LANES × NV` elements at `from`.
///
/// # Safety
///
/// The CPU has the instructions of `V`, and the elements are readable.
#[inline(always)]
unsafe fn load_row<V: Vector, const NV: usize>(from: *const V::Elem) -> [V; NV] {
    // SAFETY: by the caller. (No closures: they would be functions without the features.)
    unsafe {
        let mut row = [V::splat(V::Elem::default()); NV];
        for i in 0..NV {
            row[i] = V::load(from.add(i * V::LANES));
        }
        row
    }
}

/// Writes `row` to the `V::LANES × NV` elements at `to`.
///
/// # Safety
///
/// The CPU has the instructions of `V`, and the elements are writable.
#[inline(always)]
unsafe fn store_row<V: Vector, const NV: usize>(row: &[V; NV], to: *mut V::Elem) {
    // SAFETY: by the caller.
    unsafe {
        for i in 0..NV {
            row[i].store(to.add(i * V::LANES));
        }
    }
}

/// sum += x · row.
///
/// # Safety
///
/// The CPU has the instructions of `V`, and the elements of the row are readable.
#[inline(always)]
unsafe fn add_scaled<V: Vector, const NV: usize>(
    sum: &mut [V; NV],
    x: V::Elem,
    row: *const V::Elem,
) {
    // SAFETY: by the caller.
    unsafe {
        let x = V::splat(x);
        for i in 0..NV {
            sum[i] = x.mul_add(V::load(row.add(i * V::LANES)), sum[i]);
        }
    }
}

/// w[p, ..] += x[s, p] · δ[s, ..], sample by sample, for `V::LANES × NV` columns; `block`
/// elements of the weights at a time, as in [`forward_in_blocks`].
///
/// For small batches and few columns: nothing has to be sorted.
///
/// # Safety
///
/// As [`forward_in_blocks`], with `deltas` readable and `weights` writable.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub(super) unsafe fn update_by_sample<V: Vector, const NV: usize>(
    batch: SparseBatch<'_, V::Elem>,
    weights: *mut V::Elem,
    weights_len: usize,
    block: usize,
    deltas: *const V::Elem,
    delta_stride: usize,
    cursors: &mut [u32],
) {
    let samples = batch.starts.len() - 1;
    let (offsets, values) = (batch.offsets.as_ptr(), batch.values.as_ptr());
    cursors[..samples].copy_from_slice(&batch.starts[..samples]);
    // SAFETY: all accesses are within the bounds the caller guarantees.
    unsafe {
        let mut limit = 0;
        while limit < weights_len {
            limit += block;
            for s in 0..samples {
                let end = batch.starts[s + 1] as usize;
                let mut entry = cursors[s] as usize;
                let delta = load_row::<V, NV>(deltas.add(s * delta_stride));
                while entry < end && (*offsets.add(entry) as usize) < limit {
                    let w = weights.add(*offsets.add(entry) as usize);
                    let x = V::splat(*values.add(entry));
                    for i in 0..NV {
                        let w = w.add(i * V::LANES);
                        x.mul_add(delta[i], V::load(w)).store(w);
                    }
                    entry += 1;
                }
                cursors[s] = entry as u32;
            }
        }
    }
}

/// w[p, ..] += Σ_s x[s, p] · δ[s, ..], weight row by weight row, for `V::LANES × NV` columns.
///
/// Each touched weight row is loaded and stored once a step, however many samples light it.
/// Per element the sum runs over the samples in the same order as in
/// [`update_by_sample`], with the same roundings.
///
/// # Safety
///
/// The CPU has the instructions of `V`. `weights` and `deltas` point to the first of the
/// columns; every range's row of the weights, and every entry's offset in the deltas, leaves
/// room for the columns. The ranges lie within the entries.
#[inline(always)]
pub(super) unsafe fn update_by_row<V: Vector, const NV: usize>(
    columns: SparseColumns<'_, V::Elem>,
    weights: *mut V::Elem,
    deltas: *const V::Elem,
) {
    let entries = columns.entries.as_ptr();
    // SAFETY: all accesses are within the bounds the caller guarantees.
    unsafe {
        for &(p, start, end) in columns.ranges {
            let row = weights.add(p as usize);
            let mut w = load_row::<V, NV>(row);
            for entry in start as usize..end as usize {
                let ColumnEntry { offset, value } = *entries.add(entry);
                add_scaled::<V, NV>(&mut w, value, deltas.add(offset as usize));
            }
            store_row::<V, NV>(&w, row);
        }
    }
}
