//! Writing IDX arrays, plain or gzipped.

use std::io::Write;

use flate2::{Compression, GzBuilder};

use super::element::Element;
use super::{IdxArray, IdxData, IdxError};

/// Elements encoded between two writes.
const CHUNK_ELEMENTS: usize = 8192;

/// Writes `array` as an IDX file.
///
/// # Errors
///
/// [`IdxError::Io`] when `out` fails. An [`IdxArray`] can always be expressed.
pub fn write(mut out: impl Write, array: &IdxArray) -> Result<(), IdxError> {
    out.write_all(&array.header())?;
    match array.data() {
        IdxData::U8(v) => out.write_all(v)?,
        IdxData::I8(v) => write_elements(&mut out, v)?,
        IdxData::I16(v) => write_elements(&mut out, v)?,
        IdxData::I32(v) => write_elements(&mut out, v)?,
        IdxData::F32(v) => write_elements(&mut out, v)?,
        IdxData::F64(v) => write_elements(&mut out, v)?,
    }
    out.flush()?;
    Ok(())
}

/// Writes `array` as a gzipped IDX file (`.gz`).
///
/// Equal arrays give equal bytes with one version of the compressor: the gzip header carries
/// neither a time nor a file name.
///
/// # Errors
///
/// [`IdxError::Io`] when `out` fails.
pub fn write_gzip(out: impl Write, array: &IdxArray) -> Result<(), IdxError> {
    let mut encoder = GzBuilder::new().mtime(0).write(out, Compression::best());
    write(&mut encoder, array)?;
    encoder.finish()?.flush()?;
    Ok(())
}

fn write_elements<T: Element>(out: &mut impl Write, elements: &[T]) -> Result<(), IdxError> {
    let mut bytes = Vec::with_capacity(CHUNK_ELEMENTS.min(elements.len()) * T::WIDTH);
    for chunk in elements.chunks(CHUNK_ELEMENTS) {
        bytes.clear();
        for &element in chunk {
            element.push_big_endian(&mut bytes);
        }
        out.write_all(&bytes)?;
    }
    Ok(())
}
