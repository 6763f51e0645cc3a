//! Fuzzes the format `npy`.

#![no_main]

nn_fuzz::fuzz_format!("npy");
