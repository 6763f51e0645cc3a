//! What can go wrong in training.

use std::fmt;

use crate::{ParamError, ResumeError};

/// An error of training or evaluation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A parameter out of its range.
    #[error(transparent)]
    Param(#[from] ParamError),

    /// Network, cost and data do not fit each other.
    #[error(transparent)]
    Core(#[from] nn_core::Error),

    /// A saved state does not fit what training should go on with.
    #[error(transparent)]
    Resume(#[from] ResumeError),

    /// The samples can't be augmented.
    #[error(transparent)]
    Augmentation(#[from] nn_data::AugmentationError),

    /// Augmentation of samples that have no images.
    #[error("augmentation needs images, and the samples have only features")]
    NoImages,

    /// NaN or infinity turned up; the weights are those before it did.
    #[error("training diverged: {0}")]
    Diverged(Divergence),

    /// The threads could not be started.
    #[error("cannot start {threads} threads")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// Why.
        source: rayon::ThreadPoolBuildError,
    },
}

/// Where and how training diverged.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Divergence {
    /// Epoch, counted from 1.
    pub epoch: usize,
    /// Mini-batch of the epoch, counted from 1.
    pub batch: usize,
    /// The book's number of the first layer that is not finite.
    pub layer: usize,
    /// Whether its weights are not finite; if not, its error or output is not.
    pub in_weights: bool,
    /// η of the step.
    pub learning_rate: f64,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.in_weights { "weights" } else { "output error" };
        write!(
            f,
            "the {what} of layer {} became NaN or infinite in epoch {}, mini-batch {}, \
             at learning rate {}",
            self.layer, self.epoch, self.batch, self.learning_rate
        )
    }
}
