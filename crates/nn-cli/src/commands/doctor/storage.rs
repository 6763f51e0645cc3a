//! Data and folders.

use std::io::Write;
use std::path::{Path, PathBuf};

use nn_data::{Catalogue, MNIST};
use nn_data::{DataError, ErrorKind};

use super::Check;
use crate::Exit;
use crate::failure::chain;
use crate::output::number::count;

/// The datasets that are looked for.
const DATASETS: [&Catalogue; 1] = [&MNIST];

/// The data folder, and each known dataset in it, every file with its size and checksum.
pub(super) fn data(explicit: Option<&Path>) -> Vec<Check> {
    // An empty variable counts as unset.
    let explicit = explicit.filter(|folder| !folder.as_os_str().is_empty());
    let folder = match nn_data::data_dir(explicit) {
        Ok(folder) => folder,
        Err(error) => {
            let mend = "name one with --data-dir DIR or NN_DATA_DIR";
            return vec![Check::fail("data folder", Exit::Io, chain(&error), mend)];
        }
    };
    let mut checks = vec![data_folder(&folder)];
    checks.extend(DATASETS.iter().map(|dataset| verify(dataset, &folder)));
    checks
}

/// Whether fetched data can be kept. A folder that isn't there yet is made when it is needed.
fn data_folder(folder: &Path) -> Check {
    let existing = nearest_existing(folder);
    let shown = folder.display();
    match probe(&existing) {
        Ok(()) if existing == folder => Check::ok("data folder", format!("{shown}, writable")),
        Ok(()) => Check::ok("data folder", format!("{shown}, made when it is needed")),
        // What is there can be read all the same.
        Err(error) => Check::warn(
            "data folder",
            format!("{shown} is not writable: {error}"),
            "name another with --data-dir DIR or NN_DATA_DIR to fetch data",
        ),
    }
}

fn verify(dataset: &'static Catalogue, folder: &Path) -> Check {
    let name = dataset.name;
    let folder = folder.join(dataset.folder);
    match nn_data::load_catalogue(dataset, &folder) {
        Ok((train, test)) => {
            let (train, test) = (count(train.len()), count(test.len()));
            let message = format!("{train} + {test} samples, sizes and SHA-256 verified");
            Check::ok(name, message)
        }
        Err(DataError::Missing { .. }) => {
            let mend = format!("`nn-cli train --data {}` fetches it", dataset.folder);
            Check::warn(name, format!("not in {}", folder.display()), mend)
        }
        Err(error) => {
            let exit = if error.kind() == ErrorKind::Io { Exit::Io } else { Exit::Data };
            Check::fail(name, exit, chain(&error), "delete the file; it is fetched again")
        }
    }
}

/// Whether a model or a run can be written where the program was started.
pub(super) fn working_folder() -> Check {
    let folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let shown = folder.display();
    match probe(&folder) {
        Ok(()) => Check::ok("this folder", format!("{shown}, writable")),
        Err(error) => Check::warn(
            "this folder",
            format!("{shown} is not writable: {error}"),
            "write models elsewhere with --output FILE",
        ),
    }
}

/// Writes a file that has gone when this returns.
fn probe(folder: &Path) -> std::io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".nn-").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(b"nn-cli doctor")?;
    file.flush()
}

/// The folder itself, or the nearest one above it that is there.
fn nearest_existing(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    absolute.ancestors().find(|path| path.exists()).unwrap_or(&absolute).to_owned()
}
