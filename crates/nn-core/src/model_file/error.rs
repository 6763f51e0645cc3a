//! What can be wrong with a model file.

use std::io;

use crate::{ContainerError, Error};

/// Why a model file could not be read or written. Which file it was, the caller knows.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelFileError {
    /// The reader or writer failed; the file itself may be fine.
    #[error("input or output failed")]
    Io(#[from] io::Error),

    /// The file is empty, damaged, cut short, or no model file at all.
    #[error(transparent)]
    Container(ContainerError),

    /// The network is larger than the reader wants to take.
    #[error("the network takes {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its size in memory, in bytes.
        bytes: u64,
        /// [`Limits::max_bytes`](crate::Limits::max_bytes).
        limit: u64,
    },

    /// A part of the payload cannot be decoded.
    #[error("the {part} {reason}")]
    Payload {
        /// The part.
        part: &'static str,
        /// What it does wrong.
        reason: &'static str,
    },

    /// The payload is longer than what it describes.
    #[error("the payload holds {unread} bytes after the last layer")]
    UnreadPayload {
        /// Bytes that nothing describes.
        unread: u64,
    },

    /// A sequence does not have the length the layer sizes ask for.
    #[error("the number of {part}: expected {expected}, found {found}")]
    Count {
        /// What is counted.
        part: String,
        /// What the layer sizes ask for.
        expected: u64,
        /// What the file claims.
        found: u64,
    },

    /// The weights are of the other number type.
    #[error("the weights are {found}, expected {expected}")]
    ScalarType {
        /// The type asked for.
        expected: &'static str,
        /// The type in the file.
        found: String,
    },

    /// The parts do not make a model: layers that do not fit each other, an unknown name,
    /// a normalisation of the wrong length.
    #[error("the model is not valid")]
    Invalid(#[from] Error),

    /// A weight or bias is not a number.
    #[error("layer {layer} holds a weight or bias that is not finite (NaN or infinite)")]
    NotFinite {
        /// The book's number of the layer.
        layer: usize,
    },

    /// Code cannot be put in a file.
    #[error("the custom {kind} `{name}` cannot be written to a model file")]
    Custom {
        /// Activation or cost.
        kind: &'static str,
        /// The name it gives itself.
        name: String,
    },

    /// A text or list beyond 1 MiB.
    #[error("the {part} is too long for a model file: more than 1 MiB")]
    TooLong {
        /// What is too long.
        part: &'static str,
    },
}

impl From<ContainerError> for ModelFileError {
    fn from(error: ContainerError) -> Self {
        match error {
            ContainerError::Io(error) => Self::Io(error),
            other => Self::Container(other),
        }
    }
}
