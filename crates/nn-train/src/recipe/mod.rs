//! Recipes: everything that decides what a training run becomes, in one TOML form.
//!
//! ```toml
//! name = "mine"
//! about = "What it is, in a line"
//!
//! [data]
//! source = "mnist"
//!
//! [network]
//! hidden = [100]
//! cost = "cross-entropy"
//! init = "scaled-normal"
//!
//! [training]                      # the fields of TrainParams
//! epochs = 60
//! learning_rate = 0.1
//! lambda = 5.0
//! optimizer = { name = "momentum", momentum = 0.9 }
//! ```
//!
//! Every field may be left out, and an unknown one is refused. [`Recipe::from_toml`] reads a
//! recipe and puts the defaults in; [`Draft`] does the same in steps, so that other settings can
//! be laid over a file's. `run.toml` of a run folder and the provenance of a model hold recipes
//! with every default in place.

mod builtin;
mod by_name;
mod differences;
mod draft;
mod error;

use nn_core::{Activation, Cost, Error, Init, Network, NetworkBuilder, Scalar};
use serde::{Deserialize, Serialize};

use crate::TrainParams;

pub use builtin::Builtin;
pub use differences::{Difference, differences};
pub use draft::Draft;
pub use error::RecipeError;
pub(crate) use error::read;

/// The seed of a recipe that names none.
///
/// Under the book's own initialiser and cost an output unit may start so far in saturation that
/// it never wakes up, and its digit is never recognised. Seed 1 draws such a start for
/// 784-30-10; this one doesn't.
pub const DEFAULT_SEED: u64 = 3;

/// What to train, on what, and how.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// Its name; empty for settings that are nobody's recipe.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it is, in a line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The publication it follows.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// What to expect of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// The data.
    pub data: DataRecipe,
    /// The network and its cost.
    pub network: NetworkRecipe,
    /// How it is trained.
    pub training: TrainParams,
}

/// What a recipe comes to, as measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Share of the test samples that are classified rightly, from 0 to 1.
    pub accuracy: f64,
    /// CPU seconds of a run.
    pub seconds: f64,
}

/// The data of a recipe.
///
/// | name | default | meaning |
/// |---|---|---|
/// | `source` | MNIST | a dataset's name, or a file or folder |
/// | `validation` | the dataset's own number | training samples kept for validation: the last so many |
/// | `task` | by the target | `classification` or `regression` |
/// | `target` | a column named `target`, `label`, `class` or `y`, else the last | the column to predict, by name or place |
/// | `drop` | `[]` | columns that are left out |
/// | `header` | looked for | whether the first row names the columns |
/// | `size` | as they are | width and height that images are scaled to; for a table, that its rows are images of |
/// | `grey` | false | coloured images become grey |
/// | `test_share` | 0.2 | share kept for the test, where data have no test samples |
/// | `validation_share` | 0.1 | share of the training samples kept for validation |
/// | `split_seed` | 0 | seed of the chance by which these are drawn |
/// | `expand` | false | the book's expand_mnist: every training image also one pixel up, down, left and right |
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataRecipe {
    /// A dataset's name, or a file or folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Training samples kept for validation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<usize>,
    /// Whether each training image also comes shifted by one pixel in four directions.
    pub expand: bool,
    /// Whether classes or numbers are predicted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<DataTask>,
    /// The column of a table that is predicted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Columns of a table that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<String>,
    /// Whether the first row of a table names its columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// Width and height that images are scaled to, or that the rows of a table are images of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<[usize; 2]>,
    /// Whether coloured images become grey.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub grey: bool,
    /// Share of the samples that is kept for the test, where data have no test samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_share: Option<f64>,
    /// Share of the training samples that is kept for validation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_share: Option<f64>,
    /// Seed of the chance by which samples are kept for test and validation.
    #[serde(with = "crate::seed_form", skip_serializing_if = "is_zero")]
    pub split_seed: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_zero(seed: &u64) -> bool {
    *seed == 0
}

/// What is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataTask {
    /// Each different value of the target is a class.
    Classification,
    /// A number is predicted.
    Regression,
}

/// The network of a recipe. How many inputs and outputs it has follows from the data.
///
/// | name | default | meaning |
/// |---|---|---|
/// | `hidden` | `[30]` | units of the hidden layers; `[]` for none |
/// | `activation` | `sigmoid` | of the hidden layers |
/// | `output_activation` | the cost's own | of the output layer |
/// | `init` | `standard-normal`; `he-normal` for activations without bound | initial weights and biases |
/// | `cost` | `quadratic` | what is minimised |
///
/// Activations, initialisers and costs are written by the names of [`Activation`], [`Init`] and
/// [`Cost`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkRecipe {
    /// Units of the hidden layers.
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers.
    #[serde(with = "by_name")]
    pub activation: Activation,
    /// Activation of the output layer.
    #[serde(with = "by_name")]
    pub output_activation: Activation,
    /// Initial weights and biases.
    #[serde(with = "by_name")]
    pub init: Init,
    /// What is minimised.
    #[serde(with = "by_name")]
    pub cost: Cost,
}

impl Default for NetworkRecipe {
    /// The network of the book's chapter 1.
    fn default() -> Self {
        Self {
            hidden: vec![30],
            activation: Activation::Sigmoid,
            output_activation: Activation::Sigmoid,
            init: Init::StandardNormal,
            cost: Cost::Quadratic,
        }
    }
}

impl NetworkRecipe {
    /// Units of all layers, for data of so many features and classes.
    #[must_use]
    pub fn sizes(&self, inputs: usize, outputs: usize) -> Vec<usize> {
        [&[inputs], &self.hidden[..], &[outputs]].concat()
    }

    /// The maker of the network, for data of so many features and classes.
    #[must_use]
    pub fn builder<T: Scalar>(&self, inputs: usize, outputs: usize) -> NetworkBuilder<T> {
        NetworkBuilder::new(&self.sizes(inputs, outputs))
            .hidden(self.activation.clone())
            .output(self.output_activation.clone())
            .init(self.init)
    }
}

impl Recipe {
    /// Reads a recipe and puts the defaults in, as [`Draft::resolve`] does.
    ///
    /// # Errors
    ///
    /// [`RecipeError`], naming line and key, if the text is no TOML or no recipe.
    pub fn from_toml(text: &str) -> Result<Self, RecipeError> {
        Draft::from_toml(text)?.resolve()
    }

    /// The recipe as TOML, from which [`Recipe::from_toml`] makes it again.
    ///
    /// # Panics
    ///
    /// Never for a recipe whose parameters pass [`TrainParams::check`].
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a recipe is tables, numbers, texts and lists")
    }

    /// The network as it is before training, for data of so many features and classes.
    ///
    /// # Errors
    ///
    /// Those of [`NetworkBuilder::build`], and [`Error::CostNeedsActivation`] if cost and
    /// outputs do not fit.
    pub fn build<T: Scalar>(&self, inputs: usize, outputs: usize) -> Result<Network<T>, Error> {
        self.network.cost.check_output(&self.network.output_activation)?;
        self.network.builder(inputs, outputs).build(self.training.seed)
    }
}

#[cfg(test)]
mod tests;
