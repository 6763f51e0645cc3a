//! Settings in the making: a recipe's, with others laid over them, before the defaults are in.

use nn_core::{Activation, Cost, Init};
use toml::{Table, Value};

use super::{DEFAULT_SEED, DataTask, Recipe, RecipeError};
use crate::Optimizer;

/// Settings of which some are given and some are not.
///
/// ```
/// use nn_train::recipe::Draft;
///
/// # fn main() -> Result<(), nn_train::recipe::RecipeError> {
/// let mut draft = Draft::from_toml("network.cost = \"cross-entropy\"")?;
/// draft.set("training.epochs", 5);
/// let recipe = draft.resolve()?;
/// assert_eq!((recipe.training.epochs, recipe.training.learning_rate), (5, 0.5));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Draft {
    table: Table,
}

impl Draft {
    /// Nothing given: all is default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The settings of a recipe file.
    ///
    /// # Errors
    ///
    /// [`RecipeError`], naming line and key, if the text is no TOML or no recipe.
    pub fn from_toml(text: &str) -> Result<Self, RecipeError> {
        // Read for the sake of errors that know their lines; the defaults are put in later.
        super::read::<Recipe>(text)?;
        let table = super::read(text)?;
        Ok(Self { table })
    }

    /// Every setting of a recipe, so that nothing is left to defaults.
    ///
    /// # Panics
    ///
    /// Never for a recipe whose parameters pass [`TrainParams::check`](crate::TrainParams::check).
    #[must_use]
    pub fn from_recipe(recipe: &Recipe) -> Self {
        let table = Table::try_from(recipe);
        Self { table: table.expect("a recipe is tables, numbers, texts and lists") }
    }

    /// The setting of a key such as `training.optimizer.beta2`, if it is given.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        let mut parts = key.split('.');
        let first = self.table.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.as_table()?.get(part))
    }

    /// The keys of all settings that are given, in alphabetical order.
    ///
    /// ```
    /// let draft = nn_train::recipe::Draft::from_toml("training = { epochs = 5, lambda = 1 }")?;
    /// assert_eq!(draft.keys(), ["training.epochs", "training.lambda"]);
    /// # Ok::<(), nn_train::recipe::RecipeError>(())
    /// ```
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        collect_keys(&self.table, "", &mut keys);
        keys.sort_unstable();
        keys
    }

    /// Gives the setting of a key such as `training.optimizer.beta2`. A setting within something
    /// that so far has only a name, as `optimizer = "adam"`, keeps the name.
    ///
    /// Whether there is such a setting, and whether the value fits, is said by
    /// [`Draft::resolve`].
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        let mut table = &mut self.table;
        let mut parts: Vec<&str> = key.split('.').collect();
        let last = parts.pop().unwrap_or_default();
        for part in parts {
            let entry = table.entry(part).or_insert_with(|| Value::Table(Table::new()));
            if !entry.is_table() {
                let name = std::mem::replace(entry, Value::Table(Table::new()));
                if let Some(inner) = entry.as_table_mut() {
                    inner.insert("name".to_owned(), name);
                }
            }
            let Some(inner) = entry.as_table_mut() else { return };
            table = inner;
        }
        table.insert(last.to_owned(), value.into());
    }

    /// Gives a setting as text: `KEY=VALUE` with a TOML value, or words that stand for themselves,
    /// as in `training.schedule.rise=0.2` and `training.optimizer=adam`.
    ///
    /// # Errors
    ///
    /// [`RecipeError`] if there is no `=` or no key.
    pub fn set_text(&mut self, text: &str) -> Result<(), RecipeError> {
        let parts = text.split_once('=').map(|(key, value)| (key.trim(), value.trim()));
        let Some((key, value)) = parts.filter(|(key, _)| !key.is_empty()) else {
            let problem = format!("expected KEY=VALUE, found `{text}`");
            return Err(RecipeError::new(None, String::new(), &problem));
        };
        let parsed: Option<Value> = format!("value = {value}")
            .parse()
            .ok()
            .filter(|table: &Table| table.len() == 1)
            .and_then(|mut table| table.remove("value"));
        self.set(key, parsed.unwrap_or_else(|| Value::String(value.to_owned())));
        Ok(())
    }

    /// Puts the defaults in, some of which depend on other settings:
    ///
    /// - the output activation is the cost's own, or, where numbers are predicted
    ///   (`data.task = "regression"`), the identity;
    /// - activations without bound, as ReLU, start from He's initialiser, all else as in the
    ///   book's chapter 1;
    /// - η is the book's 3.0 (chapter 1), or 0.5 (chapter 3) for a cross-entropy, or 0.1 for
    ///   activations without bound; under momentum μ it is 1 − μ times that, and under RMSprop,
    ///   Adam and AdamW 0.001; where numbers are predicted plain descent takes 0.02;
    /// - the seed is [`DEFAULT_SEED`].
    ///
    /// # Errors
    ///
    /// [`RecipeError`], naming the key, if a setting is unknown or has no value of its kind.
    pub fn resolve(&self) -> Result<Recipe, RecipeError> {
        let table = Value::Table(self.table.clone());
        let mut recipe: Recipe = serde_path_to_error::deserialize(table).map_err(|error| {
            let key = error.path().to_string();
            RecipeError::new(None, key, error.into_inner().message())
        })?;
        let missing = |key| self.get(key).is_none();
        let regression = recipe.data.task == Some(DataTask::Regression);
        let network = &mut recipe.network;
        let unbounded = is_unbounded(&network.activation);
        if missing("network.output_activation") {
            network.output_activation =
                if regression { Activation::Identity } else { network.cost.natural_output() };
        }
        if missing("network.init") {
            network.init = if unbounded { Init::HeNormal } else { Init::StandardNormal };
        }
        if missing("training.learning_rate") {
            let rate = match network.cost {
                // Outputs that nothing bounds learn from errors of any size.
                _ if regression => 0.02,
                _ if unbounded => 0.1,
                Cost::Quadratic => 3.0,
                _ => 0.5,
            };
            recipe.training.learning_rate = usual_rate(&recipe.training.optimizer, rate);
        }
        if missing("training.seed") {
            recipe.training.seed = DEFAULT_SEED;
        }
        Ok(recipe)
    }
}

fn collect_keys(table: &Table, prefix: &str, keys: &mut Vec<String>) {
    for (name, value) in table {
        let key = format!("{prefix}{name}");
        match value.as_table() {
            Some(inner) => collect_keys(inner, &format!("{key}."), keys),
            None => keys.push(key),
        }
    }
}

/// Whether an activation grows without bound, as ReLU does.
fn is_unbounded(activation: &Activation) -> bool {
    use Activation as A;
    matches!(activation, A::Relu | A::LeakyRelu | A::Gelu | A::Silu | A::Softplus | A::Identity)
}

/// η for an optimiser where plain descent would take `plain`.
fn usual_rate(optimizer: &Optimizer, plain: f64) -> f64 {
    let damped = |momentum: f64| {
        // (1 − 0.9) · 3 should be read as 0.3.
        let rate = (plain * (1.0 - momentum) * 1e9).round() / 1e9;
        if rate > 0.0 { rate } else { plain }
    };
    match optimizer {
        Optimizer::Sgd => plain,
        Optimizer::Momentum(rule) => damped(rule.momentum),
        Optimizer::Nesterov(rule) => damped(rule.momentum),
        Optimizer::RmsProp(_) | Optimizer::Adam(_) | Optimizer::AdamW(_) => 0.001,
    }
}
