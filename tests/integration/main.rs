//! Tests through the public interfaces of nn-core, nn-data and nn-train together, on real digits.

mod determinism;
mod digits;
mod learning;
mod observers;
mod round_trip;
