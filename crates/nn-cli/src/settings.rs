//! Settings as they are used: flags, environment and defaults resolved into one value each.

use std::path::PathBuf;

use nn_core::{Activation, ColumnKind, Cost, ImagePreparation, Model, NetworkBuilder, Task};
use nn_data::formats::{Schema, TargetKind};
use nn_train::Recipe;
use nn_train::recipe::{DataRecipe, Draft};

use crate::Exit;
use crate::args::parse::{DataChoice, Threads};
use crate::args::train::SettingsArgs;
use crate::args::{DataArgs, MachineArgs, TrainArgs};
use crate::data_source::Data;
use crate::failure::Failure;
use crate::origins::Layers;
use crate::recipe_flags;

/// The model file's name if none is given.
const DEFAULT_OUTPUT: &str = "model.nnm";

/// What `train` is to do, every default in place.
#[derive(Debug, Clone)]
pub(crate) struct TrainSettings {
    /// The settings before the defaults were put in.
    draft: Draft,
    /// Who decided them.
    pub(crate) origins: Layers,
    pub(crate) data: DataSettings,
    /// All layers, where `--layers` said so; the recipe has those between input and output.
    layers: Option<Vec<usize>>,
    pub(crate) recipe: Recipe,
    pub(crate) output: PathBuf,
    pub(crate) force: bool,
}

/// Where the data come from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DataSettings {
    pub(crate) choice: DataChoice,
    pub(crate) data_dir: Option<PathBuf>,
    /// Training samples kept for validation, if the user said so.
    pub(crate) validation: Option<usize>,
    pub(crate) offline: bool,
    pub(crate) fallback: bool,
    /// How own data are read and split. Source and validation samples stand above.
    pub(crate) own: DataRecipe,
    /// The model whose kind of data they must be, if there is one.
    pub(crate) like: Option<DataLike>,
}

/// What a model says of the data it takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DataLike {
    /// The columns of its table, if it takes a table's rows.
    pub(crate) schema: Option<Schema>,
    /// Rows and columns of its images.
    pub(crate) image_shape: Option<(usize, usize)>,
    /// Pictures are scaled to that, colours and all.
    pub(crate) resizes: bool,
    /// Fingerprint of the samples it was trained on, and the name of their data.
    pub(crate) trained_on: (String, String),
}

impl TrainSettings {
    /// Lays the environment and the flags over the settings of `draft` (a recipe's, or a run's, for
    /// which the environment doesn't count) and puts the defaults in, as [`Draft::resolve`] says.
    pub(crate) fn resolve(draft: Draft, args: &TrainArgs) -> Result<Self, Failure> {
        let goes_on = args.run.resume.is_some();
        let settings = Self::laid(draft, &args.settings, &args.data, &args.machine, goes_on)?;
        let output = args.target.output.clone().unwrap_or(settings.output);
        Ok(Self { output, force: args.target.force, ..settings })
    }

    /// The same for a command that writes no model.
    pub(crate) fn of(
        draft: Draft,
        args: &SettingsArgs,
        data: &DataArgs,
        machine: &MachineArgs,
    ) -> Result<Self, Failure> {
        Self::laid(draft, args, data, machine, false)
    }

    fn laid(
        mut draft: Draft,
        args: &SettingsArgs,
        data: &DataArgs,
        machine: &MachineArgs,
        goes_on: bool,
    ) -> Result<Self, Failure> {
        let origins = Layers::lay(&mut draft, args, data, machine, goes_on)?;
        let recipe = recipe_flags::resolve(&draft)?;
        recipe.network.cost.check_output(&recipe.network.output_activation)?;
        let settings = Self {
            data: DataSettings::of_recipe(data, &recipe),
            draft,
            origins,
            layers: args.network.layers.as_ref().map(|layers| layers.0.clone()),
            recipe,
            output: DEFAULT_OUTPUT.into(),
            force: false,
        };
        // What can be refused without the data is refused before they are fetched.
        if let Some(sizes) = &settings.layers {
            NetworkBuilder::<f32>::new(sizes).bytes()?;
        }
        Ok(settings)
    }

    /// Puts in the defaults anew if the data turned out to ask for numbers, and refuses settings
    /// that don't go with that.
    pub(crate) fn fit_task(&mut self, data: &Data) -> Result<(), Failure> {
        if data.train.values().is_none() {
            return Ok(());
        }
        self.draft.set("data.task", "regression");
        self.recipe = recipe_flags::resolve(&self.draft)?;
        check_regression(&self.recipe)
    }

    /// The sizes of all layers, for these data.
    pub(crate) fn sizes(&self, data: &Data) -> Result<Vec<usize>, Failure> {
        let (inputs, outputs) = (data.train.num_features(), data.train.num_classes());
        match &self.layers {
            Some(sizes) if (sizes.first(), sizes.last()) != (Some(&inputs), Some(&outputs)) => {
                let found: Vec<String> = sizes.iter().map(ToString::to_string).collect();
                let message = format!(
                    "--layers: expected {inputs} inputs and {outputs} outputs for {}, found {}",
                    data.name,
                    found.join(",")
                );
                Err(Failure::new(Exit::Usage, message).hint(
                    "--hidden takes the hidden layers only; input and output follow the data",
                ))
            }
            _ => Ok(self.recipe.network.sizes(inputs, outputs)),
        }
    }

    /// The recipe as it is recorded.
    pub(crate) fn recorded(&self, data: &Data) -> Recipe {
        recorded(&self.recipe, &self.data.choice, data)
    }
}

/// Refuses settings that don't go with numbers to be predicted.
pub(crate) fn check_regression(recipe: &Recipe) -> Result<(), Failure> {
    let network = &recipe.network;
    if network.cost != Cost::Quadratic {
        let message =
            format!("--cost: numbers are predicted with quadratic, found {}", network.cost);
        return Err(Failure::new(Exit::Usage, message)
            .hint("leave the flag out, or say --task classification"));
    }
    if network.output_activation == Activation::Softmax {
        let message = "--output-activation: numbers are predicted with identity, found softmax";
        return Err(Failure::new(Exit::Usage, message).hint("leave the flag out"));
    }
    Ok(())
}

/// A recipe as it is recorded: with the data it was resolved for, and without the number of threads,
/// which decides nothing.
pub(crate) fn recorded(recipe: &Recipe, choice: &DataChoice, data: &Data) -> Recipe {
    let mut recipe = recipe.clone();
    recipe.data.source = match choice {
        DataChoice::Path(path) => {
            std::path::absolute(path).ok().and_then(|path| Some(path.to_str()?.to_owned()))
        }
        // The key, because the sample stands in for MNIST where that can't be had.
        DataChoice::Mnist | DataChoice::Sample | DataChoice::Known(_) => Some(data.key.clone()),
    };
    recipe.data.validation = Some(data.validation.as_ref().map_or(0, nn_data::Dataset::len));
    recipe.data.validation_share = None;
    recipe.training.threads = 0;
    recipe
}

impl DataSettings {
    /// The data of a recipe, unless flags name others.
    pub(crate) fn of_recipe(args: &DataArgs, recipe: &Recipe) -> Self {
        let source = recipe.data.source.as_deref().map_or(DataChoice::Mnist, DataChoice::from);
        let mut settings = Self::resolve(args, source);
        settings.own = recipe.data.clone();
        // A share given now wins over a number that was recorded.
        if args.own.validation_share.is_none() {
            settings.validation = settings.validation.or(recipe.data.validation);
        }
        settings
    }

    /// The data asked for, or `default`.
    pub(crate) fn resolve(args: &DataArgs, default: DataChoice) -> Self {
        Self {
            choice: args.data.clone().unwrap_or(default),
            // An empty variable counts as unset.
            data_dir: args.data_dir.clone().filter(|dir| !dir.as_os_str().is_empty()),
            validation: args.validation,
            offline: args.offline,
            fallback: !args.no_fallback,
            own: args.own.recipe(),
            like: None,
        }
    }

    /// The same for a model that is trained: its data must be of the kind it knows.
    pub(crate) fn like(mut self, model: &Model<f32>) -> Self {
        let kind = match model.task {
            Task::Regression(_) => TargetKind::Number,
            _ => TargetKind::Classes(model.class_names.clone()),
        };
        let target = match model.task {
            Task::Regression(_) => model.class_names.first().cloned().unwrap_or_default(),
            _ => String::new(),
        };
        let columns: Vec<_> = model.columns.iter().map(column).collect();
        self.like = Some(DataLike {
            schema: (!columns.is_empty()).then(|| Schema::new(columns, target, kind)),
            image_shape: model.image_shape,
            resizes: model.image_preparation == ImagePreparation::Resize,
            trained_on: (model.provenance.dataset_sha256.clone(), model.provenance.dataset.clone()),
        });
        self
    }
}

/// A model's column as datasets know it.
pub(crate) fn column(column: &nn_core::Column) -> nn_data::Column {
    let kind = match &column.kind {
        ColumnKind::Category(words) => nn_data::ColumnKind::Category(words.clone()),
        _ => nn_data::ColumnKind::Number,
    };
    nn_data::Column { name: column.name.clone(), kind }
}

/// The number of threads in the trainer's words: 0 means one per core.
pub(crate) fn threads(args: &MachineArgs) -> usize {
    match args.threads.unwrap_or_default() {
        Threads::Auto => 0,
        Threads::Exactly(threads) => threads,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::parse::LayerSizes;

    fn resolve(change: impl FnOnce(&mut TrainArgs)) -> Result<TrainSettings, Failure> {
        let mut args = TrainArgs::default();
        change(&mut args);
        TrainSettings::resolve(Draft::new(), &args)
    }

    #[test]
    fn nothing_said_is_the_book_s_first_chapter() {
        let settings = resolve(|_| {}).unwrap();
        assert_eq!(settings.recipe, Recipe::from_toml("").unwrap());
        assert_eq!(settings.data.choice, DataChoice::Mnist);
    }

    #[test]
    fn the_data_of_a_recipe_are_taken_unless_a_flag_names_others() {
        let draft = Draft::from_toml("data = { source = \"sample\", validation = 7 }").unwrap();
        let mut args = TrainArgs::default();
        let settings = TrainSettings::resolve(draft.clone(), &args).unwrap();
        assert_eq!(settings.data.choice, DataChoice::Sample);
        assert_eq!(settings.data.validation, Some(7));
        args.data.data = Some(DataChoice::Mnist);
        args.data.validation = Some(8);
        let settings = TrainSettings::resolve(draft, &args).unwrap();
        assert_eq!(settings.data.choice, DataChoice::Mnist);
        assert_eq!(settings.data.validation, Some(8));
    }

    #[test]
    fn what_cannot_be_is_refused_before_there_are_data() {
        let layers = |sizes: &[usize]| Some(LayerSizes(sizes.to_vec()));
        let refused = resolve(|args| {
            args.settings.network.cost = Some(Cost::CrossEntropy);
            args.settings.network.output_activation = Some(Activation::Tanh);
        });
        assert_eq!(refused.unwrap_err().exit(), Exit::Usage);
        let refused = resolve(|args| args.settings.network.layers = layers(&[784]));
        assert_eq!(refused.unwrap_err().exit(), Exit::Usage);
        let refused = resolve(|args| args.settings.network.layers = layers(&[784, usize::MAX, 10]));
        assert_eq!(refused.unwrap_err().exit(), Exit::TooLarge);
    }
}
