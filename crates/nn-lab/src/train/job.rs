//! [`Job`]: the one training a lab can run, on a thread of its own, and its controls.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nn_core::Network;
use nn_train::TrainParams;
use nn_view::EpochMetrics;
use nn_view::analysis::LayerFigures;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::plan::{NetworkPlan, Plan, Settings, checked_pause, merged};
use super::progress::{Phase, Progress};
use super::work;
use crate::lab::Lab;
use crate::reply::Refusal;

/// Readers of events at once.
const MAX_READERS: usize = 16;

/// The training of a lab.
#[derive(Debug)]
pub(crate) struct Job {
    pub(super) controls: Arc<Controls>,
    readers: Arc<Semaphore>,
}

/// What the page and the training thread share.
#[derive(Debug)]
pub(super) struct Controls {
    state: Mutex<State>,
    wake: Condvar,
    published: watch::Sender<Arc<str>>,
    /// The network as it was a moment ago, and as it was at the start.
    pub(super) snapshot: Mutex<Option<Snapshot>>,
    /// What hints go by.
    evidence: Mutex<JobEvidence>,
}

#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) start: Arc<Network<f32>>,
    pub(super) now: Arc<Network<f32>>,
}

#[derive(Debug)]
struct State {
    job: u64,
    phase: Phase,
    order: Order,
    pause: u64,
    /// The parameters in force, or soon.
    params: TrainParams,
    /// Whether `params` are new.
    changed: bool,
    /// What was asked for last.
    plan: Option<Plan>,
}

/// What a training has shown so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct JobEvidence {
    pub(crate) epochs: Vec<EpochMetrics>,
    pub(crate) layers: Vec<LayerFigures>,
    pub(crate) diverged: bool,
    pub(crate) params: Option<TrainParams>,
    pub(crate) init: Option<String>,
}

/// What the thread is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Run,
    Pause,
    /// One mini-batch, then pause.
    Step,
    /// To the end of this epoch, then pause.
    Epoch,
    Stop,
}

/// What the thread does next.
pub(super) enum Next {
    Train,
    /// First take these parameters.
    Change(Box<TrainParams>),
    Stop,
}

impl Default for Job {
    fn default() -> Self {
        let state = State {
            job: 0,
            phase: Phase::Idle,
            order: Order::Stop,
            pause: 0,
            params: TrainParams::default(),
            changed: false,
            plan: None,
        };
        let controls = Controls {
            state: Mutex::new(state),
            wake: Condvar::new(),
            published: watch::Sender::new(Progress::idle().json()),
            snapshot: Mutex::default(),
            evidence: Mutex::default(),
        };
        Self { controls: Arc::new(controls), readers: Arc::new(Semaphore::new(MAX_READERS)) }
    }
}

impl Job {
    /// The states that are published, as JSON.
    pub(crate) fn published(&self) -> watch::Receiver<Arc<str>> {
        self.controls.published.subscribe()
    }

    pub(crate) fn place_for_events(&self) -> Option<OwnedSemaphorePermit> {
        self.readers.clone().try_acquire_owned().ok()
    }

    pub(crate) fn phase_name(&self) -> &'static str {
        self.controls.lock().phase.name()
    }

    pub(crate) fn is_active(&self) -> bool {
        self.controls.lock().phase.is_active()
    }

    /// What was asked for last.
    pub(super) fn last_plan(&self) -> Option<Plan> {
        self.controls.lock().plan.clone()
    }

    /// What the training so far shows.
    pub(crate) fn evidence(&self) -> JobEvidence {
        self.controls.evidence.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes parameters of the training under way.
    pub(super) fn change(&self, settings: &Settings, samples: usize) -> Result<(), Refusal> {
        let pause = settings.pause.map(checked_pause).transpose()?;
        let mut state = self.controls.lock();
        if !state.phase.is_active() {
            return Err(Refusal::conflict("nothing is being trained"));
        }
        if !settings.training.is_empty() {
            let params = merged(&state.params, &settings.training, samples)?;
            if params.seed != state.params.seed || params.threads != state.params.threads {
                let message = "seed and threads stay as they are while training";
                return Err(Refusal::unprocessable(message));
            }
            state.params = params;
            state.changed = true;
        }
        if let Some(pause) = pause {
            state.pause = pause;
        }
        drop(state);
        self.controls.wake.notify_all();
        Ok(())
    }

    /// Obeys a command of the page.
    pub(super) fn command(&self, command: &str) -> Result<(), Refusal> {
        let order = match command {
            "pause" => Order::Pause,
            "resume" => Order::Run,
            "step" => Order::Step,
            "epoch" => Order::Epoch,
            "stop" => Order::Stop,
            _ => {
                let message = "expected pause, resume, step, epoch or stop";
                return Err(Refusal::new(axum::http::StatusCode::NOT_FOUND, message));
            }
        };
        let mut state = self.controls.lock();
        if !state.phase.is_active() {
            return Err(Refusal::conflict("nothing is being trained"));
        }
        state.order = order;
        drop(state);
        self.controls.wake.notify_all();
        Ok(())
    }

    /// Stops the thread, if there is one. Doesn't wait for it.
    pub(crate) fn stop(&self) {
        self.controls.lock().order = Order::Stop;
        self.controls.wake.notify_all();
    }
}

impl Controls {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn order(&self) -> Order {
        self.lock().order
    }

    /// Milliseconds between two mini-batches.
    pub(super) fn pause(&self) -> u64 {
        self.lock().pause
    }

    /// Whether the trainer must return for new parameters.
    pub(super) fn has_changes(&self) -> bool {
        self.lock().changed
    }

    /// Waits in slow motion, unless something is ordered.
    pub(super) fn slow_down(&self) {
        let state = self.lock();
        let pause = Duration::from_millis(state.pause);
        let order = state.order;
        let still = |state: &mut State| state.order == order && !state.changed;
        drop(self.wake.wait_timeout_while(state, pause, still));
    }

    /// Goes from a step or an epoch back to a pause, unless something else was ordered.
    pub(super) fn done_with(&self, done: Order) {
        let mut state = self.lock();
        if state.order == done {
            state.order = Order::Pause;
        }
    }

    pub(super) fn publish(&self, progress: &Progress) {
        let mut evidence = self.evidence.lock().unwrap_or_else(PoisonError::into_inner);
        if progress.history.len() != evidence.epochs.len() {
            evidence.epochs = progress.metrics();
        }
        evidence.layers.clone_from(&progress.layers);
        evidence.diverged = progress.phase == Phase::Failed;
        evidence.params = Some(progress.params.clone());
        drop(evidence);
        self.published.send_replace(progress.json());
    }

    /// Lets the page look at the network.
    pub(super) fn show(&self, network: &Network<f32>) {
        let mut snapshot = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(snapshot) = &mut *snapshot {
            snapshot.now = Arc::new(network.clone());
        }
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.lock().phase = phase;
    }

    /// Waits while paused.
    pub(super) fn wait(&self) -> Next {
        let state = self.lock();
        let paused = |state: &mut State| state.order == Order::Pause && !state.changed;
        let mut state = self.wake.wait_while(state, paused).unwrap_or_else(PoisonError::into_inner);
        match (state.order, std::mem::take(&mut state.changed)) {
            (Order::Stop, _) => Next::Stop,
            (_, true) => Next::Change(Box::new(state.params.clone())),
            _ => Next::Train,
        }
    }
}

/// Starts a training.
pub(super) fn start(lab: &Arc<Lab>, plan: &Plan) -> Result<(), Refusal> {
    let pause = checked_pause(plan.pause)?;
    let model = match &plan.network {
        Some(network) => network.build(lab)?,
        None => lab.current().model.clone(),
    };
    let defaults = TrainParams { threads: lab.threads(), ..TrainParams::default() };
    let params = merged(&defaults, &plan.training, lab.data.train.len())?;
    let job = lab.job();
    let mut state = job.controls.lock();
    if state.phase.is_active() {
        return Err(Refusal::conflict("something is being trained already; stop it first"));
    }
    state.job += 1;
    state.phase = if plan.paused { Phase::Paused } else { Phase::Running };
    state.order = if plan.paused { Order::Pause } else { Order::Run };
    state.pause = pause;
    state.params = params.clone();
    state.changed = false;
    state.plan = Some(plan.clone());
    let mut progress = Progress {
        job: state.job,
        phase: state.phase,
        network: model.network.to_string(),
        epochs: params.epochs,
        params: params.clone(),
        pause,
        held_out: if lab.data.validation.is_some() { "validation" } else { "test" },
        ..Progress::idle()
    };
    drop(state);
    let controls = job.controls.clone();
    let start = Arc::new(model.network.clone());
    let snapshot = Snapshot { now: start.clone(), start };
    *controls.snapshot.lock().unwrap_or_else(PoisonError::into_inner) = Some(snapshot);
    let init = plan.network.as_ref().map(NetworkPlan::init_name);
    *controls.evidence.lock().unwrap_or_else(PoisonError::into_inner) =
        JobEvidence { init, ..JobEvidence::default() };
    controls.publish(&progress);
    // The thread doesn't keep the lab alive.
    let hall = Arc::downgrade(lab);
    let spawned = std::thread::Builder::new().name("nn-lab-train".into()).spawn(move || {
        let phase = match work::train(&hall, &controls, model, &params, &mut progress) {
            Ok(phase) => phase,
            Err(error) => {
                progress.message = Some(error.to_string());
                Phase::Failed
            }
        };
        progress.phase = phase;
        controls.enter(phase);
        controls.publish(&progress);
    });
    if spawned.is_err() {
        job.controls.enter(Phase::Failed);
        return Err(Refusal::busy());
    }
    Ok(())
}
