//! Values to bytes and back: the only place that knows bincode.
//!
//! The layout is that of bincode 1 (`config::legacy`): integers and floats in fixed-width
//! little-endian, a string or sequence as its length in 64 bits followed by its elements,
//! a struct as its fields in order, an `Option` as one byte 0 or 1, an enum as its variant
//! in 32 bits. A value and the concatenation of its parts are therefore the same bytes,
//! which lets long sequences be written and read element by element: nothing is ever
//! allocated because a file claims a length.

use std::io::{self, ErrorKind, Read, Write};

use bincode::config::{self, Config};
use bincode::error::{DecodeError, EncodeError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes one piece may have, written or read: bincode checks every length against it
/// before it allocates.
pub(crate) const MAX_PIECE: usize = 1 << 20;

fn layout() -> impl Config {
    config::legacy().with_limit::<MAX_PIECE>()
}

/// Writes values one after the other.
pub(crate) struct Encoder<W> {
    writer: W,
}

/// Why a value could not be written.
#[derive(Debug)]
pub(crate) enum PutError {
    /// The writer failed.
    Io(io::Error),
    /// The value is longer than [`MAX_PIECE`], so that no decoder would take it.
    TooLong,
}

impl<W: Write> Encoder<W> {
    pub(crate) fn new(writer: W) -> Self {
        Self { writer }
    }

    /// Writes one value of at most [`MAX_PIECE`] bytes.
    pub(crate) fn put<V: Serialize + ?Sized>(&mut self, value: &V) -> Result<(), PutError> {
        match bincode::serde::encode_into_std_write(value, &mut self.writer, layout()) {
            Ok(length) if length > MAX_PIECE => Err(PutError::TooLong),
            Ok(_) => Ok(()),
            Err(EncodeError::Io { inner, .. }) => Err(PutError::Io(inner)),
            Err(other) => Err(PutError::Io(io::Error::other(other.to_string()))),
        }
    }

    /// Writes a sequence of any length, as a `Vec` of its values would be written.
    pub(crate) fn put_all<'a, V: Serialize + 'a>(
        &mut self,
        values: impl ExactSizeIterator<Item = &'a V>,
    ) -> Result<(), PutError> {
        self.put(&(values.len() as u64))?;
        for value in values {
            self.put(value)?;
        }
        Ok(())
    }

    /// Gives the writer back.
    #[cfg(test)]
    fn into_inner(self) -> W {
        self.writer
    }
}

/// Reads values one after the other.
pub(crate) struct Decoder<R> {
    reader: R,
}

impl<R: Read> Decoder<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader }
    }

    /// Reads one value of at most [`MAX_PIECE`] bytes. The error completes the sentence
    /// "the part …".
    pub(crate) fn get<V: DeserializeOwned>(&mut self) -> Result<V, &'static str> {
        bincode::serde::decode_from_std_read(&mut self.reader, layout()).map_err(|e| reason(&e))
    }

    /// The reader, wherever the last value ended.
    pub(crate) fn reader(&self) -> &R {
        &self.reader
    }
}

/// bincode's own messages are the `Debug` form of its errors; these are for people.
fn reason(error: &DecodeError) -> &'static str {
    match error {
        DecodeError::UnexpectedEnd { .. } => "ends too early",
        DecodeError::Io { inner, .. } if inner.kind() == ErrorKind::UnexpectedEof => {
            "ends too early"
        }
        DecodeError::LimitExceeded | DecodeError::OutsideUsizeRange(_) => {
            "claims more bytes than it can have"
        }
        DecodeError::Utf8 { .. } => "holds text that is not UTF-8",
        _ => "holds a value that its type does not have",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_and_the_whole_are_the_same_bytes() {
        let names = vec!["zero".to_owned(), "one".to_owned()];
        let mut encoder = Encoder::new(Vec::new());
        encoder.put("head").unwrap();
        encoder.put_all([1.5_f32, -0.0].iter()).unwrap();
        encoder.put_all(names.iter()).unwrap();
        let pieces = encoder.into_inner();
        let whole = ("head", vec![1.5_f32, -0.0], names);
        assert_eq!(pieces, bincode::serde::encode_to_vec(whole, layout()).unwrap());
    }

    #[test]
    fn a_claimed_length_is_not_believed() {
        let mut bytes = u64::MAX.to_le_bytes().to_vec();
        bytes.extend(b"abc");
        let error = Decoder::new(&bytes[..]).get::<String>().unwrap_err();
        assert_eq!(error, "claims more bytes than it can have");
        let error = Decoder::new(&bytes[..]).get::<Vec<u64>>().unwrap_err();
        assert_eq!(error, "ends too early");
    }

    #[test]
    fn errors_are_sentences() {
        let mut bytes = 2_u64.to_le_bytes().to_vec();
        bytes.extend([0xff, 0xfe]);
        let text = Decoder::new(&bytes[..]).get::<String>();
        assert_eq!(text.unwrap_err(), "holds text that is not UTF-8");
        let option = Decoder::new(&[7_u8][..]).get::<Option<u8>>();
        assert_eq!(option.unwrap_err(), "holds a value that its type does not have");
    }

    #[test]
    fn what_could_not_be_read_back_is_not_written() {
        let long = "x".repeat(MAX_PIECE);
        let error = Encoder::new(Vec::new()).put(&long).unwrap_err();
        assert!(matches!(error, PutError::TooLong));
    }
}
