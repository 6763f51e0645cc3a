//! A model as an ONNX graph, from raw features to the activations of the output layer.
//!
//! The graph has one input, `input` (batch × n₁), and the outputs `output` (batch × n_L),
//! a^L, and `logits`, z^L, unless these are the same. The normalisation of the input is part
//! of the graph, so raw features go in. The size of the batch is free.
//!
//! The messages are declared by hand (`proto`): of ONNX's hundred fields a feed-forward
//! network needs thirty.

mod graph;
mod proto;

use std::io::Write;

use nn_core::Model;
use prost::Message;

use crate::description::{self, NormalizationText, PRODUCER};
use crate::{ExportError, json};
use proto::{ModelProto, OperatorSetIdProto, StringStringEntryProto};

/// The version of ONNX's operators that is written.
///
/// It is that of ONNX 1.17 (2024), so that runtimes of the last two years read it. Of the
/// operators used, all but Cast have had no newer definition since.
pub const OPSET: i64 = 22;

/// The version of the file format that goes with [`OPSET`].
pub const IR_VERSION: i64 = 10;

/// The type of the graph's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum InputType {
    /// Raw features as 32-bit floats.
    #[default]
    Float,
    /// Raw features as bytes, as pixels are stored.
    Byte,
}

/// Writes the model.
///
/// # Errors
///
/// [`ExportError`] for a model that cannot be described, [`ExportError::TooLarge`] beyond
/// the 2 GiB that Protocol Buffers allow, or [`ExportError::Io`].
pub fn write(
    model: &Model<f32>,
    input: InputType,
    mut writer: impl Write,
) -> Result<(), ExportError> {
    description::check(model)?;
    let parameters = model.network.num_parameters().saturating_mul(size_of::<f32>());
    if parameters > i32::MAX as usize / 2 {
        return Err(ExportError::TooLarge { format: "ONNX", what: "weights beyond 1 GiB" });
    }
    let message = ModelProto {
        ir_version: IR_VERSION,
        producer_name: PRODUCER.to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        doc_string: model.network.to_string(),
        graph: Some(graph::graph(model, input)?),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: OPSET }],
        metadata_props: metadata(model)?,
    };
    writer.write_all(&message.encode_to_vec())?;
    writer.flush()?;
    Ok(())
}

/// What the graph itself has no place for, as text or JSON.
fn metadata(model: &Model<f32>) -> Result<Vec<StringStringEntryProto>, ExportError> {
    let mut entries = vec![
        ("activations", description::activations(model).join(",")),
        ("cost", model.cost.name().to_owned()),
        ("normalization", json::text(&NormalizationText::of(&model.normalization)?)),
        ("provenance", json::text(&model.provenance)),
    ];
    if !model.class_names.is_empty() {
        entries.push(("class_names", json::text(&model.class_names)));
    }
    if let Some((rows, columns)) = model.image_shape {
        entries.push(("image_shape", format!("{rows}x{columns}")));
    }
    let entry =
        |(key, value): (&str, String)| StringStringEntryProto { key: key.to_owned(), value };
    Ok(entries.into_iter().map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::{Activation, Cost, NetworkBuilder};

    #[test]
    fn the_file_is_a_message_again() {
        let network = NetworkBuilder::<f32>::new(&[3, 2, 2])
            .hidden(Activation::Gelu)
            .output(Activation::Softmax)
            .build(1)
            .unwrap();
        let model = Model::new(network, Cost::SoftmaxCrossEntropy);
        let mut bytes = Vec::new();
        write(&model, InputType::Byte, &mut bytes).unwrap();
        let read = ModelProto::decode(&bytes[..]).unwrap();
        assert_eq!((read.ir_version, read.opset_import[0].version), (IR_VERSION, OPSET));
        let graph = read.graph.unwrap();
        assert_eq!(graph.output.len(), 2);
        let operations: Vec<&str> = graph.node.iter().map(|node| node.op_type.as_str()).collect();
        assert_eq!(operations.iter().filter(|name| **name == "Gemm").count(), 2);
        assert_eq!(operations.last(), Some(&"Softmax"));
    }

    #[test]
    fn nothing_is_written_of_a_model_with_nan() {
        let mut network = NetworkBuilder::<f32>::new(&[3, 2]).build(1).unwrap();
        network.layers_mut()[0].weights_mut()[[0, 0]] = f32::NAN;
        let model = Model::new(network, Cost::Quadratic);
        let mut bytes = Vec::new();
        let error = write(&model, InputType::Float, &mut bytes).unwrap_err();
        assert!(matches!(error, ExportError::NotFinite { layer: 2 }), "{error}");
        assert!(bytes.is_empty());
    }
}
