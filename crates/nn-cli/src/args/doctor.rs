//! Flags of `nn-cli doctor`.

use std::path::PathBuf;

use clap::Args;

use super::parse;

const EXAMPLES: &str = "\
Examples:
  nn-cli doctor
  nn-cli doctor --quick --json          for scripts: without measuring how fast the machine is";

/// Look whether this machine is fit for training: program, CPU, memory, data, folders, speed
///
/// Each line is `ok`, `warn` or `fail`, the latter two with what to do about it. The exit code is 0
/// unless something fails.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DoctorArgs {
    /// Folder in which fetched datasets are kept [default: nn-rs in the user's cache folder]
    #[arg(long, value_name = "DIR", env = nn_data::DATA_DIR_VARIABLE, hide_env_values = true, value_parser = parse::path())]
    pub(crate) data_dir: Option<PathBuf>,

    /// Measure nothing: answer at once
    #[arg(long)]
    pub(crate) quick: bool,
}
