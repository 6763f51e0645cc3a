//! Whole runs beside seconds an epoch: time to an accuracy, to the first mini-batch, forward
//! passes, and how time and memory grow.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use super::machine;
use super::session::{Line, Session};
use super::shapes::EPOCH;
use super::statistics::{Measurements, digits, seconds};

/// What is needed to run the measured programs.
#[derive(Debug)]
pub struct EndToEnd<'a> {
    pub worker: &'a Path,
    /// The folder as it was given, files gzipped or raw.
    pub data: &'a Path,
    /// The folder of raw files.
    pub raw: &'a Path,
    pub logs: PathBuf,
    pub rounds: usize,
    /// The recipe of the whole runs.
    pub recipe: &'a str,
    pub seeds: usize,
    /// Interpreter and script of onnxruntime, to compare forward passes with.
    pub onnxruntime: Option<(PathBuf, PathBuf)>,
}

/// The network of which forward passes and the first mini-batch are measured.
const LAYERS: &str = "784,100,10";

impl EndToEnd<'_> {
    /// Measures everything; returns the sections of the report.
    pub fn run(&self) -> Result<String> {
        let mut text = String::new();
        let parts: [(&str, &dyn Fn() -> Result<String>); 6] = [
            ("From process start to 98 % of the test images", &|| self.accuracy()),
            ("From process start to the first mini-batch", &|| self.first_batch()),
            ("Forward passes", &|| self.inference()),
            ("Growth with the hidden width", &|| self.hidden_width()),
            ("Growth with the mini-batch", &|| self.batch()),
            ("Growth with the data", &|| self.data_size()),
        ];
        for (title, measure) in parts {
            eprintln!("{title}");
            let section = format!("## {title}\n\n{}\n", measure()?);
            println!("{section}");
            text.push_str(&section);
        }
        Ok(text)
    }

    /// Runs a program to its end; returns what it said, and the seconds from before it was
    /// started until it said so.
    fn once(&self, command: Command) -> Result<(Map<String, Value>, f64)> {
        let start = Instant::now();
        let mut session = Session::start(command, &self.logs.join("once.log"))?;
        let line = session.next_line()?;
        let elapsed = start.elapsed().as_secs_f64();
        match line {
            Line::End(values) => Ok((values, elapsed)),
            line => bail!("expected a result, found {line:?}"),
        }
    }

    fn worker(&self, task: &str, data: &Path) -> Command {
        let mut command = Command::new(self.worker);
        command.arg(task).arg("--data").arg(data);
        command
    }

    fn accuracy(&self) -> Result<String> {
        let threads = machine::num_threads().to_string();
        let (mut times, mut accuracies, mut memory) = (vec![], vec![], vec![]);
        for seed in 1..=self.seeds {
            let mut command = self.worker("accuracy", self.data);
            command.args(["--recipe", self.recipe, "--threads", &threads]);
            command.args(["--seed", &seed.to_string()]);
            let (end, elapsed) = self.once(command)?;
            times.push(elapsed);
            accuracies.push(number(&end, "accuracy")? * 100.0);
            memory.push(number(&end, "peak_kib")? / 1024.0);
        }
        let seeds = "at least one seed";
        let times = Measurements::new(times).context(seeds)?;
        let accuracies = Measurements::new(accuracies).context(seeds)?;
        let memory = Measurements::new(memory).context(seeds)?;
        Ok(format!(
            "Recipe `{}`, {} seeds, {threads} threads.\n\n\
             - seconds: mean {}, median {}, {}–{}\n\
             - test accuracy after the last epoch: mean {:.2} %, {:.2}–{:.2} %\n\
             - peak memory: {:.0} MiB\n",
            self.recipe,
            self.seeds,
            seconds(times.mean()),
            seconds(times.median()),
            seconds(times.min()),
            seconds(times.max()),
            accuracies.mean(),
            accuracies.min(),
            accuracies.max(),
            memory.max(),
        ))
    }

    fn first_batch(&self) -> Result<String> {
        let mut times = Vec::new();
        for _ in 0..self.rounds {
            let mut command = self.worker("first-batch", self.data);
            command.args(["--layers", LAYERS, "--activation", "sigmoid", "--batch", "10"]);
            times.push(self.once(command)?.1);
        }
        let times = Measurements::new(times).context("at least one round")?;
        Ok(format!(
            "{} ({}–{}), 784-100-10, reading, checking and converting 70,000 images included.\n",
            seconds(times.median()),
            seconds(times.min()),
            seconds(times.max())
        ))
    }

    /// Forward passes of this project and of onnxruntime, alternately.
    fn inference(&self) -> Result<String> {
        let mut ours: Vec<Map<String, Value>> = Vec::new();
        let mut theirs: Vec<Map<String, Value>> = Vec::new();
        let threads = machine::num_threads().to_string();
        let mut missing =
            self.onnxruntime.is_none().then(|| "not asked for (`--peers`)".to_owned());
        for _ in 0..self.rounds {
            let network = ["--layers", LAYERS, "--activation", "sigmoid", "--threads", &threads];
            let mut command = self.worker("inference", self.raw);
            command.args(network);
            ours.push(self.once(command)?.0);
            if let (Some((python, script)), None) = (&self.onnxruntime, &missing) {
                let mut command = Command::new(python);
                command.arg(script).args(network).arg("--data").arg(self.raw);
                match self.once(command) {
                    Ok((end, _)) => theirs.push(end),
                    Err(error) => missing = Some(format!("{error:#}")),
                }
            }
        }
        let median = |ends: &[Map<String, Value>], name: &str| -> Result<String> {
            let values = ends.iter().map(|end| number(end, name)).collect::<Result<_>>()?;
            let values = Measurements::new(values).context("at least one round")?;
            let unit = if name.ends_with("_ns") { 1e-9 } else { 1.0 };
            Ok(seconds(values.median() * unit))
        };
        let mut text = String::from(
            "784-100-10.\n\n| | one sample, p50 | p99 | 10,000 images |\n|---|--:|--:|--:|\n",
        );
        for (what, p50, p99, all) in [
            ("nn-rs, from bytes", "bytes_p50_ns", "bytes_p99_ns", "outputs_seconds"),
            ("nn-rs, from floats", "floats_p50_ns", "floats_p99_ns", "evaluation_seconds"),
        ] {
            let note = if all == "outputs_seconds" {
                "outputs, 1 thread".to_owned()
            } else {
                format!("evaluation, {threads} threads")
            };
            let (p50, p99) = (median(&ours, p50)?, median(&ours, p99)?);
            let all = median(&ours, all)?;
            let _ = writeln!(text, "| {what} | {p50} | {p99} | {all} ({note}) |");
        }
        if let Some(reason) = missing {
            let _ = writeln!(text, "| onnxruntime | missing: {reason} | | |");
        } else {
            let version = theirs.first().and_then(|end| end.get("version")?.as_str());
            let _ = writeln!(
                text,
                "| onnxruntime {}, called from Python | {} | {} | {} (outputs, {threads} threads) |",
                version.unwrap_or("of unknown version"),
                median(&theirs, "p50_ns")?,
                median(&theirs, "p99_ns")?,
                median(&theirs, "outputs_seconds")?,
            );
        }
        Ok(text)
    }

    fn hidden_width(&self) -> Result<String> {
        let mut table = Growth::new("hidden neurons, batch 32");
        for width in [16, 32, 64, 128, 256, 512, 1024, 2048] {
            table.add(self, &width.to_string(), &format!("784,{width},10"), 32, EPOCH)?;
        }
        Ok(table.0)
    }

    fn batch(&self) -> Result<String> {
        let mut table = Growth::new("mini-batch, 784-100-10");
        for batch in [1, 4, 10, 32, 100, 256, 1024] {
            table.add(self, &batch.to_string(), LAYERS, batch, EPOCH)?;
        }
        Ok(table.0)
    }

    fn data_size(&self) -> Result<String> {
        let mut table = Growth::new("images, 784-100-10, batch 10");
        for samples in [1_000, 5_000, 10_000, 20_000, 50_000] {
            table.add(self, &samples.to_string(), LAYERS, 10, samples)?;
        }
        Ok(table.0)
    }
}

/// A table of seconds an epoch and memory, on one thread and on all, by one size.
struct Growth(String);

impl Growth {
    fn new(what: &str) -> Self {
        let all = machine::num_threads();
        Self(format!(
            "| {what} | 1 thread | µs a sample | {all} threads | µs a sample | faster by | peak memory |\n\
             |--:|--:|--:|--:|--:|--:|--:|\n"
        ))
    }

    fn add(
        &mut self,
        bench: &EndToEnd<'_>,
        label: &str,
        layers: &str,
        batch: usize,
        samples: usize,
    ) -> Result<()> {
        let mut sessions = Vec::new();
        for threads in machine::thread_counts() {
            let mut command = bench.worker("turns", bench.raw);
            command
                .args(["--layers", layers, "--activation", "sigmoid", "--serve"])
                .args(["--batch", &batch.to_string(), "--samples", &samples.to_string()])
                .args(["--threads", &threads.to_string()]);
            let mut session = Session::start(command, &bench.logs.join("growth.log"))?;
            session.next_line()?;
            sessions.push((session, Vec::new()));
        }
        for _ in 0..bench.rounds {
            for (session, times) in &mut sessions {
                times.push(session.turn()?.0);
            }
        }
        let mut line = format!("| {label} |");
        let (mut measured, mut memory) = (Vec::new(), 0.0);
        for (session, times) in sessions {
            let times = Measurements::new(times).context("at least one round")?;
            let a_sample = times.median() / samples as f64 * 1e6;
            let _ = write!(line, " {} | {} |", seconds(times.median()), digits(a_sample));
            memory = number(&session.end()?, "peak_kib")?.max(memory);
            measured.push(times);
        }
        if let [one, all] = &measured[..] {
            let _ = write!(line, " {}× |", digits(one.ratio_to(all)));
        } else {
            line.push_str(" – | – | – |");
        }
        let _ = writeln!(self.0, "{line} {:.0} MiB |", memory / 1024.0);
        Ok(())
    }
}

fn number(end: &Map<String, Value>, name: &str) -> Result<f64> {
    end.get(name).and_then(Value::as_f64).with_context(|| format!("{name} is missing in {end:?}"))
}
