//! Flags of `tune` and `tune lr`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::parse;
use super::train::SettingsArgs;
use super::{DataArgs, MachineArgs};

const EXAMPLES: &str = "\
Examples:
  nn-cli tune space.toml                trains trials, prints a table, writes the winner's recipe
  nn-cli tune space.toml --test         and looks at the test samples, once, with the winner
  nn-cli tune lr --hidden 100           at which learning rates does this network learn?

A space, in TOML:
  recipe = \"book-chapter3\"              where all trials start from
  search = \"halving\"                    few epochs for all, more for the best; or \"random\"
  trials = 9
  [fixed]
  \"training.epochs\" = 9
  [space]
  \"training.learning_rate\" = { from = 0.01, to = 1.0, log = true }
  \"training.batch_size\" = [10, 32, 100]

Stopped by Ctrl-C or killed, the same command goes on where it was. docs/tune.md says more.";

/// Search for good settings, by validation samples only
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, after_help = EXAMPLES)]
pub(crate) struct TuneArgs {
    #[command(subcommand)]
    pub(crate) command: Option<TuneCommand>,

    #[command(flatten)]
    pub(crate) search: SearchArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TuneCommand {
    Lr(Box<LrArgs>),
}

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// The space to search, a TOML file
    #[arg(value_name = "SPACE", required = true)]
    pub(crate) space: Option<PathBuf>,

    /// Folder of the trials, the table and the winner [default: tune/ and the space's name]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,

    /// At the end, look at the test samples once, with the winner's networks
    #[arg(long)]
    pub(crate) test: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

const LR_EXAMPLES: &str = "\
Examples:
  nn-cli tune lr --hidden 100 --cost cross-entropy --init scaled-normal
  nn-cli tune lr --recipe plain-800 --svg rates.svg
  nn-cli tune lr --optimizer adam --from 1e-6 --to 1";

/// Learning-rate range test: train an epoch while the rate rises, and see where the cost falls
#[derive(Debug, Args)]
#[command(after_help = LR_EXAMPLES)]
pub(crate) struct LrArgs {
    /// The first rate
    #[arg(long, value_name = "RATE", default_value = "1e-4", value_parser = parse::above_zero, allow_negative_numbers = true, help_heading = "Test")]
    pub(crate) from: f64,

    /// The last rate, if the cost hasn't run away before
    #[arg(long, value_name = "RATE", default_value = "100", value_parser = parse::above_zero, allow_negative_numbers = true, help_heading = "Test")]
    pub(crate) to: f64,

    /// Rates tried between the two
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = parse::several, allow_negative_numbers = true, help_heading = "Test")]
    pub(crate) points: usize,

    /// Write the plot as an SVG file, too
    #[arg(long, value_name = "FILE", help_heading = "Test")]
    pub(crate) svg: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}
