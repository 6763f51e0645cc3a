#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod evaluate;
mod metrics;
mod observer;
mod pace;
mod params;
mod samples;
mod team;
mod trainer;

pub use error::{Divergence, TrainError};
pub use evaluate::evaluate;
pub use metrics::{ConfusionMatrix, Evaluation};
pub use observer::{Batches, Control, Epoch, Observer, Start};
pub use params::{CheckedParams, ParamError, TrainParams};
pub use samples::{BYTE_SCALE, Samples};
pub use team::Team;
pub use trainer::{Ending, Trainer};
