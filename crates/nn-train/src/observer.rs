//! The one interface through which anything watches and steers training.

use nn_core::{Network, Scalar};

use crate::{CheckedParams, Evaluation, LayerHealth};

/// Whether training should go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Control {
    /// Go on.
    #[default]
    Continue,
    /// Stop here; what was done so far stays.
    Stop,
    /// From [`Observer::on_epoch`]: stop here as if the epoch had not ended yet, because the
    /// observer's own work was cut short. The next run begins with the end of this epoch, and
    /// tells of it again. From [`Observer::on_batches`] the same as [`Control::Stop`].
    Abandon,
}

/// What is known when training starts.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Start<'a, T: Scalar> {
    /// The network as it starts.
    pub network: &'a Network<T>,
    /// The parameters.
    pub params: &'a CheckedParams,
    /// Samples trained on.
    pub samples: usize,
    /// Mini-batches per epoch.
    pub batches: usize,
    /// Epoch it starts in, counted from 1.
    pub epoch: usize,
    /// Workers that may share the steps, where that is faster.
    pub workers: usize,
}

/// Some mini-batches of an epoch, just done.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Batches<'a, T: Scalar> {
    /// The network after them.
    pub network: &'a Network<T>,
    /// Epoch, counted from 1.
    pub epoch: usize,
    /// The first of them, counted from 0 within the epoch.
    pub first: usize,
    /// Mini-batches of the whole epoch.
    pub of: usize,
    /// Samples used so far in this epoch.
    pub samples_done: usize,
    /// Mean cost of each of them, as seen before its step.
    pub costs: &'a [f64],
    /// Samples of each of them that were classified rightly before its step.
    pub correct: &'a [u32],
}

/// An epoch, just done.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Epoch<'a, T: Scalar> {
    /// The network after it, as it is trained.
    pub network: &'a Network<T>,
    /// The network as it would be used: the average where weights are averaged, else the
    /// same as `network`.
    pub in_use: &'a Network<T>,
    /// Its number, counted from 1.
    pub epoch: usize,
    /// Epochs there will be, unless training ends early.
    pub of: usize,
    /// Cost averaged over the training samples, each seen just before the step it was used
    /// in (so while the weights were still changing).
    pub train_cost: f64,
    /// Share of the training samples that were classified rightly, seen likewise.
    pub train_accuracy: f64,
    /// How `in_use` does on the validation samples, if the trainer has any
    /// ([`Trainer::with_validation`](crate::Trainer::with_validation)).
    pub validation: Option<&'a Evaluation>,
    /// The health of every layer of `network`, if
    /// [`TrainParams::health_samples`](crate::TrainParams::health_samples) asks for it.
    pub health: Option<&'a [LayerHealth]>,
    /// Whether training ends with this epoch although there are more, because of early
    /// stopping or a schedule that has come to its end.
    pub ends_early: bool,
    /// η of its last step.
    pub learning_rate: f64,
}

/// Watches training, and may stop it. Every method does nothing unless it is written.
///
/// Observers are called on the thread that called [`Trainer::run`](crate::Trainer::run),
/// between steps; training waits for them. `()` is an observer that does nothing, and a
/// pair of observers is an observer.
pub trait Observer<T: Scalar> {
    /// Training starts, or goes on.
    fn on_start(&mut self, start: &Start<'_, T>) {
        let _ = start;
    }

    /// How many mini-batches may be done between two calls of [`Observer::on_batches`];
    /// `None` leaves it to the trainer, which aims at some ten calls a second.
    fn batches_at_a_time(&self) -> Option<usize> {
        None
    }

    /// Some mini-batches are done.
    fn on_batches(&mut self, batches: &Batches<'_, T>) -> Control {
        let _ = batches;
        Control::Continue
    }

    /// An epoch is done.
    fn on_epoch(&mut self, epoch: &Epoch<'_, T>) -> Control {
        let _ = epoch;
        Control::Continue
    }
}

impl<T: Scalar> Observer<T> for () {}

impl<T: Scalar, A: Observer<T>, B: Observer<T>> Observer<T> for (A, B) {
    fn on_start(&mut self, start: &Start<'_, T>) {
        self.0.on_start(start);
        self.1.on_start(start);
    }

    fn batches_at_a_time(&self) -> Option<usize> {
        match (self.0.batches_at_a_time(), self.1.batches_at_a_time()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    fn on_batches(&mut self, batches: &Batches<'_, T>) -> Control {
        either(self.0.on_batches(batches), self.1.on_batches(batches))
    }

    fn on_epoch(&mut self, epoch: &Epoch<'_, T>) -> Control {
        either(self.0.on_epoch(epoch), self.1.on_epoch(epoch))
    }
}

impl<T: Scalar, O: Observer<T> + ?Sized> Observer<T> for &mut O {
    fn on_start(&mut self, start: &Start<'_, T>) {
        (**self).on_start(start);
    }

    fn batches_at_a_time(&self) -> Option<usize> {
        (**self).batches_at_a_time()
    }

    fn on_batches(&mut self, batches: &Batches<'_, T>) -> Control {
        (**self).on_batches(batches)
    }

    fn on_epoch(&mut self, epoch: &Epoch<'_, T>) -> Control {
        (**self).on_epoch(epoch)
    }
}

fn either(a: Control, b: Control) -> Control {
    match (a, b) {
        (Control::Abandon, _) | (_, Control::Abandon) => Control::Abandon,
        (Control::Stop, _) | (_, Control::Stop) => Control::Stop,
        (Control::Continue, Control::Continue) => Control::Continue,
    }
}
