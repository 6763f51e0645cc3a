//! Files that are damaged, cut, or no model files at all.

use nn_core::{ContainerError, Limits, Model, ModelFileError};

use super::{from_bytes, message, small_model, to_bytes};

#[test]
fn every_flipped_bit_is_noticed() {
    let good = to_bytes(&small_model::<f32>());
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let error = from_bytes::<f32>(&bad).expect_err(&format!("bit {bit} was flipped"));
        assert!(!matches!(error, ModelFileError::Io(_)), "{error}");
        if bit >= 24 * 8 {
            assert!(
                matches!(error, ModelFileError::Container(ContainerError::Checksum)),
                "bit {bit}: {error}"
            );
        }
    }
}

#[test]
fn every_truncation_is_noticed() {
    let good = to_bytes(&small_model::<f32>());
    for length in 0..good.len() {
        match from_bytes::<f32>(&good[..length]).unwrap_err() {
            ModelFileError::Container(ContainerError::Empty) => assert_eq!(length, 0),
            ModelFileError::Container(ContainerError::Truncated { expected, found }) => {
                assert_eq!(found, length as u64);
                assert_eq!(expected, if length < 56 { 56 } else { good.len() as u64 });
            }
            other => panic!("{length} bytes: {other}"),
        }
    }
}

#[test]
fn bytes_after_the_end_are_noticed() {
    let mut bytes = to_bytes(&small_model::<f32>());
    bytes.push(0);
    let error = from_bytes::<f32>(&bytes).unwrap_err();
    assert!(
        matches!(error, ModelFileError::Container(ContainerError::TrailingBytes { .. })),
        "{error}"
    );
}

#[test]
fn other_kinds_of_files_are_named() {
    let check = |bytes: &[u8], expected: &str| {
        let message = message(&from_bytes::<f32>(bytes).unwrap_err());
        assert!(message.contains(expected), "{message}");
    };
    check(b"", "the file is empty");
    check(b"PK\x03\x04 and so on", "not a model file: it looks like a zip archive");
    check(b"\x1f\x8b", "gzip");
    check(b"<!DOCTYPE html><html>", "HTML");
    check(b"\x89NNM\n\x1a\n and so on", "line ends");
}

#[test]
fn newer_versions_are_named() {
    let mut bytes = to_bytes(&small_model::<f32>());
    bytes[8] = 3;
    let message = message(&from_bytes::<f32>(&bytes).unwrap_err());
    assert!(message.contains("format version 3"), "{message}");
    assert!(message.contains("newer version of the program"), "{message}");
}

#[test]
fn limits_hold_before_the_payload_is_read() {
    let bytes = to_bytes(&small_model::<f32>());
    let read = |limit| Model::<f32>::read_from(&bytes[..], &Limits::new(limit));
    let error = read(bytes.len() as u64 - 1).unwrap_err();
    assert!(matches!(error, ModelFileError::Container(ContainerError::TooLarge { .. })), "{error}");

    // A header alone is enough to be refused.
    let mut header = bytes[..56].to_vec();
    header[16..24].fill(0xff);
    let error = from_bytes::<f32>(&header).unwrap_err();
    assert!(matches!(error, ModelFileError::Container(ContainerError::TooLarge { .. })), "{error}");

    // Rows of one unit are padded, so the network can be larger than the file.
    let error = read(bytes.len() as u64).unwrap_err();
    assert!(matches!(error, ModelFileError::TooLarge { .. }), "{error}");
    assert!(read(4096).is_ok());
}
