//! Fuzzes the format `tsv`.

#![no_main]

nn_fuzz::fuzz_format!("tsv");
