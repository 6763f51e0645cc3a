//! All of a model but its weights, in the words of JSON.

use nn_core::{Activation, Cost, Model, Normalization};
use serde::{Deserialize, Serialize};

use crate::ExportError;

/// The program's name and version, for the formats that have a place for it.
pub(crate) const PRODUCER: &str = "nn-rs";

/// [`Normalization`] with a `kind`, as documented in docs/formats.md.
///
/// This is the formats' own type, so that a change of the library's cannot change them
/// unnoticed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum NormalizationText {
    /// As they are.
    None,
    /// x · factor.
    Scale {
        /// What a raw feature is multiplied by.
        factor: f64,
    },
    /// (x − mean) / deviation.
    Standardize {
        /// One a feature.
        means: Vec<f64>,
        /// One a feature.
        deviations: Vec<f64>,
    },
}

impl NormalizationText {
    /// The words for a normalisation; `None` for one that has none yet.
    pub(crate) fn of(normalization: &Normalization) -> Result<Self, ExportError> {
        Ok(match normalization {
            Normalization::None => Self::None,
            Normalization::Scale(factor) => Self::Scale { factor: *factor },
            Normalization::Standardize { means, deviations } => {
                Self::Standardize { means: means.clone(), deviations: deviations.clone() }
            }
            other => return Err(unknown("normalisation", format!("{other:?}"))),
        })
    }

    /// The library's type.
    pub(crate) fn into_normalization(self) -> Normalization {
        match self {
            Self::None => Normalization::None,
            Self::Scale { factor } => Normalization::Scale(factor),
            Self::Standardize { means, deviations } => {
                Normalization::Standardize { means, deviations }
            }
        }
    }
}

fn unknown(kind: &'static str, name: String) -> ExportError {
    ExportError::Custom { kind, name }
}

/// Refuses a model that no other tool could make sense of.
pub(crate) fn check(model: &Model<f32>) -> Result<(), ExportError> {
    for layer in model.network.layers() {
        if let Activation::Custom(function) = layer.activation() {
            return Err(unknown("activation", function.name().to_owned()));
        }
    }
    if let Cost::Custom(function) = &model.cost {
        return Err(unknown("cost", function.name().to_owned()));
    }
    if let Some(layer) = model.network.first_non_finite_layer() {
        return Err(ExportError::NotFinite { layer });
    }
    Ok(model.check()?)
}

/// Names of σ of the layers 2 to L.
pub(crate) fn activations(model: &Model<f32>) -> Vec<&str> {
    model.network.layers().iter().map(|layer| layer.activation().name()).collect()
}
