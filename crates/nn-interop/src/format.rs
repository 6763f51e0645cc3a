//! The formats a model can be written in, by name.

use std::fmt;
use std::str::FromStr;

use nn_core::Error;

/// A format that other tools read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Tensors with names that a PyTorch `nn.Sequential` takes as they stand.
    Safetensors,
    /// A graph from raw features to class probabilities.
    Onnx,
    /// All numbers and names as text.
    Json,
    /// Weights and a forward function in C99.
    CHeader,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Safetensors, Self::Onnx, Self::Json, Self::CHeader];

    /// The name the command line uses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Onnx => "onnx",
            Self::Json => "json",
            Self::CHeader => "c",
        }
    }

    /// What a file of this format is usually called by, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::CHeader => "h",
            other => other.name(),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            Error::UnknownName {
                kind: "format",
                found: name.to_owned(),
                expected: Self::ALL.map(Self::name).join(", "),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        let error = "pickle".parse::<Format>().unwrap_err().to_string();
        assert!(error.contains("pickle") && error.contains("safetensors, onnx"), "{error}");
    }
}
