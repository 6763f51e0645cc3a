//! Weights as text inside a page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nn_core::{Activation, Layer, Model};
use serde::Serialize;

use crate::ViewError;

/// How a page stores weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Weights {
    /// As they are, 4 bytes each.
    #[default]
    F32,
    /// Rounded to 1 byte each, with a scale per unit: a quarter of the size, and now and then another
    /// answer where two classes are close.
    I8,
}

/// One layer.
#[derive(Debug, Serialize)]
pub(super) struct LayerData {
    outputs: usize,
    activation: String,
    /// Base64 of little-endian f32 or of i8, a row per input (n_in × n_out).
    weights: String,
    /// Base64 of little-endian f32, one per unit; absent where weights are f32.
    #[serde(skip_serializing_if = "Option::is_none")]
    scales: Option<String>,
    /// Base64 of little-endian f32, one per unit.
    biases: String,
}

pub(super) fn layers(model: &Model<f32>, weights: Weights) -> Result<Vec<LayerData>, ViewError> {
    model.network.layers().iter().map(|layer| layer_data(layer, weights)).collect()
}

fn layer_data(layer: &Layer<f32>, stored: Weights) -> Result<LayerData, ViewError> {
    let activation = layer.activation().name().to_owned();
    if !Activation::ALL.iter().any(|known| known.name() == activation) {
        return Err(ViewError::UnknownActivation { name: activation });
    }
    let weights = layer.weights();
    let (weights, scales) = match stored {
        Weights::F32 => (floats(weights.iter().copied()), None),
        Weights::I8 => {
            let largest = |column: ndarray::ArrayView1<'_, f32>| {
                column.iter().fold(0.0_f32, |most, w| most.max(w.abs()))
            };
            let scales: Vec<f32> =
                weights.columns().into_iter().map(|column| largest(column) / 127.0).collect();
            let quantized = weights.rows().into_iter().flat_map(|row| {
                let byte = |(w, scale): (&f32, &f32)| {
                    let q = if *scale > 0.0 { (w / scale).round() } else { 0.0 };
                    (q as i8).to_le_bytes()[0]
                };
                row.iter().zip(&scales).map(byte).collect::<Vec<u8>>()
            });
            (STANDARD.encode(quantized.collect::<Vec<u8>>()), Some(floats(scales.iter().copied())))
        }
    };
    let biases = floats(layer.biases().iter().copied());
    Ok(LayerData { outputs: layer.outputs(), activation, weights, scales, biases })
}

fn floats(values: impl Iterator<Item = f32>) -> String {
    STANDARD.encode(values.flat_map(f32::to_le_bytes).collect::<Vec<u8>>())
}
