//! `nn-cli data fetch`: a known dataset into the data folder.

use nn_data::Catalogue;
use serde::Serialize;

use crate::Exit;
use crate::args::data_command::FetchArgs;
use crate::args::parse::DataChoice;
use crate::args::{DataArgs, parse};
use crate::data_source;
use crate::failure::Failure;
use crate::output::json;
use crate::output::records::SCHEMA;
use crate::settings::DataSettings;
use crate::streams::Streams;

#[derive(Serialize)]
struct Fetched {
    schema: u32,
    name: &'static str,
    folder: String,
    train_samples: usize,
    test_samples: usize,
}

/// Runs the command.
pub(super) fn run(args: &FetchArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let Some(catalogue) = Catalogue::find(&args.name) else {
        let message = format!("expected the name of a known dataset, found `{}`", args.name);
        let near = parse::dataset_names()
            .map(|name| (strsim::jaro_winkler(name, &args.name.to_lowercase()), name))
            .filter(|(likeness, name)| *likeness > 0.8 && *name != "sample")
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let hint = match near {
            Some((_, name)) => format!("did you mean {name}?"),
            None => "`nn-cli data list` has them all".to_owned(),
        };
        return Err(Failure::new(Exit::Usage, message).hint(hint));
    };
    let data_args = DataArgs { data_dir: args.data_dir.clone(), ..DataArgs::default() };
    let settings = DataSettings::resolve(&data_args, DataChoice::Mnist);
    let folder = data_source::folder_of(catalogue, &settings)?;
    let hint = data_source::by_hand(catalogue, &folder);
    data_source::fetch(catalogue, &folder, args.from.as_deref(), streams).map_err(|failure| {
        if failure.exit() == Exit::Network && !hint.is_empty() {
            failure.hint(hint)
        } else {
            failure
        }
    })?;
    // That they are here and sound is seen by loading them.
    let (train, test) = nn_data::load_catalogue(catalogue, &folder)?;
    let record = Fetched {
        schema: SCHEMA,
        name: catalogue.key,
        folder: folder.to_string_lossy().into_owned(),
        train_samples: train.len(),
        test_samples: test.len(),
    };
    if json {
        json::line(&record, streams);
    } else {
        streams.line(format!("{} is in {}", catalogue.name, folder.display()));
    }
    Ok(())
}
