//! The fingerprint of a dataset: a SHA-256 over its content, the same in every build.

use sha2::{Digest, Sha256};

use super::{Dataset, Features};
use crate::verify::hex;

/// Hashed first, so that no other kind of content can have the same fingerprint.
const DOMAIN: &[u8] = b"nn-data dataset 1\0";

/// Hashes, all integers as little-endian u64: the domain, the type of the features (0 for bytes,
/// 1 for floats), rows, columns, the image shape (0, 0 for none), the number of classes, the
/// features (floats as the little-endian bytes of their bits) and the labels (as little-endian u16);
/// for a regression then "values" and the numbers to be predicted, as f64.
pub(super) fn of(dataset: &Dataset) -> String {
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    let (image_rows, image_columns) = dataset.image_shape().unwrap_or((0, 0));
    let kind = match dataset.features() {
        Features::U8(_) => 0,
        Features::F32(_) => 1,
    };
    for number in [
        kind,
        dataset.len(),
        dataset.num_features(),
        image_rows,
        image_columns,
        dataset.num_classes(),
    ] {
        hasher.update((number as u64).to_le_bytes());
    }
    match dataset.features() {
        Features::U8(f) => hasher.update(f.as_slice().expect("the constructor made it contiguous")),
        Features::F32(f) => {
            for row in f.rows() {
                let bytes: Vec<u8> = row.iter().flat_map(|value| value.to_le_bytes()).collect();
                hasher.update(&bytes);
            }
        }
    }
    let labels: Vec<u8> =
        dataset.labels().as_slice().iter().flat_map(|label| label.to_le_bytes()).collect();
    hasher.update(&labels);
    if let Some(values) = dataset.values() {
        hasher.update(b"values");
        for value in values {
            hasher.update(value.to_le_bytes());
        }
    }
    hex(&hasher.finalize())
}
