//! The model file as somebody else would write it: plain structs and a header by hand.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{small_model, to_bytes};

/// The payload as one struct, which a test can falsify and any bincode 1 can write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Payload<T> {
    pub(super) scalar: String,
    pub(super) sizes: Vec<u64>,
    pub(super) activations: Vec<String>,
    pub(super) cost: String,
    pub(super) normalization: Normalization,
    pub(super) image_shape: Option<(u64, u64)>,
    pub(super) provenance: Provenance,
    pub(super) means: Vec<f64>,
    pub(super) deviations: Vec<f64>,
    pub(super) class_names: Vec<String>,
    pub(super) layers: Vec<LayerNumbers<T>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Normalization {
    None,
    Scale(f64),
    Standardize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Provenance {
    pub(super) dataset: String,
    pub(super) dataset_sha256: String,
    pub(super) recipe: String,
    pub(super) seed: u64,
    pub(super) epochs: u64,
    pub(super) test_accuracy: Option<f64>,
    pub(super) version: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LayerNumbers<T> {
    pub(super) weights: Vec<T>,
    pub(super) biases: Vec<T>,
}

/// The payload of [`small_model`].
pub(super) fn small_payload() -> Payload<f32> {
    let bytes = to_bytes(&small_model::<f32>());
    let config = bincode::config::legacy();
    let (payload, used) = bincode::serde::decode_from_slice(&bytes[56..], config).unwrap();
    assert_eq!(used, bytes.len() - 56);
    payload
}

impl Payload<f32> {
    /// The bytes of the payload.
    pub(super) fn encode(&self) -> Vec<u8> {
        bincode::serde::encode_to_vec(self, bincode::config::legacy()).unwrap()
    }

    /// The file of this payload, with a checksum that is right.
    pub(super) fn seal(&self) -> Vec<u8> {
        seal(&self.encode())
    }
}

/// The file of this payload, with a checksum that is right.
pub(super) fn seal(payload: &[u8]) -> Vec<u8> {
    seal_version(payload, 1)
}

/// The same for a payload of this format version.
pub(super) fn seal_version(payload: &[u8], version: u32) -> Vec<u8> {
    let mut file = b"\x89NNM\r\n\x1a\n".to_vec();
    file.extend(version.to_le_bytes());
    file.extend(56_u32.to_le_bytes());
    file.extend((payload.len() as u64).to_le_bytes());
    let checksum = Sha256::new().chain_update(payload).chain_update(&file).finalize();
    file.extend(checksum);
    file.extend(payload);
    file
}
