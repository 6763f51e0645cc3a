//! `GET /api/model`: the current model, or a session's edited one, as a file to keep.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::lab::Lab;
use crate::reply::Refusal;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    session: Option<String>,
}

/// The bytes of a model file.
pub(crate) async fn download(
    State(lab): State<Arc<Lab>>,
    which: Result<Query<Which>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(which) = which.map_err(|error| Refusal::unprocessable(error.body_text()))?;
    let (served, edits) = lab.network(which.session.as_deref())?;
    let bytes = lab.crew.run(move || {
        let mut model = served.model.clone();
        if edits > 0 {
            // What was measured was another network.
            model.provenance.test_accuracy = None;
            model.provenance.recipe = format!("{} (edited in the lab)", model.provenance.recipe);
        }
        let mut bytes = Vec::new();
        let written = model.write_to(&mut bytes);
        written.map(|()| bytes).map_err(|error| Refusal::internal(error.to_string()))
    });
    let kind = "application/octet-stream";
    let disposition = "attachment; filename=\"lab.nnm\"";
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, bytes.await??).into_response())
}
