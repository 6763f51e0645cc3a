//! What watches training: for Ctrl-C, for the end of improvement, and for those who want to see.

use nn_train::{Batches, Control, Epoch, Observer};
use pyo3::prelude::*;

/// Stops when a signal comes in or the cost no longer falls, and keeps the costs.
#[derive(Debug)]
pub(crate) struct Watch {
    /// Mean cost of each epoch.
    pub(crate) losses: Vec<f64>,
    /// What Python raised, which ended training.
    pub(crate) raised: Option<PyErr>,
    tolerance: f64,
    patience: usize,
    best: f64,
    epochs_without: usize,
    /// Called after each epoch with its mean cost.
    report: Option<Py<PyAny>>,
}

impl Watch {
    pub(crate) fn new(tolerance: f64, patience: usize, report: Option<Py<PyAny>>) -> Self {
        let (best, epochs_without) = (f64::INFINITY, 0);
        Self { losses: Vec::new(), raised: None, tolerance, patience, best, epochs_without, report }
    }

    /// Goes on unless Python raised something.
    fn unless(&mut self, result: PyResult<()>) -> Control {
        match result {
            Ok(()) => Control::Continue,
            Err(error) => {
                self.raised = Some(error);
                Control::Stop
            }
        }
    }
}

impl Observer<f32> for Watch {
    #[allow(clippy::redundant_closure_for_method_calls, reason = "the method is of one lifetime")]
    fn on_batches(&mut self, _: &Batches<'_, f32>) -> Control {
        // Python's handlers of signals, of which that of Ctrl-C raises KeyboardInterrupt.
        let signals = Python::attach(|py| py.check_signals());
        self.unless(signals)
    }

    fn on_epoch(&mut self, epoch: &Epoch<'_, f32>) -> Control {
        self.losses.push(epoch.train_cost);
        if let Some(report) = &self.report {
            let called = Python::attach(|py| report.call1(py, (epoch.train_cost,)).map(drop));
            if self.unless(called) == Control::Stop {
                return Control::Stop;
            }
        }
        // As scikit-learn counts: an epoch that is not better than the best by the tolerance.
        if epoch.train_cost > self.best - self.tolerance {
            self.epochs_without += 1;
        } else {
            self.epochs_without = 0;
        }
        self.best = self.best.min(epoch.train_cost);
        if self.epochs_without > self.patience { Control::Stop } else { Control::Continue }
    }
}
