//! Fuzzes the format `checkpoint_payload`.

#![no_main]

nn_fuzz::fuzz_format!("checkpoint_payload");
