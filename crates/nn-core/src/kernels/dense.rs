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

use super::prefetch;
use super::vector::Vector;
use crate::matrix::LINE_BYTES;

/// Inner steps between two visits to a tile of c: a panel of b this deep and a tile wide
/// stays in the first-level cache (128 × 48 × 4 bytes = 24 KB).
const DEPTH: usize = 128;
/// Rows whose elements of a, for so many inner steps, stay in the second-level cache while
/// every panel of b meets them (256 × 128 × 4 bytes = 128 KB).
const ROWS: usize = 256;
/// Elements of all three matrices from which on they don't stay in the first caches between two
/// products, so that it pays to ask for what comes next (128 KB). Smaller products take the
/// loops without blocks and looks ahead, which cost 784-30-10 a fifteenth of its time.
const ASK_FROM: usize = 1 << 15;
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

impl<T> Strided<T> {
    /// The part of the matrix from element (row, col) on.
    ///
    /// # Safety
    ///
    /// The element lies within the matrix.
    #[inline(always)]
    unsafe fn starting_at(self, row: usize, col: usize) -> Self {
        // SAFETY: by the caller.
        let ptr = unsafe { self.ptr.add(row * self.row_stride + col * self.col_stride) };
        Self { ptr, ..self }
    }
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
    let (b, c) = ((b, b_stride), (c, c_stride));
    // SAFETY: the caller's guarantees are passed on.
    unsafe {
        if rows * inner + inner * cols + rows * cols < ASK_FROM {
            walk::<V, false>((rows, inner, cols), a, b, c, pack);
        } else {
            walk::<V, true>((rows, inner, cols), a, b, c, pack);
        }
    }
}

/// The panels of a product, block by block. b and c are given with their strides. If it `ASKS`,
/// it asks for what comes next.
///
/// # Safety
///
/// As [`multiply_add`].
#[inline(always)]
unsafe fn walk<V: Vector, const ASKS: bool>(
    (rows, inner, cols): (usize, usize, usize),
    a: Strided<V::Elem>,
    b: (*const V::Elem, usize),
    c: (*mut V::Elem, usize),
    pack: &mut [V::Elem],
) {
    let width = V::TILE.1 * V::LANES;
    assert!(pack.len() >= DEPTH * width, "scratch space for a panel");
    let block = if ASKS { ROWS } else { rows };
    let mut k = 0;
    while k < inner {
        let depth = DEPTH.min(inner - k);
        let mut row = 0;
        while row < rows {
            let rows = block.min(rows - row);
            let mut col = 0;
            while col < cols {
                let tile = width.min(cols - col);
                // SAFETY: the panel lies within b, the block of rows within a and c, by the
                // caller's bounds. The next panel is not touched.
                unsafe {
                    let a = a.starting_at(row, k);
                    let b = (b.0.add(k * b.1 + col), b.1);
                    let c = (c.0.add(row * c.1 + col), c.1);
                    let next = (b.0.wrapping_add(tile), b.1);
                    if rows < PACK_FROM_ROWS {
                        panel::<V, ASKS>(rows, depth, tile, a, b, next, c);
                    } else {
                        pack_panel::<V>(depth, tile, b, pack.as_mut_ptr());
                        panel::<V, ASKS>(rows, depth, tile, a, (pack.as_ptr(), tile), next, c);
                    }
                }
                col += tile;
            }
            row += rows;
        }
        k += depth;
    }
}

/// Copies a panel of b, `depth` rows of `width` elements, so that its rows follow each other.
///
/// # Safety
///
/// The CPU has the instructions of `V`; the panel is readable, and there is room for it at `to`.
#[inline(always)]
unsafe fn pack_panel<V: Vector>(
    depth: usize,
    width: usize,
    (b, b_stride): (*const V::Elem, usize),
    to: *mut V::Elem,
) {
    for i in 0..depth {
        let mut j = 0;
        while j < width {
            // SAFETY: by the caller.
            unsafe { V::load(b.add(i * b_stride + j)).store(to.add(i * width + j)) };
            j += V::LANES;
        }
    }
}

/// The scratch space [`multiply_add`] needs, in elements, for any instruction set.
pub(crate) const PACK_LEN: usize = DEPTH * 48;

/// All row tiles of one panel of at most `V::TILE.1` vectors of columns. b and c are given with
/// their strides; `next` is the panel of b that comes after this one, asked for if it `ASKS`.
///
/// # Safety
///
/// As [`multiply_add`].
#[inline(always)]
unsafe fn panel<V: Vector, const ASKS: bool>(
    rows: usize,
    depth: usize,
    width: usize,
    a: Strided<V::Elem>,
    b: (*const V::Elem, usize),
    next: (*const V::Elem, usize),
    c: (*mut V::Elem, usize),
) {
    let vectors = width / V::LANES;
    let mut row = 0;
    while row < rows {
        let tile = V::TILE.0.min(rows - row);
        if ASKS {
            for k in depth * row / rows..depth * (row + tile) / rows {
                let row = next.0.wrapping_add(k * next.1);
                prefetch::lines_for_later(row.cast(), width * size_of::<V::Elem>());
            }
        }
        // SAFETY: the tile lies within the caller's bounds.
        unsafe {
            let a = a.starting_at(row, 0);
            let c = (c.0.add(row * c.1), c.1);
            // Constants turn the tile into registers.
            macro_rules! dispatch {
                ($($m:literal)*; $($n:literal)*) => { dispatch!(@ [$($m)*] $($n)*) };
                (@ $ms:tt $($n:literal)*) => { match vectors { $($n => dispatch!(@@ $n $ms),)* _ => unreachable!("a panel is at most 3 vectors wide") } };
                (@@ $n:literal [$($m:literal)*]) => { match tile {
                    $($m if $m <= V::TILE.0 && $n <= V::TILE.1 => {
                        tile_kernel::<V, $m, $n, ASKS>(depth, a, b, c);
                    })*
                    _ => unreachable!("a tile is at most V::TILE"),
                } };
            }
            dispatch!(1 2 3 4 5 6 7 8; 1 2 3);
        }
        row += tile;
    }
}

/// One tile: M rows by N vectors, all accumulators in registers. If it `ASKS`, the
/// elements of a and c that the M rows below need are asked for while it is computed.
///
/// # Safety
///
/// As [`multiply_add`].
#[inline(always)]
unsafe fn tile_kernel<V: Vector, const M: usize, const N: usize, const ASKS: bool>(
    depth: usize,
    a: Strided<V::Elem>,
    (b, b_stride): (*const V::Elem, usize),
    (c, c_stride): (*mut V::Elem, usize),
) {
    // Inner steps between two looks ahead: as many as one line of a row of a holds.
    let line = LINE_BYTES / size_of::<V::Elem>();
    let stretch = if ASKS { line } else { depth };
    let looks = depth.div_ceil(stretch);
    let next_a = a.ptr.wrapping_add(M * a.row_stride);
    let next_c = c.cast_const().wrapping_add(M * c_stride);
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
        for look in 0..looks {
            let ks = look * stretch..depth.min((look + 1) * stretch);
            if ASKS {
                let next_a = next_a.wrapping_add(ks.start * a.col_stride);
                if a.col_stride == 1 {
                    for i in 0..M {
                        prefetch::line(next_a.wrapping_add(i * a.row_stride));
                    }
                } else {
                    for k in 0..line {
                        prefetch::line(next_a.wrapping_add(k * a.col_stride));
                    }
                }
                let mut i = look;
                while i < M {
                    for j in 0..N {
                        prefetch::line(next_c.wrapping_add(i * c_stride + j * V::LANES));
                    }
                    i += looks;
                }
            }
            for k in ks {
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
        }
        for i in 0..M {
            for j in 0..N {
                sums[i][j].store(c.add(i * c_stride + j * V::LANES));
            }
        }
    }
}
