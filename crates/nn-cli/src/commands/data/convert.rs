//! `nn-cli data convert`: a dataset in another format.

use std::path::Path;

use nn_data::formats::{WriteError, write_csv, write_image_folder, write_npz};
use nn_data::{Dataset, write_idx_folder};
use serde::Serialize;

use crate::Exit;
use crate::args::data_command::{ConvertArgs, WriteFormat};
use crate::data_source;
use crate::failure::Failure;
use crate::output::json;
use crate::output::number::plural;
use crate::output::records::SCHEMA;
use crate::streams::Streams;

#[derive(Serialize)]
struct Converted {
    schema: u32,
    output: String,
    format: &'static str,
    train_samples: usize,
    test_samples: usize,
}

/// Runs the command.
pub(super) fn run(
    args: &ConvertArgs,
    json: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let format = format(args)?;
    check_destination(&args.output, args.force)?;
    let (train, test) = if format == WriteFormat::Idx {
        // Its four files are a split, so there must be one.
        let data = data_source::load(&super::settings(&args.which), streams)?;
        (data.train, Some(data.test))
    } else {
        let whole = super::load(&args.which, streams)?;
        (whole.train, whole.test)
    };
    let output = args.output.as_path();
    let written = match format {
        WriteFormat::Npz => write_npz(output, &train, test.as_ref()),
        WriteFormat::Csv => write_tables(output, &train, test.as_ref()),
        WriteFormat::Images => write_images(output, &train, test.as_ref()),
        WriteFormat::Idx => {
            make_folder(output)?;
            if train.values().is_some() || !train.columns().is_empty() {
                streams
                    .warn("IDX files keep no names of columns, and labels only as whole numbers");
            }
            if train.values().is_some() {
                let message = "--to idx: expected classes, found numbers to predict";
                return Err(Failure::new(Exit::Data, message).hint("write .npz or .csv"));
            }
            let test = test.as_ref().unwrap_or(&train);
            return write_idx_folder(output, &train, test)
                .map_err(Failure::from)
                .map(|()| tell(args, "idx", &train, Some(test), json, streams));
        }
    };
    written.map_err(|error| match error {
        WriteError::Io { .. } => Failure::new(Exit::Io, error),
        _ => Failure::new(Exit::Data, error).hint("choose another format with --to"),
    })?;
    let name = match format {
        WriteFormat::Npz => "npz",
        WriteFormat::Csv => "csv",
        WriteFormat::Images => "images",
        WriteFormat::Idx => "idx",
    };
    tell(args, name, &train, test.as_ref(), json, streams);
    Ok(())
}

/// The format asked for, or that of the output's name.
fn format(args: &ConvertArgs) -> Result<WriteFormat, Failure> {
    let end = args.output.extension().map(|end| end.to_string_lossy().to_lowercase());
    match (args.to, end.as_deref()) {
        (Some(to), _) => Ok(to),
        (None, Some("npz")) => Ok(WriteFormat::Npz),
        (None, Some("csv")) => Ok(WriteFormat::Csv),
        _ => {
            let message =
                format!("{}: expected a name that ends in .npz or .csv", args.output.display());
            Err(Failure::new(Exit::Usage, message)
                .hint("or say what the folder is to hold: --to idx, csv or images"))
        }
    }
}

/// Refuses to write over something that is there.
fn check_destination(output: &Path, force: bool) -> Result<(), Failure> {
    let empty = std::fs::read_dir(output).is_ok_and(|mut entries| entries.next().is_none());
    if force || empty || output.symlink_metadata().is_err() {
        return Ok(());
    }
    let message = format!("{}: expected a new file or folder, found one", output.display());
    Err(Failure::new(Exit::Usage, message).hint("write into it with --force"))
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::of(Exit::Io, format!("cannot create {}", folder.display()), &error)
    })
}

/// A table, or, where the name is no table's or there are test samples, a folder of two.
fn write_tables(output: &Path, train: &Dataset, test: Option<&Dataset>) -> Result<(), WriteError> {
    let is_file = output.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    match test {
        None if is_file => write_csv(output, train),
        Some(_) if is_file => Err(WriteError::unfit(
            output,
            "samples of one part for one table",
            "training and test samples; name a folder, with --to csv",
        )),
        _ => {
            WriteError::create(output)?;
            write_csv(&output.join("train.csv"), train)?;
            test.map_or(Ok(()), |test| write_csv(&output.join("test.csv"), test))
        }
    }
}

fn write_images(output: &Path, train: &Dataset, test: Option<&Dataset>) -> Result<(), WriteError> {
    match test {
        None => write_image_folder(output, train).map(drop),
        Some(test) => {
            write_image_folder(&output.join("train"), train)?;
            write_image_folder(&output.join("test"), test).map(drop)
        }
    }
}

fn tell(
    args: &ConvertArgs,
    format: &'static str,
    train: &Dataset,
    test: Option<&Dataset>,
    json: bool,
    streams: &mut Streams<'_>,
) {
    let record = Converted {
        schema: SCHEMA,
        output: args.output.to_string_lossy().into_owned(),
        format,
        train_samples: train.len(),
        test_samples: test.map_or(0, Dataset::len),
    };
    if json {
        json::line(&record, streams);
        return;
    }
    let (output, all) = (args.output.display(), record.train_samples + record.test_samples);
    streams.say(format!("{output}: {} as {format}", plural(all, "sample")));
}
