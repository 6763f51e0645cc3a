//! Settings as they are used: flags, environment and defaults resolved into one value each.

use std::path::PathBuf;

use nn_core::NetworkBuilder;
use nn_train::Recipe;
use nn_train::recipe::Draft;

use crate::Exit;
use crate::args::parse::{DataChoice, Threads};
use crate::args::train::SettingsArgs;
use crate::args::{DataArgs, MachineArgs, TrainArgs};
use crate::data_source::Data;
use crate::failure::Failure;
use crate::recipe_flags;

/// The model file's name if none is given.
const DEFAULT_OUTPUT: &str = "model.nnm";

/// What `train` is to do, every default in place.
#[derive(Debug, Clone)]
pub(crate) struct TrainSettings {
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
}

impl TrainSettings {
    /// Lays the flags over the settings of `draft` (a recipe's or a run's) and puts the defaults
    /// in, as [`Draft::resolve`] says.
    pub(crate) fn resolve(draft: Draft, args: &TrainArgs) -> Result<Self, Failure> {
        let settings = Self::of(draft, &args.settings, &args.data, &args.machine)?;
        let output = args.target.output.clone().unwrap_or(settings.output);
        Ok(Self { output, force: args.target.force, ..settings })
    }

    /// The same for a command that writes no model.
    pub(crate) fn of(
        mut draft: Draft,
        args: &SettingsArgs,
        data: &DataArgs,
        machine: &MachineArgs,
    ) -> Result<Self, Failure> {
        recipe_flags::lay_over(&mut draft, args, machine)?;
        let recipe = recipe_flags::resolve(&draft)?;
        recipe.network.cost.check_output(&recipe.network.output_activation)?;
        let settings = Self {
            data: DataSettings::of_recipe(data, &recipe),
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

/// A recipe as it is recorded: with the data it was resolved for, and without the number of threads,
/// which decides nothing.
pub(crate) fn recorded(recipe: &Recipe, choice: &DataChoice, data: &Data) -> Recipe {
    let mut recipe = recipe.clone();
    recipe.data.source = match choice {
        DataChoice::Folder(folder) => {
            std::path::absolute(folder).ok().and_then(|folder| Some(folder.to_str()?.to_owned()))
        }
        // The key, because the sample stands in for MNIST where that can't be had.
        DataChoice::Mnist | DataChoice::Sample => Some(data.key.clone()),
    };
    recipe.data.validation = Some(data.validation.as_ref().map_or(0, nn_data::Dataset::len));
    recipe.training.threads = 0;
    recipe
}

impl DataSettings {
    /// The data of a recipe, unless flags name others.
    pub(crate) fn of_recipe(args: &DataArgs, recipe: &Recipe) -> Self {
        let source = recipe.data.source.as_deref().map_or(DataChoice::Mnist, DataChoice::from);
        let settings = Self::resolve(args, source);
        Self { validation: settings.validation.or(recipe.data.validation), ..settings }
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
        }
    }
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
    use nn_core::{Activation, Cost};

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
