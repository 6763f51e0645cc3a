//! Ctrl-C and SIGTERM: the first asks training to stop, the second ends the program at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nn_train::StopFlag;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::Exit;
use crate::failure::Failure;

/// Which signals came.
#[derive(Debug, Clone)]
pub(in crate::commands) struct Signals {
    stop: Arc<AtomicBool>,
    terminated: Arc<AtomicBool>,
}

impl Signals {
    /// No signal, and none caught.
    pub(in crate::commands) fn none() -> Self {
        Self { stop: Arc::default(), terminated: Arc::default() }
    }

    /// Catches the two signals from now on.
    pub(in crate::commands) fn catch() -> Result<Self, Failure> {
        let signals = Self::none();
        let register = || -> io::Result<()> {
            // What is registered first runs first: a signal that finds the flag set is a second.
            for (signal, exit) in [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated)] {
                let code = exit.code().into();
                flag::register_conditional_shutdown(signal, code, signals.stop.clone())?;
            }
            flag::register(SIGTERM, signals.terminated.clone())?;
            flag::register(SIGTERM, signals.stop.clone())?;
            flag::register(SIGINT, signals.stop.clone())?;
            Ok(())
        };
        register().map_err(|error| Failure::of(Exit::Io, "cannot catch signals", &error))?;
        Ok(signals)
    }

    /// What long work looks at: set by the first signal.
    pub(in crate::commands) fn stop_flag(&self) -> StopFlag {
        self.stop.clone().into()
    }

    /// How the program should end, if a signal came.
    pub(in crate::commands) fn caught(&self) -> Option<Exit> {
        if !self.stop.load(Ordering::Acquire) {
            None
        } else if self.terminated.load(Ordering::Acquire) {
            Some(Exit::Terminated)
        } else {
            Some(Exit::Interrupted)
        }
    }
}
