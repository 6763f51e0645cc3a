//! Folders of four IDX files and the datasets in them: known and verified, a user's own, or written
//! by us.

use std::path::{Path, PathBuf};

use ndarray::Array2;

use crate::catalogue::{CatalogueFile, Form, MNIST, Signature};
use crate::dataset::{Dataset, DatasetError, Features};
use crate::idx::{self, IdxArray, IdxData, IdxError};
use crate::verify::read_verified;
use crate::{Catalogue, DataError, durable};

/// Loads the training and test sets of a known dataset from `folder`.
///
/// Each file may be gzipped or raw, and its size and SHA-256, where they are known, are checked on
/// every call: a cached file is trusted for what it is, not because it is there.
///
/// # Errors
///
/// [`DataError::Missing`] for a file that is there in neither form; [`DataError::WrongSize`] or
/// [`DataError::WrongChecksum`] for one that was altered; [`DataError::Io`] for one that can't be
/// read.
pub fn load_catalogue(
    catalogue: &Catalogue,
    folder: &Path,
) -> Result<(Dataset, Dataset), DataError> {
    let set = |part: &str, images: &CatalogueFile, labels: &CatalogueFile| {
        let layout = catalogue.layout;
        let (labels_path, labels) = read_known(folder, labels)?;
        let (images_path, images) = read_known(folder, images)?;
        let labels = if layout.labels_in_rows { first_column(labels) } else { labels };
        let labels = label_indices(&labels_path, &labels)?;
        let labels = from_first(&labels_path, labels, layout.first_label, catalogue)?;
        let images = if layout.transposed { transposed(images) } else { images };
        let names = catalogue.class_names.iter().map(ToString::to_string).collect();
        let name = format!("{} {part}", catalogue.name);
        assemble(name, (&images_path, images), (&labels_path, labels), names)
    };
    Ok((
        set("training", &catalogue.train_images, &catalogue.train_labels)?,
        set("test", &catalogue.test_images, &catalogue.test_labels)?,
    ))
}

/// Loads the training and test sets of a user's own folder, whose four files are named as MNIST's
/// (`train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`,
/// `t10k-labels-idx1-ubyte`; also `train-images.idx3-ubyte` and so on, each with or without `.gz`).
///
/// Images may have any shape and element type: bytes stand for 0 to 1, other numbers for
/// themselves. The classes are 0 to the largest training label; their names are these numbers.
///
/// # Errors
///
/// [`DataError::Missing`], [`DataError::Idx`], [`DataError::WrongShape`] and so on for the file
/// that is wrong; [`DataError::Dataset`] when the files don't fit together.
pub fn load_idx_folder(folder: impl AsRef<Path>) -> Result<(Dataset, Dataset), DataError> {
    let folder = folder.as_ref();
    let title = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();

    let (train_labels_path, train_labels) = read_labels(folder, &MNIST.train_labels)?;
    let classes = train_labels.iter().max().map_or(0, |&largest| 1 + usize::from(largest));
    let names = || (0..classes).map(|class| class.to_string()).collect::<Vec<_>>();
    let (train_path, train_images) = read_own(folder, &MNIST.train_images)?;
    let train = assemble(
        format!("{title} training"),
        (&train_path, train_images),
        (&train_labels_path, train_labels),
        names(),
    )?;

    let (test_labels_path, test_labels) = read_labels(folder, &MNIST.test_labels)?;
    let (test_path, test_images) = read_own(folder, &MNIST.test_images)?;
    let test = assemble(
        format!("{title} test"),
        (&test_path, test_images),
        (&test_labels_path, test_labels),
        names(),
    )?;
    Ok((train, test))
}

/// Writes `train` and `test` as the four gzipped files that [`load_idx_folder`] reads, each
/// atomically. Class names aren't kept.
///
/// # Errors
///
/// [`DataError::Io`] for a file that can't be written.
pub fn write_idx_folder(
    folder: impl AsRef<Path>,
    train: &Dataset,
    test: &Dataset,
) -> Result<(), DataError> {
    let files = [(train, &MNIST.train_images, &MNIST.train_labels)].into_iter().chain([(
        test,
        &MNIST.test_images,
        &MNIST.test_labels,
    )]);
    for (dataset, images_file, labels_file) in files {
        for (array, file) in [(images(dataset), images_file), (labels(dataset), labels_file)] {
            let path = folder.as_ref().join(file.file_name(Form::Gzip));
            durable::write_file(&path, |out| match idx::write_gzip(out, &array) {
                Err(IdxError::Io(error)) => Err(error),
                other => other.map_err(std::io::Error::other),
            })
            .map_err(DataError::io("write", &path))?;
        }
    }
    Ok(())
}

/// Makes a dataset of a file of images and one of labels that are in memory.
pub(crate) fn from_bytes(
    name: &str,
    images: &[u8],
    labels: &[u8],
    class_names: Vec<String>,
) -> Result<Dataset, DataError> {
    let path = Path::new(name);
    let read = |bytes| idx::read(bytes).map_err(DataError::idx(path));
    let labels = label_indices(path, &read(labels)?)?;
    assemble(name.into(), (path, read(images)?), (path, labels), class_names)
}

/// Reads a known file, in the first form that is there and sound.
fn read_known(folder: &Path, file: &CatalogueFile) -> Result<(PathBuf, IdxArray), DataError> {
    first_sound(folder, file.name, file.candidates(folder), |form, path| {
        match file.signature(form) {
            Some(signature) => read_signed(path, signature),
            None => idx::read_file(path).map_err(DataError::idx(path)),
        }
    })
}

/// Labels that stand first in rows of several numbers.
fn first_column(labels: IdxArray) -> IdxArray {
    let (shape, data) = labels.into_parts();
    match (&shape[..], data) {
        (&[rows, columns], IdxData::I32(numbers)) if columns > 0 => {
            let first = numbers.into_iter().step_by(columns).collect();
            IdxArray::new(vec![rows], IdxData::I32(first)).expect("one number of each row")
        }
        // Of another shape it is refused with that shape.
        (_, data) => IdxArray::new(shape, data).expect("the array it was"),
    }
}

/// Labels counted from 0 that were counted from `first`.
fn from_first(
    path: &Path,
    mut labels: Vec<u16>,
    first: u16,
    catalogue: &Catalogue,
) -> Result<Vec<u16>, DataError> {
    for (index, label) in labels.iter_mut().enumerate() {
        *label = label.checked_sub(first).ok_or_else(|| DataError::Dataset {
            origin: path.display().to_string(),
            error: DatasetError::LabelOutOfRange {
                index,
                label: i64::from(*label) - i64::from(first),
                classes: catalogue.class_names.len(),
            },
        })?;
    }
    Ok(labels)
}

/// Images whose rows and columns are exchanged.
fn transposed(images: IdxArray) -> IdxArray {
    let (shape, data) = images.into_parts();
    match (&shape[..], data) {
        (&[samples, rows, columns], IdxData::U8(pixels)) => {
            let mut turned = Vec::with_capacity(pixels.len());
            for image in pixels.chunks_exact((rows * columns).max(1)) {
                for column in 0..columns {
                    turned.extend((0..rows).map(|row| image[row * columns + column]));
                }
            }
            IdxArray::new(vec![samples, columns, rows], IdxData::U8(turned))
                .expect("as many pixels in another order")
        }
        (_, data) => IdxArray::new(shape, data).expect("the array it was"),
    }
}

fn read_signed(path: &Path, signature: &Signature) -> Result<IdxArray, DataError> {
    read_verified(path, signature, |input| idx::read(input).map_err(DataError::idx(path)))
}

/// Reads a user's own file under any of its usual names.
fn read_own(folder: &Path, file: &CatalogueFile) -> Result<(PathBuf, IdxArray), DataError> {
    let dotted = file.name.replacen("-idx", ".idx", 1);
    let names =
        [file.name.to_string(), format!("{}.gz", file.name), format!("{dotted}.gz"), dotted];
    let candidates = names
        .into_iter()
        .map(|name| (Form::Raw, folder.join(name)))
        .filter(|(_, path)| path.symlink_metadata().is_ok())
        .take(1);
    first_sound(folder, file.name, candidates, |_, path| {
        idx::read_file(path).map_err(DataError::idx(path))
    })
}

fn read_labels(folder: &Path, file: &CatalogueFile) -> Result<(PathBuf, Vec<u16>), DataError> {
    let (path, array) = read_own(folder, file)?;
    let labels = label_indices(&path, &array)?;
    Ok((path, labels))
}

/// The first candidate that `read` accepts, else the first one's error.
fn first_sound(
    folder: &Path,
    name: &str,
    candidates: impl IntoIterator<Item = (Form, PathBuf)>,
    read: impl Fn(Form, &Path) -> Result<IdxArray, DataError>,
) -> Result<(PathBuf, IdxArray), DataError> {
    let mut first_error = None;
    for (form, path) in candidates {
        match read(form, &path) {
            Ok(array) => return Ok((path, array)),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or_else(|| DataError::Missing {
        folder: folder.to_path_buf(),
        name: name.to_string(),
    }))
}

/// The whole numbers of a file of labels, each small enough for a class index.
fn label_indices(path: &Path, array: &IdxArray) -> Result<Vec<u16>, DataError> {
    if array.shape().len() != 1 {
        return Err(DataError::WrongShape {
            path: path.to_path_buf(),
            expected: "labels (one dimension)",
            found: array.shape().to_vec(),
        });
    }
    let labels: Vec<i64> = match array.data() {
        IdxData::U8(v) => v.iter().map(|&label| label.into()).collect(),
        IdxData::I8(v) => v.iter().map(|&label| label.into()).collect(),
        IdxData::I16(v) => v.iter().map(|&label| label.into()).collect(),
        IdxData::I32(v) => v.iter().map(|&label| label.into()).collect(),
        IdxData::F32(_) | IdxData::F64(_) => {
            return Err(DataError::FractionalLabels { path: path.to_path_buf() });
        }
    };
    let index_of = |(index, &label): (usize, &i64)| {
        u16::try_from(label).map_err(|_| DataError::Dataset {
            origin: path.display().to_string(),
            error: DatasetError::LabelOutOfRange {
                index,
                label,
                classes: 1 + usize::from(u16::MAX),
            },
        })
    };
    labels.iter().enumerate().map(index_of).collect()
}

/// Makes a dataset of one file of images and the labels of another.
fn assemble(
    name: String,
    (images_path, images): (&Path, IdxArray),
    (labels_path, labels): (&Path, Vec<u16>),
    class_names: Vec<String>,
) -> Result<Dataset, DataError> {
    let (shape, data) = images.into_parts();
    if shape.len() < 2 {
        return Err(DataError::WrongShape {
            path: images_path.to_path_buf(),
            expected: "images (two dimensions or more)",
            found: shape,
        });
    }
    let blame = |error| DataError::Dataset {
        origin: match &error {
            DatasetError::LabelOutOfRange { .. } => labels_path.display().to_string(),
            DatasetError::CountMismatch { .. } => {
                format!("{} and {}", images_path.display(), labels_path.display())
            }
            _ => images_path.display().to_string(),
        },
        error,
    };
    let dataset = Dataset::new(name, features(&shape, data), labels, class_names).map_err(blame)?;
    match shape[1..] {
        [rows, columns] => dataset.with_image_shape(rows, columns).map_err(blame),
        _ => Ok(dataset),
    }
}

/// One row per sample: every dimension after the first is laid out in the columns.
fn features(shape: &[usize], data: IdxData) -> Features {
    fn matrix<T>(rows: usize, columns: usize, elements: Vec<T>) -> Array2<T> {
        Array2::from_shape_vec((rows, columns), elements)
            .expect("an IDX array has as many elements as its shape")
    }
    // Both products are of checked dimensions; where one is zero there are no elements.
    let rows = shape[0];
    let columns = shape[1..].iter().product();
    match data {
        IdxData::U8(v) => Features::U8(matrix(rows, columns, v)),
        IdxData::I8(v) => Features::F32(matrix(rows, columns, v).mapv(f32::from)),
        IdxData::I16(v) => Features::F32(matrix(rows, columns, v).mapv(f32::from)),
        IdxData::I32(v) => Features::F32(matrix(rows, columns, v).mapv(|x| x as f32)),
        IdxData::F32(v) => Features::F32(matrix(rows, columns, v)),
        IdxData::F64(v) => Features::F32(matrix(rows, columns, v).mapv(|x| x as f32)),
    }
}

/// The features as an IDX array: samples × rows × columns for images, else samples × features.
fn images(dataset: &Dataset) -> IdxArray {
    let mut shape = vec![dataset.len()];
    match dataset.image_shape() {
        Some((rows, columns)) => shape.extend([rows, columns]),
        None => shape.push(dataset.num_features()),
    }
    let data = match dataset.features() {
        Features::U8(f) => IdxData::U8(f.iter().copied().collect()),
        Features::F32(f) => IdxData::F32(f.iter().copied().collect()),
    };
    IdxArray::new(shape, data).expect("a dataset's features fill its shape")
}

/// The labels as an IDX array, in bytes where the classes fit.
fn labels(dataset: &Dataset) -> IdxArray {
    let labels = dataset.labels().as_slice();
    let data = if dataset.num_classes() <= 256 {
        IdxData::U8(labels.iter().map(|&label| label as u8).collect())
    } else {
        IdxData::I32(labels.iter().map(|&label| label.into()).collect())
    };
    IdxArray::new(vec![labels.len()], data).expect("one element per label")
}

#[cfg(test)]
mod tests;
