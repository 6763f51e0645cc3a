//! Datasets in the form the network takes.

use std::sync::Arc;

use ndarray::{Array1, Array2};
use nn_core::{Error, Inputs, Model, Normalization, Scalar, TargetScale, Targets, Task};
use nn_data::{Dataset, Features};

/// Samples to train or evaluate on: what goes in and what should come out.
#[derive(Debug, Clone)]
pub struct Samples<T> {
    inputs: Inputs<T>,
    targets: Targets<T>,
    /// The images they were made from, where training is to augment them.
    images: Option<Arc<Dataset>>,
    /// What the targets of a regression are in their own unit.
    target_scale: Option<TargetScale>,
}

impl<T: Scalar> PartialEq for Samples<T> {
    /// Whether inputs, targets and their scale are equal.
    fn eq(&self, other: &Self) -> bool {
        self.inputs == other.inputs
            && self.targets == other.targets
            && self.target_scale == other.target_scale
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
            return Ok(Self { inputs, targets, images: None, target_scale: None });
        }
        let (expected, found) = (inputs.len(), targets.len());
        Err(Error::Shape { what: "targets of the samples", expected, found })
    }

    /// The samples of a dataset, with one-hot targets, or the numbers to be predicted. Byte
    /// features become 0 to 1, others are taken as they are, and so are numbers to be predicted.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] if there are more features than can be numbered.
    pub fn from_dataset(dataset: &Dataset) -> Result<Self, Error> {
        let inputs = match dataset.features() {
            Features::U8(bytes) => Inputs::from_bytes(bytes.view(), BYTE_SCALE)?,
            other => Inputs::from_values(other.to_f32().mapv(|x| T::from_f64(x.into())).view())?,
        };
        Self::new(inputs, targets(dataset, TargetScale::UNIT)?).map(|samples| {
            match dataset.values() {
                Some(_) => Self { target_scale: Some(TargetScale::UNIT), ..samples },
                None => samples,
            }
        })
    }

    /// The samples of a dataset in the form a model takes: features by its normalisation, and
    /// numbers to be predicted by the scale of its targets.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] if the model takes another number of features,
    /// [`Error::TooLarge`] if there are more features than can be numbered.
    pub fn for_model(model: &Model<T>, dataset: &Dataset) -> Result<Self, Error> {
        let (expected, found) = (model.network.num_inputs(), dataset.num_features());
        if expected != found {
            return Err(Error::Shape { what: "features of a sample", expected, found });
        }
        // Bytes stand for 0 to 1 and other numbers for themselves, unless the model knows better.
        let samples = match &model.normalization {
            Normalization::None => Self::from_dataset(dataset)?,
            Normalization::Scale(factor) if (factor - BYTE_SCALE).abs() < f64::EPSILON => {
                Self::from_dataset(dataset)?
            }
            other => {
                let mut rows = Array2::<T>::zeros((dataset.len(), expected));
                let mut raw = vec![0.0; expected];
                for (sample, mut row) in rows.rows_mut().into_iter().enumerate() {
                    raw_row(dataset, sample, &mut raw);
                    let normalized = other.apply(raw.as_slice().into());
                    row.assign(&Array1::from(normalized).mapv(T::from_f64));
                }
                Self::new(Inputs::from_values(rows.view())?, targets(dataset, TargetScale::UNIT)?)?
            }
        };
        match (model.task, dataset.values()) {
            (Task::Regression(scale), Some(_)) => {
                let targets = targets(dataset, scale)?;
                Ok(Self { targets, target_scale: Some(scale), ..samples })
            }
            _ => Ok(samples),
        }
    }

    /// How the targets of a regression are scaled; `None` for classes.
    #[must_use]
    pub fn target_scale(&self) -> Option<TargetScale> {
        self.target_scale
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

    /// Refuses samples whose features aren't the images' grey values from 0 to 1, as augmented images
    /// are: a network trained on standardised ones would see another scale than it is used on. Some
    /// samples show it: standardised ones differ from their images everywhere.
    pub(crate) fn check_grey(&self, images: &Dataset) -> Result<(), Error> {
        let last = self.len().saturating_sub(1);
        let mut row = vec![T::zero(); self.inputs.num_features()];
        let mut raw = vec![0.0_f32; row.len()];
        for sample in [0, last / 2, last].into_iter().filter(|&sample| sample < self.len()) {
            self.inputs.copy_row(sample, &mut row);
            images.features().copy_row(sample, &mut raw);
            let differs = |(x, &grey): (&T, &f32)| (x.as_f64() - f64::from(grey)).abs() > 1e-6;
            if let Some(at) = row.iter().zip(&raw).position(differs) {
                return Err(Error::Parameter {
                    name: "a sample to be augmented",
                    expected: "its image's grey values, from 0 to 1, without another normalisation",
                    found: format!("{} where the image has {}", row[at], raw[at]),
                });
            }
        }
        Ok(())
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

/// The desired outputs: one-hot rows, or the numbers to be predicted in this scale.
fn targets<T: Scalar>(dataset: &Dataset, scale: TargetScale) -> Result<Targets<T>, Error> {
    if let Some(values) = dataset.values() {
        let outputs = values.iter().map(|&value| T::from_f64(scale.output(value))).collect();
        let rows = Array2::from_shape_vec((values.len(), 1), outputs);
        return Ok(Targets::Rows(rows.expect("one output for each sample")));
    }
    let labels = dataset.labels().iter().map(|label| label as u32).collect();
    Targets::one_hot(labels, dataset.num_classes())
}

/// The features of a sample before any normalisation; bytes are 0 to 255.
fn raw_row(dataset: &Dataset, sample: usize, raw: &mut [f64]) {
    match dataset.features() {
        Features::U8(bytes) => {
            raw.iter_mut().zip(bytes.row(sample)).for_each(|(raw, &byte)| *raw = byte.into());
        }
        Features::F32(numbers) => {
            raw.iter_mut().zip(numbers.row(sample)).for_each(|(raw, &x)| *raw = x.into());
        }
        other => {
            let mut row = vec![0.0; raw.len()];
            other.copy_row(sample, &mut row);
            raw.iter_mut().zip(row).for_each(|(raw, x)| *raw = x.into());
        }
    }
}
