//! The first layer on inputs that are mostly zero.
//!
//! Weights are input-major, so a lit pixel of value x adds x · (row of its weights) to z,
//! and a dark pixel does nothing: 81 % of an MNIST image costs no arithmetic at all. Sums
//! run in ascending order of pixel in the forward pass and in order of sample in the
//! update, which is the order of the dense product, so the two give the same bits.

use super::vector::Vector;

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
/// Entry e of weight row p, for e in `starts[p].0..starts[p].1`, is the value `values[e]` of
/// the sample whose δ row begins at element `offsets[e]`.
#[derive(Clone, Copy)]
pub(crate) struct SparseColumns<'a, T> {
    pub(crate) ranges: &'a [(u32, u32)],
    pub(crate) offsets: &'a [u32],
    pub(crate) values: &'a [T],
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
        let bias: [V; NV] = std::array::from_fn(|i| V::load(biases.add(i * V::LANES)));
        let step = |z: &mut [V; NV], entry: usize| {
            let row = weights.add(*offsets.add(entry) as usize);
            let x = V::splat(*values.add(entry));
            for (i, z) in z.iter_mut().enumerate() {
                *z = x.mul_add(V::load(row.add(i * V::LANES)), *z);
            }
        };
        let finish = |mut z: [V; NV], s: usize, from: usize| {
            for entry in from..*starts.add(s + 1) as usize {
                step(&mut z, entry);
            }
            for (i, z) in z.iter().enumerate() {
                z.store(out.add(s * out_stride + i * V::LANES));
            }
        };
        let mut s = 0;
        while s + S <= samples {
            let first: [usize; S] = std::array::from_fn(|k| *starts.add(s + k) as usize);
            let lengths: [usize; S] =
                std::array::from_fn(|k| *starts.add(s + k + 1) as usize - first[k]);
            let together = if S == 1 { 0 } else { lengths.into_iter().min().unwrap_or(0) };
            let mut z = [bias; S];
            for i in 0..together {
                for k in 0..S {
                    step(&mut z[k], first[k] + i);
                }
            }
            for k in 0..S {
                finish(z[k], s + k, first[k] + together);
            }
            s += S;
        }
        while s < samples {
            finish(bias, s, *starts.add(s) as usize);
            s += 1;
        }
    }
}

/// w[p, ..] += x[s, p] · δ[s, ..], sample by sample, for `V::LANES × NV` columns.
///
/// For small batches: the touched weight rows stay in the first-level cache between
/// samples, and nothing has to be sorted.
///
/// # Safety
///
/// As [`forward`], with `deltas` readable and `weights` writable.
#[inline(always)]
pub(super) unsafe fn update_by_sample<V: Vector, const NV: usize>(
    batch: SparseBatch<'_, V::Elem>,
    weights: *mut V::Elem,
    deltas: *const V::Elem,
    delta_stride: usize,
) {
    let samples = batch.starts.len() - 1;
    let starts = batch.starts.as_ptr();
    let (offsets, values) = (batch.offsets.as_ptr(), batch.values.as_ptr());
    // SAFETY: all accesses are within the bounds the caller guarantees.
    unsafe {
        for s in 0..samples {
            let row = deltas.add(s * delta_stride);
            let delta: [V; NV] = std::array::from_fn(|i| V::load(row.add(i * V::LANES)));
            for entry in *starts.add(s) as usize..*starts.add(s + 1) as usize {
                let w = weights.add(*offsets.add(entry) as usize);
                let x = V::splat(*values.add(entry));
                for (i, delta) in delta.iter().enumerate() {
                    let w = w.add(i * V::LANES);
                    x.mul_add(*delta, V::load(w)).store(w);
                }
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
/// columns; row p of the weights begins at element `p * weight_stride`, and every offset of
/// `columns` leaves room in the deltas. The ranges lie within the entries.
#[inline(always)]
pub(super) unsafe fn update_by_row<V: Vector, const NV: usize>(
    columns: SparseColumns<'_, V::Elem>,
    weights: *mut V::Elem,
    weight_stride: usize,
    deltas: *const V::Elem,
) {
    let (offsets, values) = (columns.offsets.as_ptr(), columns.values.as_ptr());
    // SAFETY: all accesses are within the bounds the caller guarantees.
    unsafe {
        for (p, &(start, end)) in columns.ranges.iter().enumerate() {
            if start == end {
                continue;
            }
            let row = weights.add(p * weight_stride);
            let mut w: [V; NV] = std::array::from_fn(|i| V::load(row.add(i * V::LANES)));
            for entry in start as usize..end as usize {
                let delta = deltas.add(*offsets.add(entry) as usize);
                let x = V::splat(*values.add(entry));
                for (i, w) in w.iter_mut().enumerate() {
                    *w = x.mul_add(V::load(delta.add(i * V::LANES)), *w);
                }
            }
            for (i, w) in w.iter().enumerate() {
                w.store(row.add(i * V::LANES));
            }
        }
    }
}
