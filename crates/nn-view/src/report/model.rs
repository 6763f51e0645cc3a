//! What the model has become: weights as images, histograms, the state of its units.

use std::fmt::Write;

use super::{LayerWeights, RunReport};
use crate::analysis::Histogram;
use crate::page::{Bars, percent, signed_image, table};

/// The section, or nothing without a model.
pub(super) fn section(run: &RunReport, i: usize, level: usize, html: &mut String) {
    if run.layers.is_empty() {
        return;
    }
    let _ = writeln!(html, "<h{level} id=\"weights-{i}\">Weights</h{level}>");
    if let Some((_, columns)) = run.image_shape {
        let units = run.layers[0].shape.0;
        let more = if units > run.first_layer.len() {
            format!(" The first {} of {units} are shown.", run.first_layer.len())
        } else {
            String::new()
        };
        let _ = writeln!(
            html,
            "<p>What each unit of the first layer looks for: blue pixels speak for it, red ones \
             against.{more}</p>\n<ul class=\"tiles weights\">"
        );
        for image in &run.first_layer {
            let alt = format!("Weights of unit {}", image.unit);
            let _ = writeln!(
                html,
                "<li>{}{} · b {:.2}</li>",
                signed_image(&image.pixels, columns, &alt),
                image.unit,
                image.bias
            );
        }
        html.push_str("</ul>\n");
    }
    html.push_str(&state(run));
    html.push_str("<div class=\"charts\">\n");
    for layer in &run.layers {
        let l = layer.layer;
        html.push_str(&histogram(
            format!("Weights into layer {l}"),
            "w",
            "weights",
            0,
            &layer.weights,
        ));
        html.push_str(&histogram(format!("Biases of layer {l}"), "b", "biases", 2, &layer.biases));
        let activations = run.measured.as_ref().and_then(|m| m.activations.get(l - 2));
        if let Some(activations) = activations {
            html.push_str(&histogram(
                format!("Activations of layer {l}"),
                "a",
                "count",
                1,
                activations,
            ));
        }
    }
    html.push_str("</div>\n");
}

/// A table of the layers: shapes, norms, dead and saturated units.
fn state(run: &RunReport) -> String {
    let share = |value: Option<f64>| value.map_or("·".to_owned(), percent);
    let row = |layer: &LayerWeights| {
        let health = run.measured.as_ref().and_then(|m| m.health.get(layer.layer - 2));
        let norm = (layer.weights.deviation.powi(2) + layer.weights.mean.powi(2)).sqrt()
            * (layer.weights.values as f64).sqrt();
        vec![
            layer.layer.to_string(),
            format!("{} × {}", layer.shape.0, layer.shape.1),
            layer.activation.clone(),
            format!("{:.3} ± {:.3}", layer.weights.mean, layer.weights.deviation),
            format!("{norm:.2}"),
            share(health.and_then(|h| h.dead_units)),
            share(health.and_then(|h| h.saturated)),
        ]
    };
    let heads =
        ["layer", "weights", "activation", "mean ± deviation", "norm", "dead units", "saturated"];
    let rows: Vec<Vec<String>> = run.layers.iter().map(row).collect();
    table("Layer by layer", &heads.map(String::from), &rows)
}

fn histogram(title: String, x: &str, y: &str, colour: usize, of: &Histogram) -> String {
    Bars {
        title,
        x_label: x.to_owned(),
        y_label: y.to_owned(),
        colour,
        from: of.from,
        to: of.to,
        heights: of.counts.iter().map(|&n| n as f64).collect(),
    }
    .html()
}
