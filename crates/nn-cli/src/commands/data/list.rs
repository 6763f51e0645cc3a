//! `nn-cli data list`: the known datasets, and which are here.

use nn_data::Catalogue;
use serde::Serialize;

use crate::args::data_command::ListArgs;
use crate::failure::Failure;
use crate::output::json;
use crate::output::records::SCHEMA;
use crate::streams::Streams;

#[derive(Serialize)]
struct Known {
    schema: u32,
    name: &'static str,
    title: &'static str,
    about: &'static str,
    /// Its files are on this machine; whether they are sound is seen when they are loaded.
    here: bool,
    can_be_fetched: bool,
    folder: Option<String>,
}

/// Runs the command.
pub(super) fn run(args: &ListArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let given = args.data_dir.as_deref().filter(|dir| !dir.as_os_str().is_empty());
    let folder = nn_data::data_dir(given)
        .map_err(|error| Failure::from(error).hint("name a folder with --data-dir DIR"))?;
    let record = |known: &'static Catalogue| {
        let place = folder.join(known.folder);
        let there = |name: String| place.join(name).is_file();
        let here = known.files().iter().all(|file| {
            there(file.file_name(nn_data::Form::Gzip)) || there(file.file_name(nn_data::Form::Raw))
        });
        Known {
            schema: SCHEMA,
            name: known.key,
            title: known.name,
            about: known.about,
            here,
            can_be_fetched: known.is_fetchable(),
            folder: Some(place.to_string_lossy().into_owned()),
        }
    };
    let sample = Known {
        schema: SCHEMA,
        name: "sample",
        title: "MNIST sample",
        about: "5,000 + 1,000 of MNIST's digits, embedded in the program",
        here: true,
        can_be_fetched: false,
        folder: None,
    };
    let all: Vec<Known> =
        Catalogue::ALL.into_iter().map(record).chain(std::iter::once(sample)).collect();
    for known in &all {
        if json {
            json::line(known, streams);
            continue;
        }
        let state = match (known.here, known.can_be_fetched) {
            (true, _) => "here",
            (false, true) => "fetched on first use",
            (false, false) => "copy by hand",
        };
        streams.line(format!("{:<16}  {state:<20}  {}", known.name, known.about));
    }
    if !json {
        streams.say(format!("\nDatasets are kept in {}.", folder.display()));
        streams.say(
            "Your own: --data takes a table (.csv, .tsv), NumPy arrays (.npz, .npy), a folder of",
        );
        streams.say("images (a folder per class) or of IDX files.");
    }
    Ok(())
}
