//! `POST /api/unit`: one unit of a network, alone or while it looks at an image.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ndarray::Array2;
use nn_core::{ForwardPass, backprop};
use serde::{Deserialize, Serialize};

use crate::body::Body;
use crate::edits::{check_pixels, check_unit};
use crate::lab::Lab;
use crate::reply::{Refusal, Reply};
use crate::served::{Served, row};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitQuestion {
    session: Option<String>,
    /// The book's number, 2 to L.
    layer: usize,
    /// Counted from 0.
    unit: usize,
    /// Raw features (n₁) the network looks at.
    pixels: Option<Vec<f64>>,
    /// The class the answer should be, for the way back.
    class: Option<usize>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Unit {
    layer: usize,
    #[serde(rename = "unit")]
    number: usize,
    activation: String,
    bias: f32,
    /// Weights into the unit, n_(l−1).
    weights: Vec<f32>,
    /// Weights out of it, n_(l+1); empty for an output unit.
    outgoing: Vec<f32>,
    /// What it makes of the image, if there is one.
    seen: Option<Working>,
    /// Its error, if the class is given too.
    back: Option<Back>,
}

#[derive(Debug, Serialize)]
struct Working {
    /// a^(l−1), n_(l−1).
    inputs: Vec<f32>,
    /// w a of each input, n_(l−1): with the bias they sum to z.
    products: Vec<f32>,
    z: f32,
    a: f32,
}

/// A unit's error: δ = (Σ w δ) σ'(z), or the output error.
#[derive(Debug, Serialize)]
struct Back {
    /// δ^(l+1), n_(l+1); empty for an output unit.
    errors: Vec<f32>,
    /// w δ of each, n_(l+1): they sum to `propagated`.
    products: Vec<f32>,
    propagated: f32,
    /// σ'(z).
    slope: f32,
    /// δ.
    error: f32,
}

/// Sum, bias and weights of a unit.
pub(crate) async fn unit(
    State(lab): State<Arc<Lab>>,
    Body(question): Body<UnitQuestion>,
) -> Reply<Unit> {
    let (served, _) = lab.network(question.session.as_deref())?;
    let UnitQuestion { layer: l, unit, pixels, class, .. } = question;
    let network = served.network();
    check_unit(&network.sizes(), l, unit)?;
    let layer = &network.layers()[l - 2];
    let weights = layer.weights().column(unit).to_vec();
    let outgoing = network.layers().get(l - 1);
    let outgoing = outgoing.map(|next| next.weights().row(unit).to_vec()).unwrap_or_default();
    let mut back = None;
    let seen = match pixels {
        None => None,
        Some(pixels) => {
            check_pixels(&pixels, network.num_inputs())?;
            let pass = nn_core::forward(network, row(&served.features(&pixels)?).view())?;
            if let Some(class) = class {
                back = Some(way_back(&served, &pass, (l, unit), class, &outgoing)?);
            }
            let inputs = pass.activations[l - 2].row(0).to_vec();
            Some(Working {
                products: inputs.iter().zip(&weights).map(|(a, w)| a * w).collect(),
                inputs,
                z: pass.weighted_inputs[l - 2][[0, unit]],
                a: pass.activations[l - 1][[0, unit]],
            })
        }
    };
    Ok(Json(Unit {
        layer: l,
        number: unit,
        activation: layer.activation().name().to_owned(),
        bias: layer.biases()[unit],
        weights,
        outgoing,
        seen,
        back,
    }))
}

/// The error of unit `unit` of layer `l` where the answer should be `class`.
fn way_back(
    served: &Served,
    pass: &ForwardPass<f32>,
    (l, unit): (usize, usize),
    class: usize,
    outgoing: &[f32],
) -> Result<Back, Refusal> {
    let network = served.network();
    let classes = network.num_outputs();
    if class >= classes {
        let message = format!("class: expected below {classes}, found {class}");
        return Err(Refusal::unprocessable(message));
    }
    let mut y = Array2::zeros((1, classes));
    y[[0, class]] = 1.0;
    let gradients = backprop(network, pass.activations[0].view(), y.view(), &served.model.cost)?;
    let above = gradients.layers().get(l - 1);
    let errors = above.map(|layer| layer.errors.row(0).to_vec()).unwrap_or_default();
    let products: Vec<f32> = errors.iter().zip(outgoing).map(|(d, w)| d * w).collect();
    let activation = network.layers()[l - 2].activation();
    let (z, a) = (pass.weighted_inputs[l - 2].view(), pass.activations[l - 1].view());
    Ok(Back {
        propagated: products.iter().sum(),
        errors,
        products,
        slope: activation.derivatives(z, a)[[0, unit]],
        error: gradients.layers()[l - 2].errors[[0, unit]],
    })
}
