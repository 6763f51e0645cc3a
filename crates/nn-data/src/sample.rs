//! The embedded sample: 5,000 training and 1,000 test digits of MNIST, in the library itself.
//!
//! # How the digits were chosen
//!
//! Of each class, 500 of the training images and 100 of the test images, evenly spaced over the
//! class's images in file order: the *k*-th of *m* is number ⌊*k n / m*⌋ of the class's *n*. They
//! stand in rounds of ten, one digit of each class a round: 0, 1, …, 9, 0, 1, … So every run of ten
//! is balanced, and so are the parts of any split at a multiple of ten.
//!
//! `cargo xtask make-sample` makes the four files again from MNIST; see [`choose`].

use crate::dataset::{Dataset, DatasetError, Splits};

/// Training digits in the sample, those kept for validation among them.
pub const TRAIN: usize = 5_000;

/// How many of the training digits are kept for validation: the last 1,000.
pub const VALIDATION: usize = 1_000;

/// Test digits in the sample.
pub const TEST: usize = 1_000;

static TRAIN_IMAGES: &[u8] = include_bytes!("../data/train-images-idx3-ubyte.gz");
static TRAIN_LABELS: &[u8] = include_bytes!("../data/train-labels-idx1-ubyte.gz");
static TEST_IMAGES: &[u8] = include_bytes!("../data/t10k-images-idx3-ubyte.gz");
static TEST_LABELS: &[u8] = include_bytes!("../data/t10k-labels-idx1-ubyte.gz");

/// The sample's 5,000 training and 1,000 test digits.
///
/// # Panics
///
/// Never: the embedded bytes are tested.
#[must_use]
pub fn load() -> (Dataset, Dataset) {
    (
        embedded("MNIST sample training", TRAIN_IMAGES, TRAIN_LABELS),
        embedded("MNIST sample test", TEST_IMAGES, TEST_LABELS),
    )
}

/// The sample in three parts: 4,000 training, 1,000 validation and 1,000 test digits.
///
/// ```
/// let digits = nn_data::sample::splits();
/// assert_eq!(digits.train.len(), 4_000);
/// assert_eq!(digits.validation.len(), 1_000);
/// assert_eq!(digits.test.len(), 1_000);
/// assert_eq!(digits.test.image_shape(), Some((28, 28)));
/// ```
///
/// # Panics
///
/// Never: the embedded bytes are tested.
#[must_use]
pub fn splits() -> Splits {
    let (train, test) = load();
    Splits::with_last_as_validation(train, test, VALIDATION)
        .expect("the sample has more training digits than validation ones")
}

/// The rows of `dataset` that make a sample of `per_class` digits of each class, by the rule of this
/// module.
///
/// # Errors
///
/// [`DatasetError::NoSuchSample`] when a class has fewer samples than `per_class`.
pub fn choose(dataset: &Dataset, per_class: usize) -> Result<Vec<usize>, DatasetError> {
    let mut rows_of = vec![Vec::new(); dataset.num_classes()];
    for (row, class) in dataset.labels().iter().enumerate() {
        rows_of[class].push(row);
    }
    if let Some(rows) = rows_of.iter().find(|rows| rows.len() < per_class) {
        return Err(DatasetError::NoSuchSample { index: per_class, samples: rows.len() });
    }
    let rounds = 0..per_class;
    Ok(rounds
        .flat_map(|k| rows_of.iter().map(move |rows| rows[k * rows.len() / per_class]))
        .collect())
}

fn embedded(name: &str, images: &[u8], labels: &[u8]) -> Dataset {
    let class_names = crate::MNIST.class_names.iter().map(ToString::to_string).collect();
    crate::idx_folder::from_bytes(name, images, labels, class_names)
        .expect("the embedded sample is sound")
}

/// The names of the sample's four files and their bytes, as they stand in `crates/nn-data/data`.
#[must_use]
pub fn files() -> [(String, &'static [u8]); 4] {
    let [a, b, c, d] = crate::MNIST.files().map(|f| f.file_name(crate::Form::Gzip));
    [(a, TRAIN_IMAGES), (b, TRAIN_LABELS), (c, TEST_IMAGES), (d, TEST_LABELS)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Features, write_idx_folder};

    #[test]
    fn every_part_is_balanced() {
        let splits = splits();
        for (part, each) in [(&splits.train, 400), (&splits.validation, 100), (&splits.test, 100)] {
            assert_eq!(part.labels().counts(10), [each; 10]);
            assert_eq!((part.num_classes(), part.image_shape()), (10, Some((28, 28))));
        }
    }

    #[test]
    fn the_embedded_digits_are_these() {
        // Any other digit, label or order would have another fingerprint.
        let (train, test) = load();
        assert_eq!(
            train.fingerprint(),
            "cbc57058a0308e69f8b716cb7485500de879a1555320f2a2b3d0734aaeaf7bca"
        );
        assert_eq!(
            test.fingerprint(),
            "75b1a1c3b84f2fafebeef79f9291a39c7bacff49e492f150c80fe3ee250f3807"
        );
    }

    #[test]
    fn writing_the_sample_again_gives_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (train, test) = load();
        write_idx_folder(folder.path(), &train, &test).unwrap();
        for (name, bytes) in files() {
            assert!(std::fs::read(folder.path().join(&name)).unwrap() == bytes, "{name}");
        }
    }

    #[test]
    fn no_digit_is_there_twice() {
        let (train, test) = load();
        let mut seen = std::collections::HashSet::new();
        for part in [&train, &test] {
            let Features::U8(pixels) = part.features() else { panic!("pixels are bytes") };
            for row in pixels.rows() {
                assert!(seen.insert(row.to_vec()));
            }
        }
    }

    #[test]
    fn the_rule_spaces_each_class_evenly() {
        let labels = vec![0, 0, 1, 0, 1, 1, 0, 0, 1, 0];
        let features = Features::U8(ndarray::Array2::zeros((10, 1)));
        let set = Dataset::new("", features, labels, vec!["a".into(), "b".into()]).unwrap();
        // Class 0 stands at 0, 1, 3, 6, 7, 9, class 1 at 2, 4, 5, 8.
        assert_eq!(choose(&set, 3).unwrap(), [0, 2, 3, 4, 7, 5]);
        assert!(matches!(
            choose(&set, 5),
            Err(DatasetError::NoSuchSample { index: 5, samples: 4 })
        ));
    }
}
