//! Flags of `explain`.

use std::path::PathBuf;

use clap::Args;
use nn_view::Language;
use nn_view::explain::WeightPlace;

use super::DataArgs;
use super::parse::{self, Split};

const EXAMPLES: &str = "\
Examples:
  nn-cli explain model.nnm --index 7
  nn-cli explain model.nnm --index 7 --language es      en español
  nn-cli explain model.nnm --index 7 --html seven.html  as a page
  nn-cli explain model.nnm --weight 2,400,12            checks the weight into layer 2
                                                        from pixel 400 to unit 12";

/// Walk one sample through a network and back, with its numbers
///
/// The five phases of back-propagation: input, feed-forward, output error, back-propagation,
/// gradient. One weight's gradient is checked against a finite difference.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// A model file
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,

    /// Number of the sample, counted from 0
    #[arg(short, long, value_name = "N", value_parser = parse::whole, default_value = "0", allow_negative_numbers = true)]
    pub(crate) index: usize,

    /// Language of the explanation
    #[arg(long, value_name = "en|es", value_parser = parse::language(), default_value = "en", hide_possible_values = true)]
    pub(crate) language: Language,

    /// Weight to check: the layer it leads into (2 and up), the unit it comes from and the unit it
    /// leads to, both counted from 0 [default: that of the largest gradient in the last layer]
    #[arg(long, value_name = "LAYER,FROM,TO", value_parser = parse::weight_place, allow_negative_numbers = true)]
    pub(crate) weight: Option<WeightPlace>,

    /// Write a page instead, one file that needs no network
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) html: Option<PathBuf>,

    /// Replace the page's file even if it isn't a page
    #[arg(long, help_heading = "Output", requires = "html")]
    pub(crate) force: bool,

    /// Part of the data
    #[arg(long, value_enum, default_value_t = Split::Test, help_heading = "Data")]
    pub(crate) split: Split,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}
