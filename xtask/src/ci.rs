//! `cargo xtask ci`: the one definition of what a change must pass.
//!
//! `.ci/run` and the public workflow both call this, so that a step is added or
//! changed in one place, and anyone can run all of it before they push.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::deps_check;
use crate::project_root::cargo;
use crate::tidy;

/// Options of `cargo xtask ci`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Run all steps even when one has failed
    #[arg(long)]
    keep_going: bool,
}

/// One step: a name for the summary, and what it does.
struct Step {
    name: &'static str,
    action: Action,
}

enum Action {
    /// `cargo` with these arguments and environment variables.
    Cargo(&'static [&'static str], &'static [(&'static str, &'static str)]),
    /// A check of this program, called as a function.
    Task(fn() -> Result<()>),
    /// cargo-deny, where it is installed.
    CargoDeny,
}

/// How a step ended.
#[derive(Debug, PartialEq)]
enum Outcome {
    Passed,
    Failed(String),
    /// Could not run here; why, and what stands in for it.
    Skipped(&'static str),
    /// An earlier step had failed.
    NotReached,
}

const WARNINGS_ARE_ERRORS: &str = "warnings";

const STEPS: &[Step] = &[
    // The README's own command comes first: it is what a newcomer types.
    Step { name: "test", action: Action::Cargo(&["test", "--workspace"], &[]) },
    Step { name: "fmt", action: Action::Cargo(&["fmt", "--all", "--check"], &[]) },
    Step {
        name: "clippy",
        action: Action::Cargo(
            &[
                "clippy",
                "--workspace",
                "--all-targets",
                "--all-features",
                "--",
                "-D",
                WARNINGS_ARE_ERRORS,
            ],
            &[],
        ),
    },
    Step {
        name: "clippy nn-core, no features",
        action: Action::Cargo(
            &["clippy", "-p", "nn-core", "--no-default-features", "--", "-D", WARNINGS_ARE_ERRORS],
            &[],
        ),
    },
    Step {
        name: "clippy nn-data, no features",
        action: Action::Cargo(
            &["clippy", "-p", "nn-data", "--no-default-features", "--", "-D", WARNINGS_ARE_ERRORS],
            &[],
        ),
    },
    Step {
        name: "doc",
        action: Action::Cargo(
            &["doc", "--workspace", "--no-deps"],
            &[("RUSTDOCFLAGS", "-Dwarnings")],
        ),
    },
    Step { name: "tidy", action: Action::Task(tidy::run) },
    Step { name: "deps-check", action: Action::Task(deps_check::run) },
    Step { name: "cargo-deny", action: Action::CargoDeny },
];

/// Runs the steps in order and prints a summary.
///
/// # Errors
/// When a step fails.
pub fn run(args: &Args) -> Result<()> {
    let start = Instant::now();
    let results = run_steps(STEPS, args.keep_going, run_action);
    print!("{}", summary(&results, start.elapsed()));
    let failed: Vec<&str> = results
        .iter()
        .filter(|(_, outcome, _)| matches!(outcome, Outcome::Failed(_)))
        .map(|(name, _, _)| *name)
        .collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

type StepResult = (&'static str, Outcome, Duration);

fn run_steps(
    steps: &[Step],
    keep_going: bool,
    mut run_action: impl FnMut(&Action) -> Outcome,
) -> Vec<StepResult> {
    let mut stopped = false;
    let mut results = Vec::with_capacity(steps.len());
    for (index, step) in steps.iter().enumerate() {
        if stopped {
            results.push((step.name, Outcome::NotReached, Duration::ZERO));
            continue;
        }
        println!("==> [{}/{}] {}", index + 1, steps.len(), describe(step));
        let start = Instant::now();
        let outcome = run_action(&step.action);
        stopped = matches!(outcome, Outcome::Failed(_)) && !keep_going;
        results.push((step.name, outcome, start.elapsed()));
    }
    results
}

/// Returns what to type to run this step alone.
fn describe(step: &Step) -> String {
    match step.action {
        Action::Cargo(arguments, variables) => {
            let mut text = String::new();
            for (name, value) in variables {
                text.push_str(name);
                text.push('=');
                text.push_str(value);
                text.push(' ');
            }
            text + "cargo " + &arguments.join(" ")
        }
        Action::Task(_) => format!("cargo xtask {}", step.name),
        Action::CargoDeny => "cargo deny check bans licenses sources".to_owned(),
    }
}

fn run_action(action: &Action) -> Outcome {
    match action {
        Action::Cargo(arguments, variables) => {
            let mut command = cargo();
            command.args(*arguments).envs(variables.iter().copied());
            run_command(&mut command)
        }
        Action::Task(task) => to_outcome(task()),
        Action::CargoDeny => run_cargo_deny(),
    }
}

fn run_cargo_deny() -> Outcome {
    let installed = cargo()
        .args(["deny", "--version"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !installed {
        return Outcome::Skipped("not installed; deps-check applied the same deny.toml");
    }
    run_command(cargo().args(["deny", "check", "bans", "licenses", "sources"]))
}

fn run_command(command: &mut Command) -> Outcome {
    let status = command.stdin(Stdio::null()).status().context("cannot start cargo");
    to_outcome(status.and_then(|status| {
        if !status.success() {
            bail!("{status}");
        }
        Ok(())
    }))
}

fn to_outcome(result: Result<()>) -> Outcome {
    match result {
        Ok(()) => Outcome::Passed,
        Err(error) => {
            let text = format!("{error:#}");
            eprintln!("error: {text}");
            Outcome::Failed(text)
        }
    }
}

fn summary(results: &[StepResult], total: Duration) -> String {
    let width = results.iter().map(|(name, _, _)| name.len()).max().unwrap_or(0);
    let mut text = String::from("\nSummary\n");
    for (name, outcome, time) in results {
        let seconds = format!("{:7.1} s", time.as_secs_f64());
        let line = match outcome {
            Outcome::Passed => format!("ok       {name:width$} {seconds}"),
            Outcome::Failed(why) => {
                format!(
                    "FAILED   {name:width$} {seconds}  {}",
                    why.lines().next().unwrap_or_default()
                )
            }
            Outcome::Skipped(why) => format!("skipped  {name:width$} {seconds}  {why}"),
            Outcome::NotReached => format!("not run  {name}"),
        };
        text.push_str("  ");
        text.push_str(&line);
        text.push('\n');
    }
    text + &format!("  total    {:width$} {:7.1} s\n", "", total.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Action, Outcome, STEPS, Step, describe, run_steps, summary};

    fn steps() -> [Step; 3] {
        ["first", "second", "third"].map(|name| Step { name, action: Action::Task(|| Ok(())) })
    }

    fn outcomes(keep_going: bool) -> Vec<Outcome> {
        let mut number = 0;
        let results = run_steps(&steps(), keep_going, |_| {
            number += 1;
            if number == 2 { Outcome::Failed("broken".into()) } else { Outcome::Passed }
        });
        results.into_iter().map(|(_, outcome, _)| outcome).collect()
    }

    #[test]
    fn the_first_failure_stops_the_rest() {
        let expected = [Outcome::Passed, Outcome::Failed("broken".into()), Outcome::NotReached];
        assert_eq!(outcomes(false), expected);
    }

    #[test]
    fn keep_going_runs_the_rest() {
        let expected = [Outcome::Passed, Outcome::Failed("broken".into()), Outcome::Passed];
        assert_eq!(outcomes(true), expected);
    }

    #[test]
    fn the_readme_command_comes_first() {
        assert_eq!(describe(&STEPS[0]), "cargo test --workspace");
    }

    #[test]
    fn the_summary_names_every_step() {
        let second = Duration::from_secs(1);
        let text = summary(
            &[
                ("first", Outcome::Passed, second),
                ("second", Outcome::Failed("exit status: 101\nmore".into()), second),
                ("third", Outcome::Skipped("not here"), second),
                ("fourth", Outcome::NotReached, Duration::ZERO),
            ],
            3 * second,
        );
        assert!(text.contains("ok       first"), "{text}");
        assert!(text.contains("FAILED   second     1.0 s  exit status: 101\n"), "{text}");
        assert!(text.contains("skipped  third      1.0 s  not here"), "{text}");
        assert!(text.contains("not run  fourth"), "{text}");
    }
}
