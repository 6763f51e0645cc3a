//! [`IdxError`]: everything that can be wrong with an IDX file, saying what was expected and found.

use std::io;

/// Why bytes are not an IDX array.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdxError {
    /// Fewer bytes than the smallest header.
    #[error("expected an IDX header of at least 4 bytes, found {found} bytes")]
    TooShort {
        /// Bytes in the file.
        found: usize,
    },
    /// The file begins as no IDX file does.
    #[error(
        "expected an IDX file (first bytes 00 00), found first bytes {found:02x?}{}",
        looks_like(*found)
    )]
    WrongMagic {
        /// The first four bytes.
        found: [u8; 4],
    },
    /// The header was written in little-endian order.
    #[error(
        "expected a big-endian IDX header, found a little-endian one (first bytes {found:02x?})"
    )]
    LittleEndian {
        /// The first four bytes.
        found: [u8; 4],
    },
    /// The type and rank are in order, the dimensions are little-endian.
    #[error(
        "expected big-endian dimensions, found little-endian ones \
         (read as big-endian they would be {shape:?})"
    )]
    LittleEndianShape {
        /// The dimensions as a big-endian reader sees them.
        shape: Vec<usize>,
    },
    /// The type byte stands for none of the six element types.
    #[error("expected an IDX element type 08, 09, 0b, 0c, 0d or 0e, found {code:02x}")]
    UnsupportedType {
        /// The type byte.
        code: u8,
    },
    /// The file ends within its header.
    #[error("expected {expected} bytes of IDX header, the file ends after {found}")]
    TruncatedHeader {
        /// Bytes that the rank asks for.
        expected: usize,
        /// Bytes there are.
        found: usize,
    },
    /// The product of the dimensions can't be held in memory.
    #[error("the dimensions {shape:?} overflow: no machine can hold that many elements")]
    ShapeOverflow {
        /// The dimensions in the header.
        shape: Vec<u32>,
    },
    /// The header claims more than the file holds.
    #[error("the shape {shape:?} needs {expected} bytes of elements, the file holds {found}")]
    Truncated {
        /// The dimensions in the header.
        shape: Vec<usize>,
        /// Bytes that the shape asks for.
        expected: u64,
        /// Bytes that followed the header.
        found: u64,
    },
    /// There are bytes after the last element.
    #[error("the shape {shape:?} needs {expected} bytes of elements, more bytes follow them")]
    TrailingBytes {
        /// The dimensions in the header.
        shape: Vec<usize>,
        /// Bytes that the shape asks for.
        expected: u64,
    },
    /// The gzip stream is damaged: a bad checksum, a bad block, or cut short.
    #[error("damaged gzip stream: {reason}")]
    Gzip {
        /// What the decoder found.
        reason: String,
    },
    /// A further gzip stream follows the first.
    #[error("expected one gzip member, a second one follows it")]
    SecondGzipMember,
    /// Something other than gzip follows the gzip stream.
    #[error("expected the file to end with its gzip stream, more bytes follow it")]
    BytesAfterGzip,
    /// The gzip stream expands far beyond what real data do.
    #[error(
        "the gzip stream expands like a bomb: {compressed} bytes had already given {expanded}; \
         decompress the file first if it is genuine"
    )]
    GzipBomb {
        /// Compressed bytes read when giving up.
        compressed: u64,
        /// Bytes they had expanded to.
        expanded: u64,
    },
    /// A shape and a number of elements that don't agree.
    #[error("shape {shape:?} does not hold {elements} elements")]
    ShapeMismatch {
        /// The shape given.
        shape: Vec<usize>,
        /// The elements given.
        elements: usize,
    },
    /// A shape that the format can't express.
    #[error("IDX holds at most 255 dimensions of at most 4294967295 each, found {shape:?}")]
    NotRepresentable {
        /// The shape given.
        shape: Vec<usize>,
    },
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Names the kinds of file that people most often have in place of an IDX file.
fn looks_like(found: [u8; 4]) -> &'static str {
    match found {
        [b'<', ..] => " (an HTML page?)",
        [b'P', b'K', 3, 4] => " (a zip archive: unpack it first)",
        [0x89, b'P', b'N', b'G'] => " (a PNG image)",
        [0x93, b'N', b'U', b'M'] => " (a NumPy .npy file)",
        [b'B', b'Z', b'h', _] => " (a bzip2 file: decompress it first)",
        [0xfd, b'7', b'z', b'X'] => " (an xz file: decompress it first)",
        [0x28, 0xb5, 0x2f, 0xfd] => " (a zstd file: decompress it first)",
        _ => "",
    }
}
