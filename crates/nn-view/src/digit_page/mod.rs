//! The drawing page to give away: a model and all it takes to use it, in one file.
//!
//! The page holds the weights, a forward pass and the normalisation of drawings in plain
//! JavaScript. It asks nothing of the network, works from a disk as from a web server, and answers
//! as `nn-cli predict` does: tests compare both on 1,000 digits.

mod weights;

use std::fmt::Write;

use nn_core::{Model, Normalization};
use serde::Serialize;

use crate::page::{STYLE, escape};
use crate::{Language, ViewError};

use weights::LayerData;
pub use weights::Weights;

/// The forward pass and the normalisation of drawings, in plain JavaScript: `decode`, `predict` and
/// `normalizeDigit`.
pub const NETWORK_JS: &str = include_str!("network.js");
const PAGE_JS: &str = include_str!("page.js");
const PAGE_CSS: &str = include_str!("page.css");

/// How the page is made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageOptions {
    /// Its title; empty for one of its own.
    pub title: String,
    /// How weights are stored.
    pub weights: Weights,
    /// Its language; `None` follows the reader's browser.
    pub language: Option<Language>,
}

/// What the page's script knows of the model.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PageModel {
    rows: usize,
    columns: usize,
    class_names: Vec<String>,
    /// What a grey value is multiplied with to become a raw feature.
    unit: f64,
    normalization: PageNormalization,
    layers: Vec<LayerData>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum PageNormalization {
    None,
    Scale { factor: f64 },
    Standardize { means: Vec<f64>, deviations: Vec<f64> },
}

/// Makes the page.
///
/// # Errors
///
/// [`ViewError::NotImages`] if the model's inputs are no images,
/// [`ViewError::UnknownActivation`] if the page doesn't know one of its activations or its
/// normalisation.
pub fn html(model: &Model<f32>, options: &PageOptions) -> Result<String, ViewError> {
    let features = model.network.num_inputs();
    let Some((rows, columns)) = model.image_shape else {
        return Err(ViewError::NotImages { what: "the drawing page", features });
    };
    let classes = model.network.num_outputs();
    let name = |class: usize| model.class_names.get(class).cloned().unwrap_or(class.to_string());
    let (unit, normalization) = match &model.normalization {
        // As in `nn-cli predict`: a model that wasn't trained on bytes takes 0 to 1.
        Normalization::None => (1.0 / 255.0, PageNormalization::None),
        Normalization::Scale(factor) => (1.0, PageNormalization::Scale { factor: *factor }),
        Normalization::Standardize { means, deviations } => {
            let (means, deviations) = (means.clone(), deviations.clone());
            (1.0 / 255.0, PageNormalization::Standardize { means, deviations })
        }
        other => return Err(ViewError::UnknownActivation { name: format!("{other:?}") }),
    };
    let page_model = PageModel {
        rows,
        columns,
        class_names: (0..classes).map(name).collect(),
        unit,
        normalization,
        layers: weights::layers(model, options.weights)?,
    };
    // A "</script>" in a class's name must not end the script.
    let json = serde_json::to_string(&page_model)
        .expect("plain data")
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029");
    let language = options.language.unwrap_or_default();
    let fixed = if options.language.is_some() { " data-fixed=\"true\"" } else { "" };
    let title = match options.title.as_str() {
        "" => language.choose("Draw a digit", "Dibuja una cifra"),
        title => title,
    };
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\"{fixed}>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n\
         <title>{title}</title>\n<style>\n{STYLE}{PAGE_CSS}</style>\n</head>\n<body>\n{body}\
         <script type=\"application/json\" id=\"model\">{json}</script>\n\
         <script id=\"network\">\n{NETWORK_JS}</script>\n<script>\n{PAGE_JS}</script>\n\
         </body>\n</html>\n",
        title = escape(title),
        body = body(title, &page_model, model),
    ))
}

/// The visible part; the script fills in the texts of the reader's language.
fn body(title: &str, page: &PageModel, model: &Model<f32>) -> String {
    let mut answers = String::new();
    for name in &page.class_names {
        let _ = writeln!(
            answers,
            "<tr><th scope=\"row\">{}</th><td class=\"bar\"><span><i></i></span></td><td>–</td></tr>",
            escape(name)
        );
    }
    let mut facts = escape(&model.network.to_string());
    if let Some(accuracy) = model.provenance.test_accuracy {
        let _ = write!(facts, " · {:.2} %", accuracy * 100.0);
    }
    format!(
        "<header>\n<div class=\"languages\" role=\"group\" aria-label=\"Language\">\
         <button type=\"button\" data-language=\"en\" lang=\"en\">English</button>\
         <button type=\"button\" data-language=\"es\" lang=\"es\">Español</button></div>\n\
         <h1>{title}</h1>\n<p class=\"lead\" data-text=\"about\"></p>\n</header>\n\
         <main class=\"board\">\n<div>\n\
         <canvas id=\"canvas\" width=\"280\" height=\"280\" tabindex=\"0\" role=\"img\"></canvas>\n\
         <div class=\"buttons\"><button type=\"button\" id=\"clear\" data-text=\"clear\"></button>\
         <button type=\"button\" id=\"undo\" data-text=\"undo\"></button></div>\n</div>\n<div>\n\
         <p id=\"verdict\" role=\"status\" aria-live=\"polite\"></p>\n\
         <table id=\"answers\"><caption data-text=\"answers\"></caption>\n\
         <thead><tr><th scope=\"col\" data-text=\"class\"></th><th></th>\
         <th scope=\"col\" data-text=\"confidence\"></th></tr></thead>\n<tbody>\n{answers}</tbody></table>\n\
         <figure><canvas id=\"seen\" width=\"{columns}\" height=\"{rows}\" role=\"img\"></canvas>\
         <figcaption data-text=\"sees\"></figcaption></figure>\n\
         <p class=\"note\" data-text=\"help\"></p>\n</div>\n</main>\n\
         <footer><p>{facts}</p></footer>\n",
        title = escape(title),
        columns = page.columns,
        rows = page.rows,
    )
}

#[cfg(test)]
mod tests;
