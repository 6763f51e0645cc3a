//! Activation functions a = σ(z) and their derivatives σ'(z).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ndarray::{Array2, ArrayView2, Axis};

use crate::{Error, Scalar};

/// An element-wise activation of your own, for [`Activation::Custom`].
///
/// It is evaluated in `f64` whatever the network's number type, on the calling thread.
pub trait ActivationFn: fmt::Debug + Send + Sync {
    /// The name shown to people.
    fn name(&self) -> &str;
    /// a = σ(z).
    fn value(&self, z: f64) -> f64;
    /// σ'(z).
    fn derivative(&self, z: f64) -> f64;
}

/// What a unit does with its weighted input z.
///
/// Element-wise functions give σ'(z) as a factor of the error (BP1, BP2); softmax couples
/// the units of a layer and is allowed at the output only.
///
/// | name | σ(z) |
/// |---|---|
/// | `sigmoid` | 1 / (1 + e^−z) |
/// | `tanh` | tanh z |
/// | `relu` | max(0, z) |
/// | `identity` | z |
/// | `softmax` | e^z_j / Σ_k e^z_k |
/// | `leaky-relu` | z if z > 0, else 0.01 z (Maas 2013) |
/// | `gelu` | z Φ(z), in the tanh form of Hendrycks & Gimpel 2016 |
/// | `silu` | z / (1 + e^−z) (Elfwing 2017) |
/// | `softplus` | ln(1 + e^z) |
/// | `lecun-tanh` | 1.7159 tanh(2z/3) (LeCun, *Efficient BackProp*, 1998) |
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Activation {
    /// σ(z) = 1 / (1 + e^−z), the book's neuron.
    #[default]
    Sigmoid,
    /// tanh z.
    Tanh,
    /// max(0, z); the derivative at 0 is taken as 0.
    Relu,
    /// z itself, for regression.
    Identity,
    /// e^z_j / Σ_k e^z_k over the layer.
    Softmax,
    /// z for positive z, 0.01 z otherwise.
    LeakyRelu,
    /// z Φ(z) in its tanh form.
    Gelu,
    /// z σ(z).
    Silu,
    /// ln(1 + e^z).
    Softplus,
    /// 1.7159 tanh(2z/3).
    LecunTanh,
    /// A function of your own. It cannot be written to a model file.
    Custom(Arc<dyn ActivationFn>),
}

/// Slope of [`Activation::LeakyRelu`] below zero.
pub(crate) const LEAKY_SLOPE: f64 = 0.01;
/// Amplitude of [`Activation::LecunTanh`].
pub(crate) const LECUN_AMPLITUDE: f64 = 1.7159;
/// Inner slope of [`Activation::LecunTanh`].
pub(crate) const LECUN_SLOPE: f64 = 2.0 / 3.0;
/// √(2/π), the inner factor of the tanh form of GELU.
pub(crate) const GELU_FACTOR: f64 = 0.797_884_560_802_865_4;
/// The cubic coefficient of the tanh form of GELU.
pub(crate) const GELU_CUBIC: f64 = 0.044_715;

impl Activation {
    /// Every built-in activation.
    pub const ALL: [Self; 10] = [
        Self::Sigmoid,
        Self::Tanh,
        Self::Relu,
        Self::Identity,
        Self::Softmax,
        Self::LeakyRelu,
        Self::Gelu,
        Self::Silu,
        Self::Softplus,
        Self::LecunTanh,
    ];

    /// The name the command line, recipes and model files use.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Relu => "relu",
            Self::Identity => "identity",
            Self::Softmax => "softmax",
            Self::LeakyRelu => "leaky-relu",
            Self::Gelu => "gelu",
            Self::Silu => "silu",
            Self::Softplus => "softplus",
            Self::LecunTanh => "lecun-tanh",
            Self::Custom(function) => function.name(),
        }
    }

    /// a = σ(z) of one unit. Stable for every finite z.
    ///
    /// Softmax of a single unit is 1; use [`Activation::apply`] for a layer.
    #[must_use]
    pub fn value<T: Scalar>(&self, z: T) -> T {
        let (zero, one) = (T::zero(), T::one());
        let f = T::from_f64;
        match self {
            Self::Sigmoid => sigmoid(z),
            Self::Tanh => z.tanh(),
            Self::Relu => {
                // Written so that NaN stays NaN and is found, where max() would hide it.
                if z < zero { zero } else { z }
            }
            Self::Identity => z,
            Self::Softmax => one,
            Self::LeakyRelu => {
                if z < zero {
                    f(LEAKY_SLOPE) * z
                } else {
                    z
                }
            }
            Self::Gelu => f(0.5) * z * (one + gelu_inner(z).tanh()),
            Self::Silu => z * sigmoid(z),
            Self::Softplus => {
                let positive = if z < zero { zero } else { z };
                positive + (-z.abs()).exp().ln_1p()
            }
            Self::LecunTanh => f(LECUN_AMPLITUDE) * (f(LECUN_SLOPE) * z).tanh(),
            Self::Custom(function) => f(function.value(z.as_f64())),
        }
    }

    /// σ'(z) of one unit, from z and a = σ(z).
    ///
    /// For softmax this is the diagonal a(1 − a); the whole Jacobian is in
    /// [`Cost::output_error`](crate::Cost::output_error).
    #[must_use]
    pub fn derivative<T: Scalar>(&self, z: T, a: T) -> T {
        let (zero, one) = (T::zero(), T::one());
        let f = T::from_f64;
        match self {
            Self::Sigmoid | Self::Softmax => a * (one - a),
            Self::Tanh => one - a * a,
            Self::Relu => {
                if z > zero {
                    one
                } else {
                    zero
                }
            }
            Self::Identity => one,
            Self::LeakyRelu => {
                if z > zero {
                    one
                } else {
                    f(LEAKY_SLOPE)
                }
            }
            Self::Gelu => {
                let t = gelu_inner(z).tanh();
                let slope = f(GELU_FACTOR) * (one + f(3.0 * GELU_CUBIC) * z * z);
                f(0.5) * (one + t) + f(0.5) * z * (one - t * t) * slope
            }
            Self::Silu => {
                let s = sigmoid(z);
                s + z * s * (one - s)
            }
            Self::Softplus => sigmoid(z),
            Self::LecunTanh => {
                let t = a / f(LECUN_AMPLITUDE);
                f(LECUN_AMPLITUDE * LECUN_SLOPE) * (one - t * t)
            }
            Self::Custom(function) => f(function.derivative(z.as_f64())),
        }
    }

    /// a = σ(z) for a layer: `z` and the result are m × n (samples × units).
    #[must_use]
    pub fn apply<T: Scalar>(&self, z: ArrayView2<'_, T>) -> Array2<T> {
        if !matches!(self, Self::Softmax) {
            return z.mapv(|z| self.value(z));
        }
        let mut a = z.to_owned();
        for mut row in a.axis_iter_mut(Axis(0)) {
            // Subtracting the maximum changes nothing and keeps e^z finite.
            let max = row.fold(T::neg_infinity(), |max, &z| if z > max { z } else { max });
            row.mapv_inplace(|z| (z - max).exp());
            let sum = row.sum();
            row.mapv_inplace(|e| e / sum);
        }
        a
    }

    /// σ'(z) for a layer: `z`, `a` and the result are m × n (samples × units).
    #[must_use]
    pub fn derivatives<T: Scalar>(&self, z: ArrayView2<'_, T>, a: ArrayView2<'_, T>) -> Array2<T> {
        let mut derivatives = z.to_owned();
        derivatives.zip_mut_with(&a, |z, &a| *z = self.derivative(*z, a));
        derivatives
    }

    /// Whether σ' needs z itself; the others find it from a = σ(z) alone.
    pub(crate) fn derivative_needs_z(&self) -> bool {
        matches!(self, Self::Gelu | Self::Silu | Self::Softplus | Self::Custom(_))
    }
}

/// 1 / (1 + e^−z), without overflow on either side.
fn sigmoid<T: Scalar>(z: T) -> T {
    let e = (-z.abs()).exp();
    let denominator = T::one() + e;
    if z < T::zero() { e / denominator } else { T::one() / denominator }
}

/// √(2/π) (z + 0.044715 z³).
fn gelu_inner<T: Scalar>(z: T) -> T {
    T::from_f64(GELU_FACTOR) * (z + T::from_f64(GELU_CUBIC) * z * z * z)
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl PartialEq for Activation {
    /// Built-in activations are equal by kind, custom ones if they are the same object.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Custom(a), Self::Custom(b)) => Arc::ptr_eq(a, b),
            (Self::Custom(_), _) | (_, Self::Custom(_)) => false,
            _ => self.name() == other.name(),
        }
    }
}

impl FromStr for Activation {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|a| a.name() == name).ok_or_else(|| Error::UnknownName {
            kind: "activation",
            found: name.to_owned(),
            expected: Self::ALL.map(|a| a.name().to_owned()).join(", "),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn names_round_trip() {
        for activation in Activation::ALL {
            assert_eq!(activation.name().parse(), Ok(activation));
        }
        let error = "sigmoit".parse::<Activation>().unwrap_err().to_string();
        assert!(error.contains("sigmoit") && error.contains("sigmoid, tanh"), "{error}");
    }

    #[test]
    fn derivatives_match_central_differences() {
        let h = 1e-6;
        for activation in Activation::ALL {
            if activation == Activation::Softmax {
                continue;
            }
            for i in -60..60 {
                let z = f64::from(i) * 0.1 + 0.05; // never on a kink
                let numeric = (activation.value(z + h) - activation.value(z - h)) / (2.0 * h);
                let exact = activation.derivative(z, activation.value(z));
                assert!((numeric - exact).abs() < 1e-8, "{activation} at {z}: {numeric} {exact}");
            }
        }
    }

    #[test]
    fn extremes_stay_finite() {
        for activation in Activation::ALL {
            for z in [-1e30_f32, -1000.0, -100.0, 0.0, 100.0, 1000.0] {
                let a = activation.value(z);
                assert!(a.is_finite(), "{activation}({z}) = {a}");
            }
        }
        let a = Activation::Softmax.apply(array![[1000.0_f32, 0.0, -1000.0]].view());
        assert_eq!(a, array![[1.0, 0.0, 0.0]]);
    }

    #[test]
    fn nan_is_never_hidden() {
        for activation in Activation::ALL {
            if activation != Activation::Softmax {
                assert!(activation.value(f32::NAN).is_nan(), "{activation}");
            }
        }
        assert!(Activation::Softmax.apply(array![[f32::NAN, 0.0]].view())[[0, 1]].is_nan());
    }

    #[test]
    fn gelu_is_finite_far_out() {
        assert_eq!(Activation::Gelu.derivative(-1e4_f32, 0.0), 0.0);
    }
}
