//! From `--data` to datasets: known ones (fetched on first use), the embedded sample, or one's own.

#[cfg(feature = "fetch")]
mod fetching;
mod own;

pub(crate) use own::open;

use std::ffi::OsStr;
use std::path::Path;

use nn_core::ImagePreparation;
use nn_data::{Catalogue, DataError, Dataset, ErrorKind, MNIST};

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
    /// How a model is to prepare pictures of other sizes.
    pub(crate) preparation: ImagePreparation,
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
        DataChoice::Path(path) => own::load(path, settings, streams),
        DataChoice::Known(key) => {
            let catalogue = Catalogue::find(key).unwrap_or(&MNIST);
            known(catalogue, settings, streams)
        }
        DataChoice::Mnist => match known(&MNIST, settings, streams) {
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

/// Where the files of a known dataset are kept.
pub(crate) fn folder_of(
    catalogue: &Catalogue,
    settings: &DataSettings,
) -> Result<std::path::PathBuf, Failure> {
    let folder = nn_data::data_dir(settings.data_dir.as_deref());
    let folder =
        folder.map_err(|error| Failure::from(error).hint("name a folder with --data-dir DIR"))?;
    Ok(folder.join(catalogue.folder))
}

/// A known dataset, fetched if need be.
fn known(
    catalogue: &'static Catalogue,
    settings: &DataSettings,
    streams: &mut Streams<'_>,
) -> Result<Data, Failure> {
    let folder = folder_of(catalogue, settings)?;
    let parts = match nn_data::load_catalogue(catalogue, &folder) {
        Ok(parts) => parts,
        Err(error) => fetch_and_load(catalogue, &folder, error, settings, streams)?,
    };
    if !catalogue.is_verified() {
        streams.detail(format!("{}: no checksums of its files are known", catalogue.name));
    }
    // As the book keeps 10,000 of MNIST's 60,000.
    assemble(catalogue.name, catalogue.key, parts, |samples| samples / 6, settings)
}

/// What to do where a dataset can't be had.
pub(crate) fn by_hand(catalogue: &Catalogue, folder: &Path) -> String {
    if catalogue.key == MNIST.key {
        return "copy MNIST's four files into a folder and name it with --data DIR, or take the \
                embedded digits with --data sample"
            .to_owned();
    }
    if catalogue.is_fetchable() {
        return format!("copy its four files (.gz) into {}", folder.display());
    }
    format!("{} into {}", catalogue.by_hand, folder.display())
}

/// Deals with files that couldn't be loaded: what is missing or damaged is fetched.
fn fetch_and_load(
    catalogue: &'static Catalogue,
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
    if !catalogue.is_fetchable() {
        if damaged {
            return Err(Failure::from(error));
        }
        let message =
            format!("{} can't be fetched: no checksums of its files are known", catalogue.name);
        return Err(Failure::new(Exit::Network, message).hint(by_hand(catalogue, folder)));
    }
    if settings.offline || cfg!(not(feature = "fetch")) {
        if damaged {
            return Err(Failure::from(error).hint(mend));
        }
        let why = if settings.offline { "--offline" } else { "this build can't fetch" };
        let message = format!("{error}, and nothing may be fetched ({why})");
        return Err(Failure::new(Exit::Network, message).hint(by_hand(catalogue, folder)));
    }
    if damaged {
        streams.warn(format!("{error}; fetching it again"));
    }
    match fetch(catalogue, folder, None, streams) {
        Ok(()) => nn_data::load_catalogue(catalogue, folder).map_err(Failure::from),
        // A damaged file is an error of its own, which the sample must not paper over.
        Err(failure) if damaged && failure.exit() == Exit::Network => {
            Err(Failure::from(error).hint(format!("{mend}; {}", failure.message())))
        }
        Err(failure) if failure.exit() == Exit::Network => {
            Err(failure.hint(by_hand(catalogue, folder)))
        }
        Err(failure) => Err(failure.hint("name another folder with --data-dir DIR")),
    }
}

/// Fetches what is missing of a known dataset, from its mirrors or from a folder or address.
#[cfg(feature = "fetch")]
pub(crate) fn fetch(
    catalogue: &'static Catalogue,
    folder: &Path,
    from: Option<&OsStr>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    fetching::fetch(catalogue, folder, from, streams)
}

#[cfg(not(feature = "fetch"))]
pub(crate) fn fetch(
    _: &'static Catalogue,
    _: &Path,
    _: Option<&OsStr>,
    _: &mut Streams<'_>,
) -> Result<(), Failure> {
    Err(Failure::new(Exit::Network, "this build can't fetch"))
}

fn sample(settings: &DataSettings) -> Result<Data, Failure> {
    let parts = nn_data::sample::load();
    assemble("the MNIST sample", "sample", parts, |_| nn_data::sample::VALIDATION, settings)
}

/// Splits off the last training samples for validation: as many as the user said, or else as
/// `validation` makes of their number.
fn assemble(
    name: &str,
    key: &str,
    (train, test): (Dataset, Dataset),
    validation: impl Fn(usize) -> usize,
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
    let share = settings.own.validation_share.map(|share| share_of(samples, share));
    let kept = settings.validation.or(share).unwrap_or_else(|| validation(samples));
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
    Ok(Data {
        name: name.into(),
        key: key.into(),
        train,
        validation,
        test,
        preparation: ImagePreparation::Digit,
    })
}

/// So many samples that they are at least this share, as scikit-learn has it.
fn share_of(samples: usize, share: f64) -> usize {
    // What rounding adds to a whole number is no reason for one more.
    (samples as f64 * share - 1e-9).ceil() as usize
}
