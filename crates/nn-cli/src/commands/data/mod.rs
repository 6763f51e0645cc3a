//! `nn-cli data`: describe, show, convert and fetch datasets.

mod convert;
mod fetch;
mod info;
mod list;
mod show;

use nn_data::Dataset;

use crate::Exit;
use crate::args::data_command::{DataAction, DataCommandArgs, WhichArgs};
use crate::args::parse::{DataChoice, Split};
use crate::data_source;
use crate::failure::Failure;
use crate::settings::DataSettings;
use crate::streams::Streams;

/// Runs the command.
pub(crate) fn run(
    args: &DataCommandArgs,
    json: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    match &args.action {
        DataAction::List(args) => list::run(args, json, streams),
        DataAction::Fetch(args) => fetch::run(args, json, streams),
        DataAction::Info(args) => info::run(args, json, streams),
        DataAction::Show(args) => show::run(args, json, streams),
        DataAction::Convert(args) => convert::run(args, json, streams),
    }
}

/// A dataset as it is kept: nothing is split off.
struct Whole {
    /// Its name for people.
    name: String,
    format: String,
    train: Dataset,
    test: Option<Dataset>,
}

impl Whole {
    /// One part of it.
    fn part(&self, split: Split) -> Result<&Dataset, Failure> {
        match split {
            Split::Train => Ok(&self.train),
            Split::Test => self.test.as_ref().ok_or_else(|| {
                let message = format!("--split test: {} has no test samples of its own", self.name);
                Failure::new(Exit::Usage, message)
            }),
            Split::Validation => {
                let message = "--split: expected train or test, found validation";
                Err(Failure::new(Exit::Usage, message))
            }
        }
    }
}

fn settings(which: &WhichArgs) -> DataSettings {
    DataSettings::resolve(&which.data_args(), which.data.clone())
}

/// Reads the dataset.
fn load(which: &WhichArgs, streams: &mut Streams<'_>) -> Result<Whole, Failure> {
    let settings = settings(which);
    if let DataChoice::Path(path) = &which.data {
        let opened = data_source::open(path, &settings)?;
        return Ok(Whole {
            name: path.display().to_string(),
            format: opened.format.to_string(),
            train: opened.train,
            test: opened.test,
        });
    }
    let data = data_source::load(&settings, streams)?;
    let format = match which.data {
        DataChoice::Sample => "embedded IDX files",
        _ => "IDX files",
    };
    let (train, test) = (data.train, Some(data.test));
    Ok(Whole { name: data.name, format: format.to_owned(), train, test })
}
