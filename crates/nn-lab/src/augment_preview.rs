//! `POST /api/augment`: what augmentation makes of some digits.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use nn_data::Augmentation;
use nn_data::augment::{Augmenter, Key};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::body::Body;
use crate::lab::Lab;
use crate::pictures::{Picture, encode, pixels};
use crate::reply::{Refusal, Reply};

/// Most versions of one digit.
const MAX_VERSIONS: u64 = 24;
/// Most digits.
const MAX_DIGITS: usize = 12;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Settings as recipes write them, or the name of published ones.
    augmentation: NameOrSettings,
    /// Training samples, counted from 0.
    indices: Vec<usize>,
    /// Versions of each.
    versions: u64,
    #[serde(default)]
    seed: u64,
}

/// A string or a table.
#[derive(Debug, Deserialize)]
#[serde(from = "Value")]
enum NameOrSettings {
    Name(String),
    Settings(Value),
}

impl From<Value> for NameOrSettings {
    fn from(value: Value) -> Self {
        match value {
            Value::String(name) => Self::Name(name),
            other => Self::Settings(other),
        }
    }
}

impl NameOrSettings {
    fn augmentation(self) -> Result<Augmentation, Refusal> {
        let wrong = |error: String| Refusal::unprocessable(format!("augmentation: {error}"));
        match self {
            Self::Name(name) => nn_train::augmentation(&name)
                .map(Option::unwrap_or_default)
                .map_err(|error| wrong(error.to_string())),
            Self::Settings(settings) => {
                serde_json::from_value(settings).map_err(|error| wrong(error.to_string()))
            }
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Preview {
    digits: Vec<Versions>,
}

#[derive(Debug, Serialize)]
struct Versions {
    original: Picture,
    /// The changed images, in base64: what the epochs 0, 1, 2 … of training would see.
    versions: Vec<String>,
}

/// The versions that training would see.
pub(crate) async fn preview(
    State(lab): State<Arc<Lab>>,
    Body(wanted): Body<Wanted>,
) -> Reply<Preview> {
    let train = &lab.data.train;
    if wanted.indices.len() > MAX_DIGITS || !(1..=MAX_VERSIONS).contains(&wanted.versions) {
        let message =
            format!("expected at most {MAX_DIGITS} digits in 1 to {MAX_VERSIONS} versions");
        return Err(Refusal::unprocessable(message));
    }
    if let Some(index) = wanted.indices.iter().find(|index| **index >= train.len()) {
        let message = format!("indices: expected below {}, found {index}", train.len());
        return Err(Refusal::unprocessable(message));
    }
    let wrong = |error: nn_data::AugmentationError| Refusal::unprocessable(error.to_string());
    let settings = wanted.augmentation.augmentation()?.check().map_err(wrong)?;
    let augmenter = Augmenter::new(&settings, train, wanted.seed).map_err(wrong)?;
    let hall = lab.clone();
    let work = move || {
        let train = &hall.data.train;
        let mut scratch = augmenter.scratch();
        let mut changed = vec![0; train.num_features()];
        let mut versions = |&index: &usize| {
            let (image, label) = (pixels(train, index), train.labels().get(index));
            let each = (0..wanted.versions).map(|epoch| {
                let key = Key { epoch, sample: index as u64 };
                augmenter.augment_into(&image, label, key, &mut changed, &mut scratch);
                encode(&changed)
            });
            let versions = each.collect();
            Versions { original: Picture::of(train, index), versions }
        };
        Preview { digits: wanted.indices.iter().map(&mut versions).collect() }
    };
    lab.crew.run(work).await.map(Json)
}
