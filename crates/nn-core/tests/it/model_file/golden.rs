//! Files of every version there was, which must be readable for ever.

use std::fs;
use std::path::PathBuf;

use nn_core::{Model, Scalar};

use super::{from_bytes, raw, small_model, small_regression, to_bytes};

fn path<T: Scalar>(version: u32) -> PathBuf {
    let name = format!("tests/golden/version-{version}-{}.nnm", T::NAME);
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[track_caller]
fn check<T: Scalar>(version: u32, expected: Model<T>) {
    let golden = fs::read(path::<T>(version)).unwrap();
    let model = from_bytes::<T>(&golden).unwrap();
    assert_eq!(model, expected);
    assert_eq!(to_bytes(&model), golden, "written again, the bytes differ");
}

#[test]
fn files_of_version_1_are_read_and_written_the_same() {
    check::<f32>(1, small_model());
    check::<f64>(1, small_model());
}

#[test]
fn files_of_version_2_are_read_and_written_the_same() {
    check::<f32>(2, small_regression());
    check::<f64>(2, small_regression());
}

#[test]
fn the_header_alone_names_the_model() {
    let golden = fs::read(path::<f32>(1)).unwrap();
    let info = nn_core::FileInfo::read_from(&golden[..56]).unwrap();
    assert_eq!((info.version, info.bytes), (1, golden.len() as u64));
    assert_eq!(info.checksum[..], golden[24..56]);
    assert!(nn_core::FileInfo::read_from(&golden[..55]).is_err());
}

#[test]
fn the_payload_is_one_plain_struct() {
    let payload = raw::small_payload();
    assert_eq!(payload.sizes, [4, 3, 2]);
    assert_eq!(payload.activations, ["gelu", "softmax"]);
    assert_eq!(payload.cost, "softmax-cross-entropy");
    assert_eq!(payload.normalization, raw::Normalization::Standardize);
    assert_eq!(payload.image_shape, Some((2, 2)));
    assert_eq!(payload.provenance.epochs, 3);
    assert_eq!(payload.class_names[1], "größer");
    let weights = small_model::<f32>().network.layers()[0].weights().to_owned();
    assert_eq!(payload.layers[0].weights, weights.into_raw_vec_and_offset().0);
    assert_eq!(payload.seal(), to_bytes(&small_model::<f32>()));
}

/// How the golden files were made. A new format version gets new files beside these.
#[test]
#[ignore = "writes the golden files"]
fn write_golden_files() {
    fs::write(path::<f32>(1), to_bytes(&small_model::<f32>())).unwrap();
    fs::write(path::<f64>(1), to_bytes(&small_model::<f64>())).unwrap();
    fs::write(path::<f32>(2), to_bytes(&small_regression::<f32>())).unwrap();
    fs::write(path::<f64>(2), to_bytes(&small_regression::<f64>())).unwrap();
}
