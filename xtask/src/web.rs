//! `cargo xtask web`: the lab in a real browser, pictures of it, and how soon it answers.
//!
//! Playwright's core drives the system's Chromium; it is installed below the target folder. The
//! scripts are in `tests/web/`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::ci::needs::{self, Lack, Need, npm};
use crate::nn_cli;
use crate::project_root::{project_root, target_folder};
use crate::run_command::run_command;

/// The npm package and its version.
const PLAYWRIGHT: &str = "playwright-core@1.64.1";

/// Options of `cargo xtask web`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Take the pictures of docs/lab.md instead of testing
    #[arg(long)]
    screenshots: bool,

    /// Measure how long a drawing waits for its answer instead of testing
    #[arg(long, conflicts_with = "screenshots")]
    answers: bool,

    /// Use the release build
    #[arg(long)]
    release: bool,
}

/// Tests the page, as CI does.
///
/// # Errors
/// When a test fails, or something it needs can't be had.
pub fn test() -> Result<()> {
    run(&Args { screenshots: false, answers: false, release: false })
}

/// Tests the page, takes pictures of it, or measures it.
///
/// # Errors
/// When a test fails, or something it needs can't be had.
pub fn run(args: &Args) -> Result<()> {
    let variables = match needs::provide(&[Need::Node, Need::Chromium], false) {
        Ok(variables) => variables,
        Err(Lack::Skip(why) | Lack::Fail(why)) => bail!("{why}"),
    };
    let folder = target_folder().join("web");
    install(&folder)?;
    let program = nn_cli::build(args.release)?;
    let model = folder.join("model.nnm");
    train(&program, &model)?;
    let scripts: &[&str] = match args {
        Args { screenshots: true, .. } => &["screenshots.mjs"],
        Args { answers: true, .. } => &["answers.mjs"],
        _ => &["lab.mjs", "giveaway.mjs"],
    };
    for script in scripts {
        let mut node = Command::new("node");
        node.arg(project_root().join("tests/web").join(script))
            .envs(variables.iter().cloned())
            .env("NN_WEB_MODULES", folder.join("node_modules"))
            .env("NN_PROGRAM", &program)
            .env("NN_MODEL", &model);
        if args.screenshots {
            node.env("NN_PICTURES", project_root().join("docs/images"));
        }
        run_command(&mut node)?;
    }
    Ok(())
}

/// Installs what drives the browser, unless it is there.
fn install(folder: &Path) -> Result<()> {
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).ok().as_deref() == Some(PLAYWRIGHT) {
        return Ok(());
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut install = Command::new(npm());
    install.args([
        "install",
        "--silent",
        "--no-save",
        "--no-package-lock",
        "--no-audit",
        "--no-fund",
    ]);
    run_command(install.arg("--prefix").arg(folder).arg(PLAYWRIGHT))?;
    fs::write(&stamp, PLAYWRIGHT).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Trains the network that is shown: a few seconds on the embedded sample.
pub fn train(program: &Path, model: &Path) -> Result<()> {
    let settings = [
        "train",
        "--data",
        "sample",
        "--hidden",
        "30",
        "--epochs",
        "30",
        "--batch-size",
        "10",
        "--cost",
        "cross-entropy",
        "--init",
        "scaled-normal",
        "--seed",
        "3",
        "--quiet",
        "--output",
    ];
    run_command(Command::new(program).args(settings).arg(model).stdout(Stdio::null()))
}
