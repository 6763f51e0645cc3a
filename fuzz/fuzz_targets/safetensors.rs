//! Fuzzes the format `safetensors`.

#![no_main]

nn_fuzz::fuzz_format!("safetensors");
