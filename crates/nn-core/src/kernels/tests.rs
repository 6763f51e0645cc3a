//! Every kernel of every instruction set against nested loops, to the last bit, for every
//! number of rows, vectors and remainders its blocking knows.

use ndarray_rand::rand::Rng;

use super::dense::{PACK_LEN, Strided};
use super::sparse::{ColumnEntry, SparseBatch, SparseColumns};
use super::table::{InstructionSet, KernelScalar, Kernels};
use crate::{Activation, Matrix, rng};

/// Each instruction set's kernels, and whether they round a product and its sum once.
fn sets() -> impl Iterator<Item = (&'static Kernels<f32>, bool)> {
    InstructionSet::available().into_iter().map(|set| {
        let fused = set != InstructionSet::Portable
            || cfg!(any(target_feature = "fma", target_arch = "aarch64"));
        (f32::kernels_for(set).unwrap(), fused)
    })
}

fn multiply_add(fused: bool, x: f32, y: f32, sum: f32) -> f32 {
    if fused { x.mul_add(y, sum) } else { x * y + sum }
}

fn random(rows: usize, cols: usize, stream: u64) -> Matrix<f32> {
    let mut rng = rng::stream(3, "kernel test", stream);
    let mut matrix = Matrix::zeros(rows, cols);
    for x in matrix.padded_mut() {
        *x = rng.random_range(-1.0..1.0);
    }
    matrix
}

/// A sparse batch in both forms: entries are (sample, weight row, value).
struct Sparse {
    entries: Vec<Vec<(usize, f32)>>,
    starts: Vec<u32>,
    offsets: Vec<u32>,
    values: Vec<f32>,
    ranges: Vec<(u32, u32, u32)>,
    column_entries: Vec<ColumnEntry<f32>>,
}

impl Sparse {
    /// Samples of 0 to `rows` lit features, for weight rows and δ rows this far apart.
    fn new(samples: usize, rows: usize, weight_stride: usize, delta_stride: usize) -> Self {
        let mut rng = rng::stream(3, "kernel test batch", samples as u64);
        let entries: Vec<Vec<(usize, f32)>> = (0..samples)
            .map(|_| {
                let density = rng.random_range(0.0..1.0);
                let lit: Vec<usize> = (0..rows).filter(|_| rng.random_bool(density)).collect();
                lit.into_iter().map(|p| (p, rng.random())).collect()
            })
            .collect();
        let mut sparse = Self {
            starts: vec![0],
            offsets: Vec::new(),
            values: Vec::new(),
            ranges: Vec::new(),
            column_entries: Vec::new(),
            entries,
        };
        for sample in &sparse.entries {
            sparse.offsets.extend(sample.iter().map(|(p, _)| (p * weight_stride) as u32));
            sparse.values.extend(sample.iter().map(|(_, x)| x));
            sparse.starts.push(sparse.offsets.len() as u32);
        }
        for p in 0..rows {
            let start = sparse.column_entries.len() as u32;
            for (s, sample) in sparse.entries.iter().enumerate() {
                for (_, x) in sample.iter().filter(|(q, _)| *q == p) {
                    let offset = (s * delta_stride) as u32;
                    sparse.column_entries.push(ColumnEntry { offset, value: *x });
                }
            }
            let end = sparse.column_entries.len() as u32;
            if start < end {
                sparse.ranges.push(((p * weight_stride) as u32, start, end));
            }
        }
        sparse
    }

    fn batch(&self) -> SparseBatch<'_, f32> {
        SparseBatch { starts: &self.starts, offsets: &self.offsets, values: &self.values }
    }

    fn columns(&self) -> SparseColumns<'_, f32> {
        SparseColumns { ranges: &self.ranges, entries: &self.column_entries }
    }
}

#[test]
fn sparse_forward_is_the_nested_loop() {
    let rows = 37;
    for lines in (1..=20).chain([33]) {
        let cols = 16 * lines;
        let (weights, biases) = (random(rows, cols, 0), random(1, cols, 1));
        for samples in 1..=9 {
            let sparse = Sparse::new(samples, rows, weights.stride(), 0);
            for (k, fused) in sets() {
                let mut expected = Matrix::zeros(samples, cols);
                for (s, sample) in sparse.entries.iter().enumerate() {
                    for j in 0..cols {
                        expected.row_mut(s)[j] =
                            sample.iter().fold(biases.row(0)[j], |z, &(p, x)| {
                                multiply_add(fused, x, weights.row(p)[j], z)
                            });
                    }
                }
                let mut found = Matrix::zeros(samples, cols);
                let stride = found.stride();
                let (w, b) = (weights.padded().as_ptr(), biases.padded().as_ptr());
                // SAFETY: shapes as made above.
                unsafe {
                    let z = found.padded_mut().as_mut_ptr();
                    (k.sparse_forward)(sparse.batch(), w, b, z, stride, cols);
                }
                assert_eq!(found, expected, "{:?}, {samples} × {cols}", k.set);
                for block_rows in [1, 5, 64] {
                    let mut found = Matrix::zeros(samples, cols);
                    let block = block_rows * weights.stride();
                    let len = weights.padded().len();
                    // SAFETY: shapes as made above.
                    unsafe {
                        let z = found.padded_mut().as_mut_ptr();
                        (k.sparse_forward_in_blocks)(
                            sparse.batch(),
                            w,
                            len,
                            block,
                            b,
                            z,
                            stride,
                            &mut [0; 9],
                            cols,
                        );
                    }
                    assert_eq!(found, expected, "{:?}, {samples} × {cols} in blocks", k.set);
                }
            }
        }
    }
}

#[test]
fn sparse_updates_are_the_nested_loop() {
    let rows = 37;
    for lines in (1..=10).chain([33]) {
        let cols = 16 * lines;
        let weights = random(rows, cols, 0);
        for samples in 1..=9 {
            let deltas = random(samples, cols, 2);
            let sparse = Sparse::new(samples, rows, weights.stride(), deltas.stride());
            for (k, fused) in sets() {
                let mut expected = weights.clone();
                for (s, sample) in sparse.entries.iter().enumerate() {
                    for &(p, x) in sample {
                        for j in 0..cols {
                            let w = &mut expected.row_mut(p)[j];
                            *w = multiply_add(fused, x, deltas.row(s)[j], *w);
                        }
                    }
                }
                let d = deltas.padded().as_ptr();
                let mut found = weights.clone();
                // SAFETY: shapes as made above.
                unsafe {
                    let w = found.padded_mut().as_mut_ptr();
                    (k.sparse_update_by_row)(sparse.columns(), w, d, cols);
                }
                assert_eq!(found, expected, "{:?}, {samples} × {cols} by row", k.set);
                for block_rows in [1, 5, 64] {
                    let mut found = weights.clone();
                    let (len, block) = (found.padded().len(), block_rows * found.stride());
                    // SAFETY: shapes as made above.
                    unsafe {
                        let w = found.padded_mut().as_mut_ptr();
                        (k.sparse_update_by_sample)(
                            sparse.batch(),
                            w,
                            len,
                            block,
                            d,
                            deltas.stride(),
                            &mut [0; 9],
                            cols,
                        );
                    }
                    assert_eq!(found, expected, "{:?}, {samples} × {cols} by sample", k.set);
                }
            }
        }
    }
}

#[test]
fn products_are_the_nested_loop() {
    // Rows around the heights of tiles, of packing and of blocks, depths around the panel's, columns
    // around the widths of tiles; the left operand as it is and transposed.
    let mut pack = random(1, PACK_LEN, 9);
    for rows in (1..=17).chain([23, 24, 25, 41, 256, 261]) {
        for (inner, lines) in [(1, 1), (7, 2), (127, 3), (128, 4), (129, 5), (300, 7)] {
            let cols = 16 * lines;
            let (a, b, c) = (random(rows, inner, 0), random(inner, cols, 1), random(rows, cols, 2));
            let mut a_transposed = Matrix::zeros(inner, rows);
            a_transposed.view_mut().assign(&a.view().t());
            for (k, fused) in sets() {
                let mut expected = c.clone();
                for i in 0..rows {
                    for j in 0..cols {
                        let sum = &mut expected.row_mut(i)[j];
                        for n in 0..inner {
                            *sum = multiply_add(fused, a.row(i)[n], b.row(n)[j], *sum);
                        }
                    }
                }
                let plain =
                    Strided { ptr: a.padded().as_ptr(), row_stride: a.stride(), col_stride: 1 };
                let transposed = Strided {
                    ptr: a_transposed.padded().as_ptr(),
                    row_stride: 1,
                    col_stride: a_transposed.stride(),
                };
                for operand in [plain, transposed] {
                    let mut found = c.clone();
                    let stride = found.stride();
                    let b_ptr = b.padded().as_ptr();
                    // SAFETY: shapes as made above.
                    unsafe {
                        let c = found.padded_mut().as_mut_ptr();
                        (k.multiply_add)(
                            rows,
                            inner,
                            cols,
                            operand,
                            b_ptr,
                            b.stride(),
                            c,
                            stride,
                            pack.padded_mut(),
                        );
                    }
                    assert_eq!(found, expected, "{:?}, {rows} × {inner} × {cols}", k.set);
                }
            }
        }
    }
}

#[test]
fn activations_are_the_scalar_ones_for_every_length() {
    for (k, _) in sets() {
        for cols in 1..=40 {
            let z = random(3, cols, 5);
            for activation in Activation::ALL {
                if activation == Activation::Softmax {
                    continue;
                }
                let mut a = z.clone();
                let stride = a.stride();
                // SAFETY: three rows of `cols` elements.
                unsafe {
                    let a = a.padded_mut().as_mut_ptr();
                    (k.activate)(&activation, a, 3, cols, stride);
                }
                let mut delta = Matrix::zeros(3, cols);
                delta.view_mut().fill(2.0);
                // SAFETY: three rows of `cols` elements each.
                unsafe {
                    let delta = (delta.padded_mut().as_mut_ptr(), stride);
                    let (a, z) = (a.padded().as_ptr(), z.padded().as_ptr());
                    (k.derive)(&activation, delta, (a, stride), (z, stride), 3, cols);
                }
                for i in 0..3 {
                    for j in 0..cols {
                        let expected = activation.value(z.row(i)[j]);
                        let close =
                            (a.row(i)[j] - expected).abs() <= 3e-7 * expected.abs().max(0.1);
                        assert!(close, "{:?} {activation}: {} {expected}", k.set, a.row(i)[j]);
                        let expected = 2.0 * activation.derivative(z.row(i)[j], expected);
                        assert!(
                            (delta.row(i)[j] - expected).abs() <= 3e-6,
                            "{:?} {activation}",
                            k.set
                        );
                    }
                    let padding = a.padded()[i * stride + cols..(i + 1) * stride].iter();
                    let before = &z.padded()[i * stride + cols..(i + 1) * stride];
                    assert!(padding.eq(before), "what follows a row stays as it is");
                }
            }
            let mut a = z.row(0).to_vec();
            // SAFETY: the kernels are for this CPU.
            unsafe { (k.softmax)(&mut a) };
            let rows = ndarray::ArrayView2::from_shape((1, cols), z.row(0)).unwrap();
            let expected = Activation::Softmax.apply(rows);
            assert!(a.iter().zip(&expected).all(|(a, e)| (a - e).abs() < 1e-6), "{:?}", k.set);
        }
    }
}

#[test]
fn negligible_errors_become_zero_and_nothing_else_does() {
    let keep = [1e-30, -1e-30, 1.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
    let drop = [7e-31, -7e-31, f32::MIN_POSITIVE, 1e-45, -1e-45, 0.0];
    for (k, _) in sets() {
        for (numbers, stay) in [(keep, true), (drop, false)] {
            let mut delta = random(3, 16, 0);
            let before = delta.clone();
            delta.row_mut(1)[..6].copy_from_slice(&numbers);
            let stride = delta.stride();
            // SAFETY: the matrix has three rows of sixteen elements.
            unsafe { (k.flush)(delta.padded_mut().as_mut_ptr(), 3, 16, stride) };
            for (&x, &y) in numbers.iter().zip(delta.row(1)) {
                let expected = if stay { x } else { 0.0 };
                assert_eq!(y.to_bits(), expected.to_bits(), "{x:e}");
            }
            assert_eq!((delta.row(0), delta.row(2)), (before.row(0), before.row(2)));
            assert_eq!(delta.row(1)[6..], before.row(1)[6..]);
        }
    }
}
