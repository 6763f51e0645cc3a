//! `nn-cli tune lr`: the learning-rate range test.

use nn_data::durable;
use nn_train::recipe::Draft;
use nn_train::tune::{RangeTest, range_test};

use super::{plot, trial};
use crate::Exit;
use crate::args::tune::LrArgs;
use crate::commands::train::load_data;
use crate::failure::Failure;
use crate::output::json;
use crate::output::number::count;
use crate::output::records::{RangePointRecord, RangeRecord, SCHEMA};
use crate::recipe_flags;
use crate::settings::TrainSettings;
use crate::streams::Streams;

/// Runs the command.
pub(super) fn run(args: &LrArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    if args.from >= args.to {
        let message =
            format!("--to: expected more than the first rate, {}, found {}", args.from, args.to);
        return Err(Failure::new(Exit::Usage, message));
    }
    let draft = match &args.settings.recipe.recipe {
        Some(name) => recipe_flags::read(name)?,
        None => Draft::new(),
    };
    let mut settings = TrainSettings::of(draft, &args.settings, &args.data, &args.machine)?;
    let data = load_data(&settings.data, settings.recipe.data.expand, streams)?;
    settings.fit_task(&data)?;
    settings.sizes(&data)?;
    let (recipe, train) = (&settings.recipe, &data.train);
    let samples = trial::samples(&data, recipe.training.augment.is_some())?;
    let network = recipe.build(train.num_features(), train.num_classes())?;
    streams.say(format!(
        "Rates from {} to {} on {} samples of {}",
        args.from,
        args.to,
        count(samples.len()),
        data.name
    ));
    let rates = (args.from, args.to);
    let cost = &recipe.network.cost;
    let test = range_test(network, cost, &samples, &recipe.training, rates, args.points)?;
    if let Some(path) = &args.svg {
        let svg = plot::svg(&test)?;
        durable::write_file(path, |writer| writer.write_all(svg.as_bytes())).map_err(|error| {
            Failure::of(Exit::Io, format!("cannot write {}", path.display()), &error)
        })?;
    }
    if json {
        json::line(&record(&test), streams);
    } else {
        streams.out().text(&plot::terminal(&test));
        advise(&test, streams);
    }
    Ok(())
}

fn advise(test: &RangeTest, streams: &mut Streams<'_>) {
    match (test.steepest(), test.lowest()) {
        (Some(steepest), Some(lowest)) => {
            streams.line(format!(
                "The cost falls steepest at {steepest:.2e} and is lowest at {lowest:.2e}"
            ));
            streams.say(format!(
                "Try rates between the two, or a one-cycle schedule up to about {lowest:.1e}"
            ));
        }
        _ => streams.line("The cost never falls; try lower rates with --from"),
    }
}

fn record(test: &RangeTest) -> RangeRecord {
    RangeRecord {
        schema: SCHEMA,
        steepest: test.steepest(),
        lowest: test.lowest(),
        ran_away: test.ran_away,
        points: test
            .points
            .iter()
            .map(|point| RangePointRecord {
                learning_rate: point.learning_rate,
                cost: point.cost,
                smooth_cost: point.smooth_cost,
            })
            .collect(),
    }
}
