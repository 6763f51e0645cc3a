//! What a step needs besides a Rust toolchain, and where it comes from.
//!
//! In CI (`CI=true`) what is missing is installed by the system's package manager, and if that
//! can't be done, the step fails. On a person's machine nothing is installed: the step is
//! skipped, and the summary says what it lacked.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Something that must be on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Python 3 that can make virtual environments. What a step needs from pip, the step installs
    /// itself, into an environment below the target folder (see `python_environment`).
    Python,
    /// Node with npm.
    Node,
    /// A browser that can be run without a screen. Its path is handed on as `NN_CHROMIUM`.
    Chromium,
    /// `cargo NAME`, which is never installed here: building it takes minutes.
    CargoCommand {
        /// The subcommand.
        name: &'static str,
        /// What does its work where it is missing.
        stand_in: &'static str,
    },
}

/// Why a step can't run.
#[derive(Debug, PartialEq, Eq)]
pub enum Lack {
    /// It is left out on this machine.
    Skip(String),
    /// It should have been there.
    Fail(String),
}

/// Variables for a step's command.
pub type Variables = Vec<(&'static str, PathBuf)>;

/// Sees to all of these, and gives the variables that say where they are.
pub fn provide(needs: &[Need], in_ci: bool) -> Result<Variables, Lack> {
    let mut variables = Variables::new();
    for need in needs {
        match need {
            Need::CargoCommand { name, stand_in } => {
                if !runs(crate::project_root::cargo().args([name, "--version"])) {
                    return Err(Lack::Skip(format!("not installed; {stand_in}")));
                }
            }
            Need::Python => {
                let works = || runs(Command::new(python()).args(["-c", "import venv, ensurepip"]));
                find_or_install("Python 3 with venv", PYTHON_PACKAGES, in_ci, works)?;
            }
            Need::Node => {
                let works = || {
                    runs(Command::new("node").arg("--version"))
                        && runs(Command::new(npm()).arg("--version"))
                };
                find_or_install("Node with npm", &["nodejs", "npm"], in_ci, works)?;
            }
            Need::Chromium => {
                find_or_install("Chromium", &["chromium"], in_ci, || chromium().is_some())?;
                variables.extend(chromium().map(|path| ("NN_CHROMIUM", path)));
            }
        }
    }
    Ok(variables)
}

const PYTHON_PACKAGES: &[&str] = &["python3", "python3-venv", "python3-pip"];

/// The system's own Python.
pub fn python() -> &'static str {
    if cfg!(windows) { "python" } else { "python3" }
}

/// npm, which is a script on Windows.
pub fn npm() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}

/// A browser of Chromium's family: the one named by `NN_CHROMIUM`, or the first on the path.
fn chromium() -> Option<PathBuf> {
    if let Some(path) = env::var_os("NN_CHROMIUM") {
        return Some(path.into());
    }
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    let apps = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ];
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let on_path = names.iter().flat_map(|name| {
        let name = format!("{name}{}", env::consts::EXE_SUFFIX);
        folders.iter().map(move |folder| folder.join(&name))
    });
    on_path.chain(apps.map(PathBuf::from)).find(|path| path.is_file())
}

fn find_or_install(
    what: &str,
    debian_packages: &[&str],
    in_ci: bool,
    works: impl Fn() -> bool,
) -> Result<(), Lack> {
    if works() {
        return Ok(());
    }
    let missing = format!("needs {what}, which is not installed");
    if !in_ci || !cfg!(target_os = "linux") {
        return Err(Lack::Skip(missing));
    }
    install(debian_packages).map_err(|why| Lack::Fail(format!("{missing}: {why}")))?;
    if works() { Ok(()) } else { Err(Lack::Fail(format!("{missing}, not even by apt-get"))) }
}

/// Installs packages of Debian or Ubuntu.
fn install(packages: &[&str]) -> Result<(), String> {
    println!("    installing {}", packages.join(", "));
    // Another process may hold the lock for a while.
    let apt = ["-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];
    let update = ["update"].as_slice();
    let install = [["install", "-y", "--no-install-recommends"].as_slice(), packages].concat();
    for arguments in [update, &install] {
        let is_root = env::var_os("USER").is_none_or(|user| user == "root");
        let mut command = if is_root { Command::new("apt-get") } else { Command::new("sudo") };
        if !is_root {
            command.args(["-n", "apt-get"]);
        }
        command.args(apt).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
        match status {
            Ok(status) if status.success() => {}
            Ok(status) => return Err(format!("apt-get {} ended with {status}", arguments[0])),
            Err(error) => return Err(format!("cannot start apt-get: {error}")),
        }
    }
    Ok(())
}

/// Whether a command can be started and ends well.
fn runs(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::{Lack, Need, find_or_install, provide};

    #[test]
    fn outside_ci_what_is_missing_skips_the_step() {
        let lack = find_or_install("a unicorn", &["unicorn"], false, || false).unwrap_err();
        assert_eq!(lack, Lack::Skip("needs a unicorn, which is not installed".into()));
        assert_eq!(find_or_install("a horse", &["horse"], false, || true), Ok(()));
    }

    #[test]
    fn cargo_commands_are_never_installed() {
        let need = Need::CargoCommand { name: "no-such-command", stand_in: "nothing lost" };
        let lack = provide(&[need], true).unwrap_err();
        assert_eq!(lack, Lack::Skip("not installed; nothing lost".into()));
    }
}
