//! `nn-cli data show`: samples in the terminal, or a picture of many.

use nn_data::images::gallery;
use nn_data::{ColumnKind, Dataset, Features, durable};
use serde::Serialize;

use crate::Exit;
use crate::args::data_command::ShowArgs;
use crate::failure::Failure;
use crate::output::number::significant;
use crate::output::records::SCHEMA;
use crate::output::{digit, json};
use crate::streams::{Streams, one_line};

/// Characters in a line of images.
const WIDTH: usize = 100;

/// Pixels of the picture for each of an image's, where these are small.
const ZOOM: usize = 2;

#[derive(Serialize)]
struct Shown {
    schema: u32,
    sample: usize,
    class: Option<usize>,
    name: String,
    value: Option<f64>,
    /// Bytes from 0 to 255, or numbers as they stand in the data.
    features: Vec<f64>,
}

/// Runs the command.
pub(super) fn run(args: &ShowArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let whole = super::load(&args.which, streams)?;
    let dataset = whole.part(args.split)?;
    let class = match &args.class {
        None => None,
        Some(name) => Some(class_of(dataset, name)?),
    };
    if let Some(path) = &args.png {
        if path.exists() && !args.force {
            let message = format!("--png {}: expected a new file, found one", path.display());
            return Err(Failure::new(Exit::Usage, message).hint("replace it with --force"));
        }
        let picture = gallery(dataset, args.count, ZOOM)
            .map_err(|error| Failure::of(Exit::TooLarge, "--png", &error))?;
        let picture = picture.ok_or_else(|| {
            let message = format!("--png: expected images of bytes, {} has none", whole.name);
            Failure::new(Exit::Data, message).hint("leave --png out to see the numbers")
        })?;
        durable::write_file(path, |out| out.write_all(&picture.to_png())).map_err(|error| {
            Failure::of(Exit::Io, format!("cannot write {}", path.display()), &error)
        })?;
        streams.say(format!(
            "{}: {}×{} pixels, a row for each class",
            path.display(),
            picture.width(),
            picture.height()
        ));
        return Ok(());
    }
    let chosen: Vec<usize> = (0..dataset.len())
        .filter(|&sample| class.is_none_or(|class| dataset.labels().get(sample) == class))
        .take(args.count)
        .collect();
    if json {
        for sample in chosen {
            json::line(&record(dataset, sample), streams);
        }
        return Ok(());
    }
    match (dataset.image_shape(), dataset.features()) {
        (Some((_, columns)), Features::U8(_)) => show_images(dataset, columns, &chosen, streams),
        _ => {
            for sample in chosen {
                show_row(dataset, sample, streams);
            }
        }
    }
    Ok(())
}

fn class_of(dataset: &Dataset, name: &str) -> Result<usize, Failure> {
    let place = dataset.class_names().iter().position(|class| class == name);
    place.ok_or_else(|| {
        let known: Vec<&str> = dataset.class_names().iter().take(30).map(String::as_str).collect();
        let message = format!("--class: expected one of {}, found `{name}`", known.join(", "));
        Failure::new(Exit::Usage, message)
    })
}

fn record(dataset: &Dataset, sample: usize) -> Shown {
    let class = dataset.labels().get(sample);
    let values = dataset.values();
    Shown {
        schema: SCHEMA,
        sample,
        class: values.is_none().then_some(class),
        name: dataset.class_names()[class].clone(),
        value: values.map(|values| values[sample]),
        features: match dataset.features() {
            Features::U8(f) => f.row(sample).iter().map(|&byte| byte.into()).collect(),
            other => {
                let mut row = vec![0.0; dataset.num_features()];
                other.copy_row(sample, &mut row);
                row.into_iter().map(f64::from).collect()
            }
        },
    }
}

/// Images side by side, with their numbers and classes above them.
fn show_images(dataset: &Dataset, columns: usize, chosen: &[usize], streams: &mut Streams<'_>) {
    let Features::U8(pixels) = dataset.features() else { return };
    let colour = streams.out().is_coloured();
    let across = (WIDTH / (columns + 2)).max(1);
    for samples in chosen.chunks(across) {
        let title = |&sample: &usize| {
            let class = &dataset.class_names()[dataset.labels().get(sample)];
            let title: String =
                format!("{sample}: {}", one_line(class)).chars().take(columns).collect();
            format!("{title:<columns$}")
        };
        let titles: Vec<String> = samples.iter().map(title).collect();
        streams.line(titles.join("  ").trim_end());
        let pictures: Vec<Vec<String>> = samples
            .iter()
            .map(|&sample| digit::picture(&pixels.row(sample).to_vec(), columns, colour))
            .collect();
        for y in 0..pictures[0].len() {
            let line: Vec<&str> = pictures.iter().map(|picture| picture[y].as_str()).collect();
            streams.line(line.join("  ").trim_end());
        }
    }
}

/// A sample that is no image, in a line: its target and its features by name.
fn show_row(dataset: &Dataset, sample: usize, streams: &mut Streams<'_>) {
    let name = one_line(&dataset.class_names()[dataset.labels().get(sample)]);
    let target = match dataset.values() {
        Some(values) => format!("{name} {}", significant(values[sample])),
        None => name,
    };
    let mut row = vec![0.0; dataset.num_features()];
    dataset.features().copy_row(sample, &mut row);
    let mut cells = Vec::new();
    let mut at = 0;
    for column in dataset.columns() {
        let text = match &column.kind {
            ColumnKind::Category(words) => {
                let word = (0..words.len()).find(|word| row[at + word] == 1.0);
                word.map(|word| one_line(&words[word])).unwrap_or_default()
            }
            _ => significant(row[at].into()),
        };
        cells.push(format!("{} {text}", one_line(&column.name)));
        at += column.num_features();
    }
    if dataset.columns().is_empty() {
        cells = row.iter().map(|&x| significant(x.into())).collect();
    }
    streams.line(format!("{sample}: {target} ({})", cells.join(", ")));
}
