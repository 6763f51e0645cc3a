//! `POST /api/predict`: the plain question, pixels in and confidences out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use crate::body::Body;
use crate::edits::check_pixels;
use crate::lab::Lab;
use crate::reply::Reply;
use crate::served::Answer;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// Raw features (n₁): grey values 0 to 255.
    pixels: Vec<f64>,
    session: Option<String>,
}

/// What `nn-cli predict --raw` says of these pixels.
pub(crate) async fn predict(
    State(lab): State<Arc<Lab>>,
    Body(question): Body<Question>,
) -> Reply<Answer> {
    let (served, _) = lab.network(question.session.as_deref())?;
    check_pixels(&question.pixels, served.network().num_inputs())?;
    let features = served.features(&question.pixels)?;
    Ok(Json(served.answer(&features)?))
}
