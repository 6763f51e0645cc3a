//! Benchmarks; the targets are in `Cargo.toml`.

#![forbid(unsafe_code)]
