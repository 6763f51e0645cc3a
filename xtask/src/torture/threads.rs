//! The same training with different numbers of threads, many times: the bytes must be the same.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;

use super::process::Running;
use super::scenarios::SCENARIOS;

const THREADS: [usize; 6] = [1, 2, 3, 4, 8, 16];

/// Trains each scenario `times` times with each number of threads.
pub(super) fn run(program: &Path, times: usize) -> Result<()> {
    let runs = SCENARIOS.len() * THREADS.len() * times;
    let bar = ProgressBar::new(runs as u64);
    for scenario in SCENARIOS {
        let mut expected: Option<Vec<u8>> = None;
        for time in 1..=times {
            for threads in THREADS {
                let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
                Running::start(program, folder.path(), scenario, false, threads)?.finish()?;
                let model = fs::read(folder.path().join("run/model.nnm"))
                    .context("cannot read the model")?;
                let expected = expected.get_or_insert_with(|| model.clone());
                ensure!(
                    model == *expected,
                    "`{}` differs with {threads} threads, time {time}",
                    scenario.name
                );
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();
    println!(
        "{runs} runs, {times} of each of {} scenarios with each of {THREADS:?} threads: the same \
         bytes for every scenario",
        SCENARIOS.len()
    );
    Ok(())
}
