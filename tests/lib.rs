//! Tests that cross crate borders; the targets are in `Cargo.toml`. The library is what they and
//! the fuzz targets have in common.

#![forbid(unsafe_code)]

pub mod formats;

/// The README's Rust is compiled and run as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
