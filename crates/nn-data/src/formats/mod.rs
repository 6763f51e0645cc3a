//! Data as people have them: tables, NumPy's arrays, folders of pictures and of IDX files.
//!
//! [`open`] finds out what a path holds and reads it:
//!
//! | what | holds |
//! |---|---|
//! | folder of IDX files | four files named as MNIST's |
//! | folder of pictures | a folder of PNG or PGM files per class, alone or in `train` and `test` |
//! | folder of tables | `train.csv` and `test.csv` (or `.tsv`) |
//! | folder of arrays | `x_train.npy`, `y_train.npy` and so on |
//! | `.csv`, `.tsv`, `.txt`, also `.gz` | a row per sample, one column of which is the target |
//! | `.npz`, `.npy` | NumPy's arrays |
//!
//! ```
//! use nn_data::formats::{TableOptions, parse_table};
//!
//! let text = "width,height,kind\n1.5,2,cat\n7.5,3,dog\n1.2,2,cat\n";
//! let (animals, schema) = parse_table("animals", text.as_bytes(), &TableOptions::default(), None)?;
//! assert_eq!((animals.len(), animals.class_names()), (3, &["cat".to_owned(), "dog".to_owned()][..]));
//! assert_eq!(schema.target(), "kind");
//! # Ok::<(), nn_data::formats::TableError>(())
//! ```

mod arrays;
mod files;
mod image_folder;
mod npy;
mod table;
mod target;
mod write;

pub use arrays::{npy_as_text, parse_npz};
pub use image_folder::ImageOptions;
pub use npy::NpyError;
pub use table::{Header, Schema, TableError, TableOptions, parse_rows, parse_table};
pub use target::{TargetError, TargetKind, TaskChoice};
pub use write::{WriteError, write_csv, write_image_folder, write_npz};

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::{DataError, Dataset};

/// What a path holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// A folder of IDX files.
    IdxFolder,
    /// A folder of pictures.
    ImageFolder,
    /// A folder of a table of training samples and one of test samples.
    TableFolder,
    /// A folder of NumPy's arrays.
    NpyFolder,
    /// A table.
    Table,
    /// An archive of NumPy's arrays.
    Npz,
    /// An array of NumPy's.
    Npy,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IdxFolder => "folder of IDX files",
            Self::ImageFolder => "folder of images",
            Self::TableFolder => "folder of tables",
            Self::NpyFolder => "folder of NumPy arrays",
            Self::Table => "table",
            Self::Npz => "NumPy archive",
            Self::Npy => "NumPy array",
        })
    }
}

/// How data are to be read. What doesn't concern their format is ignored.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OpenOptions {
    /// For tables, and (`task` only) for NumPy's arrays.
    pub table: TableOptions,
    /// For pictures.
    pub images: ImageOptions,
    /// What an earlier table of the same kind became: that of the training data, or a model's.
    pub schema: Option<Schema>,
    /// Bytes that may be read into memory.
    pub max_bytes: u64,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            table: TableOptions::default(),
            images: ImageOptions::default(),
            schema: None,
            max_bytes: 2 << 30,
        }
    }
}

/// What [`open`] found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Opened {
    /// What it was.
    pub format: Format,
    /// The training samples, or all samples if there are none for tests.
    pub train: Dataset,
    /// The test samples, if they are kept apart.
    pub test: Option<Dataset>,
    /// What the columns of a table became.
    pub schema: Option<Schema>,
    /// Files in folders of pictures that are none.
    pub ignored_files: usize,
}

/// The files of a folder of tables.
const TABLES: [&str; 6] =
    ["train.csv", "train.tsv", "train.csv.gz", "test.csv", "test.tsv", "test.csv.gz"];

/// Finds out what `path` holds, from its name and, for folders, from what is in it.
///
/// # Errors
///
/// [`DataError::Io`] if there is nothing, [`DataError::Folder`] if it is of no known format.
pub fn detect(path: &Path) -> Result<Format, DataError> {
    let metadata = path.metadata().map_err(DataError::io("read", path))?;
    if !metadata.is_dir() {
        let name = files::title(path).to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        return match name.rsplit_once('.').map(|(_, end)| end) {
            Some("csv" | "tsv" | "tab" | "txt" | "data") => Ok(Format::Table),
            Some("npz") => Ok(Format::Npz),
            Some("npy") => Ok(Format::Npy),
            _ => Err(DataError::Folder {
                path: path.to_path_buf(),
                expected: "a folder, or a file named .csv, .tsv, .npz or .npy".to_owned(),
                found: "a file with another name".to_owned(),
            }),
        };
    }
    let has = |name: &str| path.join(name).is_file();
    if TABLES[..3].iter().any(|name| has(name)) {
        return Ok(Format::TableFolder);
    }
    let names: Vec<String> = files::entries(path)?.iter().map(|path| files::title(path)).collect();
    if names.iter().any(|name| name.contains("-ubyte") || name.contains("idx3")) {
        return Ok(Format::IdxFolder);
    }
    if image_folder::is_image_folder(path) {
        return Ok(Format::ImageFolder);
    }
    let is_array = |name: &String| Path::new(name).extension().is_some_and(|end| end == "npy");
    if names.iter().any(is_array) {
        return Ok(Format::NpyFolder);
    }
    Err(DataError::Folder {
        path: path.to_path_buf(),
        expected: "IDX files named as MNIST's, a folder of PNG images per class, train.csv, or \
                   NumPy arrays"
            .to_owned(),
        found: if names.is_empty() { "an empty folder" } else { "none of these" }.to_owned(),
    })
}

/// Reads what `path` holds.
///
/// # Errors
///
/// [`DataError`] names the file, and what in it is not as it must be; [`DataError::TooLarge`] if it
/// takes more memory than `options` allow.
pub fn open(path: &Path, options: &OpenOptions) -> Result<Opened, DataError> {
    let format = detect(path)?;
    let limit = options.max_bytes;
    let opened = |train, test, schema| Opened { format, train, test, schema, ignored_files: 0 };
    match format {
        Format::IdxFolder => {
            let (train, test) = crate::load_idx_folder(path)?;
            Ok(opened(train, Some(test), None))
        }
        Format::ImageFolder => {
            let (train, test, ignored) = image_folder::read(path, options.images, limit)?;
            Ok(Opened { ignored_files: ignored.files, ..opened(train, test, None) })
        }
        Format::Table => {
            let schema = options.schema.as_ref();
            let (all, schema) = table::read_table(path, &options.table, schema, limit)?;
            Ok(opened(all, None, Some(schema)))
        }
        Format::TableFolder => {
            let file = |names: &[&str]| -> Option<PathBuf> {
                names.iter().map(|name| path.join(name)).find(|path| path.is_file())
            };
            let train = file(&TABLES[..3]).unwrap_or_else(|| path.join(TABLES[0]));
            let schema = options.schema.as_ref();
            let (train, schema) = table::read_table(&train, &options.table, schema, limit)?;
            let test = match file(&TABLES[3..]) {
                None => None,
                Some(test) => {
                    Some(table::read_table(&test, &options.table, Some(&schema), limit)?.0)
                }
            };
            Ok(opened(train, test, Some(schema)))
        }
        Format::Npz => {
            let (train, test) = arrays::read_npz(path, options.table.task, limit)?;
            Ok(opened(train, test, None))
        }
        Format::NpyFolder => {
            let (train, test) = arrays::read_folder(path, options.table.task, limit)?;
            Ok(opened(train, test, None))
        }
        Format::Npy => {
            let text = arrays::read_npy_as_table(path, limit)?;
            let table = TableOptions { header: Header::No, ..options.table.clone() };
            let name = files::title(path);
            let (all, schema) = parse_table(&name, &text, &table, options.schema.as_ref())
                .map_err(|error| DataError::Table { path: path.to_path_buf(), error })?;
            Ok(opened(all, None, Some(schema)))
        }
    }
}
