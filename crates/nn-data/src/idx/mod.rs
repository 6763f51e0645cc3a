//! The IDX format of MNIST: arrays of any rank and any of its six element types, read and written.
//!
//! # Layout
//!
//! | bytes | meaning |
//! |---|---|
//! | 0, 1 | zero |
//! | 2 | element type: `08` u8, `09` i8, `0B` i16, `0C` i32, `0D` f32, `0E` f64 |
//! | 3 | rank *r*, the number of dimensions |
//! | 4 … 4 + 4*r* | the dimensions, slowest first, each a big-endian u32 |
//! | then | the elements in row-major order, big-endian |
//!
//! Files are often gzipped; [`read`] tells the two apart by their first bytes.
//!
//! # What is promised for any input, however hostile
//!
//! - No panic, and no arithmetic that wraps.
//! - Memory is taken as bytes arrive, never because a header claims that they will: at most twice
//!   the bytes that really came, plus 16 MiB. A gzip stream is read no further than its header's
//!   exact size, and gives up when it expands like a bomb.
//! - The length is exact: a missing byte, a byte too many, a second gzip member or a wrong gzip
//!   checksum is an error.
//!
//! ```
//! use nn_data::idx::{self, IdxArray, IdxData};
//!
//! # fn main() -> Result<(), nn_data::IdxError> {
//! let labels = IdxArray::new(vec![3], IdxData::U8(vec![5, 0, 4]))?;
//! let mut bytes = Vec::new();
//! idx::write(&mut bytes, &labels)?;
//! assert_eq!(bytes, [0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]);
//! assert_eq!(idx::read(&bytes[..])?, labels);
//! # Ok(())
//! # }
//! ```

mod array;
mod element;
mod error;
mod read;
mod write;

pub use array::{IdxArray, IdxData};
pub use error::IdxError;
pub use read::{read, read_file};
pub use write::{write, write_gzip};

/// The first two bytes of every gzip stream.
pub(crate) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
