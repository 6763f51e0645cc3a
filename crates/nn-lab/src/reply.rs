//! What a request is answered with when it can't be answered as asked.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A refusal: a status and a sentence saying what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: StatusCode,
    message: String,
}

/// What handlers return.
pub(crate) type Reply<T> = Result<Json<T>, Refusal>;

/// The form of every error's body.
#[derive(Debug, Serialize)]
struct Body<'a> {
    error: Details<'a>,
}

#[derive(Debug, Serialize)]
struct Details<'a> {
    status: u16,
    message: &'a str,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// 422: well-formed, but not what this endpoint takes.
    pub(crate) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// 409: not in the state the lab is in.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    /// 503: all hands are busy.
    pub(crate) fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too much at once; try again in a moment")
    }

    /// 500: a promise of this program is broken.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    #[cfg(test)]
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let details = Details { status: self.status.as_u16(), message: &self.message };
        let mut response = (self.status, Json(Body { error: details })).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<nn_view::ViewError> for Refusal {
    fn from(error: nn_view::ViewError) -> Self {
        Self::unprocessable(error.to_string())
    }
}

impl From<nn_core::Error> for Refusal {
    fn from(error: nn_core::Error) -> Self {
        Self::unprocessable(error.to_string())
    }
}
