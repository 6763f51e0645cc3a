//! What can be wrong with a checkpoint file.

use std::io;

use nn_core::ModelFileError;

/// Why a checkpoint could not be read or written. Which file it was, the caller knows.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The reader or writer failed; the file itself may be fine.
    #[error("input or output failed")]
    Io(#[from] io::Error),

    /// The file does not begin as a checkpoint does.
    #[error("not a checkpoint file")]
    NotACheckpoint,

    /// Written by a newer program.
    #[error(
        "the file has format version {found}, and this program reads versions up to {newest}: \
         it was written by a newer version of the program"
    )]
    NewerVersion {
        /// The newest version this program reads.
        newest: u32,
        /// The version of the file.
        found: u32,
    },

    /// A field of the header that cannot be.
    #[error("damaged header: expected {what} {expected}, found {found}")]
    Header {
        /// The field.
        what: &'static str,
        /// What it can be.
        expected: String,
        /// Its value in this file.
        found: u64,
    },

    /// Larger than the reader wants to take.
    #[error("the file claims {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its size in bytes, as the file states it.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
    },

    /// The file has fewer or more bytes than its header says.
    #[error("expected a file of {expected} bytes, found {found}")]
    Length {
        /// Bytes of the whole file, as its header states them.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },

    /// The bytes are not those that were written.
    #[error("the checksum (SHA-256) does not match: the file is damaged or was changed")]
    Checksum,

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
