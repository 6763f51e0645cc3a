//! A trained network with all that is needed to use it.

use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

use crate::{Cost, Error, Network, Scalar};

/// How raw features become the network's input.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Normalization {
    /// As they are.
    #[default]
    None,
    /// x · factor: 1/255 takes grey values to [0, 1], as in the book.
    Scale(f64),
    /// (x − mean) / deviation, per feature.
    Standardize {
        /// Mean of each feature over the training samples (n₁).
        means: Vec<f64>,
        /// Standard deviation of each feature (n₁), 1 where it is constant.
        deviations: Vec<f64>,
    },
}

impl Normalization {
    /// Normalises one sample of n₁ raw features, in `f64`.
    #[must_use]
    pub fn apply(&self, raw: ArrayView1<'_, f64>) -> Vec<f64> {
        match self {
            Self::None => raw.to_vec(),
            Self::Scale(factor) => raw.iter().map(|x| x * factor).collect(),
            Self::Standardize { means, deviations } => {
                raw.iter().zip(means).zip(deviations).map(|((x, m), d)| (x - m) / d).collect()
            }
        }
    }
}

/// What the outputs of a model stand for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum Task {
    /// An output per class, of which the largest is the answer.
    #[default]
    Classification,
    /// One output, which is a number.
    Regression(TargetScale),
}

/// How the numbers that a regression predicts become the outputs that the network learns:
/// y = (t − mean) / deviation.
///
/// With the mean and the standard deviation of the training targets the outputs have mean 0 and
/// deviation 1, and learning rates do not depend on the unit that t is measured in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TargetScale {
    /// What is output 0, in units of t.
    pub mean: f64,
    /// How much of t an output of 1 is above that; positive.
    pub deviation: f64,
}

impl TargetScale {
    /// Targets as they are.
    pub const UNIT: Self = Self { mean: 0.0, deviation: 1.0 };

    /// The network's desired output y for a target t.
    #[must_use]
    pub fn output(&self, target: f64) -> f64 {
        (target - self.mean) / self.deviation
    }

    /// The number, in units of t, that an output a of the network stands for.
    #[must_use]
    pub fn target(&self, output: f64) -> f64 {
        output * self.deviation + self.mean
    }
}

/// How a picture of any size becomes the image that a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ImagePreparation {
    /// As MNIST's digits were made: light on black, fitted to a box and centred by mass.
    #[default]
    Digit,
    /// Scaled to the size, its proportions not kept, and its grey values as they are.
    Resize,
}

/// A column of the table that a model was trained on, as it becomes features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the table's header.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a [`Column`] holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Numbers: one feature.
    Number,
    /// One of these words: a feature each, 1 for the word that stands there and 0 for the others.
    Category(Vec<String>),
}

impl Column {
    /// How many features the column becomes.
    #[must_use]
    pub fn num_features(&self) -> usize {
        match &self.kind {
            ColumnKind::Number => 1,
            ColumnKind::Category(words) => words.len(),
        }
    }
}

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Provenance {
    /// Name of the data it was trained on.
    pub dataset: String,
    /// Fingerprint of that data.
    pub dataset_sha256: String,
    /// The recipe, or the settings in a line.
    pub recipe: String,
    /// Seed of all random choices.
    pub seed: u64,
    /// Epochs trained.
    pub epochs: u64,
    /// Accuracy on the test split, if it was measured (0 to 1).
    pub test_accuracy: Option<f64>,
    /// Version of the program that made it.
    pub version: String,
}

/// A network, and everything it takes to use it on raw data.
#[derive(Debug, Clone, PartialEq)]
pub struct Model<T: Scalar> {
    /// The weights, biases and activations.
    pub network: Network<T>,
    /// The cost it was trained on.
    pub cost: Cost,
    /// What is done to raw features first.
    pub normalization: Normalization,
    /// What the outputs stand for.
    pub task: Task,
    /// Names of the classes (n_L), or empty. A regression has the name of its target here.
    pub class_names: Vec<String>,
    /// Rows and columns of an input image, if inputs are images.
    pub image_shape: Option<(usize, usize)>,
    /// How pictures of another size become such images.
    pub image_preparation: ImagePreparation,
    /// The columns of the table whose rows are the samples, or empty if they are no table's.
    /// Together they become n₁ features.
    pub columns: Vec<Column>,
    /// Where it comes from.
    pub provenance: Provenance,
}

impl<T: Scalar> Model<T> {
    /// A model of this network and cost, without normalisation, names or provenance.
    #[must_use]
    pub fn new(network: Network<T>, cost: Cost) -> Self {
        Self {
            network,
            cost,
            normalization: Normalization::None,
            task: Task::Classification,
            class_names: Vec::new(),
            image_shape: None,
            image_preparation: ImagePreparation::Digit,
            columns: Vec::new(),
            provenance: Provenance::default(),
        }
    }

    /// Checks that the parts fit each other.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] if the normalisation, the class names, the image shape, the columns or
    /// the task do not fit the network, [`Error::Parameter`] if the normalisation or the scale
    /// of the targets is not finite,
    /// [`Error::CostNeedsActivation`] if the cost does not fit the output.
    pub fn check(&self) -> Result<(), Error> {
        let inputs = self.network.num_inputs();
        self.cost.check_output(self.network.output_layer().activation())?;
        let finite = match &self.normalization {
            Normalization::None => true,
            Normalization::Scale(factor) => factor.is_finite(),
            Normalization::Standardize { means, deviations } => {
                Error::check_len("means of the normalisation", inputs, means.len())?;
                Error::check_len("deviations of the normalisation", inputs, deviations.len())?;
                means.iter().all(|m| m.is_finite())
                    && deviations.iter().all(|d| d.is_finite() && *d > 0.0)
            }
        };
        if !finite {
            return Err(Error::Parameter {
                name: "normalisation",
                expected: "finite, with positive deviations",
                found: format!("{:?}", self.normalization),
            });
        }
        if !self.class_names.is_empty() {
            let outputs = self.network.num_outputs();
            Error::check_len("class names", outputs, self.class_names.len())?;
        }
        if let Some((rows, cols)) = self.image_shape {
            Error::check_len("pixels of an image", inputs, rows.saturating_mul(cols))?;
        }
        if !self.columns.is_empty() {
            if let Some(empty) = self.columns.iter().find(|column| column.num_features() == 0) {
                return Err(Error::Parameter {
                    name: "words of a column",
                    expected: "at least one",
                    found: format!("none in column `{}`", empty.name),
                });
            }
            let features = self.columns.iter().map(Column::num_features).sum();
            Error::check_len("features of the columns", inputs, features)?;
        }
        if let Task::Regression(scale) = &self.task {
            Error::check_len("outputs of a regression", 1, self.network.num_outputs())?;
            if !(scale.mean.is_finite() && scale.deviation.is_finite() && scale.deviation > 0.0) {
                return Err(Error::Parameter {
                    name: "scale of the targets",
                    expected: "finite, with a positive deviation",
                    found: format!("mean {}, deviation {}", scale.mean, scale.deviation),
                });
            }
        }
        Ok(())
    }
}
