//! Ctrl-C and SIGTERM: the first asks training to stop, the second ends the program at once.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

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

    /// Catches the two signals from now on. Whoever asks again is given what was caught since the
    /// first time.
    pub(in crate::commands) fn catch() -> Result<Self, Failure> {
        static CAUGHT: Mutex<Option<Signals>> = Mutex::new(None);
        let mut caught = CAUGHT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signals) = &*caught {
            return Ok(signals.clone());
        }
        let signals = Self::none();
        signals
            .register()
            .map_err(|error| Failure::of(Exit::Io, "cannot catch signals", &error))?;
        *caught = Some(signals.clone());
        Ok(signals)
    }

    #[cfg(unix)]
    fn register(&self) -> io::Result<()> {
        use signal_hook::low_level::pipe;
        use std::os::unix::net::UnixStream;

        let (arrivals, signalled) = UnixStream::pair()?;
        // What is registered first runs first: when a signal is told of, its flags are set.
        flag::register(SIGTERM, self.terminated.clone())?;
        flag::register(SIGTERM, self.stop.clone())?;
        flag::register(SIGINT, self.stop.clone())?;
        pipe::register(SIGTERM, signalled.try_clone()?)?;
        pipe::register(SIGINT, signalled)?;
        let signals = self.clone();
        let end = move || end_at_the_second(arrivals, &signals);
        std::thread::Builder::new().name("nn-signals".to_owned()).spawn(end)?;
        Ok(())
    }

    #[cfg(not(unix))]
    fn register(&self) -> io::Result<()> {
        // What is registered first runs first: a signal that finds the flag set is a second.
        for (signal, exit) in [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated)] {
            flag::register_conditional_shutdown(signal, exit.code().into(), self.stop.clone())?;
        }
        flag::register(SIGTERM, self.terminated.clone())?;
        flag::register(SIGTERM, self.stop.clone())?;
        flag::register(SIGINT, self.stop.clone())?;
        Ok(())
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

/// Reads a byte for every signal, and ends the program at the second. A thread does that, and not
/// the signal's handler, because a terminal that was taken over is given back first.
#[cfg(unix)]
fn end_at_the_second(mut arrivals: std::os::unix::net::UnixStream, signals: &Signals) {
    use std::io::Read;

    if arrivals.read_exact(&mut [0; 2]).is_err() {
        return;
    }
    #[cfg(feature = "dashboard")]
    super::dashboard::give_the_terminal_back();
    let exit = signals.caught().unwrap_or(Exit::Interrupted);
    signal_hook::low_level::exit(exit.code().into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_again_sees_the_same_signals() {
        let (first, second) = (Signals::catch().unwrap(), Signals::catch().unwrap());
        assert!(Arc::ptr_eq(&first.stop, &second.stop));
        assert_eq!(Signals::none().caught(), None);
    }
}
