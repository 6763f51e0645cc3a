#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod args;
mod commands;
mod committee;
mod data_source;
mod environment;
mod exit;
mod failure;
mod memory;
mod model_store;
mod origins;
mod output;
mod page_file;
mod recipe_flags;
mod run_reader;
mod settings;
mod streams;

use std::ffi::{OsStr, OsString};

use clap::{FromArgMatches, ValueEnum};

use args::{Cli, Command, overview};

pub use exit::Exit;
pub use streams::Streams;

/// Runs the program with these arguments, the first of which is its own name.
///
/// Everything it says goes to `streams`; nothing is printed elsewhere, but for the progress bar,
/// which is drawn on the real standard error and only if the streams are a terminal.
pub fn run(args: impl IntoIterator<Item = OsString>, streams: &mut Streams<'_>) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    // Help and errors of the parser want the right colours before anything is parsed.
    streams.set_color(color_of(&args));
    let parsed = overview::command().try_get_matches_from(args);
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
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
        Command::Data(args) => commands::data::run(args, json, streams),
        Command::Recipes(args) => commands::recipes::run(args, json, streams),
        Command::Inspect(args) => commands::inspect::run(args, json, streams),
        Command::Runs(args) => commands::runs::run(args, json, streams),
        Command::Doctor(args) => commands::doctor::run(args, json, streams),
        Command::Completions(args) => {
            commands::completions::completions(args, json, streams);
            Ok(())
        }
        Command::Man(args) => commands::completions::man(args, json, streams),
        Command::Export(args) => commands::export::run(args, json, streams),
        Command::Import(args) => commands::import::run(args, json, streams),
        Command::Report(args) => commands::report::run(args, json, streams),
        Command::Explain(args) => commands::explain::run(args, json, streams),
        #[cfg(feature = "serve")]
        Command::Serve(args) => commands::serve::run(args, json, streams),
        Command::Tune(args) => commands::tune::run(args, json, streams),
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

/// The value of `--color` among arguments that are not parsed yet; the last one counts, and one
/// that isn't valid is left to the parser.
fn color_of(args: &[OsString]) -> streams::ColorChoice {
    let mut chosen = streams::ColorChoice::Auto;
    let words = args.iter().take_while(|arg| *arg != "--");
    let texts: Vec<&str> = words.filter_map(|arg| OsStr::to_str(arg)).collect();
    for (i, text) in texts.iter().enumerate() {
        let next = || texts.get(i + 1).copied();
        let value = text.strip_prefix("--color=").or_else(|| (*text == "--color").then(next)?);
        if let Some(Ok(choice)) = value.map(|value| ValueEnum::from_str(value, false)) {
            chosen = choice;
        }
    }
    chosen
}
