//! A model as one JSON object, described field by field in docs/formats.md.

use std::io::Write;

use nn_core::{Model, Provenance};
use serde::{Serialize, Serializer};

use crate::ExportError;
use crate::description::{self, NormalizationText, PRODUCER};

/// Version of the object, raised when a field goes or changes its meaning.
pub const VERSION: u32 = 1;

/// Writes the model. Numbers have as many digits as it takes to read the same bits back.
///
/// # Errors
///
/// [`ExportError`] for a model that cannot be described, or [`ExportError::Io`].
pub fn write(model: &Model<f32>, mut writer: impl Write) -> Result<(), ExportError> {
    description::check(model)?;
    let text = ModelText {
        format: PRODUCER,
        version: VERSION,
        sizes: model.network.sizes(),
        cost: model.cost.name(),
        normalization: NormalizationText::of(&model.normalization)?,
        class_names: &model.class_names,
        image_shape: model.image_shape,
        provenance: &model.provenance,
        layers: Layers(model),
    };
    serde_json::to_writer(&mut writer, &text).map_err(std::io::Error::from)?;
    writer.write_all(b"\n")?;
    writer.flush()?;
    Ok(())
}

#[derive(Serialize)]
struct ModelText<'a> {
    format: &'static str,
    version: u32,
    sizes: Vec<usize>,
    cost: &'a str,
    normalization: NormalizationText,
    class_names: &'a [String],
    image_shape: Option<(usize, usize)>,
    provenance: &'a Provenance,
    layers: Layers<'a>,
}

/// The layers, written one after the other so that nothing is held twice.
struct Layers<'a>(&'a Model<f32>);

impl Serialize for Layers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Layer<'a> {
            activation: &'a str,
            /// A row per unit, in which there is a weight per input.
            weights: Vec<Vec<f32>>,
            biases: Vec<f32>,
        }
        serializer.collect_seq(self.0.network.layers().iter().map(|layer| Layer {
            activation: layer.activation().name(),
            weights: layer.weights().columns().into_iter().map(|unit| unit.to_vec()).collect(),
            biases: layer.biases().to_vec(),
        }))
    }
}

/// A small value as a line of JSON.
pub(crate) fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data with names as keys")
}
