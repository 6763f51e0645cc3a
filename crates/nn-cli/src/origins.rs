//! Where each setting comes from: a flag, the environment, the recipe, or the defaults.

use std::collections::BTreeMap;

use nn_train::Recipe;
use nn_train::recipe::Draft;
use serde::Serialize;

use crate::args::own_data::OwnDataArgs;
use crate::args::train::SettingsArgs;
use crate::args::{DataArgs, MachineArgs};
use crate::failure::Failure;
use crate::{environment, recipe_flags};

/// Who decided a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Origin {
    /// A flag, `--set` among them.
    Flag,
    /// A variable such as `NN_EPOCHS`.
    Environment,
    /// The recipe.
    Recipe,
    /// Nobody: it is the default, which may depend on other settings.
    Default,
}

/// Settings before the defaults are put in, as each of those who may decide left them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layers {
    /// The recipe's, or those of the run that goes on.
    recipe: Draft,
    /// With the environment's laid over them.
    environment: Draft,
    /// With the flags' over these.
    flags: Draft,
    /// What the flags say, whether or not it changes anything.
    said: Draft,
    /// `said` has an optimiser because a flag says so.
    names_optimizer: bool,
}

impl Layers {
    /// Lays the environment (unless a run goes on, which began without it) and the flags over
    /// `draft`.
    ///
    /// # Errors
    ///
    /// Those of [`environment::settings`] and [`recipe_flags::lay_over`].
    pub(crate) fn lay(
        draft: &mut Draft,
        args: &SettingsArgs,
        data: &DataArgs,
        machine: &MachineArgs,
        goes_on: bool,
    ) -> Result<Self, Failure> {
        let recipe = draft.clone();
        if !goes_on {
            let settings = environment::settings(|name| std::env::var_os(name))?;
            let nothing = (OwnDataArgs::default(), MachineArgs::default());
            recipe_flags::lay_over(draft, &settings, &nothing.0, &nothing.1).map_err(
                |failure| {
                    let message = format!("NN_… of the environment: {}", failure.message());
                    Failure::new(failure.exit(), message).hint("unset the variable")
                },
            )?;
        }
        let environment = draft.clone();
        recipe_flags::lay_over(draft, args, &data.own, machine)?;
        // Flags with settings of an optimiser ask which one it is.
        let mut said = Draft::new();
        if let (None, Some(name)) = (&args.optimizer.optimizer, value(draft, OPTIMIZER)) {
            said.set("training.optimizer", name);
        }
        recipe_flags::lay_over(&mut said, args, &data.own, machine)?;
        let mut flags = draft.clone();
        // Where the data are isn't laid over, since a path need not be text.
        for (key, is_said) in
            [("data.source", data.data.is_some()), ("data.validation", data.validation.is_some())]
        {
            if is_said {
                said.set(key, true);
                flags.set(key, true);
            }
        }
        let names_optimizer = args.optimizer.optimizer.is_some();
        Ok(Self { recipe, environment, flags, said, names_optimizer })
    }

    /// Where the setting of a key comes from.
    fn origin(&self, key: &str) -> Origin {
        let [recipe, environment, flags, said] =
            [&self.recipe, &self.environment, &self.flags, &self.said]
                .map(|draft| value(draft, key));
        let is_said = said.is_some() && (key != OPTIMIZER || self.names_optimizer);
        if flags.is_some() && (is_said || flags != environment) {
            Origin::Flag
        } else if environment.is_some() && environment != recipe {
            Origin::Environment
        } else if recipe.is_some() {
            Origin::Recipe
        } else {
            Origin::Default
        }
    }

    /// Where each setting of a recipe comes from, by its key. The number of threads, which decides
    /// nothing, is left out, and so is what describes the recipe.
    pub(crate) fn origins(&self, recipe: &Recipe) -> BTreeMap<String, Origin> {
        let keys = Draft::from_recipe(recipe).keys().into_iter();
        keys.filter(|key| key.contains('.') && key != "training.threads")
            .filter(|key| !key.starts_with("expected."))
            .map(|key| (key.clone(), self.origin(&key)))
            .collect()
    }
}

const OPTIMIZER: &str = "training.optimizer.name";

/// The value of a key; where only a name is given, as in `optimizer = "adam"`, that of its `name`.
fn value(draft: &Draft, key: &str) -> Option<toml::Value> {
    let plain = || draft.get(key.strip_suffix(".name")?).filter(|value| value.is_str());
    draft.get(key).or_else(plain).cloned()
}
