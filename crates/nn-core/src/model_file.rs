//! The model file `.nnm`: a trained network with all that is needed to use it.
//!
//! | offset | bytes | content |
//! |---|---|---|
//! | 0 | 8 | `89 4E 4E 4D 0D 0A 1A 0A`: "NNM" in the manner of PNG, so that a transfer that strips the eighth bit or rewrites line ends is noticed |
//! | 8 | 4 | format version, 1 or 2 |
//! | 12 | 4 | length of this header, 56 |
//! | 16 | 8 | length of the payload |
//! | 24 | 32 | SHA-256 of the payload and, after it, the first 24 bytes |
//! | 56 | | payload |
//!
//! Integers are little-endian. The payload is in the layout of bincode 1, which other
//! programs read too: a description (number type, layer sizes, names of the activations
//! and the cost, provenance), then means and deviations of the normalisation, class names,
//! and of every layer the weights (row by row, a row per *input*, without padding) and
//! biases. Version 2 adds the task, the preparation of images and the table's columns behind
//! them, and is written only for a model that needs it: a regression, or one trained on a
//! table or on pictures that are no digits. One model has one
//! file: writing what was read gives the same bytes.
//!
//! Reading believes nothing. The length is checked against [`Limits`] before the payload
//! is read, the checksum before it is decoded, and every count against the bytes that are
//! there before anything is allocated. Apart from the network itself, reading takes no
//! more memory than the file has bytes and 16 MiB, and the file's bytes are given back
//! while the network is filled. The network takes what its sizes ask for, at most
//! [`Limits::max_bytes`]; that is about its share of the file, but rows of fewer than 16
//! units are padded to 64 bytes (see [`Matrix`](crate::Matrix)).

mod error;
mod payload;

pub use crate::container::{FileInfo, Limits};
pub use error::ModelFileError;

use std::io::{Read, Write};

use crate::codec::{Decoder, Encoder};
use crate::container::Container;
use crate::{Model, Scalar};

/// The first bytes of every model file.
pub const MAGIC: [u8; 8] = *b"\x89NNM\r\n\x1a\n";

/// The newest format version. Models that have no need of it are written as version 1.
pub const VERSION: u32 = 2;

/// The oldest format version that is read.
const OLDEST_VERSION: u32 = 1;

const FORMAT: Container<0> = Container { magic: MAGIC, version: VERSION, name: "a model file" };

impl FileInfo {
    /// Reads the header of a model file; [`Model::read_from`] checks that it tells the truth.
    ///
    /// # Errors
    ///
    /// [`ModelFileError`] if it is no header of a version that this program reads, or the reader
    /// fails.
    pub fn read_from(reader: impl Read) -> Result<Self, ModelFileError> {
        Ok(FORMAT.info(OLDEST_VERSION, reader)?)
    }
}

impl<T: Scalar> Model<T> {
    /// Writes the model file.
    ///
    /// Nothing is written of a model that could not be read back. The writer needs no
    /// buffer of its own and is flushed; syncing a file is the caller's part.
    ///
    /// # Errors
    ///
    /// [`ModelFileError::Custom`] for an activation or cost that is not built in,
    /// [`ModelFileError::NotFinite`] for a weight that is no number,
    /// [`ModelFileError::Invalid`] if the parts do not fit (see [`Model::check`]),
    /// [`ModelFileError::TooLong`] for a text beyond 1 MiB, [`ModelFileError::Io`] if the
    /// writer fails.
    pub fn write_to(&self, writer: impl Write) -> Result<(), ModelFileError> {
        payload::check_writable(self)?;
        let version = payload::version(self);
        FORMAT.write_version(version, [], writer, |sink| {
            payload::write(self, &mut Encoder::new(sink))
        })
    }

    /// Reads a model file to its end. The reader needs no buffer of its own.
    ///
    /// # Errors
    ///
    /// [`ModelFileError`] says what is wrong with the file, or [`ModelFileError::Io`] if
    /// the reader fails. A file of the other number type is refused, not converted.
    pub fn read_from(reader: impl Read, limits: &Limits) -> Result<Self, ModelFileError> {
        let (version, [], payload) = FORMAT.read_since(OLDEST_VERSION, reader, *limits)?;
        let mut decoder = Decoder::new(payload);
        let model = payload::read(&mut decoder, version, *limits)?;
        match decoder.reader().remaining() {
            0 => Ok(model),
            unread => Err(ModelFileError::UnreadPayload { unread }),
        }
    }
}
