//! Fuzzes the format `checkpoint`.

#![no_main]

nn_fuzz::fuzz_format!("checkpoint");
