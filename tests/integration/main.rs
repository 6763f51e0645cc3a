//! Tests through the public interfaces of nn-core, nn-data and nn-train together, on real digits.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod determinism;
mod digits;
mod divergence;
mod learning;
mod observers;
mod round_trip;
mod thread_safety;
