//! Tests of the server as clients meet it, over TCP on 127.0.0.1.

#![allow(clippy::unwrap_used, reason = "a test that fails should panic")]

mod client;
mod digits;
mod limits;
mod safety;
mod steering;
