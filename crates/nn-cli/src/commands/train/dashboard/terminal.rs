//! The terminal, taken over and given back whatever happens.

use std::io::{self, Stderr};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::{sync::mpsc, thread, time::Duration};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

use super::draw;
use super::state::State;

/// How long a terminal is waited for at the end.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether the terminal is taken over.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The whole terminal. Standard error is drawn on: standard output is for data.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stderr>>,
}

impl Screen {
    pub(super) fn enter() -> io::Result<Self> {
        restore_on_panic();
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::Release);
        let entered = execute!(io::stderr(), EnterAlternateScreen)
            .and_then(|()| Terminal::new(CrosstermBackend::new(io::stderr())));
        match entered {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    pub(super) fn draw(&mut self, state: &State) -> io::Result<()> {
        self.terminal.draw(|frame| draw::screen(state, frame)).map(|_| ())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back. What can't be done is left undone: there is nobody to tell.
fn restore() {
    TAKEN.store(false, Ordering::Release);
    let _ = disable_raw_mode();
    let _ = execute!(io::stderr(), LeaveAlternateScreen, Show);
}

/// Gives the terminal back, if it is taken over, just before the program ends: nothing is drawn
/// after it. A terminal that takes no more output is waited for no longer than [`PATIENCE`].
#[cfg(unix)]
pub(in crate::commands::train) fn give_back() {
    if !TAKEN.load(Ordering::Acquire) {
        return;
    }
    let (given, is_given) = mpsc::channel();
    let give = move || {
        let _held = io::stderr().lock();
        restore();
        let _ = given.send(());
        loop {
            thread::park();
        }
    };
    if thread::Builder::new().spawn(give).is_ok() {
        let _ = is_given.recv_timeout(PATIENCE);
    }
}

/// A panic of any thread gives the terminal back before it is reported.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let earlier = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore();
            earlier(panic);
        }));
    });
}
