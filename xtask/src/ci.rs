//! `cargo xtask ci`: the one definition of what a change must pass.
//!
//! `.ci/run` and the public workflow both call this, so that a step is added or changed in one
//! place, and anyone can run all of it before they push. To add a step, add a line to [`STEPS`];
//! what it needs on the machine stands in [`needs`].

pub mod needs;
mod summary;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::project_root::{cargo, project_root};
use crate::{deps_check, examples, interop, lint_workflows, python_package, tidy, web};
use needs::{Lack, Need, Variables};
use summary::{Outcome, StepResult, summary};

/// Options of `cargo xtask ci`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Run all steps even when one has failed
    #[arg(long)]
    keep_going: bool,

    /// Run only these steps, by the names of the summary
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
}

/// One step: its name in the summary, what it does, and what that needs besides Rust.
#[derive(Debug, Clone, Copy)]
struct Step {
    name: &'static str,
    action: Action,
    needs: &'static [Need],
}

#[derive(Debug, Clone, Copy)]
enum Action {
    /// `cargo` with these arguments and environment variables.
    Cargo(&'static [&'static str], &'static [(&'static str, &'static str)]),
    /// A task of this program, called as a function. `cargo xtask NAME` runs it alone.
    Task(fn() -> Result<()>),
    /// Any other program in the workspace's root, with its arguments.
    #[allow(dead_code, reason = "no step of today is a program of its own")]
    Program(&'static [&'static str]),
}

impl Step {
    const fn cargo(name: &'static str, arguments: &'static [&'static str]) -> Self {
        Self { name, action: Action::Cargo(arguments, &[]), needs: &[] }
    }

    const fn task(name: &'static str, task: fn() -> Result<()>) -> Self {
        Self { name, action: Action::Task(task), needs: &[] }
    }

    const fn with(mut self, variables: &'static [(&'static str, &'static str)]) -> Self {
        if let Action::Cargo(arguments, _) = self.action {
            self.action = Action::Cargo(arguments, variables);
        }
        self
    }

    const fn needs(mut self, needs: &'static [Need]) -> Self {
        self.needs = needs;
        self
    }
}

/// All steps, in their order: the README's own command first, which is what a newcomer types,
/// then what is quick to say, then what needs other tools than Rust's.
///
/// Clippy and rustdoc are given all features, so that they share one build of the dependencies.
const STEPS: &[Step] = &[
    Step::cargo("test", &["test", "--workspace"]),
    Step::cargo("fmt", &["fmt", "--all", "--check"]),
    Step::cargo(
        "clippy",
        &["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"],
    ),
    Step::cargo(
        "clippy, no features",
        &["clippy", "-p", "nn-core", "-p", "nn-data", "--no-default-features", "--", "-Dwarnings"],
    ),
    Step::cargo("doc", &["doc", "--workspace", "--no-deps", "--all-features"])
        .with(&[("RUSTDOCFLAGS", "-Dwarnings")]),
    Step::task("examples", examples::run),
    Step::task("tidy", tidy::run),
    Step::task("deps-check", deps_check::run),
    Step::cargo("cargo-deny", &["deny", "check", "bans", "licenses", "sources"]).needs(&[
        Need::CargoCommand { name: "deny", stand_in: "deps-check applied the same deny.toml" },
    ]),
    Step::task("interop", interop::run_light).needs(&[Need::Python]),
    Step::task("python", python_package::run).needs(&[Need::Python]),
    Step::task("lint-workflows", lint_workflows::run).needs(&[Need::Node]),
    Step::task("web", web::test).needs(&[Need::Node, Need::Chromium]),
    Step::cargo(
        "package",
        &[
            "package",
            "--no-verify",
            "--allow-dirty",
            "--quiet",
            "-p",
            "nn-core",
            "-p",
            "nn-data",
            "-p",
            "nn-train",
            "-p",
            "nn-view",
            "-p",
            "nn-interop",
            "-p",
            "nn-lab",
            "-p",
            "nn-cli",
        ],
    ),
];

/// Runs the steps in order and prints a summary.
///
/// # Errors
/// When a step fails, or there is no step of a given name.
pub fn run(args: &Args) -> Result<()> {
    let steps = choose(STEPS, &args.steps)?;
    let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    let start = Instant::now();
    let results = run_steps(&steps, args.keep_going, |step| run_step(step, in_ci));
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

/// The steps of these names, or all.
fn choose(steps: &[Step], names: &[String]) -> Result<Vec<Step>> {
    if let Some(unknown) = names.iter().find(|name| steps.iter().all(|step| step.name != **name)) {
        let known: Vec<&str> = steps.iter().map(|step| step.name).collect();
        bail!("there is no step `{unknown}`, only {}", known.join(", "));
    }
    let chosen = |step: &&Step| names.is_empty() || names.iter().any(|name| name == step.name);
    Ok(steps.iter().filter(chosen).copied().collect())
}

fn run_steps(
    steps: &[Step],
    keep_going: bool,
    mut run_step: impl FnMut(&Step) -> Outcome,
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
        let outcome = run_step(step);
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
        Action::Program(words) => words.join(" "),
    }
}

fn run_step(step: &Step, in_ci: bool) -> Outcome {
    let found = match needs::provide(step.needs, in_ci) {
        Ok(found) => found,
        Err(Lack::Skip(why)) => {
            println!("    skipped: {why}");
            return Outcome::Skipped(why);
        }
        Err(Lack::Fail(why)) => return to_outcome(Err(anyhow::anyhow!(why))),
    };
    to_outcome(match step.action {
        Action::Cargo(arguments, variables) => {
            run_command(cargo().args(arguments).envs(variables.iter().copied()), found)
        }
        Action::Task(task) => task(),
        Action::Program(words) => {
            let mut command = Command::new(words[0]);
            run_command(command.args(&words[1..]).current_dir(project_root()), found)
        }
    })
}

fn run_command(command: &mut Command, found: Variables) -> Result<()> {
    let name = command.get_program().to_owned();
    let status = command.envs(found).stdin(Stdio::null()).status();
    let status = status.with_context(|| format!("cannot start {}", name.display()))?;
    if !status.success() {
        bail!("{status}");
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::{Outcome, STEPS, Step, choose, describe, run_steps};

    fn steps() -> [Step; 3] {
        ["first", "second", "third"].map(|name| Step::task(name, || Ok(())))
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
    fn steps_can_be_chosen_by_name() {
        let names = |names: &[&str]| -> Option<Vec<&str>> {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            Some(choose(&steps(), &names).ok()?.iter().map(|step| step.name).collect())
        };
        assert_eq!(names(&[]), Some(vec!["first", "second", "third"]));
        assert_eq!(names(&["third", "first"]), Some(vec!["first", "third"]));
        assert_eq!(names(&["fourth"]), None);
    }

    #[test]
    fn the_readme_command_comes_first() {
        assert_eq!(describe(&STEPS[0]), "cargo test --workspace");
    }
}
