//! Fuzzes the format `idx`.

#![no_main]

nn_fuzz::fuzz_format!("idx");
