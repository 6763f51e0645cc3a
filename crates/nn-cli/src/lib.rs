#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod args;
mod commands;
mod committee;
mod data_source;
mod exit;
mod failure;
mod memory;
mod model_store;
mod output;
mod recipe_flags;
mod settings;
mod streams;

use std::ffi::OsString;

use clap::Parser;

use args::{Cli, Command};

pub use exit::Exit;
pub use streams::Streams;

/// Runs the program with these arguments, the first of which is its own name.
///
/// Everything it says goes to `streams`; nothing is printed elsewhere, but for the progress bar,
/// which is drawn on the real standard error and only if the streams are a terminal.
pub fn run(args: impl IntoIterator<Item = OsString>, streams: &mut Streams<'_>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let exit = output::usage::print(&error, streams);
            return streams.finish(exit);
        }
    };
    streams.set_verbosity(cli.output.verbosity());
    let json = cli.output.json;
    let done = match &cli.command {
        Command::Train(args) => commands::train::run(args, json, streams),
        Command::Evaluate(args) => commands::evaluate::run(args, json, streams),
        Command::Predict(args) => commands::predict::run(args, json, streams),
        Command::Recipes(args) => commands::recipes::run(args, json, streams),
    };
    let exit = match done {
        Ok(()) => Exit::Success,
        Err(failure) => {
            if json {
                output::json::failure(&failure, streams);
            }
            streams.report(&failure);
            failure.exit()
        }
    };
    streams.finish(exit)
}
