//! Fuzzes the format `model`.

#![no_main]

nn_fuzz::fuzz_format!("model");
