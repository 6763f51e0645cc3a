//! Files that are damaged or mean harm: refused, without a panic and without taking memory
//! for what they only claim.

use nn_core::{Activation, Normalization};
use nn_interop::{ImportError, ImportOptions, safetensors};
use proptest::prelude::*;

use crate::models::model;

fn good() -> Vec<u8> {
    let mut bytes = Vec::new();
    let model = model(Activation::Relu, Activation::Softmax, Normalization::None);
    safetensors::write(&model, &mut bytes).unwrap();
    bytes
}

fn read(bytes: &[u8]) -> Result<(), ImportError> {
    safetensors::read(bytes, &ImportOptions::default()).map(|_| ())
}

/// A file of this header and `data` bytes of zeros.
fn with_header(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    bytes
}

#[track_caller]
fn refused(bytes: &[u8], message: &str) {
    let error = read(bytes).unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
}

#[test]
fn no_truncation_gets_through() {
    let bytes = good();
    for end in 0..bytes.len() {
        assert!(read(&bytes[..end]).is_err(), "the first {end} bytes");
    }
    assert!(read(&[&bytes[..], b"x"].concat()).is_err());
}

#[test]
fn other_files_are_refused() {
    refused(b"", "the file is empty");
    refused(b"short", "it ends after 5 bytes");
    refused(b"PK\x03\x04 a zip file, as PyTorch writes", "is this a safetensors file?");
    refused(&u64::MAX.to_le_bytes(), "found the length 18446744073709551615");
    refused(&[0; 64], "not a safetensors file");
    refused(&with_header("{}", 0), "it holds no weights");
    refused(&with_header("[1, 2]", 0), "JSON");
    refused(&with_header(&"[".repeat(100_000), 0), "JSON");
}

#[test]
fn headers_that_lie_are_refused() {
    let tensor = |shape: &str, offsets: &str, data| {
        let place = format!(r#"{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}"#);
        with_header(&format!(r#"{{"0.weight":{place}}}"#), data)
    };
    refused(&tensor("[2,2]", "[0,8]", 8), "not a safetensors file");
    refused(&tensor("[2,2]", "[0,16]", 12), "not a safetensors file");
    refused(&tensor("[2,2]", "[4,20]", 20), "not a safetensors file");
    refused(&tensor("[2,2]", "[16,0]", 16), "not a safetensors file");
    refused(&tensor("[4294967296,4294967296]", "[0,0]", 0), "not a safetensors file");
    refused(&tensor("[18446744073709551615,0]", "[0,0]", 0), "the shape");
    refused(&tensor("[-1,2]", "[0,16]", 16), "not a safetensors file");
    refused(&tensor("[2,2]", "[0,1e30]", 16), "not a safetensors file");
    let place = r#"{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}"#;
    let twice = format!(r#"{{"0.weight":{place},"1.weight":{place}}}"#);
    refused(&with_header(&twice, 4), "not a safetensors file");
}

#[test]
fn metadata_of_ours_must_make_sense() {
    let with = |entries: &str| {
        let place = r#"{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}"#;
        let ours = r#""producer":"nn-rs 0.1.0","#;
        with_header(&format!(r#"{{"__metadata__":{{{ours}{entries}}},"0.weight":{place}}}"#), 4)
    };
    read(&with(r#""activations":"sigmoid""#)).unwrap();
    refused(&with(r#""activations":"sigmoit""#), "metadata `activations`: unknown activation");
    refused(&with(r#""activations":"relu,relu""#), "for each of the 1 layers, found 2");
    let and = |entry: &str| with(&format!(r#""activations":"sigmoid",{entry}"#));
    refused(&and(r#""cost":"none""#), "metadata `cost`");
    refused(&and(r#""normalization":"{}""#), "metadata `normalization`");
    refused(&and(r#""image_shape":"28""#), "expected such as 28x28, found `28`");
    refused(&and(r#""class_names":"[\"a\",\"b\"]""#), "do not make a model");
    refused(
        &and(r#""normalization":"{\"kind\":\"standardize\",\"means\":[],\"deviations\":[]}""#),
        "do not make a model",
    );
}

#[test]
fn limits_hold_for_the_file_and_for_the_network() {
    let bytes = good();
    let mut options = ImportOptions::default();
    options.max_bytes = bytes.len() as u64 - 1;
    let error = safetensors::read(&bytes[..], &options).unwrap_err();
    assert!(matches!(error, ImportError::TooLarge { what: "file", .. }), "{error}");

    // A thousand inputs of one unit: each weight is padded to a line of the cache.
    let place = r#"{"dtype":"F32","shape":[1,1000],"data_offsets":[0,4000]}"#;
    let bytes = with_header(&format!(r#"{{"0.weight":{place}}}"#), 4000);
    options.activations = Some(vec![Activation::Relu]);
    options.max_bytes = 8000;
    let error = safetensors::read(&bytes[..], &options).unwrap_err();
    assert!(matches!(error, ImportError::TooLarge { what: "network", .. }), "{error}");

    // A reader without end is read no further than the limit.
    let endless = std::io::Read::chain(&bytes[..], std::io::repeat(0));
    let error = safetensors::read(endless, &options).unwrap_err();
    assert!(matches!(error, ImportError::TooLarge { what: "file", bytes: 8001, .. }), "{error}");
}

proptest! {
    #[test]
    fn no_damage_makes_it_panic(at in 0_usize..2000, flip in 1_u8..=255, cut in 0_usize..3000) {
        let mut bytes = good();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        bytes.truncate(cut.max(at + 1));
        let _ = read(&bytes);
    }

    #[test]
    fn no_header_makes_it_panic(header in r#"[\{\}\[\]",:0-9a-z_\.]{0,60}"#, data in 0_usize..40) {
        prop_assert!(read(&with_header(&header, data)).is_err());
    }
}
