//! A wish to stop that any thread may have, and that long work looks for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that is set when somebody wants training to stop. Clones are the same flag.
///
/// An observer is asked between steps only; work that takes long in between, such as an
/// evaluation on many samples, looks at this: see
/// [`Trainer::set_stop`](crate::Trainer::set_stop) and
/// [`evaluate_unless_stopped`](crate::evaluate_unless_stopped).
#[derive(Debug, Clone, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// A flag that isn't set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the flag, for all its clones.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether the flag is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl From<Arc<AtomicBool>> for StopFlag {
    /// A flag that is set through `flag`, by a signal handler for instance.
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}
