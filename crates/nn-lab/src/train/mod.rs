//! `/api/train`: training as it happens, watched and steered from the page.

mod job;
mod plan;
mod progress;
mod series;
mod watcher;
mod weights;
mod work;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::body::Body;
use crate::data_views::{Asked, asked};
use crate::lab::Lab;
use crate::reply::{Refusal, Reply};
use crate::session_routes::Nothing;

pub(crate) use job::Job;
pub(crate) use plan::is_live;
use plan::{Plan, Settings};
use weights::{Units, Weights};

/// Least time between two events: at most ten a second.
const EVENT_PAUSE: Duration = Duration::from_millis(100);

/// JSON that is ready to be sent.
struct Ready(Arc<str>);

impl IntoResponse for Ready {
    fn into_response(self) -> Response {
        let text: String = (*self.0).to_owned();
        ([(header::CONTENT_TYPE, "application/json")], text).into_response()
    }
}

/// What training does now.
pub(crate) async fn state(State(lab): State<Arc<Lab>>) -> impl IntoResponse {
    Ready(lab.job().published().borrow().clone())
}

/// What training does, as server-sent events. A slow reader gets fewer: only the newest state is
/// kept, so nobody's slowness costs memory.
pub(crate) fn events(
    lab: &Lab,
    stopped: watch::Receiver<bool>,
) -> Result<impl IntoResponse + use<>, Refusal> {
    let place = lab.job().place_for_events().ok_or_else(Refusal::busy)?;
    let mut states = lab.job().published();
    states.mark_changed();
    let events = stream::unfold((states, stopped, Instant::now(), place), |mut reader| async {
        let (states, stopped, next, _) = &mut reader;
        tokio::time::sleep_until(*next).await;
        let changed = tokio::select! {
            changed = states.changed() => changed.is_ok(),
            _ = stopped.wait_for(|stop| *stop) => false,
        };
        if !changed {
            return None;
        }
        let event = Event::default().data(&**states.borrow_and_update());
        *next = Instant::now() + EVENT_PAUSE;
        Some((Ok::<_, Infallible>(event), reader))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// Starts training a new network, or goes on with the current one.
pub(crate) async fn start(
    State(lab): State<Arc<Lab>>,
    Body(plan): Body<Plan>,
) -> Result<impl IntoResponse, Refusal> {
    let hall = lab.clone();
    // Drawing the weights of a large network takes a while.
    lab.crew.run(move || job::start(&hall, &plan)).await??;
    Ok(Ready(lab.job().published().borrow().clone()))
}

/// Changes parameters while training runs.
pub(crate) async fn settings(
    State(lab): State<Arc<Lab>>,
    Body(settings): Body<Settings>,
) -> Result<impl IntoResponse, Refusal> {
    lab.job().change(&settings, lab.data.train.len())?;
    Ok(Ready(lab.job().published().borrow().clone()))
}

/// `pause`, `resume`, `step` (one mini-batch), `epoch` (to the end of this one) or `stop`.
pub(crate) async fn command(
    State(lab): State<Arc<Lab>>,
    Path(command): Path<String>,
    Body(_): Body<Nothing>,
) -> Result<impl IntoResponse, Refusal> {
    lab.job().command(&command)?;
    Ok(Ready(lab.job().published().borrow().clone()))
}

/// Applies a mend of a hint.
pub(crate) fn mend(lab: &Arc<Lab>, setting: &str, value: &str) -> Result<(), Refusal> {
    let changes = plan::change(setting, value);
    if lab.job().is_active() && is_live(setting) {
        let settings = Settings { training: changes.training, pause: None };
        return lab.job().change(&settings, lab.data.train.len());
    }
    let plan = lab.job().last_plan().unwrap_or_default().with(changes)?;
    job::start(lab, &plan)
}

/// What the first layer's units look for, and how the weights are spread.
pub(crate) async fn weights(State(lab): State<Arc<Lab>>, query: Asked<Units>) -> Reply<Weights> {
    let units = asked(query)?.check()?;
    let hall = lab.clone();
    lab.crew.run(move || weights::of(&hall, units)).await.map(Json)
}
