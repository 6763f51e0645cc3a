//! The one vector type the kernels are written against, and its implementations.
//!
//! A kernel is generic over [`Vector`] and marked `#[inline(always)]`; the dispatch table
//! wraps it once per instruction set in a `#[target_feature]` function, into which all of
//! it is inlined. Every operation acts on each lane by itself, so a result does not depend
//! on how many lanes there are. That is what makes AVX2 and AVX-512 agree to the last bit.

use crate::Scalar;

/// A register of floating-point lanes.
///
/// # Safety
///
/// All functions: the CPU must have the instructions the implementation is made of.
/// `load` and `store`: the pointer must be valid for `LANES` elements.
pub(super) trait Vector: Copy {
    /// The type of a lane.
    type Elem: Scalar;
    /// How many lanes there are.
    const LANES: usize;
    /// Rows and vectors of columns of the register tile of a matrix product: as many
    /// accumulators as leave registers for the operands.
    const TILE: (usize, usize);

    unsafe fn splat(x: Self::Elem) -> Self;
    unsafe fn load(from: *const Self::Elem) -> Self;
    unsafe fn store(self, to: *mut Self::Elem);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;
    /// self · factor + summand, rounded once where the instruction set can.
    unsafe fn mul_add(self, factor: Self, summand: Self) -> Self;
    /// The larger lane; `other` where either is NaN.
    unsafe fn max(self, other: Self) -> Self;
    /// The smaller lane; `other` where either is NaN.
    unsafe fn min(self, other: Self) -> Self;
    /// |lane|.
    unsafe fn abs(self) -> Self;
    /// The nearest integer, ties to even.
    unsafe fn round(self) -> Self;
    /// `yes` where self < bound, `no` elsewhere and where either is NaN.
    unsafe fn if_less(self, bound: Self, yes: Self, no: Self) -> Self;
}

/// What exponentials need beyond [`Vector`].
///
/// # Safety
///
/// As [`Vector`].
pub(super) trait ExpVector: Vector<Elem = f32> {
    /// 2^n for a whole number n from −126 to 127.
    unsafe fn exp2_whole(self) -> Self;
}

/// Lanes without instructions of their own, left to the compiler's vectoriser.
#[derive(Clone, Copy)]
pub(super) struct Lanes<T, const N: usize>([T; N]);

/// Evaluates an expression lane by lane.
macro_rules! lanewise {
    ($first:ident = $self:ident $(, $arg:ident = $other:ident)*; $e:expr) => {{
        let mut out = $self.0;
        for i in 0..N {
            let $first = $self.0[i];
            $(let $arg = $other.0[i];)*
            out[i] = $e;
        }
        Self(out)
    }};
}

impl<T: Scalar, const N: usize> Vector for Lanes<T, N> {
    type Elem = T;
    const LANES: usize = N;
    const TILE: (usize, usize) = (4, 1);

    #[inline(always)]
    unsafe fn splat(x: T) -> Self {
        Self([x; N])
    }
    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the caller gives a pointer valid for N elements.
        Self(unsafe { from.cast::<[T; N]>().read() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: the caller gives a pointer valid for N elements.
        unsafe { to.cast::<[T; N]>().write(self.0) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        lanewise!(a = self, b = other; a + b)
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        lanewise!(a = self, b = other; a - b)
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        lanewise!(a = self, b = other; a * b)
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        lanewise!(a = self, b = other; a / b)
    }
    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, summand: Self) -> Self {
        // Where the target has no fused instruction, `mul_add` is a call to a slow function.
        if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
            lanewise!(a = self, b = factor, c = summand; a.mul_add(b, c))
        } else {
            lanewise!(a = self, b = factor, c = summand; a * b + c)
        }
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        lanewise!(a = self, b = other; if a > b { a } else { b })
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        lanewise!(a = self, b = other; if a < b { a } else { b })
    }
    #[inline(always)]
    unsafe fn abs(self) -> Self {
        lanewise!(a = self; a.abs())
    }
    #[inline(always)]
    unsafe fn round(self) -> Self {
        // Adding and subtracting 1.5 · 2^(digits − 1) leaves no room for a fraction, and
        // rounds as the other instructions do. Good for the magnitudes exp needs.
        let big = T::from_f64(1.5) * (T::one() + T::one()) / T::epsilon() * T::from_f64(0.5);
        lanewise!(a = self; (a + big) - big)
    }
    #[inline(always)]
    unsafe fn if_less(self, bound: Self, yes: Self, no: Self) -> Self {
        lanewise!(a = self, b = bound, yes = yes, no = no; if a < b { yes } else { no })
    }
}

impl<const N: usize> ExpVector for Lanes<f32, N> {
    #[inline(always)]
    unsafe fn exp2_whole(self) -> Self {
        lanewise!(n = self; f32::from_bits(((n as i32).wrapping_add(127) as u32) << 23))
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) mod x86 {
    //! AVX2 with FMA, and AVX-512.

    use super::{ExpVector, Vector};
    #[allow(clippy::wildcard_imports)] // Intrinsics carry their module in their names.
    use std::arch::x86_64::*;

    /// Eight lanes of AVX2.
    #[derive(Clone, Copy)]
    pub(in crate::kernels) struct Avx2(__m256);

    /// Sixteen lanes of AVX-512.
    #[derive(Clone, Copy)]
    pub(in crate::kernels) struct Avx512(__m512);

    /// Functions of lanes, each an expression of intrinsics. No closures: they would be
    /// functions of their own, without the instruction set of their surroundings.
    // SAFETY: used inside implementations of `Vector` and `ExpVector`, whose contract the
    // functions have.
    macro_rules! intrinsics {
        ($(unsafe fn $name:ident($first:ident $(, $arg:ident)*) { $e:expr })*) => { $(
            #[inline(always)]
            unsafe fn $name(self $(, $arg: Self)*) -> Self {
                let $first = self.0;
                $(let $arg = $arg.0;)*
                // SAFETY: the caller guarantees the instruction set.
                Self(unsafe { $e })
            }
        )* };
    }

    impl Vector for Avx2 {
        type Elem = f32;
        const LANES: usize = 8;
        const TILE: (usize, usize) = (6, 2);

        #[inline(always)]
        unsafe fn splat(x: f32) -> Self {
            // SAFETY: the caller guarantees AVX2.
            Self(unsafe { _mm256_set1_ps(x) })
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller guarantees AVX2 and eight readable elements.
            Self(unsafe { _mm256_loadu_ps(from) })
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller guarantees AVX2 and eight writable elements.
            unsafe { _mm256_storeu_ps(to, self.0) }
        }
        intrinsics! {
            unsafe fn add(a, b) { _mm256_add_ps(a, b) }
            unsafe fn sub(a, b) { _mm256_sub_ps(a, b) }
            unsafe fn mul(a, b) { _mm256_mul_ps(a, b) }
            unsafe fn div(a, b) { _mm256_div_ps(a, b) }
            unsafe fn mul_add(a, b, c) { _mm256_fmadd_ps(a, b, c) }
            unsafe fn max(a, b) { _mm256_max_ps(a, b) }
            unsafe fn min(a, b) { _mm256_min_ps(a, b) }
            unsafe fn abs(a) { _mm256_andnot_ps(_mm256_set1_ps(-0.0), a) }
            unsafe fn round(a) { {
                _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a)
            } }
            unsafe fn if_less(a, bound, yes, no) { {
                _mm256_blendv_ps(no, yes, _mm256_cmp_ps::<_CMP_LT_OQ>(a, bound))
            } }
        }
    }

    impl ExpVector for Avx2 {
        intrinsics! {
            unsafe fn exp2_whole(n) { {
                let whole = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(whole))
            } }
        }
    }

    impl Vector for Avx512 {
        type Elem = f32;
        const LANES: usize = 16;
        const TILE: (usize, usize) = (8, 3);

        #[inline(always)]
        unsafe fn splat(x: f32) -> Self {
            // SAFETY: the caller guarantees AVX-512F.
            Self(unsafe { _mm512_set1_ps(x) })
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller guarantees AVX-512F and sixteen readable elements.
            Self(unsafe { _mm512_loadu_ps(from) })
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller guarantees AVX-512F and sixteen writable elements.
            unsafe { _mm512_storeu_ps(to, self.0) }
        }
        intrinsics! {
            unsafe fn add(a, b) { _mm512_add_ps(a, b) }
            unsafe fn sub(a, b) { _mm512_sub_ps(a, b) }
            unsafe fn mul(a, b) { _mm512_mul_ps(a, b) }
            unsafe fn div(a, b) { _mm512_div_ps(a, b) }
            unsafe fn mul_add(a, b, c) { _mm512_fmadd_ps(a, b, c) }
            unsafe fn max(a, b) { _mm512_max_ps(a, b) }
            unsafe fn min(a, b) { _mm512_min_ps(a, b) }
            unsafe fn abs(a) { _mm512_abs_ps(a) }
            unsafe fn round(a) { {
                _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a)
            } }
            unsafe fn if_less(a, bound, yes, no) { {
                _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, bound), no, yes)
            } }
        }
    }

    impl ExpVector for Avx512 {
        intrinsics! {
            unsafe fn exp2_whole(n) { {
                let whole = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
                _mm512_castsi512_ps(_mm512_slli_epi32::<23>(whole))
            } }
        }
    }
}
