//! The kernels of each instruction set, and the choice among them.

use std::sync::OnceLock;

use super::dense::{self, Strided};
use super::elementwise;
use super::sparse::{self, SparseBatch, SparseColumns};
use super::vector::{Lanes, Vector};
use crate::{Activation, Error, Scalar};

/// A set of vector instructions there are kernels for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum InstructionSet {
    /// What every CPU of the target has.
    Portable,
    /// AVX2 and FMA: eight `f32` lanes.
    Avx2,
    /// AVX-512F: sixteen `f32` lanes.
    Avx512,
}

impl InstructionSet {
    /// The sets this CPU has, the fastest last.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut sets = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
                sets.push(Self::Avx2);
                if std::is_x86_feature_detected!("avx512f") {
                    sets.push(Self::Avx512);
                }
            }
        }
        sets
    }

    /// The name shown to people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "AVX2 + FMA",
            Self::Avx512 => "AVX-512",
        }
    }
}

/// The kernels of one instruction set for one number type.
///
/// `cols` counts elements and is a multiple of the elements of a cache line. The safety
/// conditions are those of the generic kernels of the same names.
#[allow(clippy::type_complexity)]
pub(crate) struct Kernels<T> {
    pub(crate) set: InstructionSet,
    /// [`sparse::scale_columns`]: columns, stride, offsets.
    pub(crate) scale_columns: unsafe fn(&[u16], u32, &mut [u32]),
    /// [`sparse::scale_bytes`]: bytes, scale, values.
    pub(crate) scale_bytes: unsafe fn(&[u8], T, &mut [T]),
    /// [`sparse::forward`]: batch, weights, biases, out, its stride, cols.
    pub(crate) sparse_forward:
        unsafe fn(SparseBatch<'_, T>, *const T, *const T, *mut T, usize, usize),
    /// [`sparse::forward_in_blocks`]: batch, weights, their length, block, biases, out, its
    /// stride, scratch, cols.
    pub(crate) sparse_forward_in_blocks: unsafe fn(
        SparseBatch<'_, T>,
        *const T,
        usize,
        usize,
        *const T,
        *mut T,
        usize,
        &mut [u32],
        usize,
    ),
    /// [`sparse::update_by_sample`]: batch, weights, their length, block, deltas, their stride,
    /// scratch, cols.
    pub(crate) sparse_update_by_sample:
        unsafe fn(SparseBatch<'_, T>, *mut T, usize, usize, *const T, usize, &mut [u32], usize),
    /// [`sparse::update_by_row`]: columns, weights, deltas, cols.
    pub(crate) sparse_update_by_row: unsafe fn(SparseColumns<'_, T>, *mut T, *const T, usize),
    /// [`dense::multiply_add`]: rows, inner, cols, a, b, its stride, c, its stride, scratch.
    pub(crate) multiply_add:
        unsafe fn(usize, usize, usize, Strided<T>, *const T, usize, *mut T, usize, &mut [T]),
    /// a = σ(z) in place, element by element: z, rows, cols, stride.
    pub(crate) activate: unsafe fn(&Activation, *mut T, usize, usize, usize),
    /// Softmax in place.
    pub(crate) softmax: unsafe fn(&mut [T]),
    /// δ ← δ ⊙ σ'(z): δ and its stride, a and its stride, z and its stride, rows, cols.
    pub(crate) derive:
        unsafe fn(&Activation, (*mut T, usize), (*const T, usize), (*const T, usize), usize, usize),
    /// δ ← 0 where it is negligible: δ, rows, cols, stride.
    pub(crate) flush: unsafe fn(*mut T, usize, usize, usize),
}

/// Number types there are kernels for.
pub trait KernelScalar: Sized + 'static {
    /// The kernels of an instruction set, if there are any for this type and this CPU.
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn kernels_for(set: InstructionSet) -> Option<&'static Kernels<Self>>;

    /// The fastest kernels of this CPU.
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn kernels() -> &'static Kernels<Self>;
}

/// The kernels of `set`.
///
/// # Errors
///
/// [`Error::UnknownName`] if this CPU or number type has none.
pub(crate) fn kernels_of<T: Scalar>(set: InstructionSet) -> Result<&'static Kernels<T>, Error> {
    T::kernels_for(set).ok_or_else(|| Error::UnknownName {
        kind: "instruction set on this machine",
        found: set.name().to_owned(),
        expected: InstructionSet::available()
            .into_iter()
            .filter(|&set| T::kernels_for(set).is_some())
            .map(InstructionSet::name)
            .collect::<Vec<_>>()
            .join(", "),
    })
}

/// Calls a kernel on chunks of at most eight vectors, as even as they can be.
///
/// The number of vectors must be a constant for them to live in registers.
macro_rules! in_chunks {
    ($V:ty, $cols:expr, |$at:ident, $nv:ident| $call:expr) => {{
        let vectors = $cols / <$V>::LANES;
        let chunks = vectors.div_ceil(8);
        let mut first = 0;
        for chunk in 0..chunks {
            let size = (vectors - first).div_ceil(chunks - chunk);
            let $at = first * <$V>::LANES;
            macro_rules! of {
                ($n:literal) => {{
                    const $nv: usize = $n;
                    $call
                }};
            }
            match size {
                1 => of!(1),
                2 => of!(2),
                3 => of!(3),
                4 => of!(4),
                5 => of!(5),
                6 => of!(6),
                7 => of!(7),
                8 => of!(8),
                _ => unreachable!("a chunk is 1 to 8 vectors wide"),
            }
            first += size;
        }
    }};
}

/// How many samples the sparse forward pass takes at a time: short sums of few vectors
/// would otherwise wait for the latency of one addition after the other.
const fn interleave(vectors: usize) -> usize {
    match vectors {
        1 => 4,
        2 => 2,
        _ => 1,
    }
}

/// A table of kernels for the vector type `$V`, compiled with the features `$feature`.
macro_rules! table {
    ($name:ident, $T:ty, $V:ty, $set:expr, [$($feature:meta),*], $activate:path, $softmax:path, $derive:path, $flush:path) => {
        static $name: Kernels<$T> = {
            type T = $T;
            type V = $V;

            /// # Safety: the CPU has the instructions.
            $(#[$feature])*
            unsafe fn scale_columns(columns: &[u16], stride: u32, offsets: &mut [u32]) {
                sparse::scale_columns(columns, stride, offsets);
            }

            /// # Safety: the CPU has the instructions.
            $(#[$feature])*
            unsafe fn scale_bytes(bytes: &[u8], scale: T, values: &mut [T]) {
                sparse::scale_bytes(bytes, scale, values);
            }

            /// # Safety: as [`sparse::forward`].
            $(#[$feature])*
            unsafe fn sparse_forward(
                batch: SparseBatch<'_, T>, weights: *const T, biases: *const T, out: *mut T,
                out_stride: usize, cols: usize,
            ) {
                in_chunks!(V, cols, |at, NV| {
                    const S: usize = interleave(NV);
                    // SAFETY: the chunk lies within the columns the caller vouches for.
                    unsafe {
                        sparse::forward::<V, NV, S>(
                            batch, weights.add(at), biases.add(at), out.add(at), out_stride,
                        );
                    }
                });
            }

            /// # Safety: as [`sparse::forward_in_blocks`].
            $(#[$feature])*
            #[allow(clippy::too_many_arguments)]
            unsafe fn sparse_forward_in_blocks(
                batch: SparseBatch<'_, T>, weights: *const T, weights_len: usize, block: usize,
                biases: *const T, out: *mut T, out_stride: usize, cursors: &mut [u32],
                cols: usize,
            ) {
                in_chunks!(V, cols, |at, NV| {
                    // SAFETY: the chunk lies within the columns the caller vouches for.
                    unsafe {
                        sparse::forward_in_blocks::<V, NV>(
                            batch, weights.add(at), weights_len, block, biases.add(at),
                            out.add(at), out_stride, cursors,
                        );
                    }
                });
            }

            /// # Safety: as [`sparse::update_by_sample`].
            $(#[$feature])*
            #[allow(clippy::too_many_arguments)]
            unsafe fn sparse_update_by_sample(
                batch: SparseBatch<'_, T>, weights: *mut T, weights_len: usize, block: usize,
                deltas: *const T, stride: usize, cursors: &mut [u32], cols: usize,
            ) {
                in_chunks!(V, cols, |at, NV| {
                    // SAFETY: the chunk lies within the columns the caller vouches for.
                    unsafe {
                        sparse::update_by_sample::<V, NV>(
                            batch, weights.add(at), weights_len, block, deltas.add(at), stride,
                            cursors,
                        );
                    }
                });
            }

            /// # Safety: as [`sparse::update_by_row`].
            $(#[$feature])*
            unsafe fn sparse_update_by_row(
                columns: SparseColumns<'_, T>, weights: *mut T, deltas: *const T, cols: usize,
            ) {
                in_chunks!(V, cols, |at, NV| {
                    // SAFETY: the chunk lies within the columns the caller vouches for.
                    unsafe {
                        sparse::update_by_row::<V, NV>(columns, weights.add(at), deltas.add(at));
                    }
                });
            }

            /// # Safety: as [`dense::multiply_add`].
            $(#[$feature])*
            #[allow(clippy::too_many_arguments)]
            unsafe fn multiply_add(
                rows: usize, inner: usize, cols: usize, a: Strided<T>, b: *const T,
                b_stride: usize, c: *mut T, c_stride: usize, pack: &mut [T],
            ) {
                // SAFETY: the caller's guarantees are passed on.
                unsafe {
                    dense::multiply_add::<V>(
                        rows, inner, cols, a, b, b_stride, c, c_stride, pack,
                    );
                }
            }

            /// # Safety: the CPU has the instructions; `rows` rows of `cols` elements, `stride`
            /// apart, belong to the caller.
            $(#[$feature])*
            unsafe fn activate(
                activation: &Activation, z: *mut T, rows: usize, cols: usize, stride: usize,
            ) {
                for row in 0..rows {
                    // SAFETY: the caller's guarantees are passed on.
                    unsafe {
                        let z = std::slice::from_raw_parts_mut(z.add(row * stride), cols);
                        $activate(activation, z);
                    }
                }
            }

            /// # Safety: the CPU has the instructions.
            $(#[$feature])*
            unsafe fn softmax(z: &mut [T]) {
                // SAFETY: the caller's guarantees are passed on.
                unsafe { $softmax(z) }
            }

            /// # Safety: the CPU has the instructions; the rows of `delta` belong to the caller
            /// and nobody writes those of `a` and `z`.
            $(#[$feature])*
            unsafe fn derive(
                activation: &Activation, delta: (*mut T, usize), a: (*const T, usize),
                z: (*const T, usize), rows: usize, cols: usize,
            ) {
                for row in 0..rows {
                    // SAFETY: the caller's guarantees are passed on.
                    unsafe {
                        let delta = std::slice::from_raw_parts_mut(delta.0.add(row * delta.1), cols);
                        let a = std::slice::from_raw_parts(a.0.add(row * a.1), cols);
                        let z = std::slice::from_raw_parts(z.0.add(row * z.1), cols);
                        $derive(activation, delta, a, z);
                    }
                }
            }

            /// # Safety: the CPU has the instructions; `rows` rows of `cols` elements, `stride`
            /// apart, belong to the caller.
            $(#[$feature])*
            unsafe fn flush(delta: *mut T, rows: usize, cols: usize, stride: usize) {
                for row in 0..rows {
                    // SAFETY: the caller's guarantees are passed on.
                    unsafe {
                        $flush(std::slice::from_raw_parts_mut(delta.add(row * stride), cols));
                    }
                }
            }

            Kernels {
                set: $set,
                scale_columns,
                scale_bytes,
                sparse_forward,
                sparse_forward_in_blocks,
                sparse_update_by_sample,
                sparse_update_by_row,
                multiply_add,
                activate,
                softmax,
                derive,
                flush,
            }
        };
    };
}

type PortableF32 = Lanes<f32, 8>;
type PortableF64 = Lanes<f64, 4>;

/// [`elementwise::activate_scalar`], in the table's form.
///
/// # Safety
///
/// None is needed.
unsafe fn activate_f64(activation: &Activation, z: &mut [f64]) {
    elementwise::activate_scalar(activation, z);
}

/// [`elementwise::softmax_scalar`], in the table's form.
///
/// # Safety
///
/// None is needed.
unsafe fn softmax_f64(z: &mut [f64]) {
    elementwise::softmax_scalar(z);
}

/// [`elementwise::derive_scalar`], in the table's form.
///
/// # Safety
///
/// None is needed.
unsafe fn derive_f64(activation: &Activation, delta: &mut [f64], a: &[f64], z: &[f64]) {
    elementwise::derive_scalar(activation, delta, a, z);
}

/// [`elementwise::flush_scalar`], in the table's form.
///
/// # Safety
///
/// None is needed.
unsafe fn flush_f64(delta: &mut [f64]) {
    elementwise::flush_scalar(delta);
}

table!(
    PORTABLE_F32,
    f32,
    PortableF32,
    InstructionSet::Portable,
    [],
    elementwise::activate::<V>,
    elementwise::softmax::<V>,
    elementwise::derive::<V>,
    elementwise::flush::<V>
);
table!(
    PORTABLE_F64,
    f64,
    PortableF64,
    InstructionSet::Portable,
    [],
    activate_f64,
    softmax_f64,
    derive_f64,
    flush_f64
);
#[cfg(target_arch = "x86_64")]
table!(
    AVX2_F32,
    f32,
    super::vector::x86::Avx2,
    InstructionSet::Avx2,
    [target_feature(enable = "avx2,fma")],
    elementwise::activate::<V>,
    elementwise::softmax::<V>,
    elementwise::derive::<V>,
    elementwise::flush::<V>
);
#[cfg(target_arch = "x86_64")]
table!(
    AVX512_F32,
    f32,
    super::vector::x86::Avx512,
    InstructionSet::Avx512,
    [target_feature(enable = "avx512f,avx2,fma")],
    elementwise::activate::<V>,
    elementwise::softmax::<V>,
    elementwise::derive::<V>,
    elementwise::flush::<V>
);

impl KernelScalar for f32 {
    #[allow(private_interfaces)]
    fn kernels_for(set: InstructionSet) -> Option<&'static Kernels<Self>> {
        if !InstructionSet::available().contains(&set) {
            return None;
        }
        match set {
            InstructionSet::Portable => Some(&PORTABLE_F32),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => Some(&AVX2_F32),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => Some(&AVX512_F32),
            #[cfg(not(target_arch = "x86_64"))]
            _ => None,
        }
    }

    #[allow(private_interfaces)]
    fn kernels() -> &'static Kernels<Self> {
        static FASTEST: OnceLock<&'static Kernels<f32>> = OnceLock::new();
        FASTEST.get_or_init(|| {
            let mut sets = InstructionSet::available().into_iter().rev();
            sets.find_map(Self::kernels_for).unwrap_or(&PORTABLE_F32)
        })
    }
}

impl KernelScalar for f64 {
    #[allow(private_interfaces)]
    fn kernels_for(set: InstructionSet) -> Option<&'static Kernels<Self>> {
        (set == InstructionSet::Portable).then_some(&PORTABLE_F64)
    }

    #[allow(private_interfaces)]
    fn kernels() -> &'static Kernels<Self> {
        &PORTABLE_F64
    }
}
