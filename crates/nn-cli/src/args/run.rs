//! Flags of run folders: where a run is kept, and how often.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::parse;

/// How often a checkpoint is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Every {
    /// At the end of every so many epochs.
    Epochs(usize),
    /// After so much time, within an epoch too.
    Time(Duration),
}

#[derive(Debug, Clone, Args, Default)]
#[command(next_help_heading = "Run folder")]
pub(crate) struct RunArgs {
    /// Keep settings, metrics, checkpoints and the model in runs/NAME, so that training can be
    /// stopped and resumed
    #[arg(long, value_name = "NAME", value_parser = run_name, group = "folder", conflicts_with = "output")]
    pub(crate) run: Option<String>,

    /// The same in a folder anywhere
    #[arg(long, value_name = "DIR", group = "folder", conflicts_with = "output")]
    pub(crate) run_dir: Option<PathBuf>,

    /// Go on with a run, given by its name or folder, with its own settings; it ends with the model
    /// it would have had without the stop
    #[arg(long, value_name = "RUN", group = "folder", conflicts_with_all = ["output", "force", "recipe"])]
    pub(crate) resume: Option<PathBuf>,

    /// Epochs between checkpoints, or minutes as in 5m [default: 1]
    #[arg(long, value_name = "N|Nm", value_parser = every, requires = "folder", allow_negative_numbers = true)]
    pub(crate) checkpoint_every: Option<Every>,

    /// Checkpoints of past epochs to keep, besides the last and the best [default: 3]
    #[arg(long, value_name = "N", value_parser = parse::whole, requires = "folder", allow_negative_numbers = true)]
    pub(crate) keep: Option<usize>,
}

/// A name that is one part of a path.
fn run_name(text: &str) -> Result<String, String> {
    if text.is_empty() || text.starts_with('.') || text.contains(['/', '\\']) {
        return Err("expected a name without slashes or a dot in front; --run-dir takes \
                    a folder"
            .to_owned());
    }
    Ok(text.to_owned())
}

/// `3` for epochs, `5m` for minutes.
fn every(text: &str) -> Result<Every, String> {
    let most = u32::MAX;
    let number = text.strip_suffix('m').unwrap_or(text).parse().ok();
    let number = number.filter(|n: &u32| *n > 0).ok_or_else(|| {
        format!("expected epochs, as in 3, or minutes, as in 5m, from 1 to {most}")
    })?;
    Ok(if text.ends_with('m') {
        Every::Time(Duration::from_secs(60 * u64::from(number)))
    } else {
        Every::Epochs(number as usize)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_epochs_or_minutes() {
        assert_eq!(every("3"), Ok(Every::Epochs(3)));
        assert_eq!(every("5m"), Ok(Every::Time(Duration::from_secs(300))));
        for bad in ["", "m", "0", "0m", "-1", "1.5", "3h", "99999999999"] {
            assert!(every(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_no_paths() {
        assert_eq!(run_name("first"), Ok("first".to_owned()));
        for bad in ["", ".", "..", ".hidden", "a/b", "a\\b"] {
            assert!(run_name(bad).is_err(), "{bad}");
        }
    }
}
