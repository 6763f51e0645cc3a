//! Datasets in the form the network takes.

use nn_core::{Error, Inputs, Scalar, Targets};
use nn_data::{Dataset, Features};

/// Samples to train or evaluate on: what goes in and what should come out.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples<T> {
    inputs: Inputs<T>,
    targets: Targets<T>,
}

/// What one unit of a byte feature is worth: grey values 0 to 255 become 0 to 1.
pub const BYTE_SCALE: f64 = 1.0 / 255.0;

impl<T: Scalar> Samples<T> {
    /// Samples from inputs and targets.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] if there is not one target per input.
    pub fn new(inputs: Inputs<T>, targets: Targets<T>) -> Result<Self, Error> {
        if inputs.len() == targets.len() {
            return Ok(Self { inputs, targets });
        }
        let (expected, found) = (inputs.len(), targets.len());
        Err(Error::Shape { what: "targets of the samples", expected, found })
    }

    /// The samples of a classification dataset, with one-hot targets. Byte features become
    /// 0 to 1, others are taken as they are.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] if there are more features than can be numbered.
    pub fn from_dataset(dataset: &Dataset) -> Result<Self, Error> {
        let inputs = match dataset.features() {
            Features::U8(bytes) => Inputs::from_bytes(bytes.view(), BYTE_SCALE)?,
            other => Inputs::from_values(other.to_f32().mapv(|x| T::from_f64(x.into())).view())?,
        };
        let labels = dataset.labels().iter().map(|label| label as u32).collect();
        Self::new(inputs, Targets::one_hot(labels, dataset.num_classes())?)
    }

    /// What goes in.
    #[must_use]
    pub fn inputs(&self) -> &Inputs<T> {
        &self.inputs
    }

    /// What should come out.
    #[must_use]
    pub fn targets(&self) -> &Targets<T> {
        &self.targets
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inputs.len()
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }
}
