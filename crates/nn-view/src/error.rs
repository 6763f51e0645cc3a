//! What can be wrong with what is to be looked at.

/// Why something can't be shown.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// Samples, labels or parameters don't fit the network.
    #[error(transparent)]
    Core(#[from] nn_core::Error),
    /// A sample that doesn't exist.
    #[error("sample {index} does not exist: there are {samples}, counted from 0")]
    NoSuchSample {
        /// The sample asked for.
        index: usize,
        /// How many there are.
        samples: usize,
    },
    /// The samples are no images, and what was asked for needs images.
    #[error("{what} needs images, but these samples are rows of {features} numbers")]
    NotImages {
        /// What was asked for.
        what: &'static str,
        /// Features of a sample.
        features: usize,
    },
    /// An activation or normalisation that is not one of the library's own.
    #[error("{name} is not known here: expected one of the library's own")]
    UnknownActivation {
        /// Its name.
        name: String,
    },
    /// The model predicts a number, and it isn't known which is the right one.
    #[error("the model predicts a number, and the sample has none to compare it with")]
    NoNumber,
    /// A layer that doesn't exist.
    #[error("layer {layer} does not exist: expected {expected}")]
    NoSuchLayer {
        /// The layer asked for, by the book's number.
        layer: usize,
        /// The layers there are.
        expected: String,
    },
    /// A weight or bias that doesn't exist.
    #[error(
        "layer {layer} has no weight from unit {from} to unit {to}: it is {inputs} × {outputs}"
    )]
    NoSuchWeight {
        /// The layer the weight leads into, by the book's number.
        layer: usize,
        /// The unit it comes from, counted from 0.
        from: usize,
        /// The unit it leads to, counted from 0.
        to: usize,
        /// Units of the layer before.
        inputs: usize,
        /// Units of the layer.
        outputs: usize,
    },
}

impl ViewError {
    /// Refuses what is not as many as expected.
    pub(crate) fn check_len(what: &'static str, expected: usize, found: usize) -> Result<(), Self> {
        if expected == found {
            return Ok(());
        }
        Err(nn_core::Error::Shape { what, expected, found }.into())
    }
}
