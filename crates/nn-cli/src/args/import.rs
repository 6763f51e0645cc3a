//! Flags of `nn-cli import`.

use std::path::PathBuf;

use clap::Args;
use nn_core::{Activation, Cost};

use super::parse;

const EXAMPLES: &str = "\
Examples:
  nn-cli import net.safetensors                        one that nn-cli exported
  nn-cli import mlp.safetensors --layers relu,softmax --scale 1/255 --image-shape 28x28
  nn-cli import mlp.safetensors --layers relu,softmax --scale 1/255 --mean 0.1307 --deviation 0.3081";

/// Make a model from a safetensors file of PyTorch, scikit-learn or another tool
///
/// A layer is a matrix and a vector that share a stem: 0.weight and 0.bias, fc1.weight and
/// fc1.bias, coefs_0 and intercepts_0. Layers come in the order of the stems. Which way a matrix
/// lies is known by its name, and by its shape where that fits one way only.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ImportArgs {
    /// A safetensors file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Activation of every layer, the output included [default: as the file says]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = parse::output_activation(), hide_possible_values = true, help_heading = "Network", visible_alias = "activations")]
    pub(crate) layers: Option<Vec<Activation>>,

    /// What `evaluate` measures [default: as the file says, or the output's own]
    #[arg(long, value_name = "NAME", value_parser = parse::cost(), help_heading = "Network")]
    pub(crate) cost: Option<Cost>,

    /// What raw features are multiplied by first, such as 1/255 for pixels
    #[arg(long, value_name = "FACTOR", value_parser = parse::factor, allow_negative_numbers = true, help_heading = "Features and classes")]
    pub(crate) scale: Option<f64>,

    /// What is subtracted from every feature after that
    #[arg(long, value_name = "MEAN", value_parser = parse::finite, allow_negative_numbers = true, help_heading = "Features and classes")]
    pub(crate) mean: Option<f64>,

    /// What every feature is divided by after that
    #[arg(long, value_name = "DEVIATION", value_parser = parse::above_zero, allow_negative_numbers = true, help_heading = "Features and classes")]
    pub(crate) deviation: Option<f64>,

    /// Names of the classes [default: as the file says, or their numbers]
    #[arg(
        long,
        value_name = "NAME,…",
        value_delimiter = ',',
        help_heading = "Features and classes"
    )]
    pub(crate) classes: Option<Vec<String>>,

    /// Rows and columns of the images that the model takes
    #[arg(long, value_name = "ROWSxCOLUMNS", value_parser = parse::image_shape, help_heading = "Features and classes")]
    pub(crate) image_shape: Option<(usize, usize)>,

    /// Where the model goes [default: FILE with the extension .nnm]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,

    /// Replace the output file even if it isn't a model
    #[arg(long, help_heading = "Output")]
    pub(crate) force: bool,
}
