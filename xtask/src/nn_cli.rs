//! The command line as tasks run it.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::project_root::{cargo, target_folder};
use crate::run_command::run_command;

/// Builds the command line, and says where it is.
///
/// # Errors
/// When it doesn't build.
pub fn build(release: bool) -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "-p", "nn-cli"]);
    if release {
        build.arg("--release");
    }
    run_command(&mut build)?;
    let name = format!("nn-cli{}", env::consts::EXE_SUFFIX);
    let path = target_folder().join(if release { "release" } else { "debug" }).join(name);
    ensure!(path.is_file(), "{} was not built", path.display());
    Ok(path)
}
