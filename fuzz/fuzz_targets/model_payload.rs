//! Fuzzes the format `model_payload`.

#![no_main]

nn_fuzz::fuzz_format!("model_payload");
