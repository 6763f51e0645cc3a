//! Datasets written in the formats that other programs read.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::npy;
use crate::images::GreyImage;
use crate::{ColumnKind, Dataset, Features, durable};

/// Why a dataset can't be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The file system refused.
    #[error("cannot write {}: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },
    /// The format has no place for such data.
    #[error("{}: expected {expected}, found {found}", path.display())]
    Unfit {
        /// The file or folder.
        path: PathBuf,
        /// What can be written.
        expected: &'static str,
        /// What the dataset is.
        found: String,
    },
}

impl WriteError {
    /// The error of data for which a format has no place.
    #[must_use]
    pub fn unfit(path: &Path, expected: &'static str, found: &str) -> Self {
        Self::Unfit { path: path.to_path_buf(), expected, found: found.to_owned() }
    }

    /// Makes a folder to write into.
    ///
    /// # Errors
    ///
    /// [`WriteError::Io`].
    pub fn create(folder: &Path) -> Result<(), Self> {
        std::fs::create_dir_all(folder).map_err(Self::io(folder))
    }

    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { path: path.to_path_buf(), error }
    }
}

/// Writes a compressed archive of NumPy's arrays with the names of Keras' `mnist.npz`: `x_train`,
/// `y_train`, `x_test` and `y_test`. Images have shape (samples, rows, columns); labels are the
/// indices of the classes (`int64`), or the numbers to be predicted (`float64`).
///
/// # Errors
///
/// [`WriteError::Io`].
pub fn write_npz(path: &Path, train: &Dataset, test: Option<&Dataset>) -> Result<(), WriteError> {
    let mut archive = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let mut add = |name: String, bytes: &[u8]| -> io::Result<()> {
        archive.start_file(name, options).map_err(io::Error::other)?;
        archive.write_all(bytes)
    };
    let parts = [("train", Some(train)), ("test", test)];
    for (part, dataset) in parts.iter().filter_map(|(part, set)| Some((part, (*set)?))) {
        add(format!("x_{part}.npy"), &features(dataset)).map_err(WriteError::io(path))?;
        add(format!("y_{part}.npy"), &targets(dataset)).map_err(WriteError::io(path))?;
    }
    let finished =
        archive.finish().map_err(|error| WriteError::io(path)(io::Error::other(error)))?;
    durable::write_file(path, |out| out.write_all(finished.get_ref())).map_err(WriteError::io(path))
}

fn features(dataset: &Dataset) -> Vec<u8> {
    let mut shape = vec![dataset.len()];
    match dataset.image_shape() {
        Some((rows, columns)) => shape.extend([rows, columns]),
        None => shape.push(dataset.num_features()),
    }
    match dataset.features() {
        Features::U8(f) => npy::encode("|u1", &shape, f.iter().copied()),
        Features::F32(f) => npy::encode("<f4", &shape, f.iter().flat_map(|x| x.to_le_bytes())),
    }
}

fn targets(dataset: &Dataset) -> Vec<u8> {
    let shape = [dataset.len()];
    if let Some(values) = dataset.values() {
        return npy::encode("<f8", &shape, values.iter().flat_map(|x| x.to_le_bytes()));
    }
    let labels = dataset.labels().as_slice().iter();
    npy::encode("<i8", &shape, labels.flat_map(|&label| i64::from(label).to_le_bytes()))
}

/// Writes a table with a header: the features, one-hot columns as their words again, and the target
/// last. Pixels are named by row and column, as in `r3c14`.
///
/// # Errors
///
/// [`WriteError::Io`].
pub fn write_csv(path: &Path, dataset: &Dataset) -> Result<(), WriteError> {
    let fill = |out: &mut dyn Write| -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        let target = match dataset.values() {
            Some(_) => dataset.class_names()[0].clone(),
            None => free_name(dataset),
        };
        let mut names = column_names(dataset);
        names.push(target);
        writer.write_record(&names)?;
        for sample in 0..dataset.len() {
            let mut cells = cells(dataset, sample);
            cells.push(match dataset.values() {
                Some(values) => values[sample].to_string(),
                None => dataset.class_names()[dataset.labels().get(sample)].clone(),
            });
            writer.write_record(&cells)?;
        }
        writer.flush()
    };
    durable::write_file(path, fill).map_err(WriteError::io(path))
}

/// A name for the column of classes that no other column has.
fn free_name(dataset: &Dataset) -> String {
    let taken = |name: &str| dataset.columns().iter().any(|column| column.name == name);
    let name = ["label", "target", "class"].into_iter().find(|name| !taken(name));
    name.unwrap_or("label of the row").to_owned()
}

fn column_names(dataset: &Dataset) -> Vec<String> {
    if !dataset.columns().is_empty() {
        return dataset.columns().iter().map(|column| column.name.clone()).collect();
    }
    match dataset.image_shape() {
        Some((_, columns)) => (0..dataset.num_features())
            .map(|i| format!("r{}c{}", i / columns, i % columns))
            .collect(),
        None => (0..dataset.num_features()).map(|i| format!("x{i}")).collect(),
    }
}

fn cells(dataset: &Dataset, sample: usize) -> Vec<String> {
    match dataset.features() {
        Features::U8(f) => f.row(sample).iter().map(ToString::to_string).collect(),
        Features::F32(f) if dataset.columns().is_empty() => {
            f.row(sample).iter().map(ToString::to_string).collect()
        }
        Features::F32(f) => {
            let row = f.row(sample);
            let mut at = 0;
            let cell = |column: &crate::Column| {
                let text = match &column.kind {
                    ColumnKind::Number => row[at].to_string(),
                    ColumnKind::Category(words) => {
                        let word = (0..words.len()).find(|word| row[at + word] == 1.0);
                        word.map(|word| words[word].clone()).unwrap_or_default()
                    }
                };
                at += column.num_features();
                text
            };
            dataset.columns().iter().map(cell).collect()
        }
    }
}

/// Writes a PNG per image into `folder`/CLASS/, named by the sample's number, and gives how many.
///
/// # Errors
///
/// [`WriteError::Unfit`] if the samples are no images of bytes, or a class has a name that no folder
/// can have; [`WriteError::Io`].
pub fn write_image_folder(folder: &Path, dataset: &Dataset) -> Result<usize, WriteError> {
    let unfit = |expected, found: &str| WriteError::Unfit {
        path: folder.to_path_buf(),
        expected,
        found: found.to_owned(),
    };
    let (Some((rows, columns)), Features::U8(pixels)) = (dataset.image_shape(), dataset.features())
    else {
        return Err(unfit("images with pixels from 0 to 255", "samples of another kind"));
    };
    for name in dataset.class_names() {
        let plain =
            !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0', ':']);
        if !plain {
            return Err(unfit("class names that can be names of folders", name));
        }
        let class = folder.join(name);
        std::fs::create_dir_all(&class).map_err(WriteError::io(&class))?;
    }
    let digits = dataset.len().to_string().len();
    for (sample, (row, label)) in pixels.rows().into_iter().zip(dataset.labels().iter()).enumerate()
    {
        let image = GreyImage::new(columns, rows, row.to_vec())
            .map_err(|error| unfit("images of at least one pixel", &error.to_string()))?;
        let name = format!("{sample:0digits$}.png");
        let path = folder.join(&dataset.class_names()[label]).join(name);
        durable::write_file(&path, |out| out.write_all(&image.to_png()))
            .map_err(WriteError::io(&path))?;
    }
    Ok(dataset.len())
}
