//! From `--data` to datasets: MNIST (fetched on first use), the embedded sample, or a folder.

#[cfg(feature = "fetch")]
mod fetching;

use std::io;
use std::path::Path;

use nn_data::{DataError, Dataset, ErrorKind};

use crate::Exit;
use crate::args::parse::{DataChoice, Split};
use crate::failure::Failure;
use crate::settings::DataSettings;
use crate::streams::Streams;

/// A dataset in its parts.
#[derive(Debug)]
pub(crate) struct Data {
    /// The name for people: "MNIST".
    pub(crate) name: String,
    /// The name a model remembers: `mnist`, `sample`, or the last part of a folder's path.
    pub(crate) key: String,
    pub(crate) train: Dataset,
    pub(crate) validation: Option<Dataset>,
    pub(crate) test: Dataset,
}

impl Data {
    /// One part of it.
    pub(crate) fn split(&self, split: Split) -> Result<&Dataset, Failure> {
        match split {
            Split::Train => Ok(&self.train),
            Split::Test => Ok(&self.test),
            Split::Validation => self.validation.as_ref().ok_or_else(|| {
                let message =
                    format!("--split validation: {} has no validation samples", self.name);
                Failure::new(Exit::Usage, message).hint("keep some with --validation N")
            }),
        }
    }
}

/// Loads what the settings ask for. Where MNIST can't be had and a fallback is allowed, that is said
/// and the embedded sample is loaded.
pub(crate) fn load(settings: &DataSettings, streams: &mut Streams<'_>) -> Result<Data, Failure> {
    match &settings.choice {
        DataChoice::Sample => sample(settings),
        DataChoice::Folder(folder) => own_folder(folder, settings),
        DataChoice::Mnist => match mnist(settings, streams) {
            Err(failure) if failure.exit() == Exit::Network && settings.fallback => {
                streams.warn(format!(
                    "MNIST is not on this machine and can't be had: {}",
                    failure.message()
                ));
                streams.warn(
                    "using the embedded sample instead: 5,000 training and 1,000 test digits of \
                     MNIST; accuracies are lower than on all of it",
                );
                if let Some(hint) = failure.hint_text() {
                    streams.hint(hint);
                }
                sample(settings)
            }
            other => other,
        },
    }
}

const MNIST_HINT: &str = "copy MNIST's four files into a folder and name it with --data DIR, or \
                          take the embedded digits with --data sample";

fn mnist(settings: &DataSettings, streams: &mut Streams<'_>) -> Result<Data, Failure> {
    let no_folder = |error| Failure::from(error).hint("name a folder with --data-dir DIR");
    let folder = nn_data::mnist_dir(settings.data_dir.as_deref()).map_err(no_folder)?;
    let parts = match nn_data::mnist::load(&folder) {
        Ok(parts) => parts,
        Err(error) => fetch_and_load(&folder, error, settings, streams)?,
    };
    assemble("MNIST", "mnist", parts, nn_data::mnist::VALIDATION, settings)
}

/// Deals with files that couldn't be loaded: what is missing or damaged is fetched.
fn fetch_and_load(
    folder: &Path,
    error: DataError,
    settings: &DataSettings,
    streams: &mut Streams<'_>,
) -> Result<(Dataset, Dataset), Failure> {
    let missing = matches!(error, DataError::Missing { .. });
    let damaged = error.kind() == ErrorKind::Data;
    if !missing && !damaged {
        return Err(Failure::from(error).hint("name another folder with --data-dir DIR"));
    }
    let mend = "delete the file and run again without --offline";
    if settings.offline || cfg!(not(feature = "fetch")) {
        if damaged {
            return Err(Failure::from(error).hint(mend));
        }
        let why = if settings.offline { "--offline" } else { "this build can't fetch" };
        let message = format!("{error}, and nothing may be fetched ({why})");
        return Err(Failure::new(Exit::Network, message).hint(MNIST_HINT));
    }
    if damaged {
        streams.warn(format!("{error}; fetching it again"));
    }
    match fetch(folder, streams) {
        Ok(()) => nn_data::mnist::load(folder).map_err(Failure::from),
        // A damaged file is an error of its own, which the sample must not paper over.
        Err(failure) if damaged && failure.exit() == Exit::Network => {
            Err(Failure::from(error).hint(format!("{mend}; {}", failure.message())))
        }
        Err(failure) if failure.exit() == Exit::Network => Err(failure.hint(MNIST_HINT)),
        Err(failure) => Err(failure.hint("name another folder with --data-dir DIR")),
    }
}

#[cfg(feature = "fetch")]
fn fetch(folder: &Path, streams: &mut Streams<'_>) -> Result<(), Failure> {
    fetching::mnist(folder, streams)
}

#[cfg(not(feature = "fetch"))]
fn fetch(_: &Path, _: &mut Streams<'_>) -> Result<(), Failure> {
    Err(Failure::new(Exit::Network, "this build can't fetch"))
}

fn sample(settings: &DataSettings) -> Result<Data, Failure> {
    let parts = nn_data::sample::load();
    assemble("the MNIST sample", "sample", parts, nn_data::sample::VALIDATION, settings)
}

fn own_folder(folder: &Path, settings: &DataSettings) -> Result<Data, Failure> {
    let hint = "--data takes mnist, sample, or a folder of IDX files named as MNIST's";
    let metadata = folder.metadata().and_then(|metadata| {
        if metadata.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) }
    });
    metadata.map_err(|error| {
        Failure::new(Exit::Io, format!("--data {}: {error}", folder.display())).hint(hint)
    })?;
    let parts = nn_data::load_idx_folder(folder).map_err(|error| match error {
        DataError::Missing { .. } => Failure::from(error).hint(hint),
        error => error.into(),
    })?;
    let key = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy();
    let validation = parts.0.len() / 6;
    assemble(&folder.display().to_string(), &key, parts, validation, settings)
}

/// Splits off the validation samples: as many as the user said, or else `validation`.
fn assemble(
    name: &str,
    key: &str,
    (train, test): (Dataset, Dataset),
    validation: usize,
    settings: &DataSettings,
) -> Result<Data, Failure> {
    let blame = |error: nn_data::DatasetError| Failure::of(Exit::Data, name, &error);
    if train.num_features() != test.num_features() {
        let (left, right) = (train.num_features(), test.num_features());
        let message =
            format!("{name}: training samples have {left} features, test samples have {right}");
        return Err(Failure::new(Exit::Data, message));
    }
    let samples = train.len();
    let kept = settings.validation.unwrap_or(validation);
    if kept >= samples {
        let message = format!(
            "--validation: expected fewer than the {samples} training samples of {name}, \
             found {kept}"
        );
        return Err(Failure::new(Exit::Usage, message));
    }
    let (train, validation) = match kept {
        0 => (train, None),
        _ => train.split_at(samples - kept).map(|(t, v)| (t, Some(v))).map_err(blame)?,
    };
    Ok(Data { name: name.into(), key: key.into(), train, validation, test })
}
