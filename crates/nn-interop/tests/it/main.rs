//! Tests of what is written for other tools, and of what is read from them.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod c_compiler;
mod golden;
mod hostile;
mod models;
mod other_tools;
mod round_trip;
