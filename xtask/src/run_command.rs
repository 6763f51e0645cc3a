//! Runs other programs, and says which one failed.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs a command without standard input.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn run_command(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_owned();
    let status = command.stdin(Stdio::null()).status();
    let status = status.with_context(|| format!("cannot start {}", name.display()))?;
    if !status.success() {
        bail!("{} ended with {status}", name.display());
    }
    Ok(())
}
