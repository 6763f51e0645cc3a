//! [`Failure`]: an error as the person at the keyboard gets it, with its exit code and its mend.

use std::error::Error;
use std::fmt;

use nn_data::{DataError, ErrorKind};
use nn_train::{ParamError, TrainError};

use crate::Exit;

/// Why a command ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// A failure with this message: what is wrong, expected and found, in one line.
    pub(crate) fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, message: message.to_string(), hint: None }
    }

    /// The failure of `subject` (a file, a flag), with the error and its causes in one line.
    pub(crate) fn of(exit: Exit, subject: impl fmt::Display, error: &dyn Error) -> Self {
        Self::new(exit, format!("{subject}: {}", chain(error)))
    }

    /// The same with what to do about it.
    pub(crate) fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

/// An error and its causes, from the outermost on. A cause that the error's own text already ends
/// with isn't said twice.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        next = cause.source();
    }
    text
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        let exit = match error.kind() {
            ErrorKind::Io => Exit::Io,
            ErrorKind::Network => Exit::Network,
            ErrorKind::TooLarge => Exit::TooLarge,
            _ => Exit::Data,
        };
        Self::new(exit, chain(&error))
    }
}

impl From<ParamError> for Failure {
    fn from(error: ParamError) -> Self {
        let flag = match error.name {
            "epochs" => "--epochs",
            "mini-batch size" => "--batch-size",
            "learning rate" => "--learning-rate",
            "lambda" => "--lambda",
            "learning rate × lambda" => "--learning-rate × --lambda",
            other => other,
        };
        Self::new(
            Exit::Usage,
            format!("{flag}: expected {}, found {}", error.expected, error.found),
        )
    }
}

impl From<nn_core::Error> for Failure {
    fn from(error: nn_core::Error) -> Self {
        use nn_core::Error as E;
        match error {
            E::TooLarge { .. } => Self::new(Exit::TooLarge, error).hint("choose smaller layers"),
            E::TooFewLayers { .. } | E::EmptyLayer { .. } => {
                Self::new(Exit::Usage, format!("--layers: {error}"))
                    .hint("for example --layers 784,30,10")
            }
            E::CostNeedsActivation { .. } => {
                Self::new(Exit::Usage, format!("--output-activation: {error}"))
            }
            E::HiddenSoftmax { .. } => Self::new(Exit::Usage, format!("--activation: {error}")),
            E::UnknownName { .. } | E::Parameter { .. } => Self::new(Exit::Usage, error),
            _ => Self::new(Exit::Data, error),
        }
    }
}

impl From<TrainError> for Failure {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Param(error) => error.into(),
            TrainError::Core(error) => error.into(),
            TrainError::Diverged(divergence) => {
                let tenth = shortest(divergence.learning_rate / 10.0);
                Self::new(Exit::Diverged, format!("training diverged: {divergence}"))
                    .hint(format!("try --learning-rate {tenth}; no model was written"))
            }
            TrainError::Threads { threads, .. } => {
                Self::of(Exit::Io, format!("--threads {threads}"), &error)
            }
            other => Self::new(Exit::Data, chain(&other)),
        }
    }
}

/// A number in at most three significant digits.
fn shortest(value: f64) -> String {
    let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
    rounded.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_said_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer: inner")]
        struct Outer(#[source] Inner);
        #[derive(Debug, thiserror::Error)]
        #[error("inner")]
        struct Inner(#[source] std::io::Error);
        let error = Outer(Inner(std::io::Error::other("disk on fire")));
        assert_eq!(chain(&error), "outer: inner: disk on fire");
    }

    #[test]
    fn a_tenth_is_short() {
        assert_eq!(shortest(3.0 / 10.0), "0.3");
        assert_eq!(shortest(1e30 / 10.0), "100000000000000000000000000000");
        assert_eq!(shortest(0.123_456 / 10.0), "0.0123");
    }
}
