//! Flags of `nn-cli runs`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::parse;

const EXAMPLES: &str = "\
Examples:
  nn-cli runs                              all runs in the folder runs
  nn-cli runs show first                   one of them, with its settings and epochs
  nn-cli runs compare first second         where two differ
  nn-cli runs prune --keep 10 --dry-run    what would go if only the newest ten stayed";

/// List, compare and prune the runs that `train --run` keeps
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    pub(crate) action: Option<RunsAction>,

    #[command(flatten)]
    pub(crate) list: RunsFolderArgs,
}

#[derive(Debug, Args, Default)]
pub(crate) struct RunsFolderArgs {
    /// Folder that holds the runs [default: runs]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsAction {
    /// All runs, the one changed last first
    #[command(after_help = LIST_EXAMPLES)]
    List(RunsFolderArgs),
    Show(ShowArgs),
    Compare(CompareArgs),
    Prune(PruneArgs),
}

const LIST_EXAMPLES: &str = "\
Examples:
  nn-cli runs list
  nn-cli runs list --dir elsewhere --json";

const SHOW_EXAMPLES: &str = "\
Examples:
  nn-cli runs show first
  nn-cli runs show elsewhere/first --json";

const COMPARE_EXAMPLES: &str = "\
Examples:
  nn-cli runs compare first second third";

const PRUNE_EXAMPLES: &str = "\
Examples:
  nn-cli runs prune --keep 10
  nn-cli runs prune --older-than 30d --dry-run
  nn-cli runs prune --keep 10 --older-than 12h      only what is both";

/// One run: settings, data and epochs
#[derive(Debug, Args)]
#[command(after_help = SHOW_EXAMPLES)]
pub(crate) struct ShowArgs {
    /// The run, by its name or folder
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,

    #[command(flatten)]
    pub(crate) folder: RunsFolderArgs,
}

/// How runs ended, and the settings in which they differ
#[derive(Debug, Args)]
#[command(after_help = COMPARE_EXAMPLES)]
pub(crate) struct CompareArgs {
    /// The runs, by their names or folders
    #[arg(value_name = "RUN", num_args = 2.., required = true)]
    pub(crate) runs: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) folder: RunsFolderArgs,
}

/// Delete runs; one that is being trained stays
#[derive(Debug, Args)]
#[command(after_help = PRUNE_EXAMPLES)]
#[group(id = "which", required = true, multiple = true, args = ["keep", "older_than"])]
pub(crate) struct PruneArgs {
    /// Let the N runs stay that were changed last
    #[arg(long, value_name = "N", value_parser = parse::whole, allow_negative_numbers = true)]
    pub(crate) keep: Option<usize>,

    /// Delete runs that weren't changed for so long: minutes, hours, days or weeks, as in 30d
    #[arg(long, value_name = "AGE", value_parser = age, allow_negative_numbers = true)]
    pub(crate) older_than: Option<Duration>,

    /// Only say what would be deleted
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) folder: RunsFolderArgs,
}

/// `90m`, `12h`, `30d` or `4w`.
fn age(text: &str) -> Result<Duration, String> {
    let expected = "expected a number and a unit, as in 90m, 12h, 30d or 4w";
    let unit = |c| match c {
        'm' => Some(60),
        'h' => Some(3_600),
        'd' => Some(86_400),
        'w' => Some(604_800),
        _ => None,
    };
    let seconds = text.chars().last().and_then(unit).and_then(|unit: u64| {
        let number: u64 = text[..text.len() - 1].parse().ok()?;
        number.checked_mul(unit)
    });
    seconds.map(Duration::from_secs).ok_or_else(|| expected.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_units() {
        assert_eq!(age("90m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(age("2w"), Ok(Duration::from_secs(1_209_600)));
        for bad in ["", "d", "30", "1.5d", "-1d", "3y", "99999999999999999999w", "1ü"] {
            assert!(age(bad).is_err(), "{bad}");
        }
    }
}
