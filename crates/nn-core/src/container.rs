//! The frame that model files and checkpoints share: a header with a checksum, then a payload.
//!
//! | offset | bytes | content |
//! |---|---|---|
//! | 0 | 8 | magic, in the manner of PNG: a transfer that strips the eighth bit or rewrites line ends is noticed |
//! | 8 | 4 | format version |
//! | 12 | 4 | length of the header |
//! | 16 | 8 × `FIELDS` | fields of the format |
//! | | 8 | length of the payload |
//! | | 32 | SHA-256 of the payload and, after it, of all the bytes above |
//! | | | payload |
//!
//! Integers are little-endian. Reading believes nothing: the length is checked against
//! [`Limits`] before the payload is read, and the checksum before a byte of it is handed out.
//! The payload is held once, and given back piece by piece as it is decoded.

mod chunks;
mod error;

pub use chunks::Payload;
pub use error::ContainerError;

use std::io::{self, BufWriter, Read, Write};

use sha2::{Digest, Sha256};

/// Bytes of a SHA-256.
const CHECKSUM_BYTES: usize = 32;

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
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(1 << 30)
    }
}

/// What the header of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileInfo {
    /// Its format version.
    pub version: u32,
    /// Bytes of the whole file.
    pub bytes: u64,
    /// The SHA-256, which also names the content: files with the same hold the same.
    pub checksum: [u8; CHECKSUM_BYTES],
}

/// Where a payload is written to.
pub type Sink<'w> = BufWriter<&'w mut dyn Write>;

/// A file format in this frame, with so many 64-bit fields of its own in the header.
#[derive(Debug, Clone, Copy)]
pub struct Container<const FIELDS: usize> {
    /// The first bytes of every such file.
    pub magic: [u8; 8],
    /// The newest format version, which is the one written and read unless an older is asked for.
    pub version: u32,
    /// What such a file is called, with its article: "a model file".
    pub name: &'static str,
}

impl<const FIELDS: usize> Container<FIELDS> {
    /// Bytes of the header in front of the checksum, and covered by it.
    const COVERED_BYTES: usize = 16 + 8 * FIELDS + 8;

    /// Bytes in front of the payload.
    pub const HEADER_BYTES: usize = Self::COVERED_BYTES + CHECKSUM_BYTES;

    /// Writes a file.
    ///
    /// Length and checksum stand before the payload, so `payload` is called twice, for them
    /// and to be written; it must write the same both times. That takes time in proportion to
    /// the payload, and no memory. The writer is flushed; syncing a file is the caller's part.
    ///
    /// # Errors
    ///
    /// Those of `payload`, at its first call before anything is written, and of the writer.
    pub fn write<E: From<io::Error>>(
        &self,
        fields: [u64; FIELDS],
        writer: impl Write,
        payload: impl Fn(&mut Sink<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.write_version(self.version, fields, writer, payload)
    }

    /// As [`Container::write`], a file of an older version, whose payload is that of then.
    ///
    /// # Errors
    ///
    /// As [`Container::write`].
    pub fn write_version<E: From<io::Error>>(
        &self,
        version: u32,
        fields: [u64; FIELDS],
        mut writer: impl Write,
        payload: impl Fn(&mut Sink<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut summary = Summary { bytes: 0, hasher: Sha256::new() };
        let mut sink = Sink::new(&mut summary);
        payload(&mut sink)?;
        sink.flush()?;
        drop(sink);

        let mut header = Vec::with_capacity(Self::HEADER_BYTES);
        header.extend(self.magic);
        header.extend(version.to_le_bytes());
        header.extend((Self::HEADER_BYTES as u32).to_le_bytes());
        header.extend(fields.into_iter().flat_map(u64::to_le_bytes));
        header.extend(summary.bytes.to_le_bytes());
        let checksum = summary.hasher.chain_update(&header).finalize();
        header.extend_from_slice(&checksum);

        let mut sink = Sink::new(&mut writer);
        sink.write_all(&header)?;
        payload(&mut sink)?;
        sink.flush()?;
        Ok(())
    }

    /// Reads a file to its end, and gives its fields and its payload, which is as it was
    /// written. The reader needs no buffer of its own.
    ///
    /// At no time is more than the file's bytes and 1 MiB held.
    ///
    /// # Errors
    ///
    /// [`ContainerError`] says what is wrong with the file, or [`ContainerError::Io`] if the
    /// reader fails.
    pub fn read(
        &self,
        reader: impl Read,
        limits: Limits,
    ) -> Result<([u64; FIELDS], Payload), ContainerError> {
        let (_, fields, payload) = self.read_since(self.version, reader, limits)?;
        Ok((fields, payload))
    }

    /// As [`Container::read`], a file of any version since `oldest`, and gives its version.
    ///
    /// # Errors
    ///
    /// As [`Container::read`].
    pub fn read_since(
        &self,
        oldest: u32,
        mut reader: impl Read,
        limits: Limits,
    ) -> Result<(u32, [u64; FIELDS], Payload), ContainerError> {
        let header = self.read_header(oldest, &mut reader)?;
        let mut words = header[16..Self::COVERED_BYTES].chunks_exact(8);
        let fields = std::array::from_fn(|_| words.next().map_or(0, long));
        let length = words.next().map_or(0, long);
        let bytes = length.saturating_add(Self::HEADER_BYTES as u64);
        if bytes > limits.max_bytes {
            return Err(ContainerError::TooLarge { bytes, limit: limits.max_bytes });
        }

        let mut hasher = Sha256::new();
        let payload = Payload::read(&mut reader, length, |piece| hasher.update(piece))?;
        if payload.remaining() < length {
            let found = Self::HEADER_BYTES as u64 + payload.remaining();
            return Err(ContainerError::Truncated { expected: bytes, found });
        }
        if read_up_to(&mut reader, &mut [0])? != 0 {
            return Err(ContainerError::TrailingBytes { expected: bytes });
        }
        let (covered, checksum) = header.split_at(Self::COVERED_BYTES);
        if hasher.chain_update(covered).finalize()[..] != *checksum {
            return Err(ContainerError::Checksum);
        }
        Ok((word(&header[8..]), fields, payload))
    }

    /// Reads the header alone, of any version since `oldest`; [`Container::read`] checks that it tells
    /// the truth.
    ///
    /// # Errors
    ///
    /// [`ContainerError`] if it is no header of this format, or the reader fails.
    pub fn info(&self, oldest: u32, mut reader: impl Read) -> Result<FileInfo, ContainerError> {
        let header = self.read_header(oldest, &mut reader)?;
        let length = long(&header[Self::COVERED_BYTES - 8..]);
        Ok(FileInfo {
            version: word(&header[8..]),
            bytes: length.saturating_add(Self::HEADER_BYTES as u64),
            checksum: *header[Self::COVERED_BYTES..]
                .first_chunk()
                .expect("the header ends with the checksum"),
        })
    }

    /// Reads the header, and checks all of it that is the same in every file.
    fn read_header(&self, oldest: u32, reader: &mut impl Read) -> Result<Vec<u8>, ContainerError> {
        let mut header = vec![0; Self::HEADER_BYTES];
        let found = read_up_to(reader, &mut header)?;
        if found == 0 {
            return Err(ContainerError::Empty);
        }
        let start = &header[..found];
        if !start.starts_with(&self.magic[..found.min(self.magic.len())]) {
            let looks_like = error::looks_like(start);
            return Err(ContainerError::OtherKind { expected: self.name, looks_like });
        }
        if found < Self::HEADER_BYTES {
            let (expected, found) = (Self::HEADER_BYTES as u64, found as u64);
            return Err(ContainerError::Truncated { expected, found });
        }
        match word(&header[8..]) {
            found if (oldest..=self.version).contains(&found) => {}
            found if found > self.version => {
                return Err(ContainerError::NewerVersion { newest: self.version, found });
            }
            found => {
                let (what, expected) = ("format version", self.version);
                return Err(ContainerError::Header { what, expected, found });
            }
        }
        let (expected, found) = (Self::HEADER_BYTES as u32, word(&header[12..]));
        if expected != found {
            return Err(ContainerError::Header { what: "header length", expected, found });
        }
        Ok(header)
    }
}

fn word(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(*bytes.first_chunk().expect("the header has all its fields"))
}

fn long(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(*bytes.first_chunk().expect("the header has all its fields"))
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

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: Container<2> =
        Container { magic: *b"\x89TST\r\n\x1a\n", version: 2, name: "a test file" };

    fn file() -> Vec<u8> {
        let mut file = Vec::new();
        let write = |sink: &mut Sink<'_>| sink.write_all(b"payload");
        FORMAT.write([7, u64::MAX], &mut file, write).unwrap();
        file
    }

    fn read(bytes: &[u8]) -> Result<([u64; 2], Vec<u8>), ContainerError> {
        let (fields, mut payload) = FORMAT.read(bytes, Limits::new(1000))?;
        let mut all = Vec::new();
        payload.read_to_end(&mut all).unwrap();
        Ok((fields, all))
    }

    #[test]
    fn fields_and_payload_come_back() {
        let file = file();
        assert_eq!(file.len(), Container::<2>::HEADER_BYTES + 7);
        assert_eq!(read(&file).unwrap(), ([7, u64::MAX], b"payload".to_vec()));
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_noticed() {
        let good = file();
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            read(&bad).expect_err(&format!("bit {bit} was flipped"));
        }
        for length in 0..good.len() {
            read(&good[..length]).expect_err(&format!("{length} bytes"));
        }
        let longer = [&good[..], b"\0"].concat();
        let expected = good.len() as u64;
        let error = read(&longer).unwrap_err();
        assert!(matches!(error, ContainerError::TrailingBytes { expected: e } if e == expected));
    }

    #[test]
    fn old_and_new_versions_are_told_apart() {
        let version = |version: u8| {
            let mut bytes = file();
            bytes[8] = version;
            read(&bytes).unwrap_err()
        };
        assert!(matches!(version(3), ContainerError::NewerVersion { newest: 2, found: 3 }));
        let older = version(1);
        assert!(matches!(older, ContainerError::Header { expected: 2, found: 1, .. }), "{older}");
    }

    #[test]
    fn older_versions_are_read_where_that_is_asked_for() {
        let mut old = Vec::new();
        let write = |sink: &mut Sink<'_>| sink.write_all(b"old");
        FORMAT.write_version(1, [3, 4], &mut old, write).unwrap();
        assert!(read(&old).is_err());
        let (version, fields, _) = FORMAT.read_since(1, &old[..], Limits::new(1000)).unwrap();
        assert_eq!((version, fields), (1, [3, 4]));
    }

    #[test]
    fn the_limit_is_that_of_the_whole_file() {
        let file = file();
        let read = |limit: usize| FORMAT.read(&file[..], Limits::new(limit as u64)).map(drop);
        read(file.len()).unwrap();
        let refused = read(file.len() - 1).unwrap_err();
        assert!(matches!(refused, ContainerError::TooLarge { .. }), "{refused}");
    }

    #[test]
    fn a_payload_that_fails_writes_nothing() {
        let mut file = Vec::new();
        let refused = FORMAT.write([0; 2], &mut file, |_| Err(io::Error::other("no")));
        assert!(refused.is_err() && file.is_empty());
    }
}
