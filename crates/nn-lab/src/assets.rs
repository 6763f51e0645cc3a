//! The page's files, embedded in the program.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;

/// A file: where it is served, its type, its text.
type Asset = (&'static str, &'static str, &'static str);

const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! asset {
    ($path:literal, $kind:expr, $file:literal) => {
        ($path, $kind, include_str!(concat!("../assets/", $file)))
    };
}

/// All files of the page.
pub(crate) const ASSETS: &[Asset] = &[
    asset!("/", "text/html; charset=utf-8", "index.html"),
    asset!("/lab.css", "text/css; charset=utf-8", "lab.css"),
    asset!("/lab.svg", "image/svg+xml", "lab.svg"),
    asset!("/lab.js", SCRIPT, "lab.js"),
    asset!("/api.js", SCRIPT, "api.js"),
    asset!("/words.js", SCRIPT, "words.js"),
    asset!("/elements.js", SCRIPT, "elements.js"),
    asset!("/charts.js", SCRIPT, "charts.js"),
    asset!("/pictures.js", SCRIPT, "pictures.js"),
    asset!("/board.js", SCRIPT, "board.js"),
    asset!("/draw.js", SCRIPT, "draw.js"),
    asset!("/unit.js", SCRIPT, "unit.js"),
    asset!("/data.js", SCRIPT, "data.js"),
    asset!("/train.js", SCRIPT, "train.js"),
    asset!("/evaluate.js", SCRIPT, "evaluate.js"),
    asset!("/map.js", SCRIPT, "map.js"),
    asset!("/inside.js", SCRIPT, "inside.js"),
    asset!("/hints.js", SCRIPT, "hints.js"),
    asset!("/api/openapi.json", "application/json", "openapi.json"),
];

/// Routes to all files.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    ASSETS.iter().fold(Router::new(), |router, &(path, kind, text)| {
        router.route(path, get(move || async move { answer(kind, text) }))
    })
}

fn answer(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], text)
}

#[cfg(test)]
mod tests {
    use super::ASSETS;

    #[test]
    fn nothing_points_elsewhere() {
        for (path, _, text) in ASSETS {
            for (at, _) in text.match_indices("://") {
                let link = &text[at.saturating_sub(5)..text.len().min(at + 40)];
                let allowed = ["http://www.w3.org/", "http://127.0.0.1", "http://localhost"];
                assert!(allowed.iter().any(|known| link.contains(known)), "{path}: {link}");
            }
        }
    }

    #[test]
    fn every_script_is_embedded_under_its_name() {
        for (path, _, text) in ASSETS.iter().filter(|(_, kind, _)| *kind == super::SCRIPT) {
            for import in text.lines().filter_map(|line| line.split_once(" from \"./")) {
                let name = import.1.trim_end_matches("\";");
                let known = ASSETS.iter().any(|(path, ..)| path[1..] == *name);
                assert!(known, "{path} imports {name}");
            }
        }
    }
}
