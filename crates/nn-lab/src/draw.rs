//! `POST /api/draw`: a drawing brought into the form of the data, and all a network thinks of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use nn_data::images::{GreyImage, normalize_digit};
use serde::{Deserialize, Serialize};

use crate::body::Body;
use crate::lab::Lab;
use crate::pictures::encode;
use crate::reply::{Refusal, Reply};
use crate::served::{Answer, LayerState};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Drawing {
    width: usize,
    height: usize,
    /// Grey values, row by row.
    pixels: Vec<u8>,
    session: Option<String>,
    /// The class whose evidence is wanted; the answer's own if there is none.
    class: Option<usize>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Seen {
    /// Nothing stands out: there is no answer.
    blank: bool,
    /// The image as the network gets it, row by row in base64.
    pixels: Option<String>,
    answer: Option<Answer>,
    layers: Vec<LayerState>,
    /// The class the evidence is about.
    class: Option<usize>,
    /// −∂C/∂x: what speaks for the class is above 0.
    evidence: Vec<f64>,
    /// Edits in this session.
    edits: usize,
    serial: u64,
}

/// Centres and scales a drawing as MNIST's digits were, and answers with every layer's state.
pub(crate) async fn draw(State(lab): State<Arc<Lab>>, Body(drawing): Body<Drawing>) -> Reply<Seen> {
    let (served, edits) = lab.network(drawing.session.as_deref())?;
    let classes = served.network().num_outputs();
    if let Some(class) = drawing.class.filter(|class| *class >= classes) {
        let message = format!("class: expected below {classes}, found {class}");
        return Err(Refusal::unprocessable(message));
    }
    let image = GreyImage::new(drawing.width, drawing.height, drawing.pixels)
        .map_err(|error| Refusal::unprocessable(error.to_string()))?;
    let (rows, columns) = lab.image_shape();
    let mut seen = Seen {
        blank: true,
        pixels: None,
        answer: None,
        layers: Vec::new(),
        class: None,
        evidence: Vec::new(),
        edits,
        serial: served.serial,
    };
    let Ok(digit) = normalize_digit(image, rows, columns) else {
        return Ok(Json(seen));
    };
    let pixels = digit.image.pixels();
    let raw: Vec<f64> = pixels.iter().map(|&pixel| f64::from(pixel)).collect();
    let features = served.features(&raw)?;
    let answer = served.answer(&features)?;
    let class = drawing.class.unwrap_or(answer.class);
    seen.blank = false;
    seen.pixels = Some(encode(pixels));
    seen.layers = served.states(&features)?;
    seen.evidence = served.evidence(&features, class)?;
    seen.class = Some(class);
    seen.answer = Some(answer);
    Ok(Json(seen))
}
