//! Every route of the server.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use tokio::sync::watch;

use crate::guard::{Names, guard};
use crate::lab::Lab;
use crate::reply::Refusal;
use crate::{
    assets, augment_preview, data_views, draw, evaluate, hints, inside, map, model_file, predict,
    session_routes, status, train, unit,
};

type Route = (&'static str, &'static str, MethodRouter<Arc<Lab>>);

/// The API: path, method, handler. `openapi.json` describes each.
fn api(stopped: watch::Receiver<bool>) -> Vec<Route> {
    let events =
        move |State(lab): State<Arc<Lab>>| async move { train::events(&lab, stopped.clone()) };
    vec![
        ("/api/status", "get", get(status::status)),
        ("/api/model", "get", get(model_file::download)),
        ("/api/model/restore", "post", post(status::restore)),
        ("/api/predict", "post", post(predict::predict)),
        ("/api/draw", "post", post(draw::draw)),
        ("/api/unit", "post", post(unit::unit)),
        ("/api/sessions", "post", post(session_routes::open)),
        ("/api/sessions/{session}/edits", "get", get(session_routes::edits)),
        ("/api/sessions/{session}/edits", "post", post(session_routes::edit)),
        ("/api/sessions/{session}/undo", "post", post(session_routes::undo)),
        ("/api/sessions/{session}/accuracy", "post", post(session_routes::accuracy)),
        ("/api/data", "get", get(data_views::summary)),
        ("/api/data/images", "get", get(data_views::images)),
        ("/api/augment", "post", post(augment_preview::preview)),
        ("/api/train", "get", get(train::state)),
        ("/api/train/events", "get", get(events)),
        ("/api/train/weights", "get", get(train::weights)),
        ("/api/train/start", "post", post(train::start)),
        ("/api/train/settings", "post", post(train::settings)),
        ("/api/train/{command}", "post", post(train::command)),
        ("/api/evaluate", "post", post(evaluate::evaluate)),
        ("/api/robustness", "post", post(evaluate::curves)),
        ("/api/map", "post", post(map::map)),
        ("/api/inside", "post", post(inside::inside)),
        ("/api/hints", "get", get(hints::look)),
        ("/api/hints/apply", "post", post(hints::apply)),
    ]
}

/// The router, guarded. Streams end when `stopped` becomes true.
pub(crate) fn router(lab: Arc<Lab>, names: Names, stopped: watch::Receiver<bool>) -> Router {
    let api = api(stopped).into_iter();
    let router = api.fold(assets::routes(), |router, (path, _, method)| router.route(path, method));
    router
        .fallback(|| async { Refusal::new(StatusCode::NOT_FOUND, "nothing is here") })
        .method_not_allowed_fallback(|| async {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "this method is not for this path")
        })
        .layer(from_fn_with_state(names, guard))
        .with_state(lab)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_openapi_file_describes_these_routes_and_no_others() {
        let text = include_str!("../assets/openapi.json");
        let document: serde_json::Value = serde_json::from_str(text).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3."));
        let mut described = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                described.insert(format!("{method} {path}"));
                assert!(operation["summary"].is_string(), "{method} {path}");
                assert!(operation["responses"]["200"].is_object(), "{method} {path}");
                let has_body = operation["requestBody"].is_object();
                assert_eq!(has_body, method == "post", "{method} {path}");
            }
        }
        let (_, stopped) = watch::channel(false);
        let routes = api(stopped);
        let mut served: BTreeSet<String> =
            routes.iter().map(|(path, method, _)| format!("{method} {path}")).collect();
        served.insert("get /api/openapi.json".into());
        assert_eq!(described, served);
    }
}
