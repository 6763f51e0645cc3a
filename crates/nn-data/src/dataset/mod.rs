//! [`Dataset`]: samples and their class labels, checked once on construction.

mod columns;
mod features;
mod fingerprint;
mod labels;
mod splits;
mod stratified;

use std::sync::OnceLock;

use ndarray::Axis;

pub use columns::{Column, ColumnKind};
pub use features::{Features, pixel_to_f32};
pub use labels::Labels;
pub use splits::Splits;

/// Why features and labels don't make a dataset.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// No sample, or samples without features.
    #[error("expected at least one sample of at least one feature, found {samples} × {features}")]
    Empty {
        /// Rows of the features.
        samples: usize,
        /// Columns of the features.
        features: usize,
    },
    /// The numbers of samples and labels differ.
    #[error("{samples} samples but {labels} labels")]
    CountMismatch {
        /// Rows of the features.
        samples: usize,
        /// Labels.
        labels: usize,
    },
    /// A label that names no class.
    #[error("label {label} of sample {index} is not one of the {classes} classes (0 to {})", classes.saturating_sub(1))]
    LabelOutOfRange {
        /// The sample, counted from 0.
        index: usize,
        /// The label found.
        label: i64,
        /// The number of classes.
        classes: usize,
    },
    /// A feature that is NaN or infinite.
    #[error("feature {column} of sample {row} is {value}, expected a finite number")]
    NotFinite {
        /// The sample, counted from 0.
        row: usize,
        /// The feature, counted from 0.
        column: usize,
        /// The value found.
        value: f32,
    },
    /// A target that is NaN or infinite.
    #[error("the target of sample {index} is {value}, expected a finite number")]
    TargetNotFinite {
        /// The sample, counted from 0.
        index: usize,
        /// The value found.
        value: f64,
    },
    /// The columns of a table don't make up the features.
    #[error("the table's columns make {expected} features, the samples have {features}")]
    Columns {
        /// Features of the columns.
        expected: usize,
        /// Features of a sample.
        features: usize,
    },
    /// The image shape doesn't hold the features.
    #[error("images of {rows}×{columns} have {} pixels, the samples have {features} features", rows.saturating_mul(*columns))]
    ImageShape {
        /// Rows of an image.
        rows: usize,
        /// Columns of an image.
        columns: usize,
        /// Features of a sample.
        features: usize,
    },
    /// An unworkable number of classes.
    #[error("expected 1 to 65536 classes, found {classes}")]
    Classes {
        /// The number of classes asked for.
        classes: usize,
    },
    /// Two parts that don't belong together.
    #[error("{left} has {left_count} {of}, {right} has {right_count}")]
    Incompatible {
        /// What differs: "features" or "classes".
        of: &'static str,
        /// One part's name.
        left: String,
        /// Its count.
        left_count: usize,
        /// The other part's name.
        right: String,
        /// Its count.
        right_count: usize,
    },
    /// A split that leaves one side empty.
    #[error("cannot split {samples} samples after {at}: both parts need at least one sample")]
    Split {
        /// The number of samples.
        samples: usize,
        /// Where the split was to be.
        at: usize,
    },
    /// A row that doesn't exist.
    #[error("sample {index} does not exist: there are {samples}, counted from 0")]
    NoSuchSample {
        /// The row asked for.
        index: usize,
        /// The number of samples.
        samples: usize,
    },
}

/// Samples with one class label each, or, where a number is to be predicted, one number each.
///
/// A value of this type is never empty, has as many labels as samples, only labels that name one of
/// its classes, and only finite features.
///
/// ```
/// use ndarray::array;
/// use nn_data::{Dataset, Features};
///
/// # fn main() -> Result<(), nn_data::DatasetError> {
/// let features = Features::F32(array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
/// let xor = Dataset::new("XOR", features, vec![0, 1, 1, 0], vec!["0".into(), "1".into()])?;
/// assert_eq!((xor.len(), xor.num_features(), xor.num_classes()), (4, 2, 2));
/// assert_eq!(xor.labels().get(2), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Dataset {
    name: String,
    features: Features,
    labels: Labels,
    class_names: Vec<String>,
    image_shape: Option<(usize, usize)>,
    /// What a regression predicts, one value per sample.
    values: Option<Vec<f64>>,
    /// The table's columns, or none.
    columns: Vec<Column>,
    fingerprint: OnceLock<String>,
}

#[allow(clippy::len_without_is_empty, reason = "a dataset is never empty")]
impl Dataset {
    /// Makes a dataset of `features` (one row per sample), one class index per sample and the names
    /// of the classes.
    ///
    /// # Errors
    ///
    /// A [`DatasetError`] where one of the type's promises would be broken.
    pub fn new(
        name: impl Into<String>,
        features: Features,
        labels: Vec<u16>,
        class_names: Vec<String>,
    ) -> Result<Self, DatasetError> {
        let (samples, columns) = (features.nrows(), features.ncols());
        if samples == 0 || columns == 0 {
            return Err(DatasetError::Empty { samples, features: columns });
        }
        if samples != labels.len() {
            return Err(DatasetError::CountMismatch { samples, labels: labels.len() });
        }
        let labels = Labels::new(labels, class_names.len())?;
        features.check_finite()?;
        Ok(Self {
            name: name.into(),
            features: features.into_standard_layout(),
            labels,
            class_names,
            image_shape: None,
            values: None,
            columns: Vec::new(),
            fingerprint: OnceLock::new(),
        })
    }

    /// Makes a dataset for regression: `features` (one row per sample), the number to be predicted
    /// for each sample, and its name.
    ///
    /// Where classes are asked for, there is one, which has the target's name and all samples: so
    /// many outputs does a network need.
    ///
    /// # Errors
    ///
    /// A [`DatasetError`] where one of the type's promises would be broken;
    /// [`DatasetError::TargetNotFinite`] for a value that is no number.
    pub fn regression(
        name: impl Into<String>,
        features: Features,
        values: Vec<f64>,
        target: impl Into<String>,
    ) -> Result<Self, DatasetError> {
        let labels = vec![0; values.len()];
        let mut dataset = Self::new(name, features, labels, vec![target.into()])?;
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(DatasetError::TargetNotFinite { index, value: values[index] });
        }
        dataset.values = Some(values);
        Ok(dataset)
    }

    /// States that the features are the columns of a table, in this order.
    ///
    /// # Errors
    ///
    /// [`DatasetError::Columns`] when they make another number of features.
    pub fn with_columns(mut self, columns: Vec<Column>) -> Result<Self, DatasetError> {
        let (expected, features) =
            (columns.iter().map(Column::num_features).sum(), self.num_features());
        if expected != features {
            return Err(DatasetError::Columns { expected, features });
        }
        self.columns = columns;
        Ok(self)
    }

    /// States that each sample is an image of `rows` × `columns` pixels in row-major order.
    ///
    /// # Errors
    ///
    /// [`DatasetError::ImageShape`] when that isn't the number of features.
    pub fn with_image_shape(mut self, rows: usize, columns: usize) -> Result<Self, DatasetError> {
        let features = self.num_features();
        if rows.checked_mul(columns) != Some(features) {
            return Err(DatasetError::ImageShape { rows, columns, features });
        }
        self.image_shape = Some((rows, columns));
        self.fingerprint = OnceLock::new();
        Ok(self)
    }

    /// The number of samples, at least 1.
    #[must_use]
    pub fn len(&self) -> usize {
        self.features.nrows()
    }

    /// The dataset's name, for people: "MNIST training", say.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same samples under another name. The fingerprint stays.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The features: `len()` × `num_features()`, row-major and contiguous.
    #[must_use]
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// The class index of each sample.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The number to be predicted for each sample, if this is a regression.
    #[must_use]
    pub fn values(&self) -> Option<&[f64]> {
        self.values.as_deref()
    }

    /// The table's columns that make up the features, or none if the samples are no table's rows.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The number of features of each sample, at least 1.
    #[must_use]
    pub fn num_features(&self) -> usize {
        self.features.ncols()
    }

    /// The number of classes, at least 1.
    #[must_use]
    pub fn num_classes(&self) -> usize {
        self.class_names.len()
    }

    /// The classes' names, in the order of their indices.
    #[must_use]
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// Rows and columns where the samples are images.
    #[must_use]
    pub fn image_shape(&self) -> Option<(usize, usize)> {
        self.image_shape
    }

    /// The samples with the given row indices, in that order; an index may come more than once.
    ///
    /// # Errors
    ///
    /// [`DatasetError::NoSuchSample`] for an index that isn't a row, [`DatasetError::Empty`] for
    /// no index at all.
    pub fn subset(&self, indices: &[usize]) -> Result<Self, DatasetError> {
        let samples = self.len();
        if indices.is_empty() {
            return Err(DatasetError::Empty { samples: 0, features: self.num_features() });
        }
        if let Some(&index) = indices.iter().find(|&&i| i >= samples) {
            return Err(DatasetError::NoSuchSample { index, samples });
        }
        let features = match &self.features {
            Features::U8(f) => Features::U8(f.select(Axis(0), indices)),
            Features::F32(f) => Features::F32(f.select(Axis(0), indices)),
        };
        let values = self.values.as_ref().map(|v| indices.iter().map(|&i| v[i]).collect());
        Ok(self.with_samples(features, self.labels.select(indices), values))
    }

    /// Splits into the first `at` samples and the rest. Only the smaller memory of the rest is
    /// copied.
    ///
    /// # Errors
    ///
    /// [`DatasetError::Split`] when either part would be empty.
    pub fn split_at(mut self, at: usize) -> Result<(Self, Self), DatasetError> {
        let samples = self.len();
        if at == 0 || at >= samples {
            return Err(DatasetError::Split { samples, at });
        }
        let rest_features = self.features.split_off(at);
        let rest_labels = self.labels.split_off(at);
        let rest_values = self.values.as_mut().map(|values| values.split_off(at));
        let rest = self.with_samples(rest_features, rest_labels, rest_values);
        self.fingerprint = OnceLock::new();
        Ok((self, rest))
    }

    /// A SHA-256 over the content, in hexadecimal: features, labels or numbers to be predicted,
    /// number of classes and image shape, but no names. Equal content gives equal fingerprints in every build and release.
    ///
    /// Computed on first use (tens of milliseconds for MNIST), then remembered.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        self.fingerprint.get_or_init(|| fingerprint::of(self))
    }

    /// Other samples of the same kind. The caller vouches that they are as many as their labels.
    fn with_samples(&self, features: Features, labels: Labels, values: Option<Vec<f64>>) -> Self {
        Self {
            name: self.name.clone(),
            features,
            labels,
            class_names: self.class_names.clone(),
            image_shape: self.image_shape,
            values,
            columns: self.columns.clone(),
            fingerprint: OnceLock::new(),
        }
    }
}

#[cfg(test)]
mod tests;
