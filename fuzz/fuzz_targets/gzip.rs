//! Fuzzes the format `gzip`.

#![no_main]

nn_fuzz::fuzz_format!("gzip");
