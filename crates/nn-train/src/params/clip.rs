//! [`Clip`]: how gradients are limited.

use nn_core::Clipping;
use serde::{Deserialize, Serialize};

use super::ParamError;

/// How gradients are limited before they change the parameters. A step does what is set of
/// these in this order, and after it come the penalties on weights (`lambda`, `l1`):
///
/// | name | default | range | meaning |
/// |---|---|---|---|
/// | `per_sample` | none | > 0 | the longest gradient of a single sample; longer ones are scaled to it |
/// | `value` | none | > 0 | the largest element of the mean gradient; larger ones are cut to it |
/// | `norm` | none | > 0 | the longest mean gradient over all layers; a longer one is scaled to it |
///
/// The equations are those of [`Clipping`]. `per_sample` costs next to nothing; `value` forms
/// the mean gradient, which plain descent otherwise never does, and `norm` forms it twice.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Clip {
    /// The longest gradient of a single sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_sample: Option<f64>,
    /// The largest element of the mean gradient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The longest mean gradient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub norm: Option<f64>,
}

impl Clip {
    pub(super) fn check(&self) -> Result<(), ParamError> {
        for (name, limit) in [
            ("clipping per sample", self.per_sample),
            ("clipping by value", self.value),
            ("clipping by norm", self.norm),
        ] {
            if let Some(limit) = limit {
                ParamError::unless(limit.is_finite() && limit > 0.0, name, ABOVE_0, limit)?;
            }
        }
        Ok(())
    }

    /// The limits in the form of the engine.
    #[must_use]
    pub fn limits(&self) -> Clipping {
        let mut clipping = Clipping::NONE;
        if let Some(norm) = self.per_sample {
            clipping = clipping.with_per_sample(norm);
        }
        if let Some(value) = self.value {
            clipping = clipping.with_value(value);
        }
        if let Some(norm) = self.norm {
            clipping = clipping.with_norm(norm);
        }
        clipping
    }
}

const ABOVE_0: &str = "finite and above 0";
