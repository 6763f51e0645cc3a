//! Turns of all contestants, one after the other, round after round.
//!
//! A machine that is shared slows down and recovers within seconds, so each round has one
//! turn of everybody, and ratios are taken within rounds.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};

use super::contestants::Contestant;
use super::session::{Line, Session};
use super::shapes::{EPOCH, Shape};
use super::statistics::Measurements;

/// A pause between turns in which the threads of the last one go to sleep.
const PAUSE: Duration = Duration::from_millis(100);

/// How a contestant did.
#[derive(Debug)]
pub struct Standing {
    pub contestant: Contestant,
    /// What was measured, or why nothing was.
    pub outcome: Result<Timing>,
}

/// What was measured of a contestant.
#[derive(Debug)]
pub struct Timing {
    pub version: String,
    /// Seconds of the first turn, compilation included.
    pub warm_up: f64,
    /// Seconds an epoch, one for each round.
    pub epoch: Measurements,
    /// Samples of a turn; fewer than an epoch's means that the epoch was extrapolated.
    pub samples: f64,
    /// Share of the test images classified rightly in the end.
    pub accuracy: f64,
    pub peak_kib: f64,
}

/// Lets the contestants take turns, `rounds` times.
pub fn run(
    contestants: Vec<Contestant>,
    shape: &Shape,
    data: &Path,
    logs: &Path,
    rounds: usize,
    quick: bool,
) -> Vec<Standing> {
    // One after the other: the first turn, which is not counted, is reported all the same.
    let start = |contestant: &Contestant| {
        let log = logs.join(format!("{} {}.log", shape.name(), contestant.title()));
        ready(Session::start(contestant.command(shape, data, quick), &log)?)
    };
    let mut players: Vec<_> = contestants.iter().map(start).collect();

    for round in 0..rounds {
        for turn in 0..players.len() {
            // Nobody is always the one who comes after the slowest.
            let index = (turn + round) % players.len();
            if let Ok(player) = &mut players[index] {
                std::thread::sleep(PAUSE);
                if let Err(error) = player.take_turn() {
                    players[index] = Err(error);
                }
            }
        }
        eprint!(".");
    }
    eprintln!();
    let standings = contestants.into_iter().zip(players);
    standings
        .map(|(contestant, player)| Standing {
            contestant,
            outcome: player.and_then(Player::finish),
        })
        .collect()
}

/// A contestant that has started.
struct Player {
    session: Session,
    version: String,
    warm_up: f64,
    epochs: Vec<f64>,
    samples: f64,
}

fn ready(mut session: Session) -> Result<Player> {
    match session.next_line()? {
        Line::Ready { version, warm_up_seconds, .. } => Ok(Player {
            session,
            version,
            warm_up: warm_up_seconds,
            epochs: Vec::new(),
            samples: 0.0,
        }),
        line => bail!("expected to be told it is ready, found {line:?}"),
    }
}

impl Player {
    fn take_turn(&mut self) -> Result<()> {
        let (seconds, samples) = self.session.turn()?;
        self.epochs.push(seconds / samples * EPOCH as f64);
        self.samples = samples;
        Ok(())
    }

    fn finish(self) -> Result<Timing> {
        let Some(epoch) = Measurements::new(self.epochs) else { bail!("took no turn") };
        let end = self.session.end()?;
        let number = |name: &str| end.get(name).and_then(serde_json::Value::as_f64);
        let (Some(accuracy), Some(peak_kib)) = (number("accuracy"), number("peak_kib")) else {
            bail!("said neither accuracy nor memory: {end:?}")
        };
        Ok(Timing {
            version: self.version,
            warm_up: self.warm_up,
            epoch,
            samples: self.samples,
            accuracy,
            peak_kib,
        })
    }
}
