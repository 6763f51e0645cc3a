//! Arrays of NumPy as samples.
//!
//! NumPy's memory is read in place, in whatever order it lies; the one copy that is made is the
//! trainer's own, in the form its kernels want.

use nn_core::{Error, Inputs, Targets};
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

/// Features (samples × n₁).
#[derive(Debug, FromPyObject)]
pub(crate) enum Features<'py> {
    /// Numbers as they are.
    #[pyo3(transparent, annotation = "float32 array")]
    Numbers(PyReadonlyArray2<'py, f32>),
    /// Bytes, such as pixels.
    #[pyo3(transparent, annotation = "uint8 array")]
    Bytes(PyReadonlyArray2<'py, u8>),
}

impl Features<'_> {
    /// The samples' inputs, each feature multiplied by `scale`.
    pub(crate) fn inputs(&self, scale: f64) -> Result<Inputs<f32>, Error> {
        match self {
            Self::Bytes(rows) => Inputs::from_bytes(rows.as_array(), scale),
            Self::Numbers(rows) if scale == 1.0 => Inputs::from_values(rows.as_array()),
            Self::Numbers(rows) => {
                let scaled = rows.as_array().mapv(|x| x * scale as f32);
                Inputs::from_values(scaled.view())
            }
        }
    }

    /// Features of a sample.
    pub(crate) fn width(&self) -> usize {
        match self {
            Self::Numbers(rows) => rows.as_array().ncols(),
            Self::Bytes(rows) => rows.as_array().ncols(),
        }
    }
}

/// What should come out.
#[derive(Debug, FromPyObject)]
pub(crate) enum Desired<'py> {
    /// The class of each sample.
    #[pyo3(transparent, annotation = "uint32 array")]
    Classes(PyReadonlyArray1<'py, u32>),
    /// A row of numbers for each sample (samples × n_L).
    #[pyo3(transparent, annotation = "float32 array")]
    Rows(PyReadonlyArray2<'py, f32>),
}

impl Desired<'_> {
    /// The samples' targets for a network of `outputs` outputs.
    pub(crate) fn targets(&self, outputs: usize) -> Result<Targets<f32>, Error> {
        match self {
            Self::Classes(labels) => {
                Targets::one_hot(labels.as_array().iter().copied().collect(), outputs)
            }
            Self::Rows(rows) => Ok(Targets::from(rows.as_array())),
        }
    }
}
