//! `POST /api/map`: the test samples as points, layer by layer; PCA at once, t-SNE in the
//! background.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use ndarray::Array2;
use nn_core::Model;
use nn_core::targets::argmax;
use nn_view::analysis::{activations, principal_components};
use nn_view::inputs_of;
use serde::{Deserialize, Serialize};

use crate::body::Body;
use crate::lab::Lab;
use crate::reply::{Refusal, Reply};
use crate::served::Served;
use crate::tsne::{ROUNDS, Tsne};

/// Points of a PCA map.
const PCA_POINTS: usize = 1000;
/// Points of a t-SNE map, whose work grows with their square.
const TSNE_POINTS: usize = 600;
/// Rounds of t-SNE done for one request: some tens of milliseconds.
const ROUNDS_AT_ONCE: usize = 25;
/// Maps in the making that are kept; the oldest goes first.
const KEPT: usize = 4;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    session: Option<String>,
    /// The book's number, 1 (the pixels) to L.
    layer: usize,
    method: Method,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Method {
    Pca,
    Tsne,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Map {
    points: Vec<[f64; 2]>,
    /// The test sample of each point.
    samples: Vec<usize>,
    actual: Vec<usize>,
    predicted: Vec<usize>,
    /// PCA: the share of the variance that each axis shows.
    explained: Option<[f64; 2]>,
    /// t-SNE: rounds done, and rounds in all. Ask again until `done`.
    round: usize,
    rounds: usize,
    done: bool,
}

/// t-SNE maps under way.
#[derive(Debug, Default)]
pub(crate) struct Maps {
    maps: Mutex<Vec<Making>>,
}

#[derive(Debug)]
struct Making {
    /// The very network: an edit makes another one.
    served: Arc<Served>,
    layer: usize,
    facts: Map,
    tsne: Arc<Mutex<Tsne>>,
}

/// Where the test samples lie in a layer.
pub(crate) async fn map(State(lab): State<Arc<Lab>>, Body(wanted): Body<Wanted>) -> Reply<Map> {
    let (served, _) = lab.network(wanted.session.as_deref())?;
    let last = served.network().sizes().len();
    if !(1..=last).contains(&wanted.layer) {
        let message = format!("layer: expected 1 to {last}, found {}", wanted.layer);
        return Err(Refusal::unprocessable(message));
    }
    let hall = lab.clone();
    let work = move || match wanted.method {
        Method::Pca => pca(&hall, &served.model, wanted.layer, PCA_POINTS).map(|(map, _)| map),
        Method::Tsne => hall.maps.advance(&hall, &served, wanted.layer),
    };
    lab.crew.run(work).await?.map(Json)
}

/// The map of principal components, and the rows it was made of.
fn pca(
    lab: &Lab,
    model: &Model<f32>,
    layer: usize,
    most: usize,
) -> Result<(Map, Array2<f32>), Refusal> {
    let test = &lab.data.test;
    let count = test.len().min(most);
    let samples: Vec<usize> = (0..count).map(|i| i * test.len() / count).collect();
    let few = test.subset(&samples).map_err(|error| Refusal::internal(error.to_string()))?;
    let inputs = inputs_of(model, &few)?;
    let all: Vec<usize> = (0..count).collect();
    let mut states = activations(model, &inputs, &all)?;
    let outputs = states.last().map(|a| a.rows().into_iter().map(|row| argmax(&row.to_vec())));
    let predicted = outputs.map(Iterator::collect).unwrap_or_default();
    let rows = if layer == 1 {
        let mut rows = Array2::zeros((count, inputs.num_features()));
        for (i, mut row) in rows.rows_mut().into_iter().enumerate() {
            if let Some(row) = row.as_slice_mut() {
                inputs.copy_row(i, row);
            }
        }
        rows
    } else {
        states.swap_remove(layer - 2)
    };
    let projection = principal_components(rows.view());
    let map = Map {
        points: projection.points,
        actual: few.labels().iter().collect(),
        samples,
        predicted,
        explained: Some(projection.explained),
        round: 0,
        rounds: 0,
        done: true,
    };
    Ok((map, rows))
}

impl Maps {
    /// Some more rounds of the map of this network and layer.
    fn advance(&self, lab: &Lab, served: &Arc<Served>, layer: usize) -> Result<Map, Refusal> {
        let known = self.find(served, layer);
        let (mut map, tsne) = if let Some(known) = known {
            known
        } else {
            let (mut map, rows) = pca(lab, &served.model, layer, TSNE_POINTS)?;
            let tsne = Arc::new(Mutex::new(Tsne::new(rows.view(), &map.points)));
            (map.explained, map.rounds, map.done) = (None, ROUNDS, false);
            let mut maps = self.maps.lock().unwrap_or_else(PoisonError::into_inner);
            if maps.len() == KEPT {
                maps.remove(0);
            }
            let facts = map.clone();
            maps.push(Making { served: served.clone(), layer, facts, tsne: tsne.clone() });
            (map, tsne)
        };
        let mut tsne = tsne.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..ROUNDS_AT_ONCE.min(ROUNDS - tsne.round()) {
            tsne.step();
        }
        map.points = tsne.points().to_vec();
        map.round = tsne.round();
        map.done = map.round == ROUNDS;
        Ok(map)
    }

    fn find(&self, served: &Arc<Served>, layer: usize) -> Option<(Map, Arc<Mutex<Tsne>>)> {
        let maps = self.maps.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |m: &&Making| Arc::ptr_eq(&m.served, served) && m.layer == layer;
        maps.iter().find(same).map(|making| (making.facts.clone(), making.tsne.clone()))
    }
}
