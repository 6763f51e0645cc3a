//! Virtual environments of Python below the target folder, made once for each list of packages.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::ci::needs::python;
use crate::project_root::target_folder;
use crate::run_command::run_command;

/// What a package that can't be installed means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incomplete {
    /// Nothing can be done without it.
    Fails,
    /// A warning; the others are installed, and it is tried again next time.
    Warns,
}

/// Returns the interpreter of the environment `target/NAME`, which holds the packages of
/// `requirements` (a line each, as pip reads them; `#` begins a comment). It is made where it is
/// missing or the lines have changed.
///
/// # Errors
/// When Python can't make an environment, or a package can't be installed and that matters.
pub fn provide(name: &str, requirements: &str, incomplete: Incomplete) -> Result<PathBuf> {
    let environment = target_folder().join(name);
    let bin = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let interpreter = bin.join(format!("python{}", env::consts::EXE_SUFFIX));
    let installed = environment.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|text| text == requirements) {
        return Ok(interpreter);
    }
    eprintln!("making {} (packages are downloaded once)", environment.display());
    run_command(Command::new(python()).args(["-m", "venv"]).arg(&environment))?;
    let mut pip = vec!["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let lines = requirements
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    if incomplete == Incomplete::Fails {
        pip.extend(lines);
        run_command(Command::new(&interpreter).args(pip))?;
    } else {
        // One at a time, so that a package that can't be installed is the only one missing.
        let mut complete = true;
        for line in lines {
            if let Err(error) = run_command(Command::new(&interpreter).args(&pip).arg(line)) {
                eprintln!("warning: {line} can't be installed: {error:#}");
                complete = false;
            }
        }
        if !complete {
            return Ok(interpreter);
        }
    }
    fs::write(&installed, requirements)
        .with_context(|| format!("cannot write {}", installed.display()))?;
    Ok(interpreter)
}
