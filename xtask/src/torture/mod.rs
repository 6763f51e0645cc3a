//! `cargo xtask torture`: stops real training runs again and again, and shows that nothing is lost.
//!
//! The release build of nn-cli trains small networks on the embedded sample. It is stopped at
//! random moments by a signal, mid-epoch and in the middle of saving; after each stop every
//! checkpoint in the run's folder must load, and the run is resumed with another number of
//! threads. A run that gets to its end must have the very bytes of the model that the same
//! training without a stop gives.

mod process;
mod scenarios;
mod threads;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use nn_train::Checkpoint;

use crate::nn_cli;
use process::{Death, Running, Signal};
use scenarios::{Dice, SCENARIOS, Scenario};

/// Stop real training runs again and again, and show that nothing is lost
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stops to make
    #[arg(long, default_value_t = 1000, value_name = "N")]
    rounds: usize,

    /// The signal that stops a run
    #[arg(long, value_enum, default_value_t = Signal::Kill, value_name = "SIGNAL")]
    signal: Signal,

    /// Seed of the random moments
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,

    /// Instead: train every scenario so many times with each of 1, 2, 3, 4, 8 and 16 threads, and
    /// compare the models
    #[arg(long, value_name = "N", conflicts_with_all = ["rounds", "signal", "seed"])]
    threads: Option<usize>,

    /// The longest a process may take to save and end after SIGINT or SIGTERM; what is promised
    /// is 2 seconds, which a machine that is busy with other work may not let it keep
    #[arg(long, default_value_t = 2.0, value_name = "SECONDS")]
    patience: f64,

    /// Only the scenarios whose names contain this
    #[arg(long, value_name = "NAME")]
    only: Option<String>,

    /// A built nn-cli; by default its release build is made
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// What the rounds came to.
#[derive(Debug, Default)]
struct Tally {
    /// Stops of a living process.
    hit: usize,
    /// Of these, stops by its own handler, mid-epoch.
    saved_mid_epoch: usize,
    /// Of these, stops that left a half-written temporary file.
    while_saving: usize,
    /// Stops before training began, when there was nothing to save.
    before_training: usize,
    /// Processes that ended by themselves before the signal came.
    missed: usize,
    /// Checkpoints that were loaded.
    loaded: usize,
    /// Runs that got to their end, by scenario.
    finished: BTreeMap<&'static str, usize>,
    /// The longest a process took to end after a signal.
    slowest: Duration,
}

/// Runs the rounds and prints the tally.
///
/// # Errors
///
/// At the first thing that is lost: a checkpoint that does not load, a run that can't be resumed
/// or ends with other bytes, a process that does not end in time or not as it should.
pub fn run(args: &Args) -> Result<()> {
    let program = match &args.program {
        Some(program) => program.canonicalize().context("cannot find --program")?,
        None => nn_cli::build(true)?,
    };
    if let Some(times) = args.threads {
        return threads::run(&program, times);
    }
    let mut dice = Dice::new(args.seed);
    let mut tally = Tally::default();
    let bar = ProgressBar::new(args.rounds as u64);
    let chosen: Vec<&Scenario> = SCENARIOS
        .iter()
        .filter(|scenario| args.only.as_deref().is_none_or(|only| scenario.name.contains(only)))
        .collect();
    ensure!(!chosen.is_empty(), "--only: expected a part of a scenario's name");
    for (i, scenario) in chosen.iter().enumerate() {
        let share = |i: usize| args.rounds * i / chosen.len();
        let rounds = share(i + 1) - share(i);
        let whole = uninterrupted(&program, scenario)?;
        torture(&program, scenario, &whole, args, rounds, &mut dice, &mut tally, &bar)
            .with_context(|| format!("after {} rounds, in `{}`", bar.position(), scenario.name))?;
    }
    bar.finish_and_clear();
    print!("{}", describe(args, &tally));
    Ok(())
}

/// Stops runs of one scenario for so many rounds, then lets the last one finish.
#[allow(clippy::too_many_arguments, reason = "one call, and each is another thing")]
fn torture(
    program: &Path,
    scenario: &Scenario,
    whole: &Whole,
    args: &Args,
    rounds: usize,
    dice: &mut Dice,
    tally: &mut Tally,
    bar: &ProgressBar,
) -> Result<()> {
    let mut folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut begun = false;
    for _ in 0..rounds {
        let threads = dice.threads();
        let mut running = Running::start(program, folder.path(), scenario, begun, threads)?;
        std::thread::sleep(dice.wait(whole.took));
        let death = running.stop(args.signal)?;
        tally.slowest = tally.slowest.max(death.took());
        let run = folder.path().join("run");
        tally.loaded += check_checkpoints(&run)?;
        match death {
            Death::Finished => {
                tally.missed += 1;
                check_model(&run, &whole.model)?;
                *tally.finished.entry(scenario.name).or_default() += 1;
                folder = tempfile::tempdir().context("cannot make a temporary folder")?;
            }
            Death::Killed { .. } => {
                tally.hit += 1;
                tally.while_saving += usize::from(has_litter(&run)?);
            }
            Death::Unprepared { .. } => tally.before_training += 1,
            Death::Saved { took } => {
                let in_time = took.as_secs_f64() <= args.patience;
                ensure!(in_time, "it took {took:?} to end after {}", args.signal);
                tally.hit += 1;
                tally.saved_mid_epoch += usize::from(is_mid_epoch(&run)?);
            }
        }
        begun = folder.path().join("run").join("run.toml").is_file();
        bar.inc(1);
    }
    let running = Running::start(program, folder.path(), scenario, begun, dice.threads())?;
    running.finish()?;
    let run = folder.path().join("run");
    check_model(&run, &whole.model)?;
    ensure!(!has_litter(&run)?, "temporary files are left in the finished run");
    *tally.finished.entry(scenario.name).or_default() += 1;
    Ok(())
}

/// A run that nothing stopped.
struct Whole {
    model: Vec<u8>,
    took: Duration,
}

/// Trains a scenario without a stop.
fn uninterrupted(program: &Path, scenario: &Scenario) -> Result<Whole> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let start = Instant::now();
    Running::start(program, folder.path(), scenario, false, 1)?.finish()?;
    let took = start.elapsed();
    let path = folder.path().join("run/model.nnm");
    let model = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Whole { model, took })
}

fn check_model(run: &Path, expected: &[u8]) -> Result<()> {
    let path = run.join("model.nnm");
    let found = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(found == expected, "the finished run has another model than one without a stop");
    Ok(())
}

/// Loads every checkpoint that has its final name, and gives their number.
fn check_checkpoints(run: &Path) -> Result<usize> {
    let mut loaded = 0;
    for path in entries(&run.join("checkpoints"))? {
        if path.extension().is_some_and(|extension| extension == "nnc") {
            load(&path)?;
            loaded += 1;
        }
    }
    Ok(loaded)
}

fn load(path: &Path) -> Result<Checkpoint<f32>> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    Checkpoint::read_from(file, &nn_core::Limits::default())
        .with_context(|| format!("{} does not load", path.display()))
}

fn is_mid_epoch(run: &Path) -> Result<bool> {
    Ok(load(&run.join("checkpoints/last.nnc"))?.state.batch > 0)
}

fn has_litter(run: &Path) -> Result<bool> {
    let all = entries(run)?.into_iter().chain(entries(&run.join("checkpoints"))?);
    Ok(all.into_iter().any(|path| path.extension().is_some_and(|extension| extension == "tmp")))
}

/// What is in a folder; nothing if there is none.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(entries.map(|e| Ok(e?.path())).collect::<std::io::Result<_>>()?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("cannot list {}", folder.display())),
    }
}

fn describe(args: &Args, tally: &Tally) -> String {
    let mut text = format!("{} rounds of {}, 0 losses\n", args.rounds, args.signal);
    let mut line = |what: &str, count: usize| {
        let _ = writeln!(text, "  {count:6} {what}");
    };
    line("stops of a process at work", tally.hit);
    match args.signal {
        Signal::Kill => line("of these in the middle of writing a file", tally.while_saving),
        Signal::Int | Signal::Term => line("of these mid-epoch", tally.saved_mid_epoch),
    }
    line("stops before training began", tally.before_training);
    line("processes that had finished before the signal", tally.missed);
    line("checkpoints loaded", tally.loaded);
    for (scenario, count) in &tally.finished {
        line(&format!("runs finished with the expected bytes: {scenario}"), *count);
    }
    let _ = writeln!(text, "  slowest end after a signal: {:.3} s", tally.slowest.as_secs_f64());
    text
}
