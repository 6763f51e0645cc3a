//! `train --dashboard`: training as it happens, on the whole terminal.
//!
//! A thread of its own draws, at most ten times a second, from a [`State`] that the training
//! thread writes; keys become [`Controls`] that the training loop obeys between mini-batches.

mod draw;
mod probe;
mod state;
mod terminal;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::Exit;
use crate::failure::Failure;
use crate::output::progress::{PlainReporter, Reporter};
use crate::output::records::{Position, TrainEpoch, TrainFinish, TrainStart};
use crate::streams::Streams;

use super::controls::Controls;
use super::signals::Signals;
pub(super) use probe::Probe;
use state::State;
use terminal::Screen;
#[cfg(unix)]
pub(super) use terminal::give_back as give_the_terminal_back;

/// How long the drawing thread waits for a key: it draws so often at most.
const TICK: Duration = Duration::from_millis(100);

/// Does what a key stands for. Gives whether help was asked for.
fn press(controls: &Controls, key: KeyEvent) -> bool {
    if key.kind == KeyEventKind::Release {
        return false;
    }
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') if control => controls.stop(),
        KeyCode::Char('q') => controls.stop(),
        KeyCode::Char('p' | ' ') => controls.toggle_pause(),
        KeyCode::Char('s') => controls.save(),
        KeyCode::Char('l') => controls.lower(),
        KeyCode::Char('?' | 'h') => return true,
        _ => {}
    }
    false
}

/// Shows training on the whole terminal, and afterwards in lines.
pub(super) struct Dashboard {
    state: Arc<Mutex<State>>,
    done: Arc<AtomicBool>,
    drawing: Option<JoinHandle<()>>,
    start: Option<TrainStart>,
}

impl Dashboard {
    /// Takes the terminal over. It is given back when this is dropped, and on a panic.
    pub(super) fn open(controls: Arc<Controls>) -> Result<Self, Failure> {
        // Before the terminal is taken over: a signal must not end the program without giving it back.
        Signals::catch()?;
        let state = Arc::new(Mutex::new(State::default()));
        let done = Arc::new(AtomicBool::new(false));
        let mut screen = Screen::enter().map_err(|error| {
            Failure::of(Exit::Io, "--dashboard: cannot use the terminal", &error)
        })?;
        let (seen, keys, ended) = (state.clone(), controls, done.clone());
        let drawing = thread::Builder::new().name("nn-dashboard".to_owned()).spawn(move || {
            while !ended.load(Ordering::Acquire) {
                // Keys that came together are all taken before the next picture.
                let mut wait = TICK;
                while event::poll(wait).unwrap_or(false) {
                    wait = Duration::ZERO;
                    match event::read() {
                        Ok(Event::Key(key)) => {
                            let help = press(&keys, key);
                            let mut state = lock(&seen);
                            state.help ^= help;
                            state.paused = keys.is_paused();
                            state.changed = true;
                        }
                        Ok(Event::Resize(..)) => lock(&seen).changed = true,
                        Ok(_) => {}
                        Err(_) => break,
                    }
                }
                let mut state = lock(&seen);
                if std::mem::take(&mut state.changed) {
                    // A terminal that refuses is no reason to stop training.
                    let _ = screen.draw(&state);
                }
            }
        });
        let drawing =
            drawing.map_err(|error| Failure::of(Exit::Io, "--dashboard: no thread", &error))?;
        Ok(Self { state, done, drawing: Some(drawing), start: None })
    }

    pub(super) fn state(&self) -> Arc<Mutex<State>> {
        self.state.clone()
    }

    /// Gives the terminal back.
    fn close(&mut self) {
        self.done.store(true, Ordering::Release);
        if let Some(drawing) = self.drawing.take() {
            // The screen leaves with its thread.
            let _ = drawing.join();
        }
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        self.close();
    }
}

/// The state, also after a panic of whoever held it.
pub(super) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Reporter for Dashboard {
    fn start(&mut self, start: &TrainStart, _: &mut Streams<'_>) {
        lock(&self.state).start(start);
        self.start = Some(start.clone());
    }

    fn position(&mut self, position: &Position) {
        lock(&self.state).position(position);
    }

    fn epoch(&mut self, epoch: &TrainEpoch, _: &mut Streams<'_>) {
        lock(&self.state).epoch(epoch);
    }

    fn note(&mut self, note: &str) {
        lock(&self.state).say(note);
    }

    fn learning_rate(&mut self, rate: f64) {
        lock(&self.state).set_rate(rate);
    }

    fn finish(&mut self, finish: &TrainFinish, streams: &mut Streams<'_>) {
        self.close();
        // What went by on the screen is said again where it stays.
        let mut plain = PlainReporter::new(streams);
        if let Some(start) = &self.start {
            plain.start(start, streams);
        }
        let epochs = std::mem::take(&mut lock(&self.state).epochs);
        for epoch in &epochs {
            plain.epoch(epoch, streams);
        }
        plain.finish(finish, streams);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_ask_for_what_they_stand_for() {
        let controls = Controls::default();
        let pressed = |code| press(&controls, KeyEvent::new(code, KeyModifiers::NONE));
        assert!(!controls.is_wanted());
        assert!(
            pressed(KeyCode::Char('?')) && !pressed(KeyCode::Char('x')) && !controls.is_wanted()
        );
        pressed(KeyCode::Char('p'));
        assert!(controls.is_paused() && controls.is_wanted());
        pressed(KeyCode::Char(' '));
        assert!(!controls.is_wanted());
        pressed(KeyCode::Char('l'));
        pressed(KeyCode::Char('l'));
        assert_eq!((controls.take_lower(), controls.take_lower()), (2, 0));
        pressed(KeyCode::Char('s'));
        assert!(controls.take_save() && !controls.take_save());
        press(&controls, KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
        assert!(controls.is_stopped());
    }
}
