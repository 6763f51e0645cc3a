//! Activations and their derivatives over slices.

use super::elementary::{exp, sigmoid, tanh};
use super::vector::ExpVector;
use crate::activation::{LEAKY_SLOPE, LECUN_AMPLITUDE, LECUN_SLOPE};
use crate::{Activation, Scalar};

/// a = σ(z) in place, for any number type, one element after the other.
pub(super) fn activate_scalar<T: Scalar>(activation: &Activation, z: &mut [T]) {
    for z in z {
        *z = activation.value(*z);
    }
}

/// δ ← δ ⊙ σ'(z), for any number type, one element after the other.
///
/// `z` may be empty where the derivative is a function of a alone.
pub(super) fn derive_scalar<T: Scalar>(activation: &Activation, delta: &mut [T], a: &[T], z: &[T]) {
    if activation.derivative_needs_z() {
        for ((delta, &a), &z) in delta.iter_mut().zip(a).zip(z) {
            *delta *= activation.derivative(z, a);
        }
    } else {
        // These find the derivative from a, or from the sign that a shares with z.
        for (delta, &a) in delta.iter_mut().zip(a) {
            *delta *= activation.derivative(a, a);
        }
    }
}

/// Errors below this count as none: 2²⁶ times the smallest normal number, 7.9·10⁻³¹ in `f32`.
///
/// A saturated unit's δ shrinks towards the subnormal numbers, with which a product takes some
/// CPUs a hundred times as long. The margin keeps δ · η/m · x normal too. So small a δ moves no
/// weight that is not as small itself.
fn negligible<T: Scalar>() -> T {
    T::min_positive_value() * T::from_f64(f64::from(1 << 26))
}

/// δ ← 0 where it is negligible, for any number type, one element after the other.
pub(super) fn flush_scalar<T: Scalar>(delta: &mut [T]) {
    let bound = negligible();
    for delta in delta {
        // NaN is not below the bound, and stays.
        if delta.abs() < bound {
            *delta = T::zero();
        }
    }
}

/// Replaces each element of a slice by an expression of it and of its fellows in other slices
/// of the same length, a vector at a time; the rest goes through a padded copy.
///
/// A macro and not a function that takes a closure: a closure would be a function of its own,
/// without the instruction set of its surroundings. To be used where `V` may be.
macro_rules! map {
    ($V:ty; $x:ident = $out:expr $(, $y:ident = $other:expr)* => $e:expr) => {{
        let out: &mut [f32] = $out;
        let len = out.len();
        $(
            let $y: &[f32] = $other;
            assert_eq!($y.len(), len, "slices of one length");
        )*
        let whole = len - len % <$V>::LANES;
        let mut i = 0;
        while i < whole {
            let to = out.as_mut_ptr().add(i);
            let $x = <$V>::load(to);
            $(let $y = <$V>::load($y.as_ptr().add(i));)*
            $e.store(to);
            i += <$V>::LANES;
        }
        if whole < len {
            let mut rest = [0.0_f32; 16];
            rest[..len - whole].copy_from_slice(&out[whole..]);
            let $x = <$V>::load(rest.as_ptr());
            $(
                let mut copy = [0.0_f32; 16];
                copy[..len - whole].copy_from_slice(&$y[whole..]);
                let $y = <$V>::load(copy.as_ptr());
            )*
            $e.store(rest.as_mut_ptr());
            out[whole..].copy_from_slice(&rest[..len - whole]);
        }
    }};
}

/// z − max z, which changes nothing in a softmax and keeps e^z finite.
fn subtract_max<T: Scalar>(z: &mut [T]) {
    let max = z.iter().fold(T::neg_infinity(), |max, &z| if z > max { z } else { max });
    for z in z {
        *z -= max;
    }
}

/// e / Σ e, summed from the first element to the last on every instruction set.
fn divide_by_sum<T: Scalar>(e: &mut [T]) {
    let sum = e.iter().fold(T::zero(), |sum, &e| sum + e);
    for e in e {
        *e /= sum;
    }
}

/// Softmax in place, one element after the other.
pub(super) fn softmax_scalar<T: Scalar>(z: &mut [T]) {
    subtract_max(z);
    for z in &mut *z {
        *z = z.exp();
    }
    divide_by_sum(z);
}

/// Softmax in place.
///
/// # Safety
///
/// The CPU has the instructions of `V`.
#[inline(always)]
pub(super) unsafe fn softmax<V: ExpVector>(z: &mut [f32]) {
    subtract_max(z);
    // SAFETY: the caller guarantees the instruction set; vectors lie within the slice.
    unsafe { map!(V; x = &mut *z => exp(x)) };
    divide_by_sum(z);
}

/// δ ← 0 where it is negligible; NaN stays.
///
/// # Safety
///
/// The CPU has the instructions of `V`.
#[inline(always)]
pub(super) unsafe fn flush<V: ExpVector>(delta: &mut [f32]) {
    // SAFETY: the caller guarantees the instruction set; vectors lie within the slice.
    unsafe {
        let (zero, bound) = (V::splat(0.0), V::splat(negligible()));
        map!(V; d = delta => d.abs().if_less(bound, zero, d));
    }
}

/// a = σ(z) in place.
///
/// # Safety
///
/// The CPU has the instructions of `V`.
#[inline(always)]
pub(super) unsafe fn activate<V: ExpVector>(activation: &Activation, z: &mut [f32]) {
    // SAFETY: the caller guarantees the instruction set; vectors lie within the slice.
    unsafe {
        let zero = V::splat(0.0);
        match activation {
            Activation::Sigmoid => map!(V; z = z => sigmoid(z)),
            Activation::Tanh => map!(V; z = z => tanh(z)),
            Activation::Relu => map!(V; z = z => z.if_less(zero, zero, z)),
            Activation::Identity => {}
            Activation::LeakyRelu => {
                let slope = V::splat(LEAKY_SLOPE as f32);
                map!(V; z = z => z.if_less(zero, z.mul(slope), z));
            }
            Activation::Silu => map!(V; z = z => z.mul(sigmoid(z))),
            Activation::LecunTanh => {
                let slope = V::splat(LECUN_SLOPE as f32);
                let amplitude = V::splat(LECUN_AMPLITUDE as f32);
                map!(V; z = z => tanh(z.mul(slope)).mul(amplitude));
            }
            _ => activate_scalar(activation, z),
        }
    }
}

/// δ ← δ ⊙ σ'(z); `z` is only read where the derivative needs it.
///
/// # Safety
///
/// The CPU has the instructions of `V`.
#[inline(always)]
pub(super) unsafe fn derive<V: ExpVector>(
    activation: &Activation,
    delta: &mut [f32],
    a: &[f32],
    z: &[f32],
) {
    // SAFETY: the caller guarantees the instruction set; vectors lie within the slices, whose
    // lengths `map` compares.
    unsafe {
        let (zero, one) = (V::splat(0.0), V::splat(1.0));
        match activation {
            Activation::Sigmoid => map!(V; d = delta, a = a => d.mul(a.mul(one.sub(a)))),
            Activation::Tanh => map!(V; d = delta, a = a => d.mul(one.sub(a.mul(a)))),
            Activation::Relu => map!(V; d = delta, a = a => zero.if_less(a, d, zero)),
            Activation::Identity => {}
            Activation::LeakyRelu => {
                let slope = V::splat(LEAKY_SLOPE as f32);
                map!(V; d = delta, a = a => zero.if_less(a, d, d.mul(slope)));
            }
            Activation::LecunTanh => {
                let inverse = V::splat((1.0 / LECUN_AMPLITUDE) as f32);
                let slope = V::splat((LECUN_AMPLITUDE * LECUN_SLOPE) as f32);
                map!(V; d = delta, a = a => {
                    let t = a.mul(inverse);
                    d.mul(slope.mul(one.sub(t.mul(t))))
                });
            }
            Activation::Silu => map!(V; d = delta, z = z => {
                let s = sigmoid(z);
                d.mul(s.add(z.mul(s).mul(one.sub(s))))
            }),
            _ => derive_scalar(activation, delta, a, z),
        }
    }
}
