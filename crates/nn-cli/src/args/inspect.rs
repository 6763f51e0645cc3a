//! Flags of `nn-cli inspect`.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  nn-cli inspect model.nnm
  nn-cli inspect *.nnm --json           an object a line, for programs";

/// Say what is in a model file: layers, weights, where it comes from
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InspectArgs {
    /// Model files
    #[arg(value_name = "MODEL", required = true)]
    pub(crate) models: Vec<PathBuf>,
}
