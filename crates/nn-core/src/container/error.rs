//! What can be wrong with the frame of a file, and what else the file may be.

use std::io;

/// Why a file in this frame could not be read. Which file it was, the caller knows.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// The reader failed; the file itself may be fine.
    #[error("input or output failed")]
    Io(#[from] io::Error),

    /// Not a single byte.
    #[error("the file is empty")]
    Empty,

    /// The file is of another kind.
    #[error("not {expected}: it looks like {looks_like}")]
    OtherKind {
        /// What it should be.
        expected: &'static str,
        /// What its first bytes say it is.
        looks_like: &'static str,
    },

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

    /// A field of the header that has only one right value.
    #[error("damaged header: expected {what} {expected}, found {found}")]
    Header {
        /// The field.
        what: &'static str,
        /// Its value in every file of this version.
        expected: u32,
        /// Its value in this file.
        found: u32,
    },

    /// Larger than the reader wants to take.
    #[error("the file takes {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its size in bytes, as the file states it.
        bytes: u64,
        /// [`Limits::max_bytes`](crate::Limits::max_bytes).
        limit: u64,
    },

    /// The file ends before its end.
    #[error("the file is cut short: expected {expected} bytes, found {found}")]
    Truncated {
        /// Bytes of the whole file, as its header states them.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },

    /// The file goes on after its end.
    #[error("there are bytes after the end: expected {expected} bytes, found more")]
    TrailingBytes {
        /// Bytes of the whole file, as its header states them.
        expected: u64,
    },

    /// The bytes are not those that were written.
    #[error("the checksum (SHA-256) does not match: the file is damaged or was changed")]
    Checksum,
}

/// Names the kind of file that begins with `bytes`, for people who picked the wrong one.
pub(super) fn looks_like(bytes: &[u8]) -> &'static str {
    const KINDS: [(&[u8], &str); 22] = [
        (b"\x89NNM\r\n\x1a\n", "a model file"),
        (b"\x89NNC\r\n\x1a\n", "a checkpoint of a run"),
        (b"PK\x03\x04", "a zip archive, such as a PyTorch .pt or NumPy .npz file"),
        (b"\x1f\x8b", "a gzip file"),
        (b"\x80\x02", "a Python pickle"),
        (b"\x80\x03", "a Python pickle"),
        (b"\x80\x04", "a Python pickle"),
        (b"\x80\x05", "a Python pickle"),
        (b"\x93NUMPY", "a NumPy .npy file"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file, such as a Keras .h5 model"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"P5", "a PGM image"),
        (b"%PDF", "a PDF document"),
        (b"\x7fELF", "a program"),
        (b"\x00\x00\x08\x01", "IDX labels, such as those of MNIST"),
        (b"\x00\x00\x08\x03", "IDX images, such as those of MNIST"),
        // How the first bytes come out of transfers that take a binary file for text.
        (b"\x09NNM", "a model file whose eighth bits were stripped by a transfer as text"),
        (b"\x89NNM\n", "a model file whose line ends were rewritten by a transfer as text"),
        (b"\x89NNM\r\r", "a model file whose line ends were rewritten by a transfer as text"),
        (b"\x89NNM\r\n\x1a\r", "a model file whose line ends were rewritten by a transfer as text"),
        (b"\xef\xbf\xbdNNM", "a model file that was read as UTF-8 text and saved again"),
    ];
    if let Some((_, kind)) = KINDS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return kind;
    }
    // safetensors: the length of a JSON object in 64 bits, and the object.
    if bytes.get(8) == Some(&b'{') && bytes[4..8] == [0; 4] {
        return "a safetensors file";
    }
    // ONNX: field 1, the version of the format, is a small varint; field 2 is text.
    if bytes.len() > 2 && bytes[0] == 0x08 && bytes[1] < 0x20 && bytes[2] == 0x12 {
        return "an ONNX model";
    }
    let text = bytes.trim_ascii_start();
    match text.first() {
        None => "blank text",
        Some(b'<') => "an HTML or XML page",
        Some(b'{' | b'[') => "JSON text",
        _ if bytes.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()) => "text",
        _ if bytes.iter().all(|&b| b == 0) => "a file of zeros",
        _ if bytes.starts_with(b"\x89NNM") => "a damaged model file",
        _ => "something else",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_named() {
        let check = |bytes: &[u8], expected: &str| {
            let found = looks_like(bytes);
            assert!(found.contains(expected), "{bytes:?}: {found}");
        };
        check(b"PK\x03\x04\x14\x00", "PyTorch");
        check(b"\x1f\x8b\x08", "gzip");
        check(b"\x80\x02}q\x00", "pickle");
        check(b"<!DOCTYPE html>", "HTML");
        check(b"\n  <html>", "HTML");
        check(b"{\"error\": 404}", "JSON");
        check(b"Not Found", "text");
        check(b"  \n", "blank");
        check(b"\x40\0\0\0\0\0\0\0{\"0.weight\"", "safetensors");
        check(b"\x08\x08\x12\x07pytorch", "ONNX");
        check(b"\0\0\x08\x03\0\0\xea\x60", "IDX images");
        check(b"\x89NNM\r\n\x1a\n\x01", "a model file");
        check(b"\x89NNC\r\n\x1a\n\x01", "a checkpoint");
        check(b"\x89NNM\n\x1a\n", "line ends");
        check(b"\x09NNM\r\n\x1a\n", "eighth bits");
        check(b"\xef\xbf\xbdNNM\r\n", "UTF-8");
        check(b"\x89NNN\r\n", "something else");
        check(b"\x89NNM\xff", "a damaged model file");
        check(&[0; 56], "zeros");
    }
}
