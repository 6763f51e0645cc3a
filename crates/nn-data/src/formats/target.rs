//! What is predicted: whether a target is a class or a number, and what the classes are.

use std::collections::HashMap;

/// What is asked of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TaskChoice {
    /// Words and whole numbers are classes. Other numbers, and whole numbers of more than 100
    /// different values, are to be predicted as numbers.
    #[default]
    Auto,
    /// Each different value is a class.
    Classification,
    /// A number is to be predicted.
    Regression,
}

/// What a target turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetKind {
    /// One of these classes, in the order of their indices: words in alphabetical order, numbers in
    /// their own.
    Classes(Vec<String>),
    /// A number.
    Number,
}

/// A target that can't be what it was asked to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Every sample has the same class.
    #[error("expected a target of at least two classes, found only `{class}`")]
    OneClass {
        /// The class.
        class: String,
    },
    /// More classes than there may be.
    #[error("expected a target of at most {limit} classes, found {classes}")]
    TooManyClasses {
        /// The most classes there may be.
        limit: usize,
        /// The classes found.
        classes: usize,
    },
    /// Numbers were asked for, and there are words.
    #[error("expected numbers to predict, found `{word}`")]
    Words {
        /// The first of the words.
        word: String,
    },
    /// A class that the model or the training data don't know.
    #[error("expected one of the classes {classes}, found `{class}`")]
    UnknownClass {
        /// The sample, counted from 0.
        sample: usize,
        /// The class found.
        class: String,
        /// The classes known.
        classes: String,
    },
}

/// Whole numbers of more different values than this are not taken for classes unasked.
const MOST_CLASSES_UNASKED: usize = 100;

/// Classes a label can number.
const MOST_CLASSES: usize = 1 + u16::MAX as usize;

/// The targets of all samples, as they were read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Raw {
    /// Text that is no number.
    Words(Vec<String>),
    /// Finite numbers.
    Numbers(Vec<f64>),
}

impl Raw {
    /// Decides what the target is.
    pub(crate) fn kind(&self, choice: TaskChoice) -> Result<TargetKind, TargetError> {
        match self {
            Self::Words(words) if choice == TaskChoice::Regression => {
                Err(TargetError::Words { word: words.first().cloned().unwrap_or_default() })
            }
            Self::Words(words) => {
                let mut names = words.clone();
                names.sort();
                names.dedup();
                classes(names)
            }
            Self::Numbers(numbers) => {
                let mut values = numbers.clone();
                values.sort_by(f64::total_cmp);
                // −0 and 0 are one class.
                values.dedup_by(|a, b| a == b);
                let whole = values.iter().all(|value| value.fract() == 0.0);
                let few = values.len() <= MOST_CLASSES_UNASKED;
                match choice {
                    TaskChoice::Classification => {}
                    TaskChoice::Auto if whole && few => {}
                    _ => return Ok(TargetKind::Number),
                }
                classes(values.into_iter().map(name_of).collect())
            }
        }
    }

    /// The index of each sample's class.
    pub(crate) fn labels(&self, names: &[String]) -> Result<Vec<u16>, TargetError> {
        let indices: HashMap<&str, u16> =
            names.iter().map(String::as_str).zip(0_u16..=u16::MAX).collect();
        let index = |(sample, name): (usize, &str)| {
            indices.get(name).copied().ok_or_else(|| TargetError::UnknownClass {
                sample,
                class: name.to_owned(),
                classes: shortened(names),
            })
        };
        match self {
            Self::Words(words) => words.iter().map(String::as_str).enumerate().map(index).collect(),
            Self::Numbers(numbers) => {
                let names: Vec<String> = numbers.iter().copied().map(name_of).collect();
                names.iter().map(String::as_str).enumerate().map(index).collect()
            }
        }
    }
}

fn classes(names: Vec<String>) -> Result<TargetKind, TargetError> {
    match names.len() {
        0 | 1 => Err(TargetError::OneClass { class: names.into_iter().next().unwrap_or_default() }),
        classes if classes > MOST_CLASSES => {
            Err(TargetError::TooManyClasses { limit: MOST_CLASSES, classes })
        }
        _ => Ok(TargetKind::Classes(names)),
    }
}

/// A number as the name of a class: `5`, not `5.0`.
fn name_of(number: f64) -> String {
    // Adding 0 makes −0 a plain 0.
    (number + 0.0).to_string()
}

/// Some names for a message, at most ten.
pub(crate) fn shortened(names: &[String]) -> String {
    let mut text = names.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > 10 {
        text = format!("{text}, … ({} in all)", names.len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Raw {
        Raw::Words(words.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn words_and_whole_numbers_are_classes() {
        let names =
            |names: &[&str]| TargetKind::Classes(names.iter().map(ToString::to_string).collect());
        let raw = words(&["b", "a", "b"]);
        assert_eq!(raw.kind(TaskChoice::Auto).unwrap(), names(&["a", "b"]));
        assert_eq!(raw.labels(&["a".into(), "b".into()]).unwrap(), [1, 0, 1]);
        let raw = Raw::Numbers(vec![10.0, -0.0, 2.0, 0.0]);
        assert_eq!(raw.kind(TaskChoice::Auto).unwrap(), names(&["0", "2", "10"]));
        let all = ["0", "2", "10"].map(String::from);
        assert_eq!(raw.labels(&all).unwrap(), [2, 0, 1, 0]);
    }

    #[test]
    fn other_numbers_are_predicted() {
        let kind = |numbers: Vec<f64>| Raw::Numbers(numbers).kind(TaskChoice::Auto).unwrap();
        assert_eq!(kind(vec![1.0, 2.5]), TargetKind::Number);
        assert_eq!(kind((0..101).map(f64::from).collect()), TargetKind::Number);
        let asked = Raw::Numbers(vec![0.5, 1.5]).kind(TaskChoice::Classification).unwrap();
        assert_eq!(asked, TargetKind::Classes(vec!["0.5".into(), "1.5".into()]));
        let asked = Raw::Numbers(vec![1.0, 2.0]).kind(TaskChoice::Regression).unwrap();
        assert_eq!(asked, TargetKind::Number);
    }

    #[test]
    fn what_cannot_be_is_said() {
        let error = words(&["yes", "no"]).kind(TaskChoice::Regression).unwrap_err();
        assert_eq!(error.to_string(), "expected numbers to predict, found `yes`");
        let error = Raw::Numbers(vec![3.0, 3.0]).kind(TaskChoice::Auto).unwrap_err();
        assert_eq!(error.to_string(), "expected a target of at least two classes, found only `3`");
        let error = words(&["x"]).labels(&["y".into()]).unwrap_err();
        assert_eq!(error.to_string(), "expected one of the classes y, found `x`");
        let many = Raw::Numbers((0..70_000).map(f64::from).collect());
        assert!(many.kind(TaskChoice::Classification).is_err());
    }
}
