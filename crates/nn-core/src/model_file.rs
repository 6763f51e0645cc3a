//! The model file `.nnm`: a trained network with all that is needed to use it.
//!
//! | offset | bytes | content |
//! |---|---|---|
//! | 0 | 8 | `89 4E 4E 4D 0D 0A 1A 0A`: "NNM" in the manner of PNG, so that a transfer that strips the eighth bit or rewrites line ends is noticed |
//! | 8 | 4 | format version, 1 |
//! | 12 | 4 | length of this header, 56 |
//! | 16 | 8 | length of the payload |
//! | 24 | 32 | SHA-256 of the payload and, after it, the first 24 bytes |
//! | 56 | | payload |
//!
//! Integers are little-endian. The payload is in the layout of bincode 1, which other
//! programs read too: a description (number type, layer sizes, names of the activations
//! and the cost, provenance), then means and deviations of the normalisation, class names,
//! and of every layer the weights (row by row, a row per *input*, without padding) and
//! biases. One model has one file: writing what was read gives the same bytes.
//!
//! Reading believes nothing. The length is checked against [`Limits`] before the payload
//! is read, the checksum before it is decoded, and every count against the bytes that are
//! there before anything is allocated. Apart from the network itself, reading takes no
//! more memory than the file has bytes and 16 MiB, and the file's bytes are given back
//! while the network is filled. The network takes what its sizes ask for, at most
//! [`Limits::max_bytes`]; that is about its share of the file, but rows of fewer than 16
//! units are padded to 64 bytes (see [`Matrix`](crate::Matrix)).

mod chunks;
mod error;
mod payload;

pub use error::ModelFileError;

use std::io::{self, BufWriter, Read, Write};

use sha2::{Digest, Sha256};

use crate::codec::{Decoder, Encoder};
use crate::{Model, Scalar};
use chunks::Chunks;

/// The first bytes of every model file.
pub const MAGIC: [u8; 8] = *b"\x89NNM\r\n\x1a\n";

/// The newest format version, which is the one written.
pub const VERSION: u32 = 1;

/// Bytes before the payload.
const HEADER_BYTES: usize = 56;

/// Bytes of the header in front of the checksum, and covered by it.
const COVERED_BYTES: usize = 24;

/// What a reader is willing to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the largest file, and of the largest network in memory. 1 GiB by default.
    pub max_bytes: u64,
}

impl Limits {
    /// Files and networks of at most `max_bytes` bytes.
    #[must_use]
    pub fn new(max_bytes: u64) -> Self {
        Self { max_bytes }
    }

    /// Refuses `bytes` beyond the limit.
    fn check(self, what: &'static str, bytes: u64) -> Result<(), ModelFileError> {
        if bytes <= self.max_bytes {
            return Ok(());
        }
        Err(ModelFileError::TooLarge { what, bytes, limit: self.max_bytes })
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(1 << 30)
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

        // Length and checksum stand before the payload, so it is encoded twice: for them,
        // and to be written. That takes time in proportion to the model, and no memory.
        let mut summary = Summary { bytes: 0, hasher: Sha256::new() };
        let mut encoder = Encoder::new(BufWriter::new(&mut summary));
        payload::write(self, &mut encoder)?;
        encoder.into_inner().flush()?;

        let mut covered = [0; COVERED_BYTES];
        covered[..8].copy_from_slice(&MAGIC);
        covered[8..12].copy_from_slice(&VERSION.to_le_bytes());
        covered[12..16].copy_from_slice(&(HEADER_BYTES as u32).to_le_bytes());
        covered[16..].copy_from_slice(&summary.bytes.to_le_bytes());
        let checksum = summary.hasher.chain_update(covered).finalize();

        let mut writer = BufWriter::new(writer);
        writer.write_all(&covered)?;
        writer.write_all(&checksum)?;
        let mut encoder = Encoder::new(writer);
        payload::write(self, &mut encoder)?;
        encoder.into_inner().flush()?;
        Ok(())
    }

    /// Reads a model file to its end. The reader needs no buffer of its own.
    ///
    /// # Errors
    ///
    /// [`ModelFileError`] says what is wrong with the file, or [`ModelFileError::Io`] if
    /// the reader fails. A file of the other number type is refused, not converted.
    pub fn read_from(mut reader: impl Read, limits: &Limits) -> Result<Self, ModelFileError> {
        let header = Header::read(&mut reader)?;
        let bytes = header.payload_bytes.saturating_add(HEADER_BYTES as u64);
        limits.check("file", bytes)?;

        let mut hasher = Sha256::new();
        let chunks = Chunks::read(&mut reader, header.payload_bytes, |c| hasher.update(c))?;
        if chunks.remaining() < header.payload_bytes {
            let found = HEADER_BYTES as u64 + chunks.remaining();
            return Err(ModelFileError::Truncated { expected: bytes, found });
        }
        if read_up_to(&mut reader, &mut [0])? != 0 {
            return Err(ModelFileError::TrailingBytes { expected: bytes });
        }
        if hasher.chain_update(header.covered).finalize()[..] != header.checksum {
            return Err(ModelFileError::Checksum);
        }

        let mut decoder = Decoder::new(chunks);
        let model = payload::read(&mut decoder, *limits)?;
        match decoder.reader().remaining() {
            0 => Ok(model),
            unread => Err(ModelFileError::UnreadPayload { unread }),
        }
    }
}

/// What stands before the payload, as far as it is not the same in every file.
struct Header {
    covered: [u8; COVERED_BYTES],
    payload_bytes: u64,
    checksum: [u8; 32],
}

impl Header {
    fn read(reader: &mut impl Read) -> Result<Self, ModelFileError> {
        let mut bytes = [0; HEADER_BYTES];
        let found = read_up_to(reader, &mut bytes)?;
        if found == 0 {
            return Err(ModelFileError::Empty);
        }
        if !bytes[..found].starts_with(&MAGIC[..found.min(MAGIC.len())]) {
            let looks_like = error::looks_like(&bytes[..found]);
            return Err(ModelFileError::NotAModel { looks_like });
        }
        if found < HEADER_BYTES {
            let (expected, found) = (HEADER_BYTES as u64, found as u64);
            return Err(ModelFileError::Truncated { expected, found });
        }
        let word = |at: usize| u32::from_le_bytes(array(&bytes[at..]));
        match word(8) {
            VERSION => {}
            found if found > VERSION => {
                return Err(ModelFileError::NewerVersion { newest: VERSION, found });
            }
            found => {
                let (what, expected) = ("format version", VERSION);
                return Err(ModelFileError::Header { what, expected, found });
            }
        }
        if word(12) != HEADER_BYTES as u32 {
            let (what, expected) = ("header length", HEADER_BYTES as u32);
            return Err(ModelFileError::Header { what, expected, found: word(12) });
        }
        Ok(Self {
            covered: array(&bytes),
            payload_bytes: u64::from_le_bytes(array(&bytes[16..])),
            checksum: array(&bytes[COVERED_BYTES..]),
        })
    }
}

/// The first N bytes of a slice that is known to have them.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    *bytes.first_chunk().expect("the header has all its fields")
}

/// Fills `buffer` as far as the reader goes and says how far that is.
fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Counts and hashes the bytes written to it.
struct Summary {
    bytes: u64,
    hasher: Sha256,
}

impl Write for Summary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len() as u64;
        self.hasher.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
