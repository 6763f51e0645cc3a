//! What a person at the keyboard asks of the training loop.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Wishes, made by the thread that reads keys and fulfilled by the training loop between
/// mini-batches.
#[derive(Debug, Default)]
pub(super) struct Controls {
    paused: AtomicBool,
    stop: AtomicBool,
    save: AtomicBool,
    lower: AtomicUsize,
}

#[cfg_attr(not(feature = "dashboard"), allow(dead_code, reason = "only the dashboard asks"))]
impl Controls {
    /// Whether the loop should stop at the next chance and look what is wanted.
    pub(super) fn is_wanted(&self) -> bool {
        self.is_paused() || self.is_stopped() || self.wants_something_done()
    }

    /// Whether there is something to do even in a pause.
    pub(super) fn wants_something_done(&self) -> bool {
        self.save.load(Ordering::Acquire) || self.lower.load(Ordering::Acquire) > 0
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Acquire)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Whether to save now; asked once, it is no longer wanted.
    pub(super) fn take_save(&self) -> bool {
        self.save.swap(false, Ordering::AcqRel)
    }

    /// How many times to halve the learning rate; asked once, none is left.
    pub(super) fn take_lower(&self) -> usize {
        self.lower.swap(0, Ordering::AcqRel)
    }

    /// Pauses, or goes on.
    pub(super) fn toggle_pause(&self) {
        self.paused.fetch_xor(true, Ordering::AcqRel);
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    pub(super) fn save(&self) {
        self.save.store(true, Ordering::Release);
    }

    pub(super) fn lower(&self) {
        self.lower.fetch_add(1, Ordering::AcqRel);
    }
}
