#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod assets;
mod augment_preview;
mod body;
mod crew;
mod data_views;
mod draw;
mod edits;
mod evaluate;
mod guard;
mod hints;
mod inside;
mod lab;
mod map;
mod model_file;
mod pictures;
mod predict;
mod reply;
mod routes;
mod served;
mod server;
mod session_routes;
mod sessions;
mod status;
mod strict_json;
mod train;
mod tsne;
mod unit;

pub use lab::{Lab, LabData, LabError};
pub use server::{Limits, Server, Stop};
