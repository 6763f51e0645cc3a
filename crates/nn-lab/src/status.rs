//! `/api/status`: what the lab has; and going back to the model it started with.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::body::Body;
use crate::lab::Lab;
use crate::reply::Reply;
use crate::session_routes::Nothing;

#[derive(Debug, Serialize)]
pub(crate) struct Status {
    version: &'static str,
    model: ModelStatus,
    data: DataStatus,
    /// What training does: `idle`, `running`, `paused`, `finished`, `stopped` or `failed`.
    training: &'static str,
}

#[derive(Debug, Serialize)]
struct ModelStatus {
    /// Counts the models the lab has had; 0 is the one it started with.
    serial: u64,
    /// Units per layer, n₁ to n_L.
    sizes: Vec<usize>,
    /// Activations of the layers 2 to L.
    activations: Vec<String>,
    cost: String,
    parameters: usize,
    class_names: Vec<String>,
    /// Rows and columns of an image.
    image_shape: (usize, usize),
    /// Epochs it was trained for, as far as it knows.
    epochs: u64,
    recipe: String,
    test_accuracy: Option<f64>,
}

#[derive(Debug, Serialize)]
struct DataStatus {
    name: String,
    train: usize,
    validation: usize,
    test: usize,
}

fn of(lab: &Lab) -> Status {
    let served = lab.current();
    let model = &served.model;
    let layers = model.network.layers();
    Status {
        version: env!("CARGO_PKG_VERSION"),
        model: ModelStatus {
            serial: served.serial,
            sizes: model.network.sizes(),
            activations: layers.iter().map(|l| l.activation().name().to_owned()).collect(),
            cost: model.cost.name().to_owned(),
            parameters: model.network.num_parameters(),
            class_names: (0..model.network.num_outputs()).map(|c| served.class_name(c)).collect(),
            image_shape: lab.image_shape(),
            epochs: model.provenance.epochs,
            recipe: model.provenance.recipe.clone(),
            test_accuracy: model.provenance.test_accuracy,
        },
        data: DataStatus {
            name: lab.data.name.clone(),
            train: lab.data.train.len(),
            validation: lab.data.validation.as_ref().map_or(0, nn_data::Dataset::len),
            test: lab.data.test.len(),
        },
        training: lab.job().phase_name(),
    }
}

/// What the lab has.
pub(crate) async fn status(State(lab): State<Arc<Lab>>) -> Json<Status> {
    Json(of(&lab))
}

/// Lets the model the lab started with answer again.
pub(crate) async fn restore(State(lab): State<Arc<Lab>>, Body(_): Body<Nothing>) -> Reply<Status> {
    lab.replace(lab.original().model.clone())?;
    Ok(Json(of(&lab)))
}
