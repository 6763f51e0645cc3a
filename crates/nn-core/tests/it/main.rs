//! The tests that see nn-core from outside, in one binary.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod custom;
mod gradient_check;
#[cfg(feature = "model-file")]
mod model_file;
mod oracle;
mod per_sample;
mod xor;
