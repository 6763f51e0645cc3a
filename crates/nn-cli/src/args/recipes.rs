//! Flags of `recipes`.

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  nn-cli recipes                            what there is
  nn-cli recipes book-chapter3              its settings
  nn-cli recipes book-chapter3 > mine.toml  a start for your own
  nn-cli train --recipe book-chapter3       trains it";

/// List the recipes that come with the program, or print one
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RecipesArgs {
    /// Print this recipe
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}
