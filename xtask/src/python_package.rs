//! `cargo xtask python`: builds the Python package, installs it into an environment of its own
//! and runs its tests, scikit-learn's `check_estimator` among them.

use std::process::Command;

use anyhow::Result;

use crate::interop;
use crate::project_root::project_root;
use crate::run_command::run_command;

/// Runs everything, but nothing where Python's packages can't be installed outside CI.
///
/// # Errors
/// When the package can't be built or a test fails.
pub fn run() -> Result<()> {
    let Some(python) = interop::environment_or_skip()? else { return Ok(()) };
    let root = project_root();
    let package = root.join("python");
    let mut install = Command::new(&python);
    // The tools are in the environment already. The development profile shares what the tests of
    // the workspace have built; its kernels are optimised all the same.
    install
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(["--no-deps", "--no-build-isolation", "--force-reinstall"])
        .arg(&package)
        .env("MATURIN_PEP517_ARGS", "--profile dev --locked")
        .current_dir(&root);
    if let (Some(bin), Some(path)) = (python.parent(), std::env::var_os("PATH")) {
        let folders = std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path));
        install.env("PATH", std::env::join_paths(folders)?);
    }
    run_command(&mut install)?;
    let mut tests = Command::new(&python);
    tests.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).current_dir(&package);
    run_command(&mut tests)
}
