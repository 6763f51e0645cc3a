//! What can be predicted: a test sample, an image, or numbers as text.

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use nn_core::{ImagePreparation, Model, Normalization};
use nn_data::formats::{Header, TableOptions, parse_rows};
use nn_data::images::{GreyImage, ImageError, normalize_digit};
use nn_data::{Dataset, Features};

use crate::Exit;
use crate::args::own_data::YesNo;
use crate::committee::Committee;
use crate::failure::Failure;
use crate::settings::column;
use crate::streams::Streams;

/// The largest file that is read as an image or as numbers.
const MAX_BYTES: u64 = 256 << 20;

/// An argument of the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Argument {
    /// A test sample, counted from 0.
    Index(usize),
    /// An image, or numbers as text.
    File(PathBuf),
    /// The same on standard input.
    Stdin,
}

/// One sample, ready for the models.
#[derive(Debug)]
pub(super) struct Sample {
    /// What it is, for people.
    pub(super) title: String,
    /// Raw features, as they are before normalisation.
    pub(super) features: Vec<f64>,
    /// The same as grey values, if it is an image.
    pub(super) pixels: Option<Vec<u8>>,
    /// Its class, where it is known.
    pub(super) actual: Option<usize>,
    /// The number it is to be predicted, where that is known.
    pub(super) actual_value: Option<f64>,
    /// The row of a table, counted from 1.
    pub(super) row: Option<usize>,
    pub(super) inverted: bool,
    pub(super) fitted: bool,
}

/// How inputs are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// Images are taken as they are.
    pub(super) raw: bool,
    /// Whether a table's first row names its columns.
    pub(super) header: Option<YesNo>,
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => index.fmt(f),
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("-"),
        }
    }
}

impl Sample {
    /// A sample of which nothing but its features is known.
    fn new(title: String, features: Vec<f64>) -> Self {
        Self {
            title,
            features,
            pixels: None,
            actual: None,
            actual_value: None,
            row: None,
            inverted: false,
            fitted: false,
        }
    }
}

impl Argument {
    /// Digits are an index, `-` is standard input, all else is a file.
    pub(super) fn parse(text: &OsStr) -> Self {
        match text.to_str() {
            Some("-") => Self::Stdin,
            Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                // An index that no number can hold is out of range all the more.
                Self::Index(digits.parse().unwrap_or(usize::MAX))
            }
            _ => Self::File(text.into()),
        }
    }

    /// Reads the sample, or the samples of a table. `test` is there if any argument is an index.
    pub(super) fn read(
        &self,
        committee: &Committee,
        test: Option<&(Dataset, String)>,
        reading: Reading,
        streams: &mut Streams<'_>,
    ) -> Result<Vec<Sample>, Failure> {
        let model = committee.first();
        match self {
            Self::Index(index) => {
                let (dataset, name) = test.expect("test data are loaded for an index");
                Ok(vec![test_sample(*index, dataset, name)?])
            }
            Self::File(path) => {
                let bytes = read_file(path)?;
                from_bytes(&path.display().to_string(), &bytes, model, reading, streams)
            }
            Self::Stdin => {
                let bytes = read_limited(streams.stdin())
                    .map_err(|error| Failure::of(Exit::Io, "cannot read standard input", &error))?;
                from_bytes("standard input", &bytes, model, reading, streams)
            }
        }
    }
}

fn test_sample(index: usize, dataset: &Dataset, name: &str) -> Result<Sample, Failure> {
    if index >= dataset.len() {
        let message = format!(
            "test sample {index}: expected 0 to {} ({name} has {} test samples)",
            dataset.len() - 1,
            dataset.len()
        );
        return Err(Failure::new(Exit::Usage, message)
            .hint("a file whose name is a number is written as ./NAME"));
    }
    let (features, pixels) = match dataset.features() {
        Features::U8(bytes) => {
            let row = bytes.row(index).to_vec();
            (row.iter().map(|&pixel| f64::from(pixel)).collect(), Some(row))
        }
        other => {
            let mut row = vec![0.0; dataset.num_features()];
            other.copy_row(index, &mut row);
            (row.iter().map(|&x| f64::from(x)).collect(), None)
        }
    };
    let values = dataset.values();
    let actual = values.is_none().then(|| dataset.labels().get(index));
    let actual_value = values.map(|values| values[index]);
    let title = format!("test sample {index} of {name}");
    Ok(Sample { pixels, actual, actual_value, ..Sample::new(title, features) })
}

fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = File::open(path).and_then(|mut file| {
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        read_limited(&mut file)
    });
    bytes.map_err(|error| {
        let failure = Failure::of(Exit::Io, format!("cannot read {}", path.display()), &error);
        match error.kind() {
            io::ErrorKind::NotFound => {
                failure.hint("inputs are numbers of test samples, image files, or - for stdin")
            }
            _ => failure,
        }
    })
}

/// Reads all, but not without end.
fn read_limited(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than 256 MiB"));
    }
    Ok(bytes)
}

fn from_bytes(
    name: &str,
    bytes: &[u8],
    model: &Model<f32>,
    reading: Reading,
    streams: &mut Streams<'_>,
) -> Result<Vec<Sample>, Failure> {
    if !model.columns.is_empty() && !GreyImage::is_image(bytes) {
        return rows(name, bytes, model, reading.header);
    }
    let sample = match model.image_shape {
        Some(shape) if GreyImage::is_image(bytes) => {
            from_image(name, bytes, model, shape, reading.raw)
        }
        None if GreyImage::is_image(bytes) => {
            let message = format!("{name}: the model takes numbers, found an image");
            Err(Failure::new(Exit::Data, message))
        }
        shape => {
            let (features, scaled) = numbers(name, bytes, model)?;
            if scaled {
                streams.say(format!("{name}: no number is above 1, so 1 is taken for white"));
            }
            let grey = |x: &f64| x.round().clamp(0.0, 255.0) as u8;
            let pixels =
                (shape.is_some() && takes_grey(model)).then(|| features.iter().map(grey).collect());
            Ok(Sample { pixels, ..Sample::new(name.to_owned(), features) })
        }
    };
    Ok(vec![sample?])
}

/// The rows of a table, whose columns are the model's; others are ignored.
fn rows(
    name: &str,
    bytes: &[u8],
    model: &Model<f32>,
    header: Option<YesNo>,
) -> Result<Vec<Sample>, Failure> {
    let columns: Vec<_> = model.columns.iter().map(column).collect();
    let mut options = TableOptions::default();
    options.header = match header {
        None => Header::Auto,
        Some(YesNo::Yes) => Header::Yes,
        Some(YesNo::No) => Header::No,
    };
    let rows = parse_rows(bytes, &columns, &options).map_err(|error| {
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        Failure::of(Exit::Data, name, &error)
            .hint(format!("the model takes the columns {}", names.join(",")))
    })?;
    let sample = |(i, (_, features)): (usize, (u64, Vec<f32>))| {
        let features = features.into_iter().map(f64::from).collect();
        Sample { row: Some(i + 1), ..Sample::new(format!("{name}, row {}", i + 1), features) }
    };
    Ok(rows.into_iter().enumerate().map(sample).collect())
}

fn from_image(
    name: &str,
    bytes: &[u8],
    model: &Model<f32>,
    (rows, columns): (usize, usize),
    raw: bool,
) -> Result<Sample, Failure> {
    let image = GreyImage::decode(bytes).map_err(|error| match error {
        ImageError::TooLarge { .. } | ImageError::TooLong { .. } => {
            Failure::of(Exit::TooLarge, name, &error).hint("scale the image down first")
        }
        ImageError::UnknownFormat { .. } => {
            Failure::of(Exit::Data, name, &error).hint("convert the image to PNG first")
        }
        _ => Failure::of(Exit::Data, name, &error),
    })?;
    let resizes = model.image_preparation == ImagePreparation::Resize;
    let (image, inverted, fitted) = if resizes && !raw {
        let fitted = (image.height(), image.width()) != (rows, columns);
        let image =
            image.resized(columns, rows).map_err(|error| Failure::of(Exit::Data, name, &error))?;
        (image, false, fitted)
    } else if raw {
        if (image.height(), image.width()) != (rows, columns) {
            let message = format!(
                "{name}: expected {columns}×{rows} pixels, found {}×{}",
                image.width(),
                image.height()
            );
            return Err(Failure::new(Exit::Data, message)
                .hint("without --raw the image is scaled and centred"));
        }
        (image, false, false)
    } else {
        let digit = normalize_digit(image, rows, columns)
            .map_err(|error| Failure::of(Exit::Data, name, &error))?;
        (digit.image, digit.inverted, digit.fitted)
    };
    // A model that wasn't trained on bytes takes 0 to 1, as datasets of floats have it.
    let unit = if takes_grey(model) { 1.0 } else { 1.0 / 255.0 };
    let features = image.pixels().iter().map(|&pixel| f64::from(pixel) * unit).collect();
    let pixels = Some(image.pixels().to_vec());
    Ok(Sample { pixels, inverted, fitted, ..Sample::new(name.to_owned(), features) })
}

/// Whether raw features are grey values from 0 to 255.
fn takes_grey(model: &Model<f32>) -> bool {
    matches!(model.normalization, Normalization::Scale(_))
}

/// The raw features of a text of numbers with white space, commas or semicolons between them, and
/// whether they were scaled from 0–1 to 0–255.
fn numbers(name: &str, bytes: &[u8], model: &Model<f32>) -> Result<(Vec<f64>, bool), Failure> {
    let wrong = |message: String| Failure::new(Exit::Data, format!("{name}: {message}"));
    let expected = model.network.num_inputs();
    let wanted = if model.image_shape.is_some() {
        format!("a PNG or PGM image, or {expected} numbers as text")
    } else {
        format!("{expected} numbers as text")
    };
    if bytes.is_empty() {
        return Err(wrong(format!("expected {wanted}, found nothing")));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| wrong(format!("expected {wanted}, found bytes that are neither")))?;
    let words = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';');
    let mut numbers: Vec<f64> = Vec::with_capacity(expected.min(text.len()));
    for word in words.filter(|word| !word.is_empty()) {
        let shown: String = word.chars().take(20).collect();
        let number: f64 =
            word.parse().map_err(|_| wrong(format!("expected {wanted}, found `{shown}`")))?;
        let place = numbers.len() + 1;
        if !number.is_finite() {
            return Err(wrong(format!("number {place}: expected a finite number, found {shown}")));
        }
        if takes_grey(model) && !(0.0..=255.0).contains(&number) {
            return Err(wrong(format!("number {place}: expected 0 to 255, found {shown}")));
        }
        numbers.push(number);
    }
    if numbers.len() != expected {
        return Err(wrong(format!("expected {expected} numbers, found {}", numbers.len())));
    }
    let scaled =
        takes_grey(model) && numbers.iter().all(|&x| x <= 1.0) && numbers.iter().any(|&x| x > 0.0);
    if scaled {
        for number in &mut numbers {
            *number *= 255.0;
        }
    }
    Ok((numbers, scaled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_an_index_and_all_else_a_file() {
        let parse = |text: &str| Argument::parse(text.as_ref());
        assert_eq!(parse("007"), Argument::Index(7));
        assert_eq!(parse("99999999999999999999999"), Argument::Index(usize::MAX));
        assert_eq!(parse("-"), Argument::Stdin);
        assert_eq!(parse("./7"), Argument::File("./7".into()));
        assert_eq!(parse(""), Argument::File("".into()));
        assert_eq!(parse("7.png"), Argument::File("7.png".into()));
    }
}
