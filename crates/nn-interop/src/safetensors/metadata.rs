//! The metadata of a safetensors file: texts by name, which say what the tensors cannot.

use std::collections::BTreeMap;

use nn_core::{Activation, Cost, Model, Normalization, Provenance};
use serde::de::DeserializeOwned;

use crate::description::{self, NormalizationText, PRODUCER};
use crate::{ExportError, ImportError, json};

/// The metadata of a model.
///
/// `format` is not ours: `pt` tells some of PyTorch's tools that the tensors are theirs.
pub(super) fn of(model: &Model<f32>) -> Result<BTreeMap<&'static str, String>, ExportError> {
    let mut entries = BTreeMap::from([
        ("format", "pt".to_owned()),
        ("producer", format!("{PRODUCER} {}", env!("CARGO_PKG_VERSION"))),
        ("activations", description::activations(model).join(",")),
        ("cost", model.cost.name().to_owned()),
        ("normalization", json::text(&NormalizationText::of(&model.normalization)?)),
        ("provenance", json::text(&model.provenance)),
    ]);
    if !model.class_names.is_empty() {
        entries.insert("class_names", json::text(&model.class_names));
    }
    if let Some((rows, columns)) = model.image_shape {
        entries.insert("image_shape", format!("{rows}x{columns}"));
    }
    Ok(entries)
}

/// What the metadata of a file say, as far as they are there. Those of other tools that
/// happen to have other names are passed over.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    pub(super) activations: Option<Vec<Activation>>,
    pub(super) cost: Option<Cost>,
    pub(super) normalization: Option<Normalization>,
    pub(super) class_names: Option<Vec<String>>,
    pub(super) image_shape: Option<(usize, usize)>,
    pub(super) provenance: Option<Provenance>,
}

impl Metadata {
    /// Reads the entries; `entry` gives the text of a name.
    pub(super) fn read<'a>(entry: impl Fn(&str) -> Option<&'a str>) -> Result<Self, ImportError> {
        let is_ours = entry("producer").is_some_and(|text| text.starts_with(PRODUCER));
        if !is_ours {
            return Ok(Self::default());
        }
        let text = |key: &'static str| entry(key).map(|text| (key, text));
        Ok(Self {
            activations: text("activations").map(activations).transpose()?,
            cost: text("cost").map(named).transpose()?,
            normalization: text("normalization")
                .map(parsed::<NormalizationText>)
                .transpose()?
                .map(NormalizationText::into_normalization),
            class_names: text("class_names").map(parsed).transpose()?,
            image_shape: text("image_shape").map(image_shape).transpose()?,
            provenance: text("provenance").map(parsed).transpose()?,
        })
    }
}

fn activations((key, text): (&'static str, &str)) -> Result<Vec<Activation>, ImportError> {
    text.split(',').map(|name| named((key, name))).collect()
}

/// A built-in activation or cost.
fn named<N: std::str::FromStr<Err = nn_core::Error>>(
    (key, text): (&'static str, &str),
) -> Result<N, ImportError> {
    text.parse().map_err(|error: nn_core::Error| wrong(key, error.to_string()))
}

fn parsed<V: DeserializeOwned>((key, text): (&'static str, &str)) -> Result<V, ImportError> {
    serde_json::from_str(text).map_err(|error| wrong(key, error.to_string()))
}

fn image_shape((key, text): (&'static str, &str)) -> Result<(usize, usize), ImportError> {
    let parts = text.split_once('x');
    let shape = parts.and_then(|(rows, columns)| Some((rows.parse().ok()?, columns.parse().ok()?)));
    shape.ok_or_else(|| wrong(key, format!("expected such as 28x28, found `{text}`")))
}

fn wrong(key: &'static str, reason: String) -> ImportError {
    ImportError::Metadata { key, reason }
}
