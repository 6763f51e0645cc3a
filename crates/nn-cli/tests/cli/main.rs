//! Tests of the real binary: what it does, what it says, and how it ends.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod bad_arrays;
mod bad_data;
mod bad_images;
mod bad_models;
mod bad_settings;
mod completions;
mod dashboard;
mod doctor;
mod evaluate;
mod exchange;
mod explain;
mod full_disk;
mod help;
mod inspect;
mod json_docs;
mod own_data;
mod predict;
mod recipes;
mod report;
mod run_lists;
mod runs;
mod sandbox;
#[cfg(feature = "serve")]
mod serve;
mod streams;
mod train;
mod tune;
