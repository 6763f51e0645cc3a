//! `nn-cli export`: a model for other tools.

use std::io::{self, Write};
use std::path::Path;

use nn_core::Model;
use nn_data::durable;
use nn_interop::{ExportError, Format, c_header, json as json_format, onnx, safetensors};

use nn_view::digit_page::{self, PageOptions};

use crate::Exit;
use crate::args::export::{ExportArgs, ExportFormat};
use crate::failure::{Failure, chain};
use crate::memory;
use crate::model_store;
use crate::output::json;
use crate::output::records::{ExportResult, SCHEMA};
use crate::page_file;
use crate::streams::{Streams, one_line};

/// Runs the command.
pub(crate) fn run(args: &ExportArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let format = format(args)?;
    let default = || args.model.with_extension(format.extension());
    let output = args.output.clone().unwrap_or_else(default);
    model_store::check_destination(&output, true)?;
    if is_same_file(&output, &args.model) {
        let message = format!("--output {}: expected another file than MODEL", output.display());
        return Err(Failure::new(Exit::Usage, message));
    }
    if output.exists() && !args.force {
        let message =
            format!("--output {}: expected a new file, found one that is there", output.display());
        return Err(Failure::new(Exit::Usage, message).hint("replace it with --force"));
    }
    let model = model_store::load(&args.model)?;
    let file_bytes = match format {
        ExportFormat::Tool(format) => write(&model, format, args, &output)?,
        ExportFormat::Page => write_page(&model, args, &output)?,
    };
    let result = ExportResult {
        schema: SCHEMA,
        model: args.model.to_string_lossy().into_owned(),
        format: format.name(),
        file: output.to_string_lossy().into_owned(),
        file_bytes,
    };
    if json {
        json::line(&result, streams);
    } else {
        let network = one_line(&model.network.to_string());
        let size = memory::human(file_bytes);
        streams.say(format!("{network} as {}: {} ({size})", format.name(), output.display()));
    }
    Ok(())
}

/// The format that was asked for, or that of the file's name.
fn format(args: &ExportArgs) -> Result<ExportFormat, Failure> {
    if let Some(format) = args.format {
        return Ok(format);
    }
    let extension = args.output.as_deref().and_then(Path::extension);
    let named = ExportFormat::all().find(|format| {
        extension.is_some_and(|extension| extension.eq_ignore_ascii_case(format.extension()))
    });
    named.ok_or_else(|| {
        let known = ExportFormat::all().map(ExportFormat::name).collect::<Vec<_>>().join(", ");
        let message = match &args.output {
            None => format!("--format: expected one of {known}, found nothing"),
            Some(file) => {
                format!("--output {}: its name is that of no format ({known})", file.display())
            }
        };
        Failure::new(Exit::Usage, message).hint("name the format, such as --format onnx")
    })
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(one).is_some_and(|one| real(other) == Some(one))
}

/// Writes the page to draw on, and gives its size in bytes.
fn write_page(model: &Model<f32>, args: &ExportArgs, output: &Path) -> Result<u64, Failure> {
    let title = String::new();
    let options = PageOptions { title, weights: args.weights, language: args.language };
    let page = digit_page::html(model, &options)
        .map_err(|error| Failure::of(Exit::Model, args.model.display(), &error))?;
    page_file::write(output, &page)
}

/// Writes the file whole or not at all, and gives its size in bytes.
fn write(
    model: &Model<f32>,
    format: Format,
    args: &ExportArgs,
    output: &Path,
) -> Result<u64, Failure> {
    let mut refused = None;
    let written = durable::write_file(output, |writer| {
        write_format(model, format, args, output, writer).map_err(|error| match error {
            ExportError::Io(error) => error,
            other => {
                let error = io::Error::other(chain(&other));
                refused = Some(other);
                error
            }
        })
    });
    match (refused, written) {
        (Some(error), _) => {
            let exit = match error {
                ExportError::TooLarge { .. } => Exit::TooLarge,
                _ => Exit::Model,
            };
            Err(Failure::of(exit, args.model.display(), &error))
        }
        (None, Ok(())) => Ok(output.metadata().map_or(0, |metadata| metadata.len())),
        (None, Err(error)) => {
            Err(Failure::of(Exit::Io, format!("cannot write {}", output.display()), &error))
        }
    }
}

fn write_format(
    model: &Model<f32>,
    format: Format,
    args: &ExportArgs,
    output: &Path,
    writer: &mut dyn Write,
) -> Result<(), ExportError> {
    match format {
        Format::Safetensors => safetensors::write(model, writer),
        Format::Onnx => onnx::write(model, args.input, writer),
        Format::CHeader => {
            let stem = output.file_stem().unwrap_or_default().to_string_lossy();
            c_header::write(model, &c_header::identifier(&stem), writer)
        }
        _ => json_format::write(model, writer),
    }
}
