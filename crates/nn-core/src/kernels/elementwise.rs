//! Activations and their derivatives over slices.

use super::elementary::{exp, sigmoid, tanh};
use super::vector::{ExpVector, Vector};
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

/// Softmax in place, with `exp` applied to the whole slice at once.
///
/// The sum runs from the first element to the last on every instruction set.
#[inline(always)]
fn softmax_with<T: Scalar>(z: &mut [T], exp: impl FnOnce(&mut [T])) {
    let max = z.iter().fold(T::neg_infinity(), |max, &z| if z > max { z } else { max });
    for z in &mut *z {
        *z -= max;
    }
    exp(z);
    let sum = z.iter().fold(T::zero(), |sum, &e| sum + e);
    for z in z {
        *z /= sum;
    }
}

/// Softmax in place, for any number type.
pub(super) fn softmax_scalar<T: Scalar>(z: &mut [T]) {
    softmax_with(z, |z| {
        for z in z {
            *z = z.exp();
        }
    });
}

/// Softmax in place.
///
/// # Safety
///
/// The CPU has the instructions of `V`.
#[inline(always)]
pub(super) unsafe fn softmax<V: ExpVector>(z: &mut [f32]) {
    // SAFETY: the caller guarantees the instruction set.
    softmax_with(z, |z| unsafe { map::<V, 0>(z, [], |z, []| exp(z)) });
}

/// Applies `f` to whole vectors of a slice, and to the rest of it in a padded copy.
///
/// # Safety
///
/// The CPU has the instructions of `V`.
#[inline(always)]
unsafe fn map<V: Vector, const N: usize>(
    out: &mut [V::Elem],
    others: [&[V::Elem]; N],
    f: impl Fn(V, [V; N]) -> V,
) {
    let len = out.len();
    for other in others {
        assert_eq!(other.len(), len, "slices of one length");
    }
    let whole = len - len % V::LANES;
    // SAFETY: `i + LANES` stays within all slices, which are of one length.
    unsafe {
        let mut i = 0;
        while i < whole {
            let arguments = others.map(|other| V::load(other.as_ptr().add(i)));
            let x = V::load(out.as_ptr().add(i));
            f(x, arguments).store(out.as_mut_ptr().add(i));
            i += V::LANES;
        }
        if whole < len {
            let zero = V::Elem::default();
            let mut buffer = [zero; 16];
            let mut copies = [[zero; 16]; N];
            buffer[..len - whole].copy_from_slice(&out[whole..]);
            for (copy, other) in copies.iter_mut().zip(others) {
                copy[..len - whole].copy_from_slice(&other[whole..]);
            }
            let arguments = copies.map(|copy| V::load(copy.as_ptr()));
            f(V::load(buffer.as_ptr()), arguments).store(buffer.as_mut_ptr());
            out[whole..].copy_from_slice(&buffer[..len - whole]);
        }
    }
}

/// a = σ(z) in place.
///
/// # Safety
///
/// The CPU has the instructions of `V`.
#[inline(always)]
pub(super) unsafe fn activate<V: ExpVector>(activation: &Activation, z: &mut [f32]) {
    // SAFETY: the caller guarantees the instruction set.
    unsafe {
        let zero = V::splat(0.0);
        match activation {
            Activation::Sigmoid => map::<V, 0>(z, [], |z, []| sigmoid(z)),
            Activation::Tanh => map::<V, 0>(z, [], |z, []| tanh(z)),
            Activation::Relu => map::<V, 0>(z, [], |z, []| z.if_less(zero, zero, z)),
            Activation::Identity => {}
            Activation::LeakyRelu => {
                map::<V, 0>(z, [], |z, []| z.if_less(zero, z.mul(V::splat(LEAKY_SLOPE as f32)), z))
            }
            Activation::Silu => map::<V, 0>(z, [], |z, []| z.mul(sigmoid(z))),
            Activation::LecunTanh => map::<V, 0>(z, [], |z, []| {
                tanh(z.mul(V::splat(LECUN_SLOPE as f32))).mul(V::splat(LECUN_AMPLITUDE as f32))
            }),
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
    // SAFETY: the caller guarantees the instruction set.
    unsafe {
        let (zero, one) = (V::splat(0.0), V::splat(1.0));
        match activation {
            Activation::Sigmoid => {
                map::<V, 1>(delta, [a], |delta, [a]| delta.mul(a.mul(one.sub(a))));
            }
            Activation::Tanh => {
                map::<V, 1>(delta, [a], |delta, [a]| delta.mul(one.sub(a.mul(a))));
            }
            Activation::Relu => {
                map::<V, 1>(delta, [a], |delta, [a]| zero.if_less(a, delta, zero));
            }
            Activation::Identity => {}
            Activation::LeakyRelu => map::<V, 1>(delta, [a], |delta, [a]| {
                zero.if_less(a, delta, delta.mul(V::splat(LEAKY_SLOPE as f32)))
            }),
            Activation::Silu => map::<V, 1>(delta, [z], |delta, [z]| {
                let s = sigmoid(z);
                delta.mul(s.add(z.mul(s).mul(one.sub(s))))
            }),
            Activation::LecunTanh => map::<V, 1>(delta, [a], |delta, [a]| {
                let t = a.mul(V::splat((1.0 / LECUN_AMPLITUDE) as f32));
                let slope = V::splat((LECUN_AMPLITUDE * LECUN_SLOPE) as f32);
                delta.mul(slope.mul(one.sub(t.mul(t))))
            }),
            _ => derive_scalar(activation, delta, a, z),
        }
    }
}
