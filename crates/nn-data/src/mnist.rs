//! MNIST, loaded from files that were fetched before and are verified again.

use std::path::Path;

use crate::catalogue::MNIST;
use crate::{DataError, Dataset, Splits};

/// How many of the 60,000 training images the book keeps for validation: the last 10,000.
pub const VALIDATION: usize = 10_000;

/// Loads MNIST's 60,000 training and 10,000 test images from the files in `folder`, gzipped or raw,
/// after checking the size and SHA-256 of each.
///
/// # Errors
///
/// As [`load_catalogue`](crate::load_catalogue): [`DataError::Missing`] where the dataset wasn't fetched yet.
///
/// ```no_run
/// # fn main() -> Result<(), nn_data::DataError> {
/// let (train, test) = nn_data::mnist::load(nn_data::mnist_dir(None)?)?;
/// assert_eq!((train.len(), test.len()), (60_000, 10_000));
/// # Ok(())
/// # }
/// ```
pub fn load(folder: impl AsRef<Path>) -> Result<(Dataset, Dataset), DataError> {
    crate::idx_folder::load_catalogue(&MNIST, folder.as_ref())
}

/// Loads MNIST as the book splits it: 50,000 training, 10,000 validation and 10,000 test images.
///
/// # Errors
///
/// As [`load`].
pub fn load_splits(folder: impl AsRef<Path>) -> Result<Splits, DataError> {
    let (train, test) = load(folder)?;
    Splits::with_last_as_validation(train, test, VALIDATION)
        .map_err(|error| DataError::Dataset { origin: MNIST.name.into(), error })
}
