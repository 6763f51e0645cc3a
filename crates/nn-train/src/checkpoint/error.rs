//! What can be wrong with a checkpoint file.

use std::io;

use nn_core::{ContainerError, ModelFileError};

/// Why a checkpoint could not be read or written. Which file it was, the caller knows.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The reader or writer failed; the file itself may be fine.
    #[error("input or output failed")]
    Io(#[from] io::Error),

    /// The file is empty, damaged, cut short, or no checkpoint file at all.
    #[error(transparent)]
    Container(ContainerError),

    /// The state of the trainer cannot be read or written.
    #[error("the training state is not valid: {0}")]
    State(String),

    /// The model within cannot be read or written.
    #[error("the model in the checkpoint is not valid")]
    Model(#[source] ModelFileError),
}

impl From<ModelFileError> for CheckpointError {
    fn from(error: ModelFileError) -> Self {
        match error {
            // A disk that is full is so whichever part of the file it meets.
            ModelFileError::Io(error) => Self::Io(error),
            other => Self::Model(other),
        }
    }
}

impl From<ContainerError> for CheckpointError {
    fn from(error: ContainerError) -> Self {
        match error {
            ContainerError::Io(error) => Self::Io(error),
            other => Self::Container(other),
        }
    }
}
