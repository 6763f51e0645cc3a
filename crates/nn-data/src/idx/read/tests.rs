//! What the IDX reader accepts, what it refuses and how it says so.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;

use super::super::{write, write_gzip};
use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn idx_header(code: u8, dimensions: &[u32]) -> Vec<u8> {
    let mut bytes = vec![0, 0, code, dimensions.len() as u8];
    for d in dimensions {
        bytes.extend_from_slice(&d.to_be_bytes());
    }
    bytes
}

fn labels(values: &[u8]) -> Vec<u8> {
    let mut bytes = idx_header(8, &[values.len() as u32]);
    bytes.extend_from_slice(values);
    bytes
}

#[track_caller]
fn check_error(bytes: &[u8], expected: &str) {
    assert_eq!(read(bytes).unwrap_err().to_string(), expected);
}

#[test]
fn refuses_a_file_shorter_than_its_magic() {
    check_error(b"", "expected an IDX header of at least 4 bytes, found 0 bytes");
    check_error(&[0, 0, 8], "expected an IDX header of at least 4 bytes, found 3 bytes");
    check_error(&gzip(&[0, 0]), "expected an IDX header of at least 4 bytes, found 2 bytes");
}

#[test]
fn names_what_is_there_instead() {
    check_error(
        b"<!DOCTYPE html>",
        "expected an IDX file (first bytes 00 00), found first bytes [3c, 21, 44, 4f] \
         (an HTML page?)",
    );
    assert!(read(&b"\x89PNG\r\n"[..]).unwrap_err().to_string().ends_with("(a PNG image)"));
    assert!(matches!(read(&b"abcd"[..]), Err(IdxError::WrongMagic { .. })));
}

#[test]
fn refuses_unknown_element_types() {
    check_error(
        &idx_header(0x0a, &[1]),
        "expected an IDX element type 08, 09, 0b, 0c, 0d or 0e, found 0a",
    );
}

#[test]
fn names_little_endian_headers() {
    check_error(
        &[3, 8, 0, 0, 0, 0, 0, 1],
        "expected a big-endian IDX header, found a little-endian one (first bytes [03, 08, 00, 00])",
    );
    // The magic in order, but the dimensions swapped, of images (an overflow) and of labels.
    let mut images = vec![0, 0, 8, 3];
    for d in [60_000_u32, 28, 28] {
        images.extend_from_slice(&d.to_le_bytes());
    }
    assert!(matches!(read(&images[..]), Err(IdxError::LittleEndianShape { .. })));
    let mut some = vec![0, 0, 8, 1, 5, 0, 0, 0];
    some.extend_from_slice(&[1, 2, 3, 4, 5]);
    assert!(matches!(read(&some[..]), Err(IdxError::LittleEndianShape { .. })));
}

#[test]
fn refuses_dimensions_that_overflow() {
    check_error(
        &idx_header(0x0e, &[u32::MAX; 3]),
        "the dimensions [4294967295, 4294967295, 4294967295] overflow: \
         no machine can hold that many elements",
    );
    check_error(
        &idx_header(8, &[0, u32::MAX, u32::MAX, u32::MAX]),
        "the dimensions [0, 4294967295, 4294967295, 4294967295] overflow: \
         no machine can hold that many elements",
    );
}

#[test]
fn a_claim_costs_no_memory() {
    // 4 TiB claimed, 3 bytes there. An allocation by the claim would abort the test.
    let mut bytes = idx_header(0x0e, &[u32::MAX, 128]);
    bytes.extend_from_slice(&[1, 2, 3]);
    let expected = u64::from(u32::MAX) * 128 * 8;
    match read(&bytes[..]) {
        Err(IdxError::Truncated { expected: e, found: 3, .. }) => assert_eq!(e, expected),
        other => panic!("{other:?}"),
    }
}

#[test]
fn room_grows_with_what_arrives_and_stops_at_the_shape() {
    let mut elements: Vec<u8> = Vec::new();
    let mut arrived = 0;
    while arrived < 1_000_000 {
        let n = 4096.min(1_000_000 - arrived);
        make_room(&mut elements, n, 1_000_000).unwrap();
        elements.resize(arrived + n, 0);
        arrived += n;
        assert!(elements.capacity() <= (2 * arrived).min(1_000_000));
    }
}

#[test]
fn the_length_is_exact() {
    let whole = labels(&[1, 2, 3]);
    check_error(&whole[..10], "the shape [3] needs 3 bytes of elements, the file holds 2");
    check_error(&whole[..6], "expected 8 bytes of IDX header, the file ends after 6");
    let mut longer = whole.clone();
    longer.push(0);
    check_error(&longer, "the shape [3] needs 3 bytes of elements, more bytes follow them");
    check_error(&gzip(&longer), "the shape [3] needs 3 bytes of elements, more bytes follow them");
}

#[test]
fn refuses_damaged_gzip() {
    let good = gzip(&labels(&[7; 100]));
    for end in 2..good.len() {
        assert!(read(&good[..end]).is_err(), "cut to {end} bytes");
    }
    let crc = good.len() - 8;
    let mut bad = good.clone();
    bad[crc] ^= 1;
    check_error(&bad, "damaged gzip stream: corrupt gzip stream does not have a matching checksum");
    check_error(&good[..good.len() - 1], "damaged gzip stream: it ends too early");
}

#[test]
fn refuses_anything_after_the_gzip_stream() {
    let one = gzip(&labels(&[1, 2, 3]));
    check_error(
        &[&one[..], &one[..]].concat(),
        "expected one gzip member, a second one follows it",
    );
    // A member split in two, as `cat a.gz b.gz` or bgzip make it, isn't read as one either.
    let bytes = labels(&[1, 2, 3]);
    let split = [gzip(&bytes[..9]), gzip(&bytes[9..])].concat();
    assert!(matches!(read(&split[..]), Err(IdxError::Truncated { .. })));
    for rest in [&b"x"[..], b"xy", &[0x1f, 0x8c], b"xyz"] {
        check_error(
            &[&one[..], rest].concat(),
            "expected the file to end with its gzip stream, more bytes follow it",
        );
    }
}

#[test]
fn gives_up_on_a_gzip_bomb() {
    // 64 MiB of zeros in 64 KiB: exactly as many as the header says, and still no honest dataset.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&idx_header(8, &[64 << 20])).unwrap();
    encoder.write_all(&vec![0; 64 << 20]).unwrap();
    let bomb = encoder.finish().unwrap();
    match read(&bomb[..]) {
        Err(IdxError::GzipBomb { expanded, .. }) => assert!(expanded < 12 << 20, "{expanded}"),
        other => panic!("{other:?}"),
    }
    // A bomb behind a modest header is never expanded beyond the header's size.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&idx_header(8, &[3])).unwrap();
    encoder.write_all(&vec![0; 64 << 20]).unwrap();
    let bomb = encoder.finish().unwrap();
    assert!(matches!(read(&bomb[..]), Err(IdxError::TrailingBytes { expected: 3, .. })));
}

#[test]
fn regular_data_pass() {
    let same = labels(&vec![7; 60_000]);
    assert_eq!(read(&gzip(&same)[..]).unwrap().shape(), [60_000]);
}

#[test]
fn errors_of_the_input_are_io_errors() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::PermissionDenied))
        }
    }
    let plain = labels(&[1, 2, 3]);
    assert!(matches!(read(plain[..9].chain(Failing)), Err(IdxError::Io(_))));
    let gz = gzip(&plain);
    assert!(matches!(read(gz[..15].chain(Failing)), Err(IdxError::Io(_))));
    assert!(matches!(read(gz.chain(Failing)), Err(IdxError::Io(_))));
}

#[test]
fn a_directory_is_an_io_error() {
    assert!(matches!(read_file(std::env::temp_dir()), Err(IdxError::Io(_))));
}

#[test]
fn rank_zero_and_empty_arrays_are_arrays() {
    assert_eq!(
        read(&[0, 0, 8, 0, 9][..]).unwrap(),
        IdxArray::new(vec![], IdxData::U8(vec![9])).unwrap()
    );
    let empty = read(&idx_header(0x0d, &[0, 28, 28])[..]).unwrap();
    assert_eq!((empty.shape(), empty.data().len()), (&[0, 28, 28][..], 0));
}

#[test]
fn every_single_bit_of_a_plain_header_matters() {
    let good = labels(&[1, 2, 3]);
    let passing: Vec<usize> = (0..8 * 8)
        .filter(|bit| {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            read(&bad[..]).is_ok()
        })
        .collect();
    // One bit turns u8 (08) into i8 (09), just as wide; only a checksum could tell.
    assert_eq!(passing, [16]);
}

/// A reader that gives one byte at a time, as a slow pipe may.
struct OneByte<'a>(&'a [u8]);

impl Read for OneByte<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = buffer.len().min(1);
        self.0.read(&mut buffer[..n])
    }
}

fn any_array() -> impl Strategy<Value = IdxArray> {
    let shape = prop::collection::vec(0_usize..6, 0..5);
    (shape, 0_u8..6, any::<u64>()).prop_map(|(shape, kind, seed)| {
        let count: usize = shape.iter().product();
        // The bits are arbitrary, but no NaN, which would not equal itself.
        let bits = (0..count as u64).map(|i| (seed ^ i).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let data = match kind {
            0 => IdxData::U8(bits.map(|b| b as u8).collect()),
            1 => IdxData::I8(bits.map(|b| b as i8).collect()),
            2 => IdxData::I16(bits.map(|b| b as i16).collect()),
            3 => IdxData::I32(bits.map(|b| b as i32).collect()),
            4 => IdxData::F32(bits.map(|b| b as i32 as f32 * 1e-3).collect()),
            _ => IdxData::F64(bits.map(|b| b.cast_signed() as f64 * 1e-9).collect()),
        };
        IdxArray::new(shape, data).unwrap()
    })
}

proptest! {
    #[test]
    fn what_was_written_is_read(array in any_array()) {
        let (mut plain, mut gz) = (Vec::new(), Vec::new());
        write(&mut plain, &array).unwrap();
        write_gzip(&mut gz, &array).unwrap();
        prop_assert_eq!(&read(&plain[..]).unwrap(), &array);
        prop_assert_eq!(&read(&gz[..]).unwrap(), &array);
        prop_assert_eq!(&read(OneByte(&plain)).unwrap(), &array);
        prop_assert_eq!(&read(OneByte(&gz)).unwrap(), &array);
    }

    #[test]
    fn every_truncation_is_an_error(array in any_array(), cut in any::<prop::sample::Index>()) {
        let (mut plain, mut gz) = (Vec::new(), Vec::new());
        write(&mut plain, &array).unwrap();
        write_gzip(&mut gz, &array).unwrap();
        for bytes in [plain, gz] {
            prop_assert!(read(&bytes[..cut.index(bytes.len())]).is_err());
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), prefix in 0_usize..3) {
        let _ = read(&bytes[..]);
        let magic: &[u8] = [&[0, 0][..], &[0x1f, 0x8b, 8][..], &[0, 0, 8, 1, 0, 0, 0][..]][prefix];
        let _ = read(&[magic, &bytes].concat()[..]);
        let _ = read(&gzip(&[magic, &bytes].concat())[..]);
    }

    #[test]
    fn no_mutation_of_gzip_changes_what_is_read(
        array in any_array(), at in any::<prop::sample::Index>(), flip in 1_u8..,
    ) {
        let mut bytes = Vec::new();
        write_gzip(&mut bytes, &array).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        // The gzip header's time and system and the padding of the last block stand outside the
        // checksum; a change there changes no element.
        if let Ok(read) = read(&bytes[..]) {
            prop_assert_eq!(read, array);
        }
    }
}
