#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod analysis;
pub mod digit_page;
mod error;
pub mod explain;
pub mod hints;
mod inputs;
mod language;
mod metrics;
mod page;
pub mod report;
mod wide;

pub use error::ViewError;
pub use inputs::{inputs_of, raw_features};
pub use language::{Language, UnknownLanguage};
pub use metrics::{EpochMetrics, read_metrics};
pub use page::escape;
