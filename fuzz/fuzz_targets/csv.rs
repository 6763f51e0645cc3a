//! Fuzzes the format `csv`.

#![no_main]

nn_fuzz::fuzz_format!("csv");
