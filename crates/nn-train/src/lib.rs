#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod augmented;
pub mod averaging;
pub mod checkpoint;
mod error;
mod evaluate;
mod health;
mod look;
mod metrics;
mod named;
mod observer;
pub mod optimizer;
mod pace;
mod params;
mod preprocessing;
mod progress;
pub mod recipe;
mod resume;
pub mod run_folder;
mod samples;
pub mod schedule;
mod seed_form;
mod steering;
mod stop;
mod team;
mod trainer;
pub mod tune;

pub use averaging::Averaging;
pub use checkpoint::{Best, Checkpoint, CheckpointError};
pub use error::{Divergence, TrainError};
pub use evaluate::{evaluate, evaluate_unless_stopped};
pub use health::{LayerHealth, health};
pub use metrics::{ConfusionMatrix, Evaluation, RegressionMetrics};
pub use named::UnknownName;
pub use observer::{Batches, Control, Epoch, Observer, Start};
pub use optimizer::Optimizer;
pub use params::{
    CheckedParams, Clip, DropoutRates, EarlyStopping, HiddenRates, Metric, ParamError, TrainParams,
    augmentation, augmentation_name,
};
pub use preprocessing::fit_preprocessing;
pub use progress::{BestSoFar, ProgressState};
pub use recipe::Recipe;
pub use resume::{ResumeError, StateArray, TrainerState};
pub use run_folder::{RunError, RunFolder};
pub use samples::{BYTE_SCALE, Samples};
pub use schedule::Schedule;
pub use stop::StopFlag;
pub use team::Team;
pub use trainer::{Ending, Trainer};
