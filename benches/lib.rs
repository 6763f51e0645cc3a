//! Benchmarks; the targets are in `Cargo.toml`.
