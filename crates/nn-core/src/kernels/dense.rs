//! Matrix products: c += a b, register-blocked.
//!
//! One kernel serves all three products of a layer, because `a` may have any strides and
//! only `b` and `c` need contiguous rows:
//!
//! | product | c | a | b |
//! |---|---|---|---|
//! | forward, z = a w + b | z, m × n_l | activations, m × n_(l−1) | w, n_(l−1) × n_l |
//! | back-propagation, (w δᵀ) | δᵀ below, n_(l−1) × m | w | δᵀ, n_l × m |
//! | update, w += aᵀ δ | w | activationsᵀ | δ, m × n_l |
//!
//! Each element of c is loaded, receives its products in ascending order of the inner
//! index, each rounded once where the instruction set can, and is stored. Blocking changes
//! neither order nor roundings, so a result does not depend on block sizes, on the number
//! of workers, or on which columns are computed together.

use super::vector::Vector;

/// Inner steps between two visits to a tile of c: a panel of b this deep and a tile wide
/// stays in the first-level cache (128 × 48 × 4 bytes = 24 KB).
const DEPTH: usize = 128;
/// With fewer rows than this, b is read where it is; packing it would cost more than it saves.
const PACK_FROM_ROWS: usize = 24;

/// A matrix of which the product reads single elements: element (i, k) is at
/// `i * row_stride + k * col_stride`.
#[derive(Clone, Copy)]
pub(crate) struct Strided<T> {
    pub(crate) ptr: *const T,
    pub(crate) row_stride: usize,
    pub(crate) col_stride: usize,
}

/// c[i, ..] += Σ_k a[i, k] · b[k, ..] for `rows` rows, `inner` steps and `cols` columns, a
/// multiple of `V::LANES`.
///
/// `pack` is scratch space of at least `DEPTH` × the tile's width.
///
/// # Safety
///
/// The CPU has the instructions of `V`. `a` is readable for rows × inner elements by its
/// strides; `b` for inner rows of `cols` elements, `b_stride` apart; `c` is writable for
/// `rows` rows of `cols` elements, `c_stride` apart, and overlaps neither.
#[inline(always)]
#[allow(clippy::too_many_arguments)] // Three operands with their strides are what it takes.
pub(super) unsafe fn multiply_add<V: Vector>(
    rows: usize,
    inner: usize,
    cols: usize,
    a: Strided<V::Elem>,
    b: *const V::Elem,
    b_stride: usize,
    c: *mut V::Elem,
    c_stride: usize,
    pack: &mut [V::Elem],
) {
    let width = V::TILE.1 * V::LANES;
    assert!(pack.len() >= DEPTH * width, "scratch space for a panel");
    let mut k = 0;
    while k < inner {
        let depth = DEPTH.min(inner - k);
        let mut col = 0;
        while col < cols {
            let tile = width.min(cols - col);
            // SAFETY: the panel lies within b, the tile within c, by the caller's bounds.
            unsafe {
                let a = Strided { ptr: a.ptr.add(k * a.col_stride), ..a };
                let b = b.add(k * b_stride + col);
                let c = c.add(col);
                if rows >= PACK_FROM_ROWS {
                    for i in 0..depth {
                        let (from, to) = (b.add(i * b_stride), pack.as_mut_ptr().add(i * tile));
                        let mut j = 0;
                        while j < tile {
                            V::load(from.add(j)).store(to.add(j));
                            j += V::LANES;
                        }
                    }
                    panel::<V>(rows, depth, tile, a, pack.as_ptr(), tile, c, c_stride);
                } else {
                    panel::<V>(rows, depth, tile, a, b, b_stride, c, c_stride);
                }
            }
            col += tile;
        }
        k += depth;
    }
}

/// The scratch space [`multiply_add`] needs, in elements, for any instruction set.
pub(crate) const PACK_LEN: usize = DEPTH * 48;

/// All row tiles of one panel of at most `V::TILE.1` vectors of columns.
///
/// # Safety
///
/// As [`multiply_add`].
#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn panel<V: Vector>(
    rows: usize,
    depth: usize,
    width: usize,
    a: Strided<V::Elem>,
    b: *const V::Elem,
    b_stride: usize,
    c: *mut V::Elem,
    c_stride: usize,
) {
    let vectors = width / V::LANES;
    let mut row = 0;
    while row < rows {
        let tile = V::TILE.0.min(rows - row);
        // SAFETY: the tile lies within the caller's bounds.
        unsafe {
            let a = Strided { ptr: a.ptr.add(row * a.row_stride), ..a };
            let c = c.add(row * c_stride);
            // Constants turn the tile into registers.
            macro_rules! dispatch {
                ($($m:literal)*; $($n:literal)*) => { dispatch!(@ [$($m)*] $($n)*) };
                (@ $ms:tt $($n:literal)*) => { match vectors { $($n => dispatch!(@@ $n $ms),)* _ => unreachable!("a panel is at most 3 vectors wide") } };
                (@@ $n:literal [$($m:literal)*]) => { match tile {
                    $($m if $m <= V::TILE.0 && $n <= V::TILE.1 => {
                        tile_kernel::<V, $m, $n>(depth, a, b, b_stride, c, c_stride);
                    })*
                    _ => unreachable!("a tile is at most V::TILE"),
                } };
            }
            dispatch!(1 2 3 4 5 6 7 8; 1 2 3);
        }
        row += tile;
    }
}

/// One tile: M rows by N vectors, all accumulators in registers.
///
/// # Safety
///
/// As [`multiply_add`].
#[inline(always)]
unsafe fn tile_kernel<V: Vector, const M: usize, const N: usize>(
    depth: usize,
    a: Strided<V::Elem>,
    b: *const V::Elem,
    b_stride: usize,
    c: *mut V::Elem,
    c_stride: usize,
) {
    // SAFETY: all accesses are within the caller's bounds.
    unsafe {
        // No closures here: they would be functions without the instruction set.
        let zero = V::splat(V::Elem::default());
        let mut sums = [[zero; N]; M];
        for i in 0..M {
            for j in 0..N {
                sums[i][j] = V::load(c.add(i * c_stride + j * V::LANES));
            }
        }
        for k in 0..depth {
            let mut row = [zero; N];
            for j in 0..N {
                row[j] = V::load(b.add(k * b_stride + j * V::LANES));
            }
            let column = a.ptr.add(k * a.col_stride);
            for i in 0..M {
                let x = V::splat(*column.add(i * a.row_stride));
                for j in 0..N {
                    sums[i][j] = x.mul_add(row[j], sums[i][j]);
                }
            }
        }
        for i in 0..M {
            for j in 0..N {
                sums[i][j].store(c.add(i * c_stride + j * V::LANES));
            }
        }
    }
}
