//! Flags of `train`: the recipe, what is laid over it, and where the result goes.

use std::path::PathBuf;

use clap::Args;
use nn_core::{Activation, Cost, Init};
use nn_train::{Optimizer, Schedule};

use super::parse::{self, LayerSizes, Shares};
use super::run::RunArgs;
use super::{DataArgs, MachineArgs};

const EXAMPLES: &str = "\
Examples:
  nn-cli train
  nn-cli train --hidden 100 --epochs 60 --seed 7 --output hundred.nnm
  nn-cli train --hidden 100 --cost cross-entropy --init scaled-normal --lambda 5
  nn-cli train --hidden 300,100 --activation relu --cost softmax-cross-entropy --optimizer adam
  nn-cli train --recipe book-chapter3 --epochs 5
  nn-cli train --recipe mine.toml --set training.schedule.rise=0.2
  nn-cli train --data sample --epochs 5 --json
  nn-cli train --hidden 800 --dry-run   what would be trained, and how long it takes
  nn-cli train --run first              Ctrl-C stops it, and then:
  nn-cli train --resume first";

/// Train a network by mini-batch gradient descent
///
/// Without flags: chapter 1 of the book. A 784-30-10 network of sigmoid units, quadratic cost,
/// mini-batches of 10, learning rate 3.0, 30 epochs, on MNIST.
///
/// Flags win over the environment (NN_EPOCHS for --epochs, and so on), that over the recipe, and the
/// recipe over the defaults; --dry-run shows who decided what. A run that is resumed goes on with the
/// settings it began with, whatever the environment says.
#[derive(Debug, Args, Default)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TrainArgs {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Measure cost and accuracy on the training samples after each epoch, too, as the book's
    /// network2 can; takes the time of a forward pass over them
    #[arg(long, help_heading = "Training")]
    pub(crate) measure_training: bool,

    #[command(flatten)]
    pub(crate) machine: MachineArgs,

    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// Settings of network and training, which are those of a recipe.
#[derive(Debug, Args, Default)]
pub(crate) struct SettingsArgs {
    #[command(flatten)]
    pub(crate) recipe: RecipeArgs,

    #[command(flatten)]
    pub(crate) network: NetworkArgs,

    #[command(flatten)]
    pub(crate) training: TrainingArgs,

    #[command(flatten)]
    pub(crate) optimizer: OptimizerArgs,

    #[command(flatten)]
    pub(crate) generalization: GeneralizationArgs,
}

#[derive(Debug, Clone, Args, Default)]
#[command(next_help_heading = "Recipe")]
pub(crate) struct RecipeArgs {
    /// Take the settings from a recipe, by its name (see nn-cli recipes) or from a TOML file; flags
    /// win over it
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) recipe: Option<PathBuf>,

    /// Any setting of a recipe, also one that has no flag, as in training.optimizer.beta2=0.99
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
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

    /// What is minimised [default: quadratic]
    #[arg(long, value_name = "NAME", value_parser = parse::cost())]
    pub(crate) cost: Option<Cost>,

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

    /// Learning rate η [default: 3.0; 0.5 for the cross-entropies; 0.1 for relu and its kin; a
    /// tenth of these with momentum 0.9; 0.001 for rmsprop, adam and adamw]
    #[arg(long, visible_alias = "lr", value_name = "RATE", value_parser = parse::above_zero, allow_negative_numbers = true)]
    pub(crate) learning_rate: Option<f64>,

    /// How the learning rate changes [default: constant]
    #[arg(long, value_name = "NAME", value_parser = parse::schedule())]
    pub(crate) schedule: Option<Schedule>,

    /// Epochs of linear warm-up before the schedule; fractions count [default: 0]
    #[arg(long, value_name = "N", value_parser = parse::from_zero, allow_negative_numbers = true)]
    pub(crate) warmup_epochs: Option<f64>,

    /// Seed of all random choices; the same seed gives the same model [default: 3]
    #[arg(long, value_name = "N", value_parser = parse::seed, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Args, Default)]
#[command(next_help_heading = "Optimizer")]
pub(crate) struct OptimizerArgs {
    /// What a step makes of the gradient [default: sgd]
    #[arg(long, value_name = "NAME", value_parser = parse::optimizer())]
    pub(crate) optimizer: Option<Optimizer>,

    /// Momentum, of momentum, nesterov and rmsprop; makes sgd momentum [default: 0.9; rmsprop 0]
    #[arg(long, value_name = "SHARE", value_parser = parse::below_one, allow_negative_numbers = true)]
    pub(crate) momentum: Option<f64>,

    /// Decay of the mean gradient, of adam and adamw [default: 0.9]
    #[arg(long, value_name = "SHARE", value_parser = parse::below_one, allow_negative_numbers = true)]
    pub(crate) beta1: Option<f64>,

    /// Decay of the mean squared gradient, of adam and adamw [default: 0.999]
    #[arg(long, value_name = "SHARE", value_parser = parse::below_one, allow_negative_numbers = true)]
    pub(crate) beta2: Option<f64>,

    /// Decay of the mean squared gradient, of rmsprop [default: 0.99]
    #[arg(long, value_name = "SHARE", value_parser = parse::below_one, allow_negative_numbers = true)]
    pub(crate) alpha: Option<f64>,

    /// What keeps rmsprop, adam and adamw from dividing by 0 [default: 1e-8]
    #[arg(long, value_name = "NUMBER", value_parser = parse::above_zero, allow_negative_numbers = true)]
    pub(crate) epsilon: Option<f64>,

    /// Decoupled weight decay, of adamw [default: 0.01]
    #[arg(long, value_name = "NUMBER", value_parser = parse::from_zero, allow_negative_numbers = true)]
    pub(crate) weight_decay: Option<f64>,

    /// Longest gradient of a batch; a longer one is scaled down [default: any]
    #[arg(long, value_name = "NORM", value_parser = parse::above_zero, allow_negative_numbers = true)]
    pub(crate) clip_norm: Option<f64>,

    /// Largest element of the gradient; larger ones are cut [default: any]
    #[arg(long, value_name = "NUMBER", value_parser = parse::above_zero, allow_negative_numbers = true)]
    pub(crate) clip_value: Option<f64>,

    /// Longest gradient of a single sample [default: any]
    #[arg(long, value_name = "NORM", value_parser = parse::above_zero, allow_negative_numbers = true)]
    pub(crate) clip_per_sample: Option<f64>,
}

#[derive(Debug, Args, Default)]
#[command(next_help_heading = "Generalization")]
pub(crate) struct GeneralizationArgs {
    /// L2 regularisation λ, as in the book's chapter 3 [default: 0]
    #[arg(long, value_name = "LAMBDA", value_parser = parse::from_zero, allow_negative_numbers = true)]
    pub(crate) lambda: Option<f64>,

    /// Share of the hidden units that sits a step out: one for all layers or one for each
    /// [default: 0]
    #[arg(long, value_name = "P,…", value_parser = parse::shares, allow_negative_numbers = true)]
    pub(crate) dropout: Option<Shares>,

    /// Share of the features that sits a step out [default: 0]
    #[arg(long, value_name = "P", value_parser = parse::below_one, allow_negative_numbers = true)]
    pub(crate) input_dropout: Option<f64>,

    /// ε of label smoothing: what is taught is 1 − ε + ε/n for the right one of n classes [default: 0]
    #[arg(long, value_name = "SHARE", value_parser = parse::below_one, allow_negative_numbers = true)]
    pub(crate) label_smoothing: Option<f64>,

    /// L1 regularisation λ₁ [default: 0]
    #[arg(long, value_name = "LAMBDA", value_parser = parse::from_zero, allow_negative_numbers = true)]
    pub(crate) l1: Option<f64>,

    /// Longest incoming weights of a hidden unit [default: any]
    #[arg(long, value_name = "NORM", value_parser = parse::above_zero, allow_negative_numbers = true)]
    pub(crate) max_norm: Option<f64>,

    /// Use a mean of the weights that training goes through [default: none]
    #[arg(long, value_name = "NAME", value_parser = parse::averaging())]
    pub(crate) averaging: Option<String>,

    /// Stop early: end when validation accuracy hasn't improved for so many epochs, and keep the best
    /// network; other metrics by --set training.early_stopping.metric [default: never]
    #[arg(long, visible_alias = "early-stopping", value_name = "EPOCHS", value_parser = parse::positive, allow_negative_numbers = true)]
    pub(crate) patience: Option<usize>,

    /// How training images are changed, anew in every epoch [default: none]
    #[arg(long, value_name = "NAME", value_parser = parse::augmentation())]
    pub(crate) augment: Option<String>,
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

    /// Show training on the whole terminal: curves, layers, mistakes; keys pause, save and stop
    #[arg(long)]
    pub(crate) dashboard: bool,

    /// Train nothing: print all settings as a recipe, and what training would take (parameters,
    /// memory, and time by a timed second of it)
    #[arg(long, conflicts_with = "resume")]
    pub(crate) dry_run: bool,
}
