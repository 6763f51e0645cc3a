//! Where the workspace is, and how a task starts another cargo in it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the folder that holds the workspace's `Cargo.toml`.
///
/// Cargo tells a program it runs where that program's package is. The value
/// from compile time is the fallback, for a binary started by hand.
pub fn project_root() -> PathBuf {
    let xtask = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    xtask.parent().map_or_else(|| xtask.clone(), Path::to_path_buf)
}

/// Returns the folder into which cargo builds, and in which tasks keep what they install.
pub fn target_folder() -> PathBuf {
    let root = project_root();
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target))
}

/// Returns a command that runs cargo in the workspace's root.
///
/// The variables by which the outer `cargo run` describes the xtask package are
/// removed: build scripts (ring's, for one) name them as a reason to run again,
/// so they would cause rebuilds that the same command typed by hand does not.
pub fn cargo() -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(project_root());
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(describes_outer_package) {
            command.env_remove(&name);
        }
    }
    command
}

/// Says whether an environment variable is about the package cargo is running.
fn describes_outer_package(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || name == "CARGO_PRIMARY_PACKAGE"
}

#[cfg(test)]
mod tests {
    use super::{describes_outer_package, project_root};

    #[test]
    fn the_root_is_the_folder_above_this_package() {
        let root = project_root();
        assert!(root.join("xtask").join("Cargo.toml").is_file(), "{}", root.display());
    }

    #[test]
    fn settings_of_the_user_are_kept() {
        assert!(describes_outer_package("CARGO_PKG_NAME"));
        assert!(describes_outer_package("CARGO_MANIFEST_DIR"));
        assert!(!describes_outer_package("CARGO_HOME"));
        assert!(!describes_outer_package("CARGO_TARGET_DIR"));
        assert!(!describes_outer_package("CARGO_INCREMENTAL"));
    }
}
