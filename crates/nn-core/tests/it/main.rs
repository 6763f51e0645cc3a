//! The tests that see nn-core from outside, in one binary.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(feature = "model-file")]
mod model_file;
