//! The part of the Python package `nn_rs` that is written in Rust: `nn_rs._core`.
//!
//! It only translates: arrays of NumPy to samples and back, settings to parameters, errors to
//! exceptions. The estimators, which follow scikit-learn's conventions, are in
//! `package/nn_rs`; what they compute is computed by nn-train.

#![forbid(unsafe_code)]

mod arrays;
mod network;
mod settings;
mod watch;

use pyo3::prelude::*;

/// The Rust part of nn_rs.
#[pymodule]
mod _core {
    #[pymodule_export]
    use crate::network::{Network, network_from_bytes};

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
