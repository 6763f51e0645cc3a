//! Flags about data of one's own: what to predict, how to read it, and what to keep for the test.

use clap::Args;
use nn_train::recipe::{DataRecipe, DataTask};

use crate::args::parse;

#[derive(Debug, Clone, Args, Default)]
#[command(next_help_heading = "Own data")]
pub(crate) struct OwnDataArgs {
    /// Column of a table to predict: its name or place, counted from 0, or from -1 at the end
    /// [default: one named target, label, class or y, else the last]
    #[arg(long, value_name = "COLUMN", allow_negative_numbers = true)]
    pub(crate) target: Option<String>,

    /// Columns of a table to leave out
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', allow_negative_numbers = true)]
    pub(crate) drop: Vec<String>,

    /// What to predict [default: classes, but numbers where the target has fractions or more than
    /// 100 different values]
    #[arg(long, value_enum)]
    pub(crate) task: Option<TaskArg>,

    /// Whether the first row of a table names its columns [default: if no cell of it is a number]
    #[arg(long, value_enum, value_name = "yes|no", hide_possible_values = true)]
    pub(crate) header: Option<YesNo>,

    /// Width and height that images are scaled to, as in 28x28; or that the rows of a table are
    /// images of
    #[arg(long, value_name = "WxH", value_parser = parse::size)]
    pub(crate) size: Option<[usize; 2]>,

    /// Make coloured images grey
    #[arg(long)]
    pub(crate) grey: bool,

    /// Share kept for the test where the data have no test samples, of each class in proportion
    /// [default: 0.2]
    #[arg(long, value_name = "SHARE", value_parser = parse::share, allow_negative_numbers = true)]
    pub(crate) test_share: Option<f64>,

    /// Share of the training samples kept for validation, likewise [default: 0.1]
    #[arg(long, value_name = "SHARE", value_parser = parse::share_or_none, allow_negative_numbers = true)]
    pub(crate) validation_share: Option<f64>,

    /// Seed of the chance by which they are drawn [default: 0]
    #[arg(long, value_name = "N", value_parser = parse::seed, allow_negative_numbers = true)]
    pub(crate) split_seed: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TaskArg {
    /// Each different value is a class
    Classification,
    /// A number
    Regression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum YesNo {
    Yes,
    No,
}

impl OwnDataArgs {
    /// The same as settings, all that isn't given at its default.
    pub(crate) fn recipe(&self) -> DataRecipe {
        DataRecipe {
            task: self.task.map(TaskArg::task),
            target: self.target.clone(),
            drop: self.drop.clone(),
            header: self.header.map(|header| header == YesNo::Yes),
            size: self.size,
            grey: self.grey,
            test_share: self.test_share,
            validation_share: self.validation_share,
            split_seed: self.split_seed.unwrap_or_default(),
            ..DataRecipe::default()
        }
    }
}

impl TaskArg {
    pub(crate) fn task(self) -> DataTask {
        match self {
            Self::Classification => DataTask::Classification,
            Self::Regression => DataTask::Regression,
        }
    }
}
