//! `cargo xtask fuzz`: runs the fuzz targets one after the other and prints what came of it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::project_root::project_root;

/// The most memory a target may take in all, in MiB: the sanitizer itself takes a good part.
const MEMORY: u32 = 2048;
/// The longest that one input may take, in seconds.
const TIMEOUT: u32 = 20;

/// Fuzz the readers of all formats with cargo-fuzz and AddressSanitizer (needs nightly)
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Minutes for each target
    #[arg(long, default_value_t = 10.0, value_name = "N")]
    minutes: f64,

    /// Only the targets whose names contain this
    #[arg(long, value_name = "NAME")]
    only: Option<String>,

    /// Seed of libFuzzer's random numbers; 0 draws one
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u32,
}

/// What libFuzzer says of a run.
#[derive(Debug, Default, PartialEq, Eq)]
struct Figures {
    executions: u64,
    /// Edges reached, and those with their counters and other features.
    edges: u64,
    features: u64,
    corpus: u64,
}

/// Runs the targets.
///
/// # Errors
///
/// If cargo-fuzz is missing, a target does not build, or one of them finds something.
pub fn run(args: &Args) -> Result<()> {
    ensure!(args.minutes > 0.0, "--minutes: expected more than 0, found {}", args.minutes);
    let root = project_root();
    let mut findings = Vec::new();
    println!("| target | minutes | executions | edges | features | corpus | findings |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for target in targets(&root)? {
        if args.only.as_deref().is_some_and(|only| !target.contains(only)) {
            continue;
        }
        let start = Instant::now();
        let (figures, found) = fuzz(&root, &target, args)?;
        println!(
            "| `{target}` | {:.1} | {} | {} | {} | {} | {} |",
            minutes(start.elapsed()),
            figures.executions,
            figures.edges,
            figures.features,
            figures.corpus,
            usize::from(found)
        );
        if found {
            findings.push(target);
        }
    }
    if !findings.is_empty() {
        bail!("found something: {}; the inputs are in fuzz/artifacts", findings.join(", "));
    }
    Ok(())
}

fn minutes(time: Duration) -> f64 {
    time.as_secs_f64() / 60.0
}

/// Names of the targets, which are those of the files in `fuzz/fuzz_targets`.
fn targets(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("fuzz/fuzz_targets");
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

fn fuzz(root: &Path, target: &str, args: &Args) -> Result<(Figures, bool)> {
    let corpus = root.join("fuzz/corpus").join(target);
    std::fs::create_dir_all(&corpus)
        .with_context(|| format!("cannot make {}", corpus.display()))?;
    // The cargo of this program's own toolchain would not do.
    let build = Command::new("cargo")
        .args(["+nightly", "fuzz", "build", target])
        .current_dir(root)
        .env_remove("CARGO")
        .env_remove("RUSTC")
        .env_remove("RUSTUP_TOOLCHAIN")
        .status()
        .context("cannot start cargo")?;
    ensure!(build.success(), "{target} does not build; is cargo-fuzz installed, and nightly?");
    let output = Command::new("cargo")
        .args(["+nightly", "fuzz", "run", target])
        .arg(&corpus)
        .arg(root.join("fuzz/seeds").join(target))
        .arg("--")
        .arg(format!("-max_total_time={}", (args.minutes * 60.0).ceil()))
        .args([format!("-rss_limit_mb={MEMORY}"), format!("-timeout={TIMEOUT}")])
        .args([format!("-seed={}", args.seed), "-print_final_stats=1".to_owned()])
        .arg("-max_len=8192")
        .current_dir(root)
        .env_remove("CARGO")
        .env_remove("RUSTC")
        .env_remove("RUSTUP_TOOLCHAIN")
        .stdin(Stdio::null())
        .output()
        .context("cannot start cargo")?;
    let log = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        eprintln!("{log}");
    }
    Ok((figures(&log), !output.status.success()))
}

/// Reads libFuzzer's last line of progress and its final statistics.
fn figures(log: &str) -> Figures {
    let mut figures = Figures::default();
    for line in log.lines() {
        let mut words = line.split_whitespace();
        if let Some(count) = line.strip_prefix("stat::number_of_executed_units:") {
            figures.executions = count.trim().parse().unwrap_or(0);
        } else if line.starts_with('#') && line.contains(" cov: ") {
            while let Some(word) = words.next() {
                let mut number = || words.next().and_then(leading_number).unwrap_or(0);
                match word {
                    "cov:" => figures.edges = number(),
                    "ft:" => figures.features = number(),
                    "corp:" => figures.corpus = number(),
                    _ => {}
                }
            }
        }
    }
    figures
}

/// The number a word begins with: 12 of `12/345b`.
fn leading_number(word: &str) -> Option<u64> {
    word.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_the_log() {
        let log = "INFO: seed corpus: files: 3\n\
                   #3\tINITED cov: 80 ft: 90 corp: 3/100b exec/s: 0 rss: 40Mb\n\
                   #99\tNEW    cov: 123 ft: 456 corp: 12/345b lim: 4096 exec/s: 9 rss: 50Mb\n\
                   Done 1000 runs in 11 second(s)\n\
                   stat::number_of_executed_units: 1000\n";
        let expected = Figures { executions: 1000, edges: 123, features: 456, corpus: 12 };
        assert_eq!(figures(log), expected);
        assert_eq!(figures("error: could not compile"), Figures::default());
    }

    #[test]
    fn every_target_has_seeds() {
        let root = project_root();
        let targets = targets(&root).unwrap_or_default();
        assert!(!targets.is_empty());
        for target in targets {
            assert!(root.join("fuzz/seeds").join(&target).is_dir(), "{target}");
        }
    }
}
