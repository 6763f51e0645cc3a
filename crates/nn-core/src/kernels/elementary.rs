//! Vectorised e^x, σ(x) and tanh x in `f32`.
//!
//! Error bounds, tested over every 61st `f32` of the range against `f64`:
//! e^x ≤ 2 ulp for −87.3 ≤ x ≤ 88.3; σ(x) ≤ 3 ulp for |x| ≤ 87 (beyond, the result is within
//! 1.3·10⁻³⁸ of the true value); tanh x ≤ 3 ulp everywhere. NaN gives NaN.

use super::vector::ExpVector;

/// e^x is computed for x down to here; the result is still a normal number.
const EXP_LOW: f32 = -87.336_54;
/// e^x is computed for x up to here; the result is still finite.
const EXP_HIGH: f32 = 88.376_26;

/// e^x, after clamping x to [−87.33654, 88.37626].
///
/// x = n ln 2 + r with n whole and |r| ≤ ½ ln 2; e^r by a polynomial of degree 7 (minimax
/// coefficients of the Cephes library's `expf`, Moshier 1989), times 2^n.
///
/// # Safety
///
/// The CPU has the instructions of `V`.
#[inline(always)]
pub(super) unsafe fn exp<V: ExpVector>(x: V) -> V {
    // SAFETY: the caller guarantees the instruction set.
    unsafe {
        // The order of the operands lets NaN through.
        let x = V::splat(EXP_HIGH).min(V::splat(EXP_LOW).max(x));
        let n = x.mul(V::splat(std::f32::consts::LOG2_E)).round();
        // ln 2 in two parts, the first with so few digits that n · part is exact.
        let r = n.mul_add(V::splat(-0.693_359_4), x);
        let r = n.mul_add(V::splat(2.121_944_4e-4), r);
        let mut p = V::splat(1.987_569_2e-4);
        for c in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_6e-1, 5.0e-1] {
            p = p.mul_add(r, V::splat(c));
        }
        let e = p.mul_add(r.mul(r), r).add(V::splat(1.0));
        e.mul(n.exp2_whole())
    }
}

/// σ(x) = 1 / (1 + e^−x), through e^−|x| so that nothing overflows or cancels.
///
/// # Safety
///
/// The CPU has the instructions of `V`.
#[inline(always)]
pub(super) unsafe fn sigmoid<V: ExpVector>(x: V) -> V {
    // SAFETY: the caller guarantees the instruction set.
    unsafe {
        let one = V::splat(1.0);
        let e = exp(V::splat(0.0).sub(x.abs()));
        let numerator = x.if_less(V::splat(0.0), e, one);
        numerator.div(one.add(e))
    }
}

/// tanh x: an odd polynomial below 0.625 (Cephes `tanhf`), 1 − 2 / (e^2|x| + 1) above.
///
/// # Safety
///
/// The CPU has the instructions of `V`.
#[inline(always)]
pub(super) unsafe fn tanh<V: ExpVector>(x: V) -> V {
    // SAFETY: the caller guarantees the instruction set.
    unsafe {
        let one = V::splat(1.0);
        let zero = V::splat(0.0);
        let magnitude = x.abs();
        let square = x.mul(x);
        let mut p = V::splat(-5.704_988_7e-3);
        for c in [2.063_909e-2, -5.373_971_6e-2, 1.333_144_2e-1, -3.333_328e-1] {
            p = p.mul_add(square, V::splat(c));
        }
        let small = p.mul(square).mul_add(x, x);
        let e = exp(magnitude.add(magnitude));
        let large = one.sub(V::splat(2.0).div(e.add(one)));
        let large = x.if_less(zero, zero.sub(large), large);
        magnitude.if_less(V::splat(0.625), small, large)
    }
}

#[cfg(test)]
mod tests {
    use super::super::vector::{Lanes, Vector};
    use super::*;

    /// A function of eight numbers on one instruction set.
    type Eight = fn(&[f32; 8]) -> [f32; 8];

    /// `$f` on every instruction set there is here, with names.
    macro_rules! on_each_set {
        ($f:ident) => {{
            fn portable(x: &[f32; 8]) -> [f32; 8] {
                let mut out = [0.0; 8];
                // SAFETY: every CPU has the portable instructions; the arrays hold eight.
                unsafe { $f(Lanes::<f32, 8>::load(x.as_ptr())).store(out.as_mut_ptr()) };
                out
            }
            let mut sets: Vec<(&str, Eight)> = vec![("portable", portable)];
            #[cfg(target_arch = "x86_64")]
            {
                use super::super::vector::x86::{Avx2, Avx512};
                #[target_feature(enable = "avx2,fma")]
                fn eight_lanes(x: &[f32; 8], out: &mut [f32; 8]) {
                    // SAFETY: the features are enabled; the arrays hold eight.
                    unsafe { $f(Avx2::load(x.as_ptr())).store(out.as_mut_ptr()) };
                }
                #[target_feature(enable = "avx512f")]
                fn sixteen_lanes(x: &[f32; 16], out: &mut [f32; 16]) {
                    // SAFETY: the features are enabled; the arrays hold sixteen.
                    unsafe { $f(Avx512::load(x.as_ptr())).store(out.as_mut_ptr()) };
                }
                fn avx2(x: &[f32; 8]) -> [f32; 8] {
                    let mut out = [0.0; 8];
                    // SAFETY: only used where the CPU has AVX2 and FMA.
                    unsafe { eight_lanes(x, &mut out) };
                    out
                }
                fn avx512(x: &[f32; 8]) -> [f32; 8] {
                    let (mut wide, mut out) = ([0.0; 16], [0.0; 16]);
                    wide[8..].copy_from_slice(x);
                    // SAFETY: only used where the CPU has AVX-512.
                    unsafe { sixteen_lanes(&wide, &mut out) };
                    out[8..].try_into().unwrap()
                }
                use crate::InstructionSet;
                if InstructionSet::available().contains(&InstructionSet::Avx2) {
                    sets.push(("AVX2", avx2));
                }
                if InstructionSet::available().contains(&InstructionSet::Avx512) {
                    sets.push(("AVX-512", avx512));
                }
            }
            sets
        }};
    }

    /// Every 61st `f32` of a range of positive numbers, with both signs.
    fn numbers(from: f32, to: f32) -> impl Iterator<Item = [f32; 8]> {
        (from.to_bits()..to.to_bits()).step_by(61 * 4).map(|bits| {
            let x = |i: u32| f32::from_bits(bits + 61 * i).min(f32::MAX);
            [x(0), -x(0), x(1), -x(1), x(2), -x(2), x(3), -x(3)]
        })
    }

    /// The largest error of `f` in units in the last place of the true value, over x with
    /// from ≤ |x| < to.
    #[track_caller]
    fn check(f: Eight, exact: fn(f64) -> f64, (from, to): (f32, f32), bound: f64) {
        let mut worst = (0.0, 0.0);
        for x in numbers(from, to) {
            for (x, y) in x.into_iter().zip(f(&x)) {
                let exact = exact(f64::from(x));
                let nearest = exact as f32;
                let ulp = f64::from(f32::from_bits(nearest.abs().to_bits() + 1) - nearest.abs());
                let error = (f64::from(y) - exact).abs() / ulp;
                if error > worst.0 {
                    worst = (error, x);
                }
            }
        }
        assert!(worst.0 <= bound, "{} ulp at {:e}", worst.0, worst.1);
    }

    #[test]
    fn exp_is_within_its_bound() {
        for (name, f) in on_each_set!(exp) {
            println!("{name}");
            check(f, f64::exp, (1e-30, 87.3), 2.0);
            assert_eq!(f(&[0.0; 8]), [1.0; 8]);
            assert!(f(&[f32::NAN; 8]).iter().all(|y| y.is_nan()));
            assert!(f(&[1e30; 8]).iter().all(|y| y.is_finite()));
            assert!(f(&[-1e30; 8]).iter().all(|y| (0.0..1.3e-38).contains(y)));
        }
    }

    #[test]
    fn sigmoid_is_within_its_bound() {
        for (name, f) in on_each_set!(sigmoid) {
            println!("{name}");
            check(f, |x| 1.0 / (1.0 + (-x).exp()), (1e-30, 87.0), 3.0);
            assert_eq!(f(&[0.0; 8]), [0.5; 8]);
            assert!(f(&[f32::NAN; 8]).iter().all(|y| y.is_nan()));
            assert_eq!(f(&[f32::INFINITY; 8]), [1.0; 8]);
            assert!(f(&[f32::NEG_INFINITY; 8]).iter().all(|y| (0.0..1.3e-38).contains(y)));
        }
    }

    #[test]
    fn tanh_is_within_its_bound() {
        for (name, f) in on_each_set!(tanh) {
            println!("{name}");
            check(f, f64::tanh, (1e-15, 100.0), 3.0);
            assert_eq!(f(&[0.0; 8]), [0.0; 8]);
            assert!(f(&[f32::NAN; 8]).iter().all(|y| y.is_nan()));
            assert_eq!(f(&[f32::INFINITY; 8]), [1.0; 8]);
            assert_eq!(f(&[f32::NEG_INFINITY; 8]), [-1.0; 8]);
        }
    }
}
