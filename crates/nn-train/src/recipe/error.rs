//! What is wrong with a recipe, and where.

use std::fmt;
use std::ops::Range;

use serde::de::DeserializeOwned;

/// A recipe that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecipeError {
    /// The line of the file, counted from 1, if it comes from one.
    pub line: Option<usize>,
    /// The setting, such as `training.lambda`; empty if the text is no TOML at all.
    pub key: String,
    /// What is wrong with it: what was expected and found.
    pub problem: String,
    /// The name that was probably meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for RecipeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.problem)?;
        match &self.suggestion {
            Some(name) => write!(f, "; did you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for RecipeError {}

/// Reads something from TOML; errors know their lines and keys.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, RecipeError> {
    let line_of = |span: Option<Range<usize>>| {
        let start = span?.start.min(text.len());
        Some(text.get(..start)?.matches('\n').count() + 1)
    };
    let parsed = toml::Deserializer::parse(text)
        .map_err(|error| RecipeError::new(line_of(error.span()), String::new(), error.message()))?;
    serde_path_to_error::deserialize(parsed).map_err(|error| {
        let key = error.path().to_string();
        let inner = error.into_inner();
        RecipeError::new(line_of(inner.span()), key, inner.message())
    })
}

/// Names this close to one another are taken for the same word, mistyped.
const CLOSE: f64 = 0.8;

impl RecipeError {
    /// An error of a setting that is of its kind, but can't be used.
    pub(crate) fn of(key: &str, problem: &str) -> Self {
        Self { line: None, key: key.to_owned(), problem: problem.to_owned(), suggestion: None }
    }

    /// An error of this key, its message being serde's.
    pub(super) fn new(line: Option<usize>, key: String, message: &str) -> Self {
        let (found, names) = names_in(message).unwrap_or_default();
        let key = match key.as_str() {
            "." => String::new(),
            // Within a table that is read by its name, the path ends at the table.
            _ if message.starts_with("unknown field") && !key.ends_with(&found) => {
                format!("{key}.{found}")
            }
            _ => key,
        };
        let similar = |name: &&String| strsim::jaro_winkler(name, &found);
        let suggestion = names
            .iter()
            .filter(|name| similar(name) >= CLOSE)
            .max_by(|a, b| similar(a).total_cmp(&similar(b)))
            .cloned();
        let problem = match message.strip_prefix("unknown field") {
            Some(_) if suggestion.is_some() => "no such setting".to_owned(),
            Some(_) if names.is_empty() => "no such setting; there are none here".to_owned(),
            Some(_) => format!("no such setting; expected one of {}", names.join(", ")),
            None => message.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        Self { line, key, problem, suggestion }
    }
}

/// The name that was found and those that were expected, from a message like
/// "unknown field `lamda`, expected one of `lambda`, `seed`".
fn names_in(message: &str) -> Option<(String, Vec<String>)> {
    if !message.starts_with("unknown ") {
        return None;
    }
    let mut quoted = message.split('`');
    let found = quoted.nth(1)?.to_owned();
    let (_, expected) = message.rsplit_once("expected ")?;
    let expected = expected.strip_prefix("one of ").unwrap_or(expected);
    let names = expected.split(", ").flat_map(|part| part.split(" or "));
    Some((found, names.map(|name| name.trim_matches('`').to_owned()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: &str, message: &str, expected: &str) {
        assert_eq!(RecipeError::new(Some(2), key.to_owned(), message).to_string(), expected);
    }

    #[test]
    fn what_was_meant_is_suggested() {
        check(
            "training.lamda",
            "unknown field `lamda`, expected one of `epochs`, `lambda`",
            "line 2: training.lamda: no such setting; did you mean `lambda`?",
        );
        check(
            "training.optimizer",
            "unknown field `beta3`, expected `beta1` or `beta2`",
            "line 2: training.optimizer.beta3: no such setting; did you mean `beta2`?",
        );
        check(
            "training.warp",
            "unknown field `warp`, expected `epochs` or `lambda`",
            "line 2: training.warp: no such setting; expected one of epochs, lambda",
        );
        check(
            "network.activation",
            "unknown activation `rellu`; expected one of sigmoid, relu",
            "line 2: network.activation: unknown activation `rellu`; expected one of sigmoid, relu; \
             did you mean `relu`?",
        );
        check(".", "expected `=`\n  at once", "line 2: expected `=` at once");
    }
}
