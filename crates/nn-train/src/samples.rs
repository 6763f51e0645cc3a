//! Datasets in the form the network takes.

use std::sync::Arc;

use nn_core::{Error, Inputs, Scalar, Targets};
use nn_data::{Dataset, Features};

/// Samples to train or evaluate on: what goes in and what should come out.
#[derive(Debug, Clone)]
pub struct Samples<T> {
    inputs: Inputs<T>,
    targets: Targets<T>,
    /// The images they were made from, where training is to augment them.
    images: Option<Arc<Dataset>>,
}

impl<T: Scalar> PartialEq for Samples<T> {
    /// Whether inputs and targets are equal.
    fn eq(&self, other: &Self) -> bool {
        self.inputs == other.inputs && self.targets == other.targets
    }
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
            return Ok(Self { inputs, targets, images: None });
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

    /// As [`Samples::from_dataset`], and keeps the images for
    /// [`TrainParams::augment`](crate::TrainParams::augment).
    ///
    /// # Errors
    ///
    /// As [`Samples::from_dataset`].
    pub fn from_images(dataset: Arc<Dataset>) -> Result<Self, Error> {
        Self::from_dataset(&dataset)?.with_images(dataset)
    }

    /// The same samples, with the images they were made from, in the same order.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] if there is not one image per sample, of as many features.
    pub fn with_images(mut self, images: Arc<Dataset>) -> Result<Self, Error> {
        let check = |what, expected, found| {
            if expected == found { Ok(()) } else { Err(Error::Shape { what, expected, found }) }
        };
        check("images of the samples", self.len(), images.len())?;
        check("pixels of an image", self.inputs.num_features(), images.num_features())?;
        self.images = Some(images);
        Ok(self)
    }

    /// The images they were made from, if they are kept.
    #[must_use]
    pub fn images(&self) -> Option<&Arc<Dataset>> {
        self.images.as_ref()
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
