//! Parsers of flag values: each error says what was expected and what was found.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::builder::{OsStringValueParser, PossibleValue, PossibleValuesParser, TypedValueParser};
use nn_core::{Activation, Cost, Init};
use nn_data::Catalogue;
use nn_interop::onnx::InputType;
use nn_train::{Averaging, Optimizer, Schedule};
use nn_view::Language;
use nn_view::digit_page::Weights;
use nn_view::explain::WeightPlace;

use super::export::ExportFormat;

/// Which data a command works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DataChoice {
    /// MNIST, fetched on first use.
    Mnist,
    /// The embedded sample.
    Sample,
    /// Another known dataset, by its key.
    Known(&'static str),
    /// A file or folder of the user's own.
    Path(PathBuf),
}

impl From<&str> for DataChoice {
    /// The choice of a recipe: a dataset's name, or else a file or folder.
    fn from(source: &str) -> Self {
        Self::named(source).unwrap_or_else(|| Self::Path(source.into()))
    }
}

impl DataChoice {
    /// The dataset of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "mnist" => Some(Self::Mnist),
            "sample" => Some(Self::Sample),
            other => Catalogue::find(other).map(|catalogue| Self::Known(catalogue.key)),
        }
    }
}

/// The names of all datasets.
pub(crate) fn dataset_names() -> impl Iterator<Item = &'static str> {
    Catalogue::ALL.into_iter().map(|catalogue| catalogue.key).chain(["sample"])
}

impl fmt::Display for DataChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mnist => f.write_str("mnist"),
            Self::Sample => f.write_str("sample"),
            Self::Known(key) => f.write_str(key),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

/// Takes names of datasets for these, all else for a path, which need not be UTF-8.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DataChoiceParser;

impl TypedValueParser for DataChoiceParser {
    type Value = DataChoice;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<DataChoice, clap::Error> {
        if let Some(choice) = value.to_str().and_then(DataChoice::named) {
            return Ok(choice);
        }
        if value.to_str().is_some_and(is_mistyped) {
            let parser = PossibleValuesParser::new(dataset_names());
            parser.parse_ref(command, arg, value)?;
        }
        Ok(DataChoice::Path(value.into()))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        None
    }
}

/// A path, which may be empty: an empty variable counts as unset.
pub(crate) fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// Whether a name is no file and so like a dataset's that it must be meant for it.
fn is_mistyped(name: &str) -> bool {
    let close = |known: &str| strsim::jaro_winkler(&name.to_lowercase(), known) > 0.85;
    let is_path = name.contains(['/', '\\', '.']) || Path::new(name).exists();
    !is_path && dataset_names().any(close)
}

/// Width and height, as in `28x28`.
pub(crate) fn size(text: &str) -> Result<[usize; 2], String> {
    let side = |text: &str| text.parse().ok().filter(|side| (1..=65_535).contains(side));
    let sides = text.split_once(['x', 'X', '×']).and_then(|(w, h)| Some([side(w)?, side(h)?]));
    sides.ok_or_else(|| "expected a width and a height in pixels, such as 28x28".to_owned())
}

/// A share of samples that leaves some on both sides.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|x: &f64| *x > 0.0 && *x < 1.0);
    number.ok_or_else(|| "expected a number above 0 and below 1".to_owned())
}

/// The same, or 0 for none.
pub(crate) fn share_or_none(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|x: &f64| (0.0..1.0).contains(x));
    number.ok_or_else(|| "expected a number from 0 to below 1".to_owned())
}

/// A part of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Split {
    /// What the model was trained on
    Train,
    /// What settings are chosen by
    Validation,
    /// What is reported
    Test,
}

impl Split {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// How many threads to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Threads {
    /// One per core.
    #[default]
    Auto,
    /// So many.
    Exactly(usize),
}

/// Units per layer, as in `784,30,10`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LayerSizes(pub(crate) Vec<usize>);

/// More threads than any machine gains from, and fewer than it refuses to start.
const MAX_THREADS: usize = 1024;

/// `auto`, or 1 to 1024. Nothing at all is `auto`, too: an empty variable counts as unset.
pub(crate) fn threads(text: &str) -> Result<Threads, String> {
    if text.is_empty() || text == "auto" {
        return Ok(Threads::Auto);
    }
    let number = text.parse().ok().filter(|n| (1..=MAX_THREADS).contains(n));
    number.map(Threads::Exactly).ok_or(format!("expected 1 to {MAX_THREADS}, or auto"))
}

pub(crate) fn layer_sizes(text: &str) -> Result<LayerSizes, String> {
    let expected = "expected whole numbers of at least 1 with commas between them, such as 100,50";
    let sizes = text.split([',', '-']).map(|size| match size.trim().parse() {
        Ok(0) => Err("a layer needs at least 1 unit".to_owned()),
        Ok(size) => Ok(size),
        Err(error) => Err(match u128::from_str(size.trim()) {
            Ok(_) => format!("{size}: {error}"),
            Err(_) => expected.to_owned(),
        }),
    });
    sizes.collect::<Result<_, _>>().map(LayerSizes)
}

pub(crate) fn positive(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|&n| n > 0);
    number.ok_or_else(|| "expected a whole number of at least 1".to_owned())
}

pub(crate) fn several(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|&n| n > 1);
    number.ok_or_else(|| "expected a whole number of at least 2".to_owned())
}

pub(crate) fn whole(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "expected a whole number of at least 0".to_owned())
}

/// The language of texts that come in several.
pub(crate) fn language() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(Language::ALL.map(Language::code))
        .try_map(|code| code.parse::<Language>())
}

/// Layer, from and to of a weight, as in `2,400,12`.
pub(crate) fn weight_place(text: &str) -> Result<WeightPlace, String> {
    let numbers: Vec<usize> =
        text.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    match numbers[..] {
        [layer, from, to] if text.split(',').count() == 3 => Ok(WeightPlace { layer, from, to }),
        _ => Err("expected a layer and two units, as in 2,400,12".to_owned()),
    }
}

pub(crate) fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

/// A TCP port.
#[cfg(feature = "serve")]
pub(crate) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "expected a whole number from 0 to 65535".to_owned())
}

pub(crate) fn above_zero(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|x: &f64| x.is_finite() && *x > 0.0);
    number.ok_or_else(|| "expected a finite number above 0".to_owned())
}

pub(crate) fn from_zero(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|x: &f64| x.is_finite() && *x >= 0.0);
    number.ok_or_else(|| "expected a finite number of at least 0".to_owned())
}

pub(crate) fn below_one(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|x: &f64| (0.0..1.0).contains(x));
    number.ok_or_else(|| "expected a number of at least 0 and below 1".to_owned())
}

/// Numbers from 0 to below 1, as in `0.5,0.3`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shares(pub(crate) Vec<f64>);

pub(crate) fn shares(text: &str) -> Result<Shares, String> {
    text.split(',').map(|share| below_one(share.trim())).collect::<Result<_, _>>().map(Shares)
}

static ACTIVATIONS: [Activation; 10] = Activation::ALL;
const AUGMENTATIONS: [&str; 4] = ["none", "expand-mnist", "simard-2003", "ciresan-2010"];
static COSTS: [Cost; 3] = Cost::ALL;

/// One of a fixed set of names, with suggestions for a mistyped one.
fn one_of<T>(names: impl IntoIterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err: std::error::Error + Send + Sync> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names).try_map(|name| name.parse::<T>())
}

/// Every activation but softmax, which is for outputs.
pub(crate) fn hidden_activation() -> impl TypedValueParser<Value = Activation> {
    let hidden = ACTIVATIONS.iter().filter(|a| **a != Activation::Softmax);
    one_of(hidden.map(Activation::name))
}

pub(crate) fn output_activation() -> impl TypedValueParser<Value = Activation> {
    one_of(ACTIVATIONS.iter().map(Activation::name))
}

pub(crate) fn cost() -> impl TypedValueParser<Value = Cost> {
    one_of(COSTS.iter().map(Cost::name))
}

pub(crate) fn export_format() -> impl TypedValueParser<Value = ExportFormat> {
    PossibleValuesParser::new(ExportFormat::all().map(ExportFormat::name)).try_map(|name| {
        let format = ExportFormat::all().find(|format| format.name() == name);
        format.ok_or_else(|| format!("unknown format `{name}`"))
    })
}

pub(crate) fn page_weights() -> impl TypedValueParser<Value = Weights> {
    PossibleValuesParser::new(["f32", "i8"]).map(|name| match name.as_str() {
        "i8" => Weights::I8,
        _ => Weights::F32,
    })
}

pub(crate) fn input_type() -> impl TypedValueParser<Value = InputType> {
    PossibleValuesParser::new(["float", "byte"]).map(|name| match name.as_str() {
        "byte" => InputType::Byte,
        _ => InputType::Float,
    })
}

pub(crate) fn finite(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|x: &f64| x.is_finite());
    number.ok_or_else(|| "expected a finite number".to_owned())
}

/// A number, or one divided by another.
pub(crate) fn factor(text: &str) -> Result<f64, String> {
    let value = match text.split_once('/') {
        None => finite(text).ok(),
        Some((above, below)) => finite(above).and_then(|a| Ok(a / finite(below)?)).ok(),
    };
    value
        .filter(|value| value.is_finite() && *value != 0.0)
        .ok_or_else(|| "expected a number, or a fraction such as 1/255".to_owned())
}

/// Rows and columns, as in `28x28`.
pub(crate) fn image_shape(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once(['x', '×']);
    parts
        .and_then(|(rows, columns)| Some((positive(rows).ok()?, positive(columns).ok()?)))
        .ok_or_else(|| "expected rows and columns, such as 28x28".to_owned())
}

pub(crate) fn init() -> impl TypedValueParser<Value = Init> {
    one_of(Init::ALL.into_iter().map(Init::name))
}

pub(crate) fn optimizer() -> impl TypedValueParser<Value = Optimizer> {
    one_of(Optimizer::all().map(|optimizer| optimizer.name()))
}

pub(crate) fn schedule() -> impl TypedValueParser<Value = Schedule> {
    one_of(Schedule::all().map(|schedule| schedule.name()))
}

pub(crate) fn averaging() -> PossibleValuesParser {
    PossibleValuesParser::new(Averaging::all().map(|averaging| averaging.name()))
}

/// `none` and the augmentations that were published.
pub(crate) fn augmentation() -> PossibleValuesParser {
    PossibleValuesParser::new(AUGMENTATIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_numbers_between_commas_or_dashes() {
        assert_eq!(layer_sizes("784,30,10"), Ok(LayerSizes(vec![784, 30, 10])));
        assert_eq!(layer_sizes("784-30-10"), layer_sizes("784, 30, 10"));
        for bad in ["", ",", "784,,10", "a", "1.5", "-1"] {
            assert!(layer_sizes(bad).unwrap_err().starts_with("expected whole"), "{bad}");
        }
        assert_eq!(layer_sizes("784,0,10").unwrap_err(), "a layer needs at least 1 unit");
        assert!(layer_sizes("99999999999999999999").unwrap_err().contains("too large"));
    }

    #[test]
    fn numbers_outside_their_range_are_refused() {
        for bad in ["0", "-1", "x", "1.5", "1e3", ""] {
            assert!(positive(bad).is_err(), "{bad}");
        }
        for bad in ["0", "-1", "NaN", "inf", "-inf", "1e999", "x"] {
            assert!(above_zero(bad).is_err(), "{bad}");
        }
        for bad in ["-1", "NaN", "inf", "x"] {
            assert!(from_zero(bad).is_err(), "{bad}");
        }
        for bad in ["-0.1", "1", "NaN", "x"] {
            assert!(below_one(bad).is_err(), "{bad}");
        }
        assert_eq!(shares("0.5, 0"), Ok(Shares(vec![0.5, 0.0])));
        assert!(shares("0.5,1").is_err() && shares("").is_err());
        assert!(seed("18446744073709551616").is_err());
        assert_eq!(seed("18446744073709551615"), Ok(u64::MAX));
        assert!(threads("0").is_err());
        assert!(threads("1025").is_err());
        assert_eq!(threads(""), Ok(Threads::Auto));
        assert_eq!(threads("2"), Ok(Threads::Exactly(2)));
    }

    #[test]
    fn factors_are_numbers_or_fractions() {
        assert_eq!(factor("1/255"), Ok(1.0 / 255.0));
        assert_eq!(factor("-0.5"), Ok(-0.5));
        for bad in ["", "/", "1/0", "0", "0/3", "1/2/3", "NaN", "1/NaN", "1e999"] {
            assert!(factor(bad).is_err(), "{bad}");
        }
        assert_eq!(image_shape("28x30"), Ok((28, 30)));
        for bad in ["", "28", "x", "28x", "0x28", "28x28x1"] {
            assert!(image_shape(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_published_augmentation_can_be_named() {
        assert!(AUGMENTATIONS.iter().all(|name| nn_train::augmentation(name).is_ok()));
        assert_eq!(AUGMENTATIONS.len(), nn_data::augment::PRESETS.len() + 1);
    }

    #[test]
    fn a_mistyped_dataset_is_no_folder() {
        assert!(is_mistyped("mnits"));
        assert!(is_mistyped("MNIST"));
        assert!(is_mistyped("samples"));
        assert!(!is_mistyped("./mnits"));
        assert!(!is_mistyped("my-own-data"));
        assert!(!is_mistyped("src"));
    }
}
