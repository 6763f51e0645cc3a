//! Model files on disk: read with the file's name in every error, written whole or not at all.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use nn_core::{ContainerError, Limits, Model, ModelFileError, model_file};
use nn_data::durable;

use crate::Exit;
use crate::failure::{Failure, chain};
use crate::memory;

/// Reads a model of `f32` weights.
pub(crate) fn load(path: &Path) -> Result<Model<f32>, Failure> {
    let io_failure = |error: io::Error| {
        let failure = Failure::of(Exit::Io, format!("cannot read {}", path.display()), &error);
        match error.kind() {
            io::ErrorKind::NotFound => failure.hint("train one with `nn-cli train`"),
            _ => failure,
        }
    };
    let file = File::open(path).map_err(io_failure)?;
    let metadata = file.metadata().map_err(io_failure)?;
    if metadata.is_dir() {
        return Err(io_failure(io::ErrorKind::IsADirectory.into()));
    }
    Model::read_from(file, &Limits::new(memory::available())).map_err(|error| {
        let exit = match &error {
            // A header that claims more than the file holds is damage, not size.
            ModelFileError::Container(ContainerError::TooLarge { bytes, .. })
                if *bytes > metadata.len() =>
            {
                Exit::Model
            }
            ModelFileError::Container(ContainerError::TooLarge { .. })
            | ModelFileError::TooLarge { .. } => Exit::TooLarge,
            ModelFileError::Io(_) => Exit::Io,
            _ => Exit::Model,
        };
        let failure = Failure::of(exit, path.display(), &error);
        match exit {
            Exit::Model => failure.hint("train it again with `nn-cli train`, or copy it again"),
            _ => failure,
        }
    })
}

/// Writes a model: the file that is there stays until the new one is complete.
///
/// Gives the size in bytes.
pub(crate) fn save(path: &Path, model: &Model<f32>) -> Result<u64, Failure> {
    durable::write_file(path, |writer| {
        model.write_to(writer).map_err(|error| match error {
            ModelFileError::Io(error) => error,
            other => io::Error::other(chain(&other)),
        })
    })
    .and_then(|()| path.metadata())
    .map(|metadata| metadata.len())
    .map_err(|error| {
        let failure = cannot_write(path, &error);
        if path.exists() { failure.hint("the file that was there is unharmed") } else { failure }
    })
}

/// Checks, before hours of training, that a model can be written here: that the folder is there and
/// lets files be made, and that nothing but an older model stands in the way.
pub(crate) fn check_destination(path: &Path, force: bool) -> Result<(), Failure> {
    if path.is_dir() {
        return Err(cannot_write(path, &io::ErrorKind::IsADirectory.into()));
    }
    if !force && is_something_else(path) {
        let message = format!(
            "--output {}: expected a new file or a model, found another file",
            path.display()
        );
        return Err(Failure::new(Exit::Usage, message).hint("replace it with --force"));
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    if !folder.is_dir() {
        let reason = format!("the folder {} does not exist", folder.display());
        let failure = Failure::new(Exit::Io, format!("cannot write {}: {reason}", path.display()));
        return Err(failure.hint("make the folder first, or name another file with --output"));
    }
    let trial = tempfile::Builder::new().prefix(".nn-").suffix(".tmp").tempfile_in(&folder);
    trial.map(drop).map_err(|error| {
        // The error names the temporary file; what matters is why.
        let reason = io::Error::from(error.kind());
        cannot_write(path, &reason).hint("name a file in a folder you can write, with --output")
    })
}

/// Whether there is a file that isn't empty and doesn't begin as a model does.
fn is_something_else(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path)
        .and_then(|file| file.take(model_file::MAGIC.len() as u64).read_to_end(&mut start));
    read.is_ok() && !start.is_empty() && start != model_file::MAGIC
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::of(Exit::Io, format!("cannot write {}", path.display()), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_models_and_new_files_may_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("thesis.tex");
        check_destination(&path, false).unwrap();
        std::fs::write(&path, b"").unwrap();
        check_destination(&path, false).unwrap();
        std::fs::write(&path, b"\\documentclass").unwrap();
        assert_eq!(check_destination(&path, false).unwrap_err().exit(), Exit::Usage);
        check_destination(&path, true).unwrap();
        std::fs::write(&path, [&model_file::MAGIC[..], b"..."].concat()).unwrap();
        check_destination(&path, false).unwrap();
        assert_eq!(check_destination(folder.path(), true).unwrap_err().exit(), Exit::Io);
        let nowhere = folder.path().join("no/such/folder/model.nnm");
        assert_eq!(check_destination(&nowhere, false).unwrap_err().exit(), Exit::Io);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
