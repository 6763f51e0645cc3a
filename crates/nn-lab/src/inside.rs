//! `POST /api/inside`: one sample's way through the network and back, as `nn-cli explain` tells it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use nn_view::explain::{Explanation, Sample, explain};
use nn_view::raw_features;
use serde::{Deserialize, Serialize};

use crate::body::Body;
use crate::edits::check_pixels;
use crate::lab::Lab;
use crate::reply::{Refusal, Reply};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    session: Option<String>,
    /// A test sample, counted from 0 ...
    index: Option<usize>,
    /// ... or raw features (n₁).
    pixels: Option<Vec<f64>>,
    /// What the answer should be; the sample's label, or the answer itself, if not given.
    class: Option<usize>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Facts {
    #[serde(flatten)]
    explanation: Explanation,
    /// Raw features (n₁).
    raw: Vec<f64>,
}

/// The five phases of back-propagation for one sample.
pub(crate) async fn inside(
    State(lab): State<Arc<Lab>>,
    Body(wanted): Body<Wanted>,
) -> Reply<Facts> {
    let (served, _) = lab.network(wanted.session.as_deref())?;
    let (raw, label) = match (wanted.index, wanted.pixels) {
        (Some(index), None) => {
            let test = &lab.data.test;
            let raw = raw_features(test, index)?;
            (raw, test.labels().get(index))
        }
        (None, Some(pixels)) => {
            check_pixels(&pixels, served.network().num_inputs())?;
            let answer = served.answer(&served.features(&pixels)?)?;
            (pixels, answer.class)
        }
        _ => return Err(Refusal::unprocessable("expected either index or pixels")),
    };
    let actual = wanted.class.unwrap_or(label);
    let work = move || {
        let sample = Sample { index: wanted.index, raw: &raw, actual, value: None };
        let explanation = explain(&served.model, &sample, None)?;
        Ok(Facts { explanation, raw })
    };
    lab.crew.run(work).await?.map(Json)
}
