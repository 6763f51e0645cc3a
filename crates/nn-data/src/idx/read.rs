//! Reading IDX arrays from any bytes, plain or gzipped, in bounded memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;

use super::array::element_count;
use super::element::{Element, ElementType};
use super::{GZIP_MAGIC, IdxArray, IdxData, IdxError};

/// Bytes read and decoded at a time; a multiple of every element's width.
const CHUNK: usize = 64 * 1024;

/// A gzip stream may expand this many times, beyond [`FREE_EXPANSION`], before it counts as a bomb.
/// MNIST expands 4.7 times; deflate's limit is 1032.
const MAX_EXPANSION: u64 = 32;

/// Expanded bytes that are never held against a stream, so that small and very regular files
/// (10,000 equal labels, say) pass.
const FREE_EXPANSION: u64 = 8 << 20;

/// Reads one IDX array and expects the input to end with it.
///
/// The input is plain IDX or one gzip member that holds IDX; the first bytes tell which.
///
/// # Errors
///
/// Every way in which the bytes may be wrong has its own [`IdxError`]; see the module's promises.
pub fn read(input: impl Read) -> Result<IdxArray, IdxError> {
    let mut input = BufReader::with_capacity(CHUNK, input);
    let mut start = [0; 4];
    let found = read_until_full(&mut input, &mut start)?;
    let start = &start[..found];
    let whole = Cursor::new(start).chain(input);
    if start.starts_with(&GZIP_MAGIC) { read_gzip(whole) } else { read_plain(whole) }
}

/// Reads the IDX array in the file at `path`; see [`read`].
///
/// # Errors
///
/// [`IdxError::Io`] when the file can't be opened or read, else as [`read`].
pub fn read_file(path: impl AsRef<Path>) -> Result<IdxArray, IdxError> {
    read(File::open(path)?)
}

fn read_gzip(input: impl BufRead) -> Result<IdxArray, IdxError> {
    let mut expanding =
        Expanding { decoder: GzDecoder::new(Counted { inner: input, count: 0 }), expanded: 0 };
    let array = read_plain(&mut expanding).map_err(|error| expanding.explain(error))?;
    // The plain reader has met the end of the stream, and with it the decoder its checksum.
    let mut rest = expanding.decoder.into_inner();
    let mut following = [0; 2];
    match read_until_full(&mut rest, &mut following)? {
        0 => Ok(array),
        2 if following == GZIP_MAGIC => Err(IdxError::SecondGzipMember),
        _ => Err(IdxError::BytesAfterGzip),
    }
}

fn read_plain(mut input: impl Read) -> Result<IdxArray, IdxError> {
    let mut start = [0; 4];
    let found = read_until_full(&mut input, &mut start)?;
    if found < start.len() {
        return Err(IdxError::TooShort { found });
    }
    let (element, rank) = check_magic(start)?;
    let (shape, count) = read_shape(&mut input, element, rank)?;

    let mut payload = Payload { input, bytes: 0 };
    let data = match element {
        ElementType::U8 => payload.elements(count).map(IdxData::U8),
        ElementType::I8 => payload.elements(count).map(IdxData::I8),
        ElementType::I16 => payload.elements(count).map(IdxData::I16),
        ElementType::I32 => payload.elements(count).map(IdxData::I32),
        ElementType::F32 => payload.elements(count).map(IdxData::F32),
        ElementType::F64 => payload.elements(count).map(IdxData::F64),
    }?;
    let expected = count as u64 * element.width() as u64;
    if payload.bytes < expected {
        return Err(missing_bytes(shape, element, expected, payload.bytes));
    }
    if read_until_full(&mut payload.input, &mut [0])? > 0 {
        return Err(IdxError::TrailingBytes { shape, expected });
    }
    IdxArray::new(shape, data)
}

/// Checks the first four bytes and gives the element type and the rank.
fn check_magic(start: [u8; 4]) -> Result<(ElementType, u8), IdxError> {
    match start {
        [0, 0, code, rank] => match ElementType::from_code(code) {
            Some(element) => Ok((element, rank)),
            None => Err(IdxError::UnsupportedType { code }),
        },
        [_, code, 0, 0] if ElementType::from_code(code).is_some() => {
            Err(IdxError::LittleEndian { found: start })
        }
        _ => Err(IdxError::WrongMagic { found: start }),
    }
}

/// Reads `rank` dimensions and gives them with the number of elements.
fn read_shape(
    mut input: impl Read,
    element: ElementType,
    rank: u8,
) -> Result<(Vec<usize>, usize), IdxError> {
    let mut bytes = vec![0; 4 * usize::from(rank)];
    let found = read_until_full(&mut input, &mut bytes)?;
    if found < bytes.len() {
        return Err(IdxError::TruncatedHeader { expected: 4 + bytes.len(), found: 4 + found });
    }
    let dimensions: Vec<u32> = bytes
        .chunks_exact(4)
        .map(|b| u32::from_be_bytes(b.try_into().expect("chunks of four")))
        .collect();
    let shape: Option<Vec<usize>> = dimensions.iter().map(|&d| usize::try_from(d).ok()).collect();
    let counted = shape.and_then(|shape| {
        let count = element_count(&shape, element)?;
        Some((shape, count))
    });
    counted.ok_or_else(|| overflow(dimensions, element))
}

/// The error for dimensions that no machine can hold.
///
/// Those of a file of images in little-endian order end up here: its 28 is read as 469,762,048.
fn overflow(dimensions: Vec<u32>, element: ElementType) -> IdxError {
    let as_usize = |d: &u32| *d as usize;
    let shape: Vec<usize> = dimensions.iter().map(as_usize).collect();
    if dimensions.iter().all(|d| d.swap_bytes() < *d) && swapped_count(&shape, element).is_some() {
        IdxError::LittleEndianShape { shape }
    } else {
        IdxError::ShapeOverflow { shape: dimensions }
    }
}

/// The number of elements if the dimensions were little-endian.
fn swapped_count(shape: &[usize], element: ElementType) -> Option<usize> {
    let swapped: Vec<usize> = shape.iter().map(|&d| (d as u32).swap_bytes() as usize).collect();
    element_count(&swapped, element)
}

/// The error for a payload that ends early: truncated, or written in the other byte order.
fn missing_bytes(shape: Vec<usize>, element: ElementType, expected: u64, found: u64) -> IdxError {
    let swapped = swapped_count(&shape, element).map(|n| n as u64 * element.width() as u64);
    if swapped == Some(found) {
        IdxError::LittleEndianShape { shape }
    } else {
        IdxError::Truncated { shape, expected, found }
    }
}

/// What follows the header, with a count of the bytes that were there.
struct Payload<R> {
    input: R,
    bytes: u64,
}

impl<R: Read> Payload<R> {
    /// Reads up to `count` elements; fewer when the input ends.
    ///
    /// Room is made as elements arrive, doubling but never beyond `count`, so that a header's claim
    /// alone costs nothing.
    fn elements<T: Element>(&mut self, count: usize) -> Result<Vec<T>, IdxError> {
        let mut elements = Vec::new();
        let mut chunk = vec![0; CHUNK];
        while elements.len() < count {
            let wanted = (count - elements.len()).min(CHUNK / T::WIDTH) * T::WIDTH;
            let found = read_until_full(&mut self.input, &mut chunk[..wanted])?;
            self.bytes += found as u64;
            make_room(&mut elements, found / T::WIDTH, count)?;
            elements.extend(chunk[..found].chunks_exact(T::WIDTH).map(T::from_big_endian));
            if found < wanted {
                break;
            }
        }
        Ok(elements)
    }
}

/// Makes room for `arrived` more elements, at least doubling but to no more than `count` in all.
fn make_room<T>(elements: &mut Vec<T>, arrived: usize, count: usize) -> Result<(), IdxError> {
    let needed = elements.len() + arrived;
    if needed > elements.capacity() {
        let capacity = needed.max(elements.capacity().saturating_mul(2)).min(count);
        elements
            .try_reserve_exact(capacity - elements.len())
            .map_err(|error| io::Error::new(io::ErrorKind::OutOfMemory, error))?;
    }
    Ok(())
}

/// Fills `buffer` as far as the input goes and gives the number of bytes read.
fn read_until_full(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// A gzip decoder that gives up on bombs.
struct Expanding<R> {
    decoder: GzDecoder<Counted<R>>,
    expanded: u64,
}

impl<R> Expanding<R> {
    fn is_bomb(&self) -> bool {
        let fair = self.decoder.get_ref().count.saturating_mul(MAX_EXPANSION);
        self.expanded > fair.saturating_add(FREE_EXPANSION)
    }

    /// Tells the errors of the gzip stream from those of the file beneath it.
    fn explain(&self, error: IdxError) -> IdxError {
        use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        match error {
            IdxError::Io(_) if self.is_bomb() => IdxError::GzipBomb {
                compressed: self.decoder.get_ref().count,
                expanded: self.expanded,
            },
            IdxError::Io(e) if e.kind() == UnexpectedEof => {
                IdxError::Gzip { reason: "it ends too early".into() }
            }
            IdxError::Io(e) if matches!(e.kind(), InvalidData | InvalidInput) => {
                IdxError::Gzip { reason: e.to_string() }
            }
            other => other,
        }
    }
}

impl<R: BufRead> Read for Expanding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.decoder.read(buffer)?;
        self.expanded += n as u64;
        if self.is_bomb() {
            return Err(io::Error::other("gzip bomb"));
        }
        Ok(n)
    }
}

/// A reader that counts the bytes taken from it.
struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.count += n as u64;
        Ok(n)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.count += amount as u64;
        self.inner.consume(amount);
    }
}

#[cfg(test)]
mod tests;
