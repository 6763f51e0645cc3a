//! Fuzzes the format `run_manifest`.

#![no_main]

nn_fuzz::fuzz_format!("run_manifest");
