//! `/api/sessions`: opening one, editing its network, undoing, and what the edits cost.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};

use crate::body::Body;
use crate::edits::Edit;
use crate::lab::Lab;
use crate::reply::Reply;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

#[derive(Debug, Serialize)]
pub(crate) struct Opened {
    session: String,
}

/// Opens a session.
pub(crate) async fn open(State(lab): State<Arc<Lab>>, Body(_): Body<Nothing>) -> Reply<Opened> {
    Ok(Json(Opened { session: lab.sessions.open(&lab.current()) }))
}

#[derive(Debug, Serialize)]
pub(crate) struct Edits {
    edits: Vec<Summary>,
    serial: u64,
}

/// An edit without the pixels of its lesson.
#[derive(Debug, Serialize)]
struct Summary {
    #[serde(flatten)]
    edit: Edit,
}

fn summary(lab: &Lab, session: &str) -> Reply<Edits> {
    let current = lab.current();
    let edits = lab.sessions.edits(session, &current)?.into_iter().map(|mut edit| {
        if let Edit::Teach { pixels, .. } = &mut edit {
            pixels.clear();
        }
        Summary { edit }
    });
    Ok(Json(Edits { edits: edits.collect(), serial: current.serial }))
}

/// The edits of a session, oldest first.
pub(crate) async fn edits(
    State(lab): State<Arc<Lab>>,
    Path(session): Path<String>,
) -> Reply<Edits> {
    summary(&lab, &session)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    edit: Edit,
}

/// Makes an edit.
pub(crate) async fn edit(
    State(lab): State<Arc<Lab>>,
    Path(session): Path<String>,
    Body(wanted): Body<Wanted>,
) -> Reply<Edits> {
    let (hall, name) = (lab.clone(), session.clone());
    lab.crew.run(move || hall.sessions.edit(&name, &hall.current(), wanted.edit)).await??;
    summary(&lab, &session)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Undo {
    /// All of them, not only the last.
    #[serde(default)]
    all: bool,
}

/// Takes back the last edit, or all.
pub(crate) async fn undo(
    State(lab): State<Arc<Lab>>,
    Path(session): Path<String>,
    Body(undo): Body<Undo>,
) -> Reply<Edits> {
    let (hall, name) = (lab.clone(), session.clone());
    lab.crew.run(move || hall.sessions.undo(&name, &hall.current(), undo.all)).await??;
    summary(&lab, &session)
}

#[derive(Debug, Serialize)]
pub(crate) struct Accuracy {
    /// Share of the test samples answered rightly without the edits, 0 to 1.
    before: f64,
    /// The same with them.
    after: f64,
    samples: usize,
}

/// What the edits do to the accuracy on all test samples.
pub(crate) async fn accuracy(
    State(lab): State<Arc<Lab>>,
    Path(session): Path<String>,
    Body(_): Body<Nothing>,
) -> Reply<Accuracy> {
    let current = lab.current();
    let (served, edits) = lab.sessions.network(&session, &current)?;
    let hall = lab.clone();
    let accuracies = move || {
        let before = hall.accuracy(&current)?;
        let after = if edits == 0 { before } else { hall.evaluate(&served.model)?.accuracy() };
        Ok(Accuracy { before, after, samples: hall.data.test.len() })
    };
    lab.crew.run(accuracies).await?.map(Json)
}
