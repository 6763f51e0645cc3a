//! NumPy's arrays as datasets: archives (`.npz`), folders of arrays, and an array alone.
//!
//! The names are those of Keras' `mnist.npz` (`x_train`, `y_train`, `x_test`, `y_test`), or of one
//! pair for all samples (`x` and `y`, `X` and `y`, `data` and `target`, `images` and `labels`). An
//! array alone is a table, one of whose columns is the target.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use ndarray::Array2;

use super::files::{entries, read_limited, title};
use super::npy::{self, NpyArray, NpyData, NpyError};
use super::target::{Raw, TargetKind, TaskChoice};
use crate::{Column, DataError, Dataset, Features};

/// The names that arrays of features and of targets have, in pairs.
const ALL: [(&str, &str); 4] =
    [("x", "y"), ("data", "target"), ("images", "labels"), ("features", "labels")];

const EXPECTED: &str = "arrays x_train and y_train, with or without x_test and y_test, or x and y";

/// Training samples, and test samples where the file has them.
type Parts = (Dataset, Option<Dataset>);

/// Reads an archive of arrays (`.npz`) into training samples, and test samples where it has them.
/// Its arrays may take `max_bytes` when they are decompressed.
///
/// # Errors
///
/// [`NpyError`] says which array is not as it must be.
pub fn parse_npz(
    name: &str,
    archive: impl Read + Seek,
    task: TaskChoice,
    max_bytes: u64,
) -> Result<(Dataset, Option<Dataset>), NpyError> {
    let damaged = |error: &dyn std::fmt::Display| NpyError::Archive(error.to_string());
    let mut archive = zip::ZipArchive::new(archive).map_err(|error| damaged(&error))?;
    let mut arrays = Vec::new();
    let mut left = max_bytes;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| damaged(&error))?;
        let name = entry.name().map_err(|error| damaged(&error))?.into_owned();
        let Some(name) = name.strip_suffix(".npy") else { continue };
        let name = name.to_owned();
        if !is_known(&name) {
            arrays.push((name, None));
            continue;
        }
        let mut bytes = Vec::new();
        entry
            .take(left.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| damaged(&error))?;
        left =
            left.checked_sub(bytes.len() as u64).ok_or(NpyError::TooLarge { limit: max_bytes })?;
        let array = npy::parse(&bytes)
            .map_err(|error| NpyError::Archive(format!("array `{name}`: {error}")))?;
        arrays.push((name, Some(array)));
    }
    assemble(name, arrays, task)
}

/// Reads the archive at `path`.
pub(super) fn read_npz(path: &Path, task: TaskChoice, limit: u64) -> Result<Parts, DataError> {
    let file = File::open(path).map_err(DataError::io("open", path))?;
    parse_npz(&title(path), file, task, limit).map_err(|error| match error {
        NpyError::TooLarge { limit } => DataError::TooLarge { path: path.to_path_buf(), limit },
        error => DataError::Npy { path: path.to_path_buf(), error },
    })
}

/// Reads a folder of arrays.
pub(super) fn read_folder(folder: &Path, task: TaskChoice, limit: u64) -> Result<Parts, DataError> {
    let mut arrays = Vec::new();
    for path in entries(folder)? {
        let name = title(&path);
        let Some(name) = name.strip_suffix(".npy") else { continue };
        let array = if is_known(name) {
            let bytes = read_limited(&path, limit)?;
            let blame = |error| DataError::Npy { path: path.clone(), error };
            Some(npy::parse(&bytes).map_err(blame)?)
        } else {
            None
        };
        arrays.push((name.to_owned(), array));
    }
    assemble(&title(folder), arrays, task)
        .map_err(|error| DataError::Npy { path: folder.to_path_buf(), error })
}

/// Reads an array alone, samples × columns, as a table without a header: whatever holds for tables
/// holds for it.
pub(super) fn read_npy_as_table(path: &Path, limit: u64) -> Result<Vec<u8>, DataError> {
    npy_as_text(&title(path), &read_limited(path, limit)?)
        .map_err(|error| DataError::Npy { path: path.to_path_buf(), error })
}

/// The text of a table that holds what an array of the file format `.npy` holds, samples × columns:
/// [`parse_table`](super::parse_table) reads it, told that there is no header.
///
/// # Errors
///
/// [`NpyError`] if the bytes are no such array, or one of other dimensions.
pub fn npy_as_text(name: &str, bytes: &[u8]) -> Result<Vec<u8>, NpyError> {
    let array = npy::parse(bytes)?;
    let [_, columns] = array.shape[..] else {
        return Err(NpyError::Shape {
            name: name.to_owned(),
            expected: "rows × columns, one of which is the target".to_owned(),
            found: array.shape,
        });
    };
    let cells: Vec<String> = match &array.data {
        NpyData::U8(v) => v.iter().map(ToString::to_string).collect(),
        NpyData::I64(v) => v.iter().map(ToString::to_string).collect(),
        NpyData::F32(v) => v.iter().map(ToString::to_string).collect(),
        NpyData::F64(v) => v.iter().map(ToString::to_string).collect(),
        NpyData::Words(v) => {
            v.iter().map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect()
        }
    };
    let rows = cells.chunks(columns.max(1)).map(|row| row.join(","));
    Ok(rows.collect::<Vec<_>>().join("\n").into_bytes())
}

fn is_known(name: &str) -> bool {
    let name = name.to_lowercase();
    let parts = ["x_train", "y_train", "x_test", "y_test"];
    parts.contains(&&*name) || ALL.iter().any(|(x, y)| name == *x || name == *y)
}

/// Finds the arrays by their names and makes datasets of them.
fn assemble(
    title: &str,
    mut arrays: Vec<(String, Option<NpyArray>)>,
    task: TaskChoice,
) -> Result<Parts, NpyError> {
    let found = if arrays.is_empty() {
        "no arrays".to_owned()
    } else {
        let names: Vec<&str> = arrays.iter().map(|(name, _)| name.as_str()).collect();
        format!("arrays {}", names.join(", "))
    };
    let mut take = |wanted: &str| {
        let place = arrays.iter().position(|(name, _)| name.to_lowercase() == wanted)?;
        let (name, array) = arrays.swap_remove(place);
        Some((name, array?))
    };
    let missing = || NpyError::Arrays { expected: EXPECTED, found: found.clone() };
    let (train, test) = match (take("x_train"), take("y_train")) {
        (Some(x), Some(y)) => {
            let test = match (take("x_test"), take("y_test")) {
                (Some(x), Some(y)) => Some((x, y)),
                (None, None) => None,
                _ => return Err(missing()),
            };
            ((x, y), test)
        }
        (None, None) => {
            let pair = ALL.iter().find_map(|(x, y)| Some((take(x)?, take(y)?)));
            (pair.ok_or_else(missing)?, None)
        }
        _ => return Err(missing()),
    };
    let (train_x, (train_name, train_y)) = train;
    let train_raw = raw(&train_name, train_y)?;
    let (test_x, test_raw) = match test {
        None => (None, None),
        Some((x, (name, y))) => (Some(x), Some((raw(&name, y)?, name))),
    };
    let kind = train_raw
        .kind(task)
        .map_err(|error| NpyError::Target { name: train_name.clone(), error })?;
    let name = |part: &str| format!("{title} {part}");
    let train = dataset(name("training"), train_x, (&train_name, train_raw), &kind)?;
    let test = match test_x.zip(test_raw) {
        None => None,
        Some((x, (raw, y_name))) => Some(dataset(name("test"), x, (&y_name, raw), &kind)?),
    };
    Ok((train, test))
}

/// The targets of an array: numbers, text, or rows that are one-hot.
fn raw(name: &str, array: NpyArray) -> Result<Raw, NpyError> {
    let shape = array.shape;
    let hot = match shape[..] {
        [_] | [_, 1] => false,
        [_, columns] if columns > 1 => true,
        _ => {
            let expected = "one target a sample".to_owned();
            return Err(NpyError::Shape { name: name.to_owned(), expected, found: shape });
        }
    };
    let numbers = match array.data {
        NpyData::Words(words) if !hot => return Ok(Raw::Words(words)),
        NpyData::Words(_) => {
            let expected = "one target a sample".to_owned();
            return Err(NpyError::Shape { name: name.to_owned(), expected, found: shape });
        }
        NpyData::U8(v) => v.into_iter().map(f64::from).collect(),
        NpyData::I64(v) => v.into_iter().map(|x| x as f64).collect(),
        NpyData::F32(v) => finite(name, &v, |x| f64::from(*x))?,
        NpyData::F64(v) => finite(name, &v, |x| *x)?,
    };
    if !hot {
        return Ok(Raw::Numbers(numbers));
    }
    let class_of = |row: &[f64]| {
        let ones = row.iter().filter(|&&x| x == 1.0).count();
        let zeros = row.iter().filter(|&&x| x == 0.0).count();
        let place = row.iter().position(|&x| x == 1.0)?;
        (ones == 1 && zeros == row.len() - 1).then_some(place as f64)
    };
    let classes: Option<Vec<f64>> = numbers.chunks(shape[1]).map(class_of).collect();
    classes.map(Raw::Numbers).ok_or_else(|| NpyError::Shape {
        name: name.to_owned(),
        expected: "one target a sample, or rows of zeros with a single 1".to_owned(),
        found: shape,
    })
}

fn finite<T: Copy + std::fmt::Display>(
    name: &str,
    numbers: &[T],
    to_f64: impl Fn(&T) -> f64,
) -> Result<Vec<f64>, NpyError> {
    let values: Vec<f64> = numbers.iter().map(to_f64).collect();
    match values.iter().position(|x| !x.is_finite()) {
        None => Ok(values),
        Some(index) => Err(NpyError::NotFinite {
            name: name.to_owned(),
            index,
            found: numbers[index].to_string(),
        }),
    }
}

fn dataset(
    title: String,
    (x_name, x): (String, NpyArray),
    (y_name, y): (&str, Raw),
    kind: &TargetKind,
) -> Result<Dataset, NpyError> {
    let shape = x.shape.clone();
    let wrong =
        |expected: String| NpyError::Shape { name: x_name.clone(), expected, found: shape.clone() };
    let [samples, sides @ ..] = &shape[..] else {
        return Err(wrong("samples × features".to_owned()));
    };
    let targets = match &y {
        Raw::Words(words) => words.len(),
        Raw::Numbers(numbers) => numbers.len(),
    };
    if sides.is_empty() || *samples != targets {
        return Err(wrong(format!("{targets} samples × features, as `{y_name}` has targets")));
    }
    let image_shape = match *sides {
        [rows, columns] | [rows, columns, 1] | [1, rows, columns] => Some((rows, columns)),
        _ => None,
    };
    let width: usize = sides.iter().product();
    let features = features(&x_name, x.data, (*samples, width), image_shape.is_some())?;
    let blame = |error| NpyError::Target { name: y_name.to_owned(), error };
    let dataset = match (kind, y) {
        (TargetKind::Classes(names), raw) => {
            let labels = raw.labels(names).map_err(blame)?;
            Dataset::new(title, features, labels, names.clone())
        }
        (TargetKind::Number, Raw::Numbers(values)) => {
            Dataset::regression(title, features, values, y_name)
        }
        (TargetKind::Number, Raw::Words(words)) => {
            let word = words.into_iter().next().unwrap_or_default();
            return Err(blame(super::TargetError::Words { word }));
        }
    };
    let dataset = dataset.and_then(|dataset| match image_shape {
        Some((rows, columns)) => dataset.with_image_shape(rows, columns),
        // Rows of numbers are a table whose columns have no names; bytes are pixels of any shape.
        None if matches!(dataset.features(), Features::F32(_)) && sides.len() == 1 => {
            dataset.with_columns(Column::numbered(width))
        }
        None => Ok(dataset),
    });
    dataset.map_err(|error| wrong(error.to_string()))
}

fn features(
    name: &str,
    data: NpyData,
    (rows, columns): (usize, usize),
    is_image: bool,
) -> Result<Features, NpyError> {
    const FILLED: &str = "an array has as many elements as its shape";
    let floats = |values: Vec<f32>| {
        Features::F32(Array2::from_shape_vec((rows, columns), values).expect(FILLED))
    };
    let bytes = |values: Vec<u8>| {
        Features::U8(Array2::from_shape_vec((rows, columns), values).expect(FILLED))
    };
    Ok(match data {
        NpyData::U8(v) => bytes(v),
        // Pixels that were saved in a wider type.
        NpyData::I64(v) if is_image && v.iter().all(|x| (0..=255).contains(x)) => {
            bytes(v.into_iter().map(|x| x as u8).collect())
        }
        NpyData::I64(v) => floats(v.into_iter().map(|x| x as f32).collect()),
        NpyData::F32(v) => {
            finite(name, &v, |x| f64::from(*x))?;
            floats(v)
        }
        NpyData::F64(v) => {
            // What overflows an f32 is as little a number as an infinity.
            finite(name, &v, |x| f64::from(*x as f32))?;
            floats(v.into_iter().map(|x| x as f32).collect())
        }
        NpyData::Words(_) => return Err(NpyError::Type(format!("text in `{name}`"))),
    })
}
