//! `nn-cli runs prune`: deletes runs that are old or many, but none that is being trained.

use std::time::{Duration, SystemTime};

use nn_train::run_folder::{RunState, RunSummary};
use nn_train::{RunError, RunFolder};

use super::runs_folder;
use crate::args::runs::PruneArgs;
use crate::failure::{Failure, chain};
use crate::memory::human;
use crate::output::json;
use crate::output::number::plural;
use crate::output::records::SCHEMA;
use crate::output::records::runs::Pruned;
use crate::streams::{Streams, one_line};

/// Runs the command.
pub(super) fn run(args: &PruneArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let mut runs = Vec::new();
    for run in RunSummary::all(&runs_folder(&args.folder))? {
        match run {
            Ok(run) => runs.push(run),
            // What can't be read isn't deleted: who knows what it is.
            Err(error) => streams.warn(format!("{}; it stays", chain(&error))),
        }
    }
    let (mut deleted, mut bytes) = (0, 0);
    for run in chosen(&runs, args.keep, args.older_than, SystemTime::now()) {
        if run.state == RunState::Running {
            streams.say(format!("{} is being trained and stays", one_line(&run.name())));
            continue;
        }
        if !args.dry_run {
            // The lock is taken first, so a run that was resumed a moment ago stays.
            match RunFolder::open(&run.path).and_then(RunFolder::delete) {
                Ok(()) => {}
                Err(error @ (RunError::Locked { .. } | RunError::NotARun { .. })) => {
                    streams.warn(format!("{}; it stays", chain(&error)));
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
        }
        deleted += 1;
        bytes += run.bytes;
        let record =
            Pruned { schema: SCHEMA, run: run.name(), bytes: run.bytes, deleted: !args.dry_run };
        if json {
            json::line(&record, streams);
        } else {
            streams.line(one_line(&record.run));
        }
    }
    let done = if args.dry_run { "would be deleted" } else { "deleted" };
    streams.say(format!("{} {done}, {}", plural(deleted, "run"), human(bytes)));
    Ok(())
}

/// The runs to delete, of `runs` from the newest on: those beyond the first `keep` that are older
/// than `older_than`, as far as these are given.
fn chosen(
    runs: &[RunSummary],
    keep: Option<usize>,
    older_than: Option<Duration>,
    now: SystemTime,
) -> impl Iterator<Item = &RunSummary> {
    let is_old = move |run: &RunSummary| {
        // A run of the future, by a clock that was set back, is not old.
        let age = now.duration_since(run.modified).unwrap_or_default();
        older_than.is_none_or(|least| age > least)
    };
    runs.iter().skip(keep.unwrap_or(0)).filter(move |run| is_old(run))
}
