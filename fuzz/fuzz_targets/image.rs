//! Fuzzes the format `image`.

#![no_main]

nn_fuzz::fuzz_format!("image");
