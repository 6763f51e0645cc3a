//! The payload in memory: pieces that are given back as they are read.

use std::collections::VecDeque;
use std::io::{self, Read};

/// Bytes of one piece.
const CHUNK_BYTES: u64 = 1 << 20;

/// The payload of a file, whose checksum was right.
///
/// It is held in pieces: a single growing `Vec` would for a moment hold the file up to three
/// times over; this holds it once, and less as it is read.
#[derive(Debug)]
pub struct Payload {
    pieces: VecDeque<Vec<u8>>,
    /// How much of the first piece has been read.
    position: usize,
    remaining: u64,
}

impl Payload {
    /// Reads `length` bytes, or as many as there are, and shows each piece to `see`.
    ///
    /// At most one piece is allocated ahead of the bytes that really come.
    pub(super) fn read(
        reader: &mut impl Read,
        length: u64,
        mut see: impl FnMut(&[u8]),
    ) -> io::Result<Self> {
        let mut read = Self { pieces: VecDeque::new(), position: 0, remaining: 0 };
        while read.remaining < length {
            let wanted = CHUNK_BYTES.min(length - read.remaining);
            let mut chunk = Vec::with_capacity(wanted as usize);
            let found = reader.by_ref().take(wanted).read_to_end(&mut chunk)?;
            see(&chunk);
            read.remaining += found as u64;
            read.pieces.push_back(chunk);
            if (found as u64) < wanted {
                break;
            }
        }
        Ok(read)
    }

    /// Bytes not yet read.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        self.remaining
    }
}

impl Read for Payload {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(chunk) = self.pieces.front() {
            let unread = &chunk[self.position..];
            if unread.is_empty() {
                self.pieces.pop_front();
                self.position = 0;
                continue;
            }
            let n = unread.len().min(buffer.len());
            buffer[..n].copy_from_slice(&unread[..n]);
            self.position += n;
            self.remaining -= n as u64;
            return Ok(n);
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_as_they_went_in() {
        let bytes: Vec<u8> = (0..2 * CHUNK_BYTES + 7).map(|i| (i % 251) as u8).collect();
        let mut seen: Vec<u8> = Vec::new();
        let mut source = &bytes[..];
        let mut chunks =
            Payload::read(&mut source, bytes.len() as u64 - 2, |c| seen.extend(c)).unwrap();
        assert_eq!(source.len(), 2, "bytes beyond the length stay in the reader");
        let expected = &bytes[..bytes.len() - 2];
        assert!(seen == expected);
        assert_eq!(chunks.remaining(), expected.len() as u64);
        let mut read = Vec::new();
        chunks.read_to_end(&mut read).unwrap();
        assert!(read == expected);
        assert_eq!(chunks.remaining(), 0);
    }

    #[test]
    fn a_source_that_ends_early_is_read_to_its_end() {
        let chunks = Payload::read(&mut &b"abc"[..], u64::MAX, |_| {}).unwrap();
        assert_eq!(chunks.remaining(), 3);
    }
}
