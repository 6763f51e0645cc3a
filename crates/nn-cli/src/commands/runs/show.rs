//! `nn-cli runs show`: one run, with its settings, data and epochs.

use nn_train::run_folder::EpochSummary;

use super::{open, record, table};
use crate::args::runs::ShowArgs;
use crate::failure::Failure;
use crate::output::json;
use crate::output::number::percent;
use crate::output::records::runs::{EpochRecord, RunDetails};
use crate::streams::{Streams, one_line};

/// Runs the command.
pub(super) fn run(args: &ShowArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let run = open(&args.run, &args.folder)?;
    let manifest = &run.manifest;
    if json {
        let value = |part| serde_json::to_value(part).expect("settings are plain data");
        let details = RunDetails {
            run: record(&run),
            version: manifest.version.clone(),
            settings: value(&manifest.recipe),
            data: serde_json::to_value(&manifest.data).expect("the record is plain data"),
            history: run.epochs.iter().map(epoch_record).collect(),
        };
        json::line(&details, streams);
        return Ok(());
    }
    table(&[record(&run)], streams);
    let data = &manifest.data;
    streams.line(format!(
        "\n{} with {} + {} + {} samples, by {}\n",
        one_line(&data.name),
        data.train,
        data.validation,
        data.test,
        one_line(&manifest.version)
    ));
    streams.out().text(&manifest.recipe.to_toml());
    if run.epochs.is_empty() {
        return Ok(());
    }
    streams.line("\n  epoch   train cost   validation        test");
    let best = run.best().map(|epoch| epoch.epoch);
    for epoch in &run.epochs {
        let share = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), percent);
        let mark = if Some(epoch.epoch) == best { "  best" } else { "" };
        streams.line(format!(
            "{:>7}   {:>10}   {:>10}   {:>9}{mark}",
            epoch.epoch,
            epoch.train_cost.map_or_else(|| "-".to_owned(), |cost| format!("{cost:.5}")),
            share(epoch.validation_accuracy),
            share(epoch.test_accuracy),
        ));
    }
    Ok(())
}

fn epoch_record(epoch: &EpochSummary) -> EpochRecord {
    EpochRecord {
        epoch: epoch.epoch,
        train_cost: epoch.train_cost,
        validation_accuracy: epoch.validation_accuracy,
        test_accuracy: epoch.test_accuracy,
        seconds: epoch.seconds,
    }
}
