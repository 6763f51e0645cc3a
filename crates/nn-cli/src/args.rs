//! What can be typed: the flags as they are parsed, before defaults and data are known.
//!
//! Flags that a recipe or the environment may also set are optional here; `settings` resolves them.

pub(crate) mod parse;
pub(crate) mod run;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand};
use nn_core::{Activation, Cost, Init};

use crate::streams::Verbosity;
use parse::{DataChoice, LayerSizes, Split, Threads};
use run::RunArgs;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  nn-cli train                          the book's 784-30-10 network on MNIST, 30 epochs
  nn-cli evaluate model.nnm             how good it is, class by class
  nn-cli predict model.nnm 0 1 2        what it makes of the first test digits
  nn-cli predict model.nnm digit.png    what it makes of a picture

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
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Print JSON for programs (see docs/json.md)
    #[arg(long, global = true, display_order = 900)]
    pub(crate) json: bool,

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
    /// `mnist` (fetched on first use), `sample` (5,000 + 1,000 embedded digits), or a folder of
    /// IDX files named as MNIST's
    #[arg(long, value_name = "mnist|sample|DIR", value_parser = parse::DataChoiceParser)]
    pub(crate) data: Option<DataChoice>,

    /// Folder in which fetched datasets are kept [default: nn-rs in the user's cache folder]
    #[arg(long, value_name = "DIR", env = nn_data::DATA_DIR_VARIABLE, hide_env_values = true, value_parser = parse::path())]
    pub(crate) data_dir: Option<PathBuf>,

    /// Training samples kept for validation: the last N [default: MNIST 10000, sample 1000,
    /// folder a sixth]
    #[arg(long, value_name = "N", value_parser = parse::whole, allow_negative_numbers = true)]
    pub(crate) validation: Option<usize>,

    /// Don't touch the network
    #[arg(long)]
    pub(crate) offline: bool,

    /// Fail if MNIST can't be had, instead of using the embedded sample
    #[arg(long)]
    pub(crate) no_fallback: bool,
}

#[derive(Debug, Args, Default)]
#[command(next_help_heading = "Machine")]
pub(crate) struct MachineArgs {
    /// Threads to use: a number, or `auto` for one per core; results don't depend on it
    /// [default: auto]
    #[arg(long, value_name = "N", env = "NN_THREADS", hide_env_values = true, value_parser = parse::threads, allow_negative_numbers = true)]
    pub(crate) threads: Option<Threads>,
}

const TRAIN_EXAMPLES: &str = "\
Examples:
  nn-cli train
  nn-cli train --hidden 100 --epochs 60 --seed 7 --output hundred.nnm
  nn-cli train --hidden 100 --cost cross-entropy --init scaled-normal --lambda 5
  nn-cli train --hidden 300,100 --activation relu --cost softmax-cross-entropy
  nn-cli train --data sample --epochs 5 --json
  nn-cli train --run first              Ctrl-C stops it, and then:
  nn-cli train --resume first";

/// Train a network by mini-batch gradient descent
///
/// Without flags: chapter 1 of the book. A 784-30-10 network of sigmoid units, quadratic cost,
/// mini-batches of 10, learning rate 3.0, 30 epochs, on MNIST.
#[derive(Debug, Args, Default)]
#[command(after_help = TRAIN_EXAMPLES)]
pub(crate) struct TrainArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    #[command(flatten)]
    pub(crate) network: NetworkArgs,

    #[command(flatten)]
    pub(crate) training: TrainingArgs,

    #[command(flatten)]
    pub(crate) machine: MachineArgs,

    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Args, Default)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkArgs {
    /// Units of every layer, input and output included [default: 784,30,10 for MNIST]
    #[arg(long, value_name = "N,…,N", value_parser = parse::layer_sizes, conflicts_with = "hidden", allow_negative_numbers = true)]
    pub(crate) layers: Option<LayerSizes>,

    /// Units of the hidden layers; input and output follow the data [default: 30]
    #[arg(long, value_name = "N,…", value_parser = parse::layer_sizes, allow_negative_numbers = true)]
    pub(crate) hidden: Option<LayerSizes>,

    /// Activation of the hidden layers [default: sigmoid]
    #[arg(long, value_name = "NAME", value_parser = parse::hidden_activation(), hide_possible_values = false)]
    pub(crate) activation: Option<Activation>,

    /// Activation of the output layer [default: the cost's own: softmax or sigmoid]
    #[arg(long, value_name = "NAME", value_parser = parse::output_activation(), hide_possible_values = true)]
    pub(crate) output_activation: Option<Activation>,

    /// Initial weights and biases [default: standard-normal; he-normal for relu and its kin]
    #[arg(long, value_name = "NAME", value_parser = parse::init())]
    pub(crate) init: Option<Init>,
}

#[derive(Debug, Args, Default)]
#[command(next_help_heading = "Training")]
pub(crate) struct TrainingArgs {
    /// Passes over the training data [default: 30]
    #[arg(long, value_name = "N", value_parser = parse::positive, allow_negative_numbers = true)]
    pub(crate) epochs: Option<usize>,

    /// Samples per step [default: 10]
    #[arg(long, value_name = "N", value_parser = parse::positive, allow_negative_numbers = true)]
    pub(crate) batch_size: Option<usize>,

    /// Learning rate η [default: 3.0; 0.5 for the cross-entropies; 0.1 for relu and its kin]
    #[arg(long, value_name = "RATE", value_parser = parse::above_zero, allow_negative_numbers = true)]
    pub(crate) learning_rate: Option<f64>,

    /// L2 regularisation λ, as in the book's chapter 3 [default: 0]
    #[arg(long, value_name = "LAMBDA", value_parser = parse::from_zero, allow_negative_numbers = true)]
    pub(crate) lambda: Option<f64>,

    /// What is minimised [default: quadratic]
    #[arg(long, value_name = "NAME", value_parser = parse::cost())]
    pub(crate) cost: Option<Cost>,

    /// Seed of all random choices; the same seed gives the same model [default: 3]
    #[arg(long, value_name = "N", value_parser = parse::seed, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Args, Default)]
#[command(next_help_heading = "Output")]
pub(crate) struct TargetArgs {
    /// Where the model goes; a model that is there is replaced once the new one is complete
    /// [default: model.nnm]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Replace the output file even if it isn't a model, or the run of that name
    #[arg(long)]
    pub(crate) force: bool,
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
