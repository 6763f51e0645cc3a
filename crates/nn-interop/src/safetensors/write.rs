//! Writing a safetensors file, layer by layer.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};

use nn_core::{Layer, Model};
use serde::Serialize;

use super::metadata;
use crate::ExportError;
use crate::description;

/// The header's length is filled up to a multiple of this, so that elements are aligned.
const ALIGNMENT: usize = 8;

/// Writes the model. The same model gives the same bytes.
///
/// # Errors
///
/// [`ExportError`] for a model that cannot be described, or [`ExportError::Io`].
pub fn write(model: &Model<f32>, writer: impl Write) -> Result<(), ExportError> {
    description::check(model)?;
    // The library that reads these files writes metadata in an order that changes from run to
    // run, so the header is written here.
    let mut header = Header { metadata: metadata::of(model)?, tensors: BTreeMap::new() };
    let mut end = 0;
    for (i, layer) in model.network.layers().iter().enumerate() {
        let (units, inputs) = (layer.outputs(), layer.inputs());
        for (name, shape) in [("weight", vec![units, inputs]), ("bias", vec![units])] {
            let bytes = shape.iter().product::<usize>() * size_of::<f32>();
            let data_offsets = (end, end + bytes);
            end += bytes;
            let place = Place { dtype: "F32", shape, data_offsets };
            header.tensors.insert(format!("{}.{name}", 2 * i), place);
        }
    }
    let mut text = serde_json::to_vec(&header).map_err(std::io::Error::from)?;
    text.resize(text.len().next_multiple_of(ALIGNMENT), b' ');

    let mut writer = BufWriter::new(writer);
    writer.write_all(&(text.len() as u64).to_le_bytes())?;
    writer.write_all(&text)?;
    for layer in model.network.layers() {
        write_layer(layer, &mut writer)?;
    }
    writer.flush()?;
    Ok(())
}

/// The weights, a row per unit, and the biases.
fn write_layer(layer: &Layer<f32>, writer: &mut impl Write) -> std::io::Result<()> {
    for unit in layer.weights().columns() {
        for weight in unit {
            writer.write_all(&weight.to_le_bytes())?;
        }
    }
    for bias in layer.biases() {
        writer.write_all(&bias.to_le_bytes())?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Header {
    #[serde(rename = "__metadata__")]
    metadata: BTreeMap<&'static str, String>,
    #[serde(flatten)]
    tensors: BTreeMap<String, Place>,
}

/// Where a tensor stands.
#[derive(Serialize)]
struct Place {
    dtype: &'static str,
    shape: Vec<usize>,
    /// From the end of the header.
    data_offsets: (usize, usize),
}
