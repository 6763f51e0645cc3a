#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod c_header;
mod description;
mod error;
mod format;
pub mod json;
pub mod onnx;
pub mod safetensors;

pub use error::{ExportError, ImportError};
pub use format::Format;
pub use safetensors::ImportOptions;
