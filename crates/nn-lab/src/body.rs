//! [`Body`]: a request's JSON, within bounds of type, size, time and form.

use std::error::Error;
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::reply::Refusal;
use crate::strict_json::{self, JsonError};

/// The most bytes of a request's body.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

/// A request's body, read as `T`.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        if !is_json(request.headers()) {
            let message = "expected Content-Type: application/json";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        let too_large = || {
            let message = format!("expected a body of at most {MAX_BODY} bytes");
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message)
        };
        if content_length(request.headers()).is_some_and(|length| length > MAX_BODY as u64) {
            return Err(too_large());
        }
        let read = tokio::time::timeout(BODY_TIME, to_bytes(request.into_body(), MAX_BODY)).await;
        let bytes = match read {
            Err(_) => {
                let message = "the body took too long to arrive";
                return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, message));
            }
            Ok(Err(error)) if exceeds_limit(&error) => return Err(too_large()),
            Ok(Err(error)) => {
                let message = format!("cannot read the body: {error}");
                return Err(Refusal::new(StatusCode::BAD_REQUEST, message));
            }
            Ok(Ok(bytes)) => bytes,
        };
        read_json(&bytes).map(Self)
    }
}

/// Reads a `T` from JSON.
fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let value = strict_json::parse(bytes).map_err(|error| match &error {
        JsonError::Malformed(_) => Refusal::new(StatusCode::BAD_REQUEST, error.to_string()),
        JsonError::NumberTooLarge(_) => Refusal::unprocessable(error.to_string()),
    })?;
    if !value.is_object() {
        return Err(Refusal::unprocessable("expected a JSON object"));
    }
    serde_json::from_value(value).map_err(|error| Refusal::unprocessable(error.to_string()))
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let kind = value.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn exceeds_limit(error: &axum::Error) -> bool {
    error.source().is_some_and(|source| source.to_string().contains("length limit exceeded"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Numbers {
        pixels: Vec<f64>,
    }

    #[track_caller]
    fn status(text: &str) -> u16 {
        read_json::<Numbers>(text.as_bytes())
            .map_err(|refusal| refusal.status().as_u16())
            .unwrap_err()
    }

    #[test]
    fn form_is_400_and_content_is_422() {
        assert_eq!(read_json::<Numbers>(b"{\"pixels\":[1,2.5]}").unwrap().pixels, [1.0, 2.5]);
        assert_eq!(status("{\"pixels\":[1,2"), 400);
        assert_eq!(status("{\"pixels\":[],\"pixels\":[]}"), 400);
        assert_eq!(status(&"[".repeat(5000)), 400);
        assert_eq!(status("{\"pixels\":[1e999]}"), 422);
        assert_eq!(status("{\"pixels\":[\"1\"]}"), 422);
        assert_eq!(status("{\"pixels\":[],\"more\":1}"), 422);
        assert_eq!(status("[[1]]"), 422);
    }

    #[test]
    fn the_type_is_compared_without_parameters() {
        let json = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            is_json(&headers)
        };
        assert!(json("application/json") && json("Application/JSON; charset=utf-8"));
        assert!(!json("text/plain") && !json("application/jsonp") && !json(""));
        assert!(!is_json(&HeaderMap::new()));
    }
}
