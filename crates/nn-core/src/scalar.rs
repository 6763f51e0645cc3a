//! The two number types networks are made of.

use std::fmt::{Debug, Display};

use ndarray::NdFloat;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::kernels::KernelScalar;

/// A floating-point type a [`Network`](crate::Network) can hold: `f32` for speed, `f64`
/// for gradient checks. Sealed: the kernels are written for these two.
pub trait Scalar:
    NdFloat + KernelScalar + Default + Debug + Display + Serialize + DeserializeOwned
{
    /// The type's name, as the model file records it.
    const NAME: &'static str;

    /// The value nearest to `x`.
    fn from_f64(x: f64) -> Self;

    /// This byte, exactly.
    fn from_u8(x: u8) -> Self;

    /// This value, exactly.
    fn as_f64(self) -> f64;
}

impl Scalar for f32 {
    const NAME: &'static str = "f32";

    fn from_f64(x: f64) -> Self {
        x as Self
    }

    fn from_u8(x: u8) -> Self {
        Self::from(x)
    }

    fn as_f64(self) -> f64 {
        Self::into(self)
    }
}

impl Scalar for f64 {
    const NAME: &'static str = "f64";

    fn from_f64(x: f64) -> Self {
        x
    }

    fn from_u8(x: u8) -> Self {
        Self::from(x)
    }

    fn as_f64(self) -> f64 {
        self
    }
}
