//! `cargo xtask reproduce`: trains published networks over several seeds and prints a table.
//!
//! Nothing is picked: the seeds are 1 to N, the accuracy is that after the last epoch.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::nn_cli;

/// A network to reproduce: its name, the arguments of `nn-cli train`, what was published.
struct Recipe {
    name: &'static str,
    arguments: &'static str,
    published: &'static str,
}

impl Recipe {
    /// One of the recipes of `nn-cli recipes`, whose name is its only argument.
    const fn built_in(name: &'static str, published: &'static str) -> Self {
        Self { name, arguments: "", published }
    }
}

const RECIPES: &[Recipe] = &[
    Recipe {
        name: "book-chapter1-30",
        arguments: "--layers 784,30,10 --epochs 30 --batch-size 10 --learning-rate 3.0",
        published: "95.42 % (chapter 1, best epoch of one run)",
    },
    Recipe {
        name: "book-chapter1-100",
        arguments: "--layers 784,100,10 --epochs 30 --batch-size 10 --learning-rate 3.0",
        published: "96.59 % (chapter 1, best epoch of one run)",
    },
    Recipe {
        name: "book-chapter1-none",
        arguments: "--layers 784,10 --epochs 30 --batch-size 10 --learning-rate 3.0",
        published: "\"about 92 percent\" (chapter 1, no hidden layer)",
    },
    Recipe {
        name: "standard-normal-30-eta5",
        arguments: "--layers 784,30,10 --epochs 30 --batch-size 10 --learning-rate 5.0",
        published: "",
    },
    Recipe {
        name: "scaled-normal-30",
        arguments: "--layers 784,30,10 --epochs 30 --batch-size 10 --learning-rate 3.0 \
                    --init scaled-normal",
        published: "",
    },
    Recipe {
        name: "scaled-normal-100",
        arguments: "--layers 784,100,10 --epochs 30 --batch-size 10 --learning-rate 3.0 \
                    --init scaled-normal",
        published: "",
    },
    Recipe {
        name: "scaled-normal-none",
        arguments: "--layers 784,10 --epochs 30 --batch-size 10 --learning-rate 3.0 \
                    --init scaled-normal",
        published: "",
    },
    Recipe::built_in("book-chapter3", "98.04 % (chapter 3, best epoch of one run)"),
    Recipe::built_in("plain-800", "98.4 % (Simard et al. 2003, 800 hidden units)"),
    Recipe::built_in("simard-2003", "99.3 % (Simard et al. 2003, elastic distortion)"),
    Recipe::built_in("dropout-2012", "98.75 to 98.95 % (Hinton et al. 2012)"),
    Recipe::built_in("speedrun-98", ""),
    Recipe::built_in("ciresan-2010-small", "99.51 % (Ciresan et al. 2010, 1000-500)"),
];

/// Train published networks over several seeds and print a table of accuracies
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Seeds 1 to N of each recipe.
    #[arg(long, default_value_t = 10, value_name = "N")]
    seeds: u64,

    /// Only the recipes whose names contain this.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,

    /// Folder of the four MNIST files; the data folder by default.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Trains and prints.
///
/// # Errors
///
/// If nn-cli cannot be built or a run fails.
pub fn run(args: &Args) -> Result<()> {
    let program = nn_cli::build(true)?;
    println!(
        "| recipe | test accuracy, mean ± sd | median | lowest | highest | seconds a run | published |"
    );
    println!("|---|--:|--:|--:|--:|--:|---|");
    for recipe in RECIPES {
        if args.only.as_deref().is_some_and(|only| !recipe.name.contains(only)) {
            continue;
        }
        let mut accuracies = Vec::new();
        let mut seconds = Vec::new();
        for seed in 1..=args.seeds {
            let finish = train(&program, recipe, seed, args)?;
            accuracies.push(number(&finish, "test_accuracy")? * 100.0);
            seconds.push(number(&finish, "seconds")?);
        }
        let detail: Vec<String> = accuracies.iter().map(|a| format!("{a:.2}")).collect();
        eprintln!("{}: {}", recipe.name, detail.join(" "));
        let summary = Summary::of(&mut accuracies);
        println!(
            "| `{}` | {:.2} ± {:.2} % | {:.2} % | {:.2} % | {:.2} % | {:.1} | {} |",
            recipe.name,
            summary.mean,
            summary.deviation,
            summary.median,
            summary.lowest,
            summary.highest,
            Summary::of(&mut seconds).median,
            recipe.published,
        );
    }
    Ok(())
}

/// One run; what it printed last.
fn train(program: &PathBuf, recipe: &Recipe, seed: u64, args: &Args) -> Result<Value> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut command = Command::new(program);
    command
        .args(["train", "--json", "--quiet", "--no-fallback", "--seed", &seed.to_string()])
        .args(arguments(recipe))
        .arg("--output")
        .arg(folder.path().join("model.nnm"));
    if let Some(data) = &args.data {
        command.arg("--data").arg(data).args(["--validation", "10000"]);
    }
    let output = command.output().with_context(|| format!("cannot start {}", program.display()))?;
    if !output.status.success() {
        bail!("{} failed: {}", recipe.name, String::from_utf8_lossy(&output.stderr).trim());
    }
    let text = String::from_utf8(output.stdout).context("nn-cli printed no UTF-8")?;
    let last = text.lines().last().context("nn-cli printed nothing")?;
    serde_json::from_str(last).context("nn-cli printed no JSON")
}

fn arguments(recipe: &Recipe) -> Vec<&'static str> {
    match recipe.arguments {
        "" => vec!["--recipe", recipe.name],
        arguments => arguments.split_whitespace().collect(),
    }
}

fn number(object: &Value, field: &str) -> Result<f64> {
    object[field].as_f64().with_context(|| format!("no number `{field}` in {object}"))
}

/// What several runs came to.
struct Summary {
    mean: f64,
    /// Standard deviation of the sample; 0 for one run.
    deviation: f64,
    median: f64,
    lowest: f64,
    highest: f64,
}

impl Summary {
    fn of(values: &mut [f64]) -> Self {
        values.sort_by(f64::total_cmp);
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        Self {
            mean,
            deviation: (squares / (n.max(2) - 1) as f64).sqrt(),
            median: f64::midpoint(values[(n - 1) / 2], values[n / 2]),
            lowest: values[0],
            highest: values[n - 1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_summed_up() {
        let summary = Summary::of(&mut [3.0, 1.0, 2.0, 6.0]);
        assert_eq!((summary.mean, summary.median), (3.0, 2.5));
        assert_eq!((summary.lowest, summary.highest), (1.0, 6.0));
        assert!((summary.deviation - (14.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(Summary::of(&mut [4.0]).deviation, 0.0);
    }
}
