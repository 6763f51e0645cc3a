//! [`Splits`]: what is trained on, what is chosen by, and what is reported.

use super::{Dataset, DatasetError};

/// Three datasets of one kind: as many features and classes in each.
#[derive(Clone, Debug)]
pub struct Splits {
    /// What the weights are fitted to.
    pub train: Dataset,
    /// What settings are chosen by; never trained on.
    pub validation: Dataset,
    /// What is reported; neither trained on nor chosen by.
    pub test: Dataset,
}

impl Splits {
    /// Takes the last `validation` samples off `train`, as the book does with the last 10,000 of
    /// MNIST's 60,000, and pairs both with `test`.
    ///
    /// # Errors
    ///
    /// [`DatasetError::Split`] when either part of `train` would be empty,
    /// [`DatasetError::Incompatible`] when `test` has other numbers of features or classes.
    pub fn with_last_as_validation(
        train: Dataset,
        test: Dataset,
        validation: usize,
    ) -> Result<Self, DatasetError> {
        check_same("features", &train, &test, Dataset::num_features)?;
        check_same("classes", &train, &test, Dataset::num_classes)?;
        let samples = train.len();
        // A split that takes all or more is reported as a split after sample 0.
        let (train, validation) = train.split_at(samples.saturating_sub(validation))?;
        let name = format!("{} (validation)", validation.name());
        Ok(Self { train, validation: validation.with_name(name), test })
    }
}

fn check_same(
    of: &'static str,
    left: &Dataset,
    right: &Dataset,
    count: impl Fn(&Dataset) -> usize,
) -> Result<(), DatasetError> {
    if count(left) == count(right) {
        return Ok(());
    }
    Err(DatasetError::Incompatible {
        of,
        left: left.name().into(),
        left_count: count(left),
        right: right.name().into(),
        right_count: count(right),
    })
}
