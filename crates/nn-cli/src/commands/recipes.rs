//! `nn-cli recipes`: what can be trained by name.

use std::time::Duration;

use nn_train::recipe::Builtin;

use crate::Exit;
use crate::args::RecipesArgs;
use crate::failure::Failure;
use crate::output::json;
use crate::output::number::{percent, time};
use crate::output::records::{RecipeRecord, SCHEMA};
use crate::recipe_flags::suggestion;
use crate::streams::Streams;

/// Runs the command.
pub(crate) fn run(
    args: &RecipesArgs,
    json: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let chosen: Vec<Builtin> = match &args.name {
        None => Builtin::all().collect(),
        Some(name) => vec![Builtin::named(name).ok_or_else(|| {
            let message = format!("expected the name of a recipe, found `{name}`");
            Failure::new(Exit::Usage, message).hint(suggestion(name))
        })?],
    };
    if json {
        for builtin in chosen {
            json::line(&record(builtin), streams);
        }
    } else if args.name.is_some() {
        for builtin in chosen {
            streams.out().text(&builtin.text);
        }
    } else {
        list(&chosen, streams);
    }
    Ok(())
}

fn list(recipes: &[Builtin], streams: &mut Streams<'_>) {
    let width = recipes.iter().map(|recipe| recipe.name.len()).max().unwrap_or(0);
    for builtin in recipes {
        let recipe = builtin.recipe();
        let (accuracy, seconds) = recipe.expected.map_or_else(Default::default, |expected| {
            (percent(expected.accuracy), time(Duration::from_secs_f64(expected.seconds)))
        });
        streams.line(format!(
            "{:<width$}  {accuracy:>8}  {seconds:>8}  {}",
            recipe.name, recipe.about
        ));
        streams.line(format!("{:<width$}  {:>8}  {:>8}  {}", "", "", "", recipe.reference));
    }
    streams.say("\nAccuracy on MNIST's test images and CPU time of a run, as measured.");
    streams.say("Train one with `nn-cli train --recipe NAME`, see one with `nn-cli recipes NAME`.");
}

fn record(builtin: Builtin) -> RecipeRecord {
    let recipe = builtin.recipe();
    RecipeRecord {
        schema: SCHEMA,
        expected_accuracy: recipe.expected.map(|expected| expected.accuracy),
        expected_seconds: recipe.expected.map(|expected| expected.seconds),
        hidden: recipe.network.hidden.clone(),
        epochs: recipe.training.epochs,
        toml: recipe.to_toml(),
        name: recipe.name,
        about: recipe.about,
        reference: recipe.reference,
    }
}
