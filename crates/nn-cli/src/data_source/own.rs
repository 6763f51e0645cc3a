//! Data of one's own: read in whatever format they are, described, and split.

use std::path::Path;

use nn_core::ImagePreparation;
use nn_data::formats::{self, Format, Header, OpenOptions, Opened, TargetKind, TaskChoice};
use nn_data::{DataError, Dataset};
use nn_train::recipe::DataTask;

use super::{Data, assemble, share_of};
use crate::Exit;
use crate::failure::Failure;
use crate::memory;
use crate::output::number::{count, plural};
use crate::settings::DataSettings;
use crate::streams::{Streams, one_line};

const HINT: &str = "--data takes a dataset's name (see `nn-cli data list`), a table (.csv, .tsv), \
                    NumPy arrays (.npz, .npy), or a folder of images or IDX files";

/// Share of the samples kept for the test, unless the user says.
const TEST_SHARE: f64 = 0.2;

/// Share of the training samples kept for validation, unless the user says.
const VALIDATION_SHARE: f64 = 0.1;

/// Reads what is there, and splits off what is kept for test and validation.
pub(super) fn load(
    path: &Path,
    settings: &DataSettings,
    streams: &mut Streams<'_>,
) -> Result<Data, Failure> {
    let opened = open(path, settings)?;
    let key = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let name = path.display().to_string();
    if opened.format == Format::IdxFolder {
        let Opened { train, test: Some(test), .. } = opened else {
            unreachable!("a folder of IDX files has test samples")
        };
        return assemble(&name, &key, (train, test), |samples| samples / 6, settings);
    }
    say_what_it_is(&name, &opened, settings, streams);
    let preparation = match opened.format {
        Format::ImageFolder => ImagePreparation::Resize,
        _ => ImagePreparation::Digit,
    };
    let drawn = opened.test.is_none();
    let (train, test) = if let Some(test) = opened.test {
        (opened.train, test)
    } else {
        let share = settings.own.test_share.unwrap_or(TEST_SHARE);
        let taken = share_of(opened.train.len(), share);
        split(&opened.train, taken, "test", "--test-share", &name, settings)?
    };
    let share = settings.own.validation_share.unwrap_or(VALIDATION_SHARE);
    let kept = settings.validation.unwrap_or_else(|| share_of(train.len(), share));
    let (train, validation) = match kept {
        0 => (train, None),
        kept => {
            let flag =
                if settings.validation.is_some() { "--validation" } else { "--validation-share" };
            let (train, validation) = split(&train, kept, "validation", flag, &name, settings)?;
            (train, Some(validation))
        }
    };
    if drawn {
        warn_of_other_split(&key, &train, settings, streams);
    }
    Ok(Data { name, key, train, validation, test, preparation })
}

/// Reads what is there, unsplit.
pub(crate) fn open(path: &Path, settings: &DataSettings) -> Result<Opened, Failure> {
    let opened = formats::open(path, &options(settings)).map_err(|error| {
        let hint = hint(&error);
        let failure = match &error {
            DataError::Io { error, .. } if path.symlink_metadata().is_err() => {
                Failure::new(Exit::Io, format!("--data {}: {error}", path.display()))
            }
            _ => Failure::from(error),
        };
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })?;
    Ok(opened)
}

/// What the settings say of how to read.
fn options(settings: &DataSettings) -> OpenOptions {
    let own = &settings.own;
    let like = settings.like.as_ref();
    let size = own.size.map(|[width, height]| (height, width));
    let mut options = OpenOptions::default();
    options.table.target.clone_from(&own.target);
    options.table.drop.clone_from(&own.drop);
    options.table.header = match own.header {
        None => Header::Auto,
        Some(true) => Header::Yes,
        Some(false) => Header::No,
    };
    options.table.task = match own.task {
        None => TaskChoice::Auto,
        Some(DataTask::Classification) => TaskChoice::Classification,
        Some(DataTask::Regression) => TaskChoice::Regression,
    };
    options.schema = like.and_then(|like| like.schema.clone());
    // A model that takes images takes a table's rows of pixels as such.
    let images = like.filter(|like| like.schema.is_none()).and_then(|like| like.image_shape);
    options.table.image_shape = size.or(images);
    options.images.size = size.or(images.filter(|_| like.is_some_and(|like| like.resizes)));
    options.images.grey = own.grey || like.is_some_and(|like| like.resizes);
    options.max_bytes = memory::available();
    options
}

/// The mend of an error, where it isn't clear from its message.
fn hint(error: &DataError) -> Option<&'static str> {
    use nn_data::formats::TableError as T;
    Some(match error {
        DataError::Io { .. } | DataError::Missing { .. } => HINT,
        DataError::Folder { found, .. } if found.contains("coloured") => "add --grey",
        DataError::Folder { expected, .. } if expected.contains("pixels as") => {
            "scale all with --size, as in --size 28x28"
        }
        DataError::Folder { expected, .. } if expected.starts_with("a folder, or") => HINT,
        DataError::TooLarge { .. } => "scale images down with --size, or take fewer samples",
        DataError::Table { error, .. } => match error {
            T::Missing { .. } => "fill in or remove such rows, or leave the column out with --drop",
            T::TooManyWords { .. } | T::NotANumber { .. } => {
                "mend the cell, or leave the column out with --drop"
            }
            T::NoSuchColumn { .. } => {
                "name columns as they stand in the first row, or by their place"
            }
            T::WhichTarget { .. } => "name the target with --target COLUMN",
            _ => return None,
        },
        _ => return None,
    })
}

/// Splits off samples by chance, and says whose flag it is if that can't be.
fn split(
    samples: &Dataset,
    taken: usize,
    stream: &str,
    flag: &str,
    name: &str,
    settings: &DataSettings,
) -> Result<(Dataset, Dataset), Failure> {
    samples.split_stratified(taken, settings.own.split_seed, stream).map_err(|_| {
        let message = format!(
            "{flag}: expected to leave samples on both sides of the {} of {name}, found {taken} \
             taken off",
            count(samples.len())
        );
        Failure::new(Exit::Usage, message)
    })
}

/// Says how the data were understood.
fn say_what_it_is(name: &str, opened: &Opened, settings: &DataSettings, streams: &mut Streams<'_>) {
    let Opened { format, train, schema, ignored_files, .. } = opened;
    let mut text = format!("{}: {format}, {}", one_line(name), plural(train.len(), "sample"));
    let given = settings.own.target.is_some() || settings.like.is_some();
    match (schema, train.values()) {
        (Some(schema), Some(_)) => {
            let target = one_line(schema.target());
            text = format!("{text}; predicts the number `{target}`");
        }
        (Some(schema), None) => {
            let classes = match schema.kind() {
                TargetKind::Classes(names) => names.len(),
                _ => train.num_classes(),
            };
            let target = one_line(schema.target());
            text = format!("{text}; predicts `{target}`, one of {} classes", count(classes));
        }
        (None, Some(_)) => text = format!("{text}; predicts a number"),
        (None, None) => text = format!("{text} of {} classes", count(train.num_classes())),
    }
    if schema.is_some() && !given {
        text = format!("{text} (choose another with --target)");
    }
    streams.say(text);
    if train.values().is_some() && settings.own.task.is_none() && settings.like.is_none() {
        streams
            .detail("its values have fractions or are many; for classes say --task classification");
    }
    if *ignored_files > 0 {
        streams
            .warn(format!("{} that are no images were left out", plural(*ignored_files, "file")));
    }
}

/// Says so if a model was trained on another part of the same data: test samples may be among what
/// it knows by heart.
fn warn_of_other_split(
    key: &str,
    train: &Dataset,
    settings: &DataSettings,
    streams: &mut Streams<'_>,
) {
    let Some(like) = &settings.like else { return };
    let (fingerprint, name) = &like.trained_on;
    if name == key && fingerprint != train.fingerprint() {
        streams.warn(format!(
            "the model was trained on another part of {key}, so the test samples may be among those \
             it has seen; give the --test-share, --validation-share, --validation and --split-seed \
             of its training"
        ));
    }
}
