//! `nn-cli runs`: what runs there are, how they compare, and which can go.

mod compare;
mod prune;
mod show;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nn_train::RunError;
use nn_train::run_folder::RunSummary;

use crate::args::runs::{RunsAction, RunsArgs, RunsFolderArgs};
use crate::failure::{Failure, chain};
use crate::memory::human;
use crate::output::json;
use crate::output::number::{percent, time};
use crate::output::records::SCHEMA;
use crate::output::records::runs::RunRecord;
use crate::streams::{Streams, one_line};

/// Where runs are that have only a name.
pub(crate) const RUNS: &str = "runs";

/// Runs the command.
pub(crate) fn run(args: &RunsArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    match &args.action {
        None => list(&args.list, json, streams),
        Some(RunsAction::List(folder)) => list(folder, json, streams),
        Some(RunsAction::Show(args)) => show::run(args, json, streams),
        Some(RunsAction::Compare(args)) => compare::run(args, json, streams),
        Some(RunsAction::Prune(args)) => prune::run(args, json, streams),
    }
}

/// The folder of the runs.
fn runs_folder(args: &RunsFolderArgs) -> PathBuf {
    args.dir.clone().unwrap_or_else(|| RUNS.into())
}

/// The run of this name or folder.
fn open(run: &Path, args: &RunsFolderArgs) -> Result<RunSummary, Failure> {
    let named = runs_folder(args).join(run);
    let path = if named.join("run.toml").is_file() { &named } else { run };
    RunSummary::of(path).map_err(|error| {
        let missing = matches!(error, RunError::NotARun { .. });
        let failure = Failure::from(error);
        if missing { failure.hint("`nn-cli runs` lists the runs there are") } else { failure }
    })
}

fn list(args: &RunsFolderArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let folder = runs_folder(args);
    let runs = RunSummary::all(&folder)?;
    let records: Vec<RunRecord> = runs.iter().map(record_of).collect();
    if json {
        for record in &records {
            json::line(record, streams);
        }
        return Ok(());
    }
    if records.is_empty() {
        streams.say(format!("There are no runs in {}.", folder.display()));
        streams.hint("`nn-cli train --run NAME` keeps one");
        return Ok(());
    }
    table(&records, streams);
    let bytes = records.iter().map(|record| record.bytes).sum();
    streams.say(format!("\n{} in {}, {}", records.len(), folder.display(), human(bytes)));
    Ok(())
}

/// A line per run.
fn table(records: &[RunRecord], streams: &mut Streams<'_>) {
    let names: Vec<String> = records.iter().map(|record| one_line(&record.run)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(3);
    streams.line(format!(
        "{:<width$}  {:<10} {:>9} {:>9}  {:>9}  {:>12}  {:>8}  {:>11}  data",
        "run", "state", "test", "best val.", "epochs", "time", "size", "age"
    ));
    for (record, name) in records.iter().zip(&names) {
        if let Some(error) = &record.error {
            streams.line(format!("{name:<width$}  {:<10} {}", record.state, one_line(error)));
            continue;
        }
        let share = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), percent);
        let of = record.epochs.map_or_else(|| "?".to_owned(), |epochs| epochs.to_string());
        streams.line(format!(
            "{name:<width$}  {:<10} {:>9} {:>9}  {:>9}  {:>12}  {:>8}  {:>11}  {}",
            record.state,
            share(record.test_accuracy),
            share(record.best_validation_accuracy),
            format!("{}/{of}", record.epochs_done),
            time(Duration::from_secs_f64(record.seconds)),
            human(record.bytes),
            record.age_seconds.map_or_else(|| "-".to_owned(), age),
            one_line(record.dataset.as_deref().unwrap_or("-")),
        ));
    }
}

/// A run, or why it can't be read, as a record.
fn record_of(run: &Result<RunSummary, RunError>) -> RunRecord {
    match run {
        Ok(run) => record(run),
        Err(error) => {
            let folder = match error {
                RunError::Manifest { path, .. } | RunError::Io { path, .. } => path.parent(),
                _ => None,
            };
            let name = folder.and_then(Path::file_name).unwrap_or_default().to_string_lossy();
            RunRecord {
                schema: SCHEMA,
                run: name.into_owned(),
                folder: folder.unwrap_or(Path::new("")).to_string_lossy().into_owned(),
                state: "unreadable",
                epochs_done: 0,
                epochs: None,
                test_accuracy: None,
                best_epoch: None,
                best_validation_accuracy: None,
                dataset: None,
                recipe: None,
                seconds: 0.0,
                bytes: 0,
                age_seconds: None,
                error: Some(chain(error)),
            }
        }
    }
}

fn record(run: &RunSummary) -> RunRecord {
    let known = |text: &String| (!text.is_empty()).then(|| text.clone());
    RunRecord {
        schema: SCHEMA,
        run: run.name(),
        folder: run.path.to_string_lossy().into_owned(),
        state: run.state.name(),
        epochs_done: run.epochs.last().map_or(0, |epoch| epoch.epoch),
        epochs: Some(run.manifest.recipe.training.epochs),
        test_accuracy: run.test_accuracy(),
        best_epoch: run.best().map(|epoch| epoch.epoch),
        best_validation_accuracy: run.best().and_then(|epoch| epoch.validation_accuracy),
        dataset: known(&run.manifest.data.key),
        recipe: known(&run.manifest.recipe.name),
        seconds: run.seconds(),
        bytes: run.bytes,
        // A clock that was set back makes nothing older.
        age_seconds: SystemTime::now().duration_since(run.modified).ok().map(|age| age.as_secs()),
        error: None,
    }
}

/// An age in its largest unit: `40 s`, `12 min`, `3 h`, `20 d`.
fn age(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn ages_are_in_their_largest_unit() {
        let ages = [0, 59, 60, 7_199, 172_799, 172_800].map(age);
        assert_eq!(ages, ["0 s", "59 s", "1 min", "1 h", "47 h", "2 d"]);
    }
}
