//! Flags of `data`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::DataArgs;
use super::own_data::OwnDataArgs;
use super::parse::{self, DataChoice, Split};

const EXAMPLES: &str = "\
Examples:
  nn-cli data list                                   known datasets, and which are here
  nn-cli data fetch fashion-mnist
  nn-cli data info iris.csv                          shapes, classes, range, duplicates
  nn-cli data show mnist --png digits.png            a row of images for each class
  nn-cli data convert photos/ photos.npz --size 28x28 --grey
  nn-cli data convert mnist mnist-csv --to csv";

/// Describe, show, convert and fetch datasets
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct DataCommandArgs {
    #[command(subcommand)]
    pub(crate) action: DataAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DataAction {
    /// List the known datasets, and which of them are on this machine
    List(ListArgs),
    /// Fetch a known dataset
    Fetch(FetchArgs),
    /// Describe a dataset: shapes, classes, range, density, duplicates
    Info(InfoArgs),
    /// Show samples in the terminal, or as a picture of many
    Show(ShowArgs),
    /// Write a dataset in another format
    Convert(ConvertArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Folder in which fetched datasets are kept [default: nn-rs in the user's cache folder]
    #[arg(long, value_name = "DIR", env = nn_data::DATA_DIR_VARIABLE, hide_env_values = true, value_parser = parse::path())]
    pub(crate) data_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    /// Name of the dataset, as `nn-cli data list` has it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,

    /// Folder in which fetched datasets are kept [default: nn-rs in the user's cache folder]
    #[arg(long, value_name = "DIR", env = nn_data::DATA_DIR_VARIABLE, hide_env_values = true, value_parser = parse::path())]
    pub(crate) data_dir: Option<PathBuf>,

    /// Take the files from this folder or address instead of the usual sources
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) from: Option<OsString>,
}

/// Which dataset, and how it is read.
#[derive(Debug, Args)]
pub(crate) struct WhichArgs {
    /// A dataset's name, a file or a folder
    #[arg(value_name = "NAME|FILE|DIR", value_parser = parse::DataChoiceParser)]
    pub(crate) data: DataChoice,

    /// Folder in which fetched datasets are kept [default: nn-rs in the user's cache folder]
    #[arg(long, value_name = "DIR", env = nn_data::DATA_DIR_VARIABLE, hide_env_values = true, value_parser = parse::path())]
    data_dir: Option<PathBuf>,

    /// Don't touch the network
    #[arg(long)]
    offline: bool,

    #[command(flatten)]
    own: OwnDataArgs,
}

impl WhichArgs {
    /// The same as the flags of `train` have it, with no samples kept for validation.
    pub(crate) fn data_args(&self) -> DataArgs {
        DataArgs {
            data: Some(self.data.clone()),
            data_dir: self.data_dir.clone(),
            validation: Some(0),
            offline: self.offline,
            no_fallback: true,
            own: self.own.clone(),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    #[command(flatten)]
    pub(crate) which: WhichArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) which: WhichArgs,

    /// Part of the data: train or test
    #[arg(long, value_enum, default_value_t = Split::Train, hide_possible_values = true)]
    pub(crate) split: Split,

    /// Samples to show
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = parse::positive, allow_negative_numbers = true)]
    pub(crate) count: usize,

    /// Only samples of this class
    #[arg(long, value_name = "NAME", allow_negative_numbers = true)]
    pub(crate) class: Option<String>,

    /// Write a picture instead: a row of `--count` images for each class
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,

    /// Replace the file if it is there
    #[arg(long, requires = "png")]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConvertArgs {
    #[command(flatten)]
    pub(crate) which: WhichArgs,

    /// File (.npz, .csv) or folder to write
    #[arg(value_name = "OUTPUT")]
    pub(crate) output: PathBuf,

    /// Format to write [default: by the name of OUTPUT]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) to: Option<WriteFormat>,

    /// Write even if OUTPUT is there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum WriteFormat {
    /// A folder of four files named as MNIST's
    Idx,
    /// An archive of NumPy's arrays with Keras' names
    Npz,
    /// A table, or a folder of train.csv and test.csv
    Csv,
    /// A folder of a PNG per sample: train/CLASS and test/CLASS
    Images,
}
