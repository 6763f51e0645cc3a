//! Fuzzes the format `npz`.

#![no_main]

nn_fuzz::fuzz_format!("npz");
