//! Tests that cross crate borders; the targets are in `Cargo.toml`.

#![forbid(unsafe_code)]
