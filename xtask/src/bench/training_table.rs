//! Tables of seconds an epoch.

use std::fmt::Write;

use super::rounds::{Standing, Timing};
use super::shapes::{EPOCH, Shape};
use super::statistics::{digits, seconds};

/// All contestants on one shape.
#[derive(Debug)]
pub struct Contest {
    pub shape: Shape,
    pub standings: Vec<Standing>,
}

/// One line of a chart: who, and the median seconds an epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct Best {
    pub name: &'static str,
    pub threads: usize,
    pub seconds: f64,
    /// How many times as long as this project's best takes, within rounds.
    pub ratio: f64,
}

impl Contest {
    /// This project's fastest number of threads.
    fn reference(&self) -> Option<&Timing> {
        let ours = self.standings.iter().filter(|standing| standing.contestant.is_ours());
        ours.filter_map(|standing| standing.outcome.as_ref().ok())
            .min_by(|a, b| a.epoch.median().total_cmp(&b.epoch.median()))
    }

    /// Each framework on its fastest number of threads, in the order they were given.
    pub fn best(&self) -> Vec<Best> {
        let mut best: Vec<Best> = Vec::new();
        for Standing { contestant, outcome } in &self.standings {
            let (Ok(timing), Some(reference)) = (outcome, self.reference()) else { continue };
            let candidate = Best {
                name: contestant.name,
                threads: contestant.threads,
                seconds: timing.epoch.median(),
                ratio: timing.epoch.ratio_to(&reference.epoch),
            };
            match best.iter_mut().find(|known| known.name == contestant.name) {
                Some(known) if known.seconds > candidate.seconds => *known = candidate,
                Some(_) => {}
                None => best.push(candidate),
            }
        }
        best
    }

    /// The table of everything measured.
    pub fn markdown(&self) -> String {
        let Shape { batch, activation, .. } = self.shape;
        let mut text = format!(
            "### {}, batch {batch}, {activation}\n\n\
             | who | threads | s an epoch, median | min–max | × ours | accuracy | peak memory | first turn | turn |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
            self.shape.name()
        );
        for Standing { contestant, outcome } in &self.standings {
            let (name, threads) = (contestant.name, contestant.threads);
            let line = match outcome {
                Ok(timing) => {
                    let ratio =
                        self.reference().map_or(f64::NAN, |r| timing.epoch.ratio_to(&r.epoch));
                    let turn = if timing.samples < EPOCH as f64 {
                        format!("{} samples, extrapolated", timing.samples)
                    } else {
                        "epoch".to_owned()
                    };
                    format!(
                        "| {name} {} | {threads} | {} | {}–{} | {} | {:.1} % | {:.0} MiB | {} | {turn} |",
                        timing.version,
                        seconds(timing.epoch.median()),
                        seconds(timing.epoch.min()),
                        seconds(timing.epoch.max()),
                        digits(ratio),
                        timing.accuracy * 100.0,
                        timing.peak_kib / 1024.0,
                        seconds(timing.warm_up),
                    )
                }
                Err(reason) => format!("| {name} | {threads} | missing: {reason:#} | | | | | | |"),
            };
            let _ = writeln!(text, "{line}");
        }
        text
    }
}

/// The table that has a row for each shape and a column for each framework, each on its best
/// number of threads.
pub fn overview(contests: &[Contest]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for standing in contests.iter().flat_map(|contest| &contest.standings) {
        if !names.contains(&standing.contestant.name) {
            names.push(standing.contestant.name);
        }
    }
    let mut text = format!("| network, batch | {} |\n|---", names.join(" | "));
    text.push_str(&"|--:".repeat(names.len()));
    text.push_str("|\n");
    for contest in contests {
        let best = contest.best();
        let _ = write!(text, "| {}, {} |", contest.shape.name(), contest.shape.batch);
        for (column, name) in names.iter().enumerate() {
            let cell = match best.iter().find(|best| best.name == *name) {
                Some(best) if column == 0 => seconds(best.seconds),
                Some(best) => format!("{} ({}×)", seconds(best.seconds), digits(best.ratio)),
                None => "missing".to_owned(),
            };
            let _ = write!(text, " {cell} |");
        }
        text.push('\n');
    }
    text
}
