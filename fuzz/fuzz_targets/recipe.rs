//! Fuzzes the format `recipe`.

#![no_main]

nn_fuzz::fuzz_format!("recipe");
