//! Flags of `report`.

use std::path::PathBuf;

use clap::Args;

use super::DataArgs;

const EXAMPLES: &str = "\
Examples:
  nn-cli report first                          the run in runs/first
  nn-cli report first second --output both.html  two runs side by side
  nn-cli report model.nnm --open               a model alone, shown in the browser";

/// Write a page about runs: curves, confusion, calibration, mistakes, weights, hints
///
/// The page is one file that needs no network. Where the data of a run can't be had, the page is
/// written without what is measured on them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ReportArgs {
    /// Runs, by name or folder, or model files
    #[arg(value_name = "RUN|MODEL", required = true)]
    pub(crate) runs: Vec<PathBuf>,

    /// Where the page goes
    #[arg(
        short,
        long,
        value_name = "FILE",
        default_value = "report.html",
        help_heading = "Output"
    )]
    pub(crate) output: PathBuf,

    /// Replace the output file even if it isn't a page
    #[arg(long, help_heading = "Output")]
    pub(crate) force: bool,

    /// Show the page in the browser
    #[arg(long, help_heading = "Output")]
    pub(crate) open: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}
