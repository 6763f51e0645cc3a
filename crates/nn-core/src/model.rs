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
    /// Names of the classes (n_L), or empty.
    pub class_names: Vec<String>,
    /// Rows and columns of an input image, if inputs are images.
    pub image_shape: Option<(usize, usize)>,
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
            class_names: Vec::new(),
            image_shape: None,
            provenance: Provenance::default(),
        }
    }

    /// Checks that the parts fit each other.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] if the normalisation, the class names or the image shape do not fit
    /// the network, [`Error::Parameter`] if the normalisation is not finite,
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
        Ok(())
    }
}
