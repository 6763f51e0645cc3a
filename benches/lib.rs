//! Benchmarks; the targets are in `Cargo.toml`, and `README.md` says what they measure.
