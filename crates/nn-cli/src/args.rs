//! What can be typed: the flags as they are parsed, before defaults and data are known.
//!
//! Flags that a recipe or the environment may also set are optional here; `settings` resolves them.

pub(crate) mod completions;
pub(crate) mod data_command;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod inspect;
pub(crate) mod overview;
pub(crate) mod own_data;
pub(crate) mod parse;
pub(crate) mod recipes;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod runs;
#[cfg(feature = "serve")]
pub(crate) mod serve;
pub(crate) mod train;
pub(crate) mod tune;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand};

use crate::streams::{ColorChoice, Verbosity};
use completions::{CompletionsArgs, ManArgs};
use data_command::DataCommandArgs;
use doctor::DoctorArgs;
use inspect::InspectArgs;
use own_data::OwnDataArgs;
use parse::{DataChoice, Split, Threads};

pub(crate) use explain::ExplainArgs;
pub(crate) use export::ExportArgs;
pub(crate) use import::ImportArgs;
pub(crate) use recipes::RecipesArgs;
pub(crate) use report::ReportArgs;
pub(crate) use train::TrainArgs;
pub(crate) use tune::TuneArgs;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  nn-cli train                          the book's 784-30-10 network on MNIST, 30 epochs
  nn-cli train --recipe book-chapter3   a published network; see nn-cli recipes
  nn-cli evaluate model.nnm             how good it is, class by class
  nn-cli predict model.nnm 0 1 2        what it makes of the first test digits
  nn-cli predict model.nnm digit.png    what it makes of a picture
  nn-cli report model.nnm --open        all of it as a page
  nn-cli explain model.nnm --index 7    one digit's way through it, number by number
  nn-cli serve model.nnm                the same and more in the browser
  nn-cli inspect model.nnm              what is in it
  nn-cli doctor                         whether this machine is fit for it

`nn-cli help COMMAND` tells more about a command.

Environment:
  NN_DATA_DIR   folder in which fetched datasets are kept, as --data-dir
  NN_THREADS    threads to use, as --threads
  NN_EPOCHS, NN_HIDDEN, NN_LEARNING_RATE, …
                settings of train and tune lr: NN_ and the flag's name, for every flag under
                Network, Training, Optimizer and Generalization but --layers
  NO_COLOR      no colours, unless --color says otherwise
Flags have precedence over the environment, that over a recipe, and that over defaults.

Exit codes:
  0 fine, 2 usage, 3 data, 4 model file, 5 input or output, 6 network,
  7 training diverged, 8 run folder locked, 9 too large for this machine,
  130 interrupted, 143 terminated";

/// Train, evaluate and use small neural networks
#[derive(Debug, Parser)]
#[command(
    name = "nn-cli",
    version,
    styles = STYLES,
    max_term_width = 100,
    after_help = EXAMPLES,
    arg_required_else_help = true,
    infer_long_args = false
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Train(Box<TrainArgs>),
    Evaluate(EvaluateArgs),
    Predict(PredictArgs),
    Recipes(RecipesArgs),
    Report(ReportArgs),
    Explain(ExplainArgs),
    Inspect(InspectArgs),
    Runs(runs::RunsArgs),
    Doctor(DoctorArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
    Export(ExportArgs),
    Import(ImportArgs),
    #[cfg(feature = "serve")]
    Serve(serve::ServeArgs),
    Tune(Box<TuneArgs>),
    Data(Box<DataCommandArgs>),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct OutputArgs {
    /// Print JSON for programs (see docs/json.md)
    #[arg(long, global = true, display_order = 900)]
    pub(crate) json: bool,

    /// When to use colours; `auto` is on terminals, unless NO_COLOR is set
    #[arg(
        long,
        value_name = "WHEN",
        global = true,
        value_enum,
        default_value_t,
        display_order = 903
    )]
    pub(crate) color: ColorChoice,

    /// Say nothing but results, warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", display_order = 901)]
    quiet: bool,

    /// Say more
    #[arg(short, long, global = true, display_order = 902)]
    verbose: bool,
}

impl OutputArgs {
    pub(crate) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}

#[derive(Debug, Args, Default)]
#[command(next_help_heading = "Data")]
pub(crate) struct DataArgs {
    /// `mnist` or another known dataset (see `nn-cli data list`), `sample` (5,000 + 1,000 embedded
    /// digits), or your own: a table (.csv, .tsv), NumPy arrays (.npz, .npy), a folder of images
    /// (a folder per class) or of IDX files named as MNIST's
    #[arg(long, value_name = "NAME|FILE|DIR", value_parser = parse::DataChoiceParser)]
    pub(crate) data: Option<DataChoice>,

    /// Folder in which fetched datasets are kept [default: nn-rs in the user's cache folder]
    #[arg(long, value_name = "DIR", env = nn_data::DATA_DIR_VARIABLE, hide_env_values = true, value_parser = parse::path())]
    pub(crate) data_dir: Option<PathBuf>,

    /// Training samples kept for validation: the last N of known datasets and IDX files, N by
    /// chance of others [default: MNIST 10000, sample 1000, IDX files a sixth, others a tenth]
    #[arg(long, value_name = "N", value_parser = parse::whole, conflicts_with = "validation_share", allow_negative_numbers = true)]
    pub(crate) validation: Option<usize>,

    /// Don't touch the network
    #[arg(long)]
    pub(crate) offline: bool,

    /// Fail if MNIST can't be had, instead of using the embedded sample
    #[arg(long)]
    pub(crate) no_fallback: bool,

    #[command(flatten)]
    pub(crate) own: OwnDataArgs,
}

#[derive(Debug, Args, Default)]
#[command(next_help_heading = "Machine")]
pub(crate) struct MachineArgs {
    /// Threads to use: a number, or `auto` for one per core; results don't depend on it
    /// [default: auto]
    #[arg(long, value_name = "N", env = "NN_THREADS", hide_env_values = true, value_parser = parse::threads, allow_negative_numbers = true)]
    pub(crate) threads: Option<Threads>,
}

const EVALUATE_EXAMPLES: &str = "\
Examples:
  nn-cli evaluate model.nnm
  nn-cli evaluate model.nnm --split validation --json
  nn-cli evaluate seed1.nnm seed2.nnm seed3.nnm      a committee: outputs are averaged";

/// Measure how good a model is: accuracy, cost, precision and recall, confusion matrix
#[derive(Debug, Args)]
#[command(visible_alias = "eval", after_help = EVALUATE_EXAMPLES)]
pub(crate) struct EvaluateArgs {
    /// Model files; the outputs of several are averaged
    #[arg(value_name = "MODEL", required = true)]
    pub(crate) models: Vec<PathBuf>,

    /// Part of the data
    #[arg(long, value_enum, default_value_t = Split::Test, help_heading = "Data")]
    pub(crate) split: Split,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

const PREDICT_EXAMPLES: &str = "\
Examples:
  nn-cli predict model.nnm 0 1 2             test digits 0, 1 and 2 of the model's data
  nn-cli predict model.nnm photo.png         any size, dark on light or light on dark
  nn-cli predict model.nnm - < digit.pgm     an image, or its pixels as text, from a pipe
  nn-cli predict model.nnm ./7               a file whose name is a number

Images are grey-scaled, inverted if their background is bright, and scaled and centred as MNIST's
digits were: a 20×20 box, its centre of mass in the middle of 28×28.";

/// Say which digit an image shows, and how sure the model is
#[derive(Debug, Args)]
#[command(after_help = PREDICT_EXAMPLES)]
pub(crate) struct PredictArgs {
    /// A model file
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,

    /// Numbers of test samples, counted from 0; image files (PNG, PGM) or text files of pixels; or
    /// `-` for standard input
    #[arg(value_name = "INDEX|FILE|-", required = true)]
    pub(crate) inputs: Vec<OsString>,

    /// Further models, whose outputs are averaged with the first's
    #[arg(long, value_name = "MODEL")]
    pub(crate) with: Vec<PathBuf>,

    /// Take the pixels of images as they are: no inverting, scaling or centring
    #[arg(long)]
    pub(crate) raw: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_interface_is_consistent() {
        Cli::command().debug_assert();
    }
}
