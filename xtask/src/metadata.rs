//! The part of `cargo metadata` that the checks read.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::project_root::cargo;

/// The answer of `cargo metadata`.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    /// The packages: the workspace's own, or those and all they depend on.
    pub packages: Vec<Package>,
    /// The ids of the workspace's own packages.
    pub workspace_members: Vec<String>,
}

impl Metadata {
    /// Says whether `package` belongs to this workspace.
    pub fn is_member(&self, package: &Package) -> bool {
        self.workspace_members.contains(&package.id)
    }
}

/// One package.
#[derive(Debug, Default, Deserialize)]
pub struct Package {
    /// The name as in `Cargo.toml`.
    pub name: String,
    /// The version, such as `1.2.3`.
    pub version: String,
    /// Cargo's own identifier, unique in one answer.
    pub id: String,
    /// The SPDX expression, where the package states one.
    pub license: Option<String>,
    /// Where the package came from; nothing for a folder on this machine.
    pub source: Option<String>,
    /// The oldest Rust the package says it builds with.
    pub rust_version: Option<String>,
    /// What the package asks for, of every kind.
    pub dependencies: Vec<Dependency>,
    /// The crates that the package is built into.
    pub targets: Vec<Target>,
}

/// One line of a package's dependency tables.
#[derive(Debug, Default, Deserialize)]
pub struct Dependency {
    /// The name of the package asked for.
    pub name: String,
    /// The version requirement; `*` where none was given.
    pub req: String,
    /// `dev`, `build`, or nothing for a normal dependency.
    pub kind: Option<String>,
    /// The folder, for a dependency on a folder of this machine.
    pub path: Option<PathBuf>,
}

/// One crate a package is built into.
#[derive(Debug, Default, Deserialize)]
pub struct Target {
    /// `lib`, `bin`, `test` …
    pub kind: Vec<String>,
    /// The crate's root file, absolute.
    pub src_path: PathBuf,
}

/// Reads the workspace's own packages, without any network access.
///
/// # Errors
/// When cargo cannot be started, refuses the manifests, or answers in a form
/// this program does not know.
pub fn read_workspace() -> Result<Metadata> {
    read(&["--no-deps"])
}

/// Reads every package the workspace can depend on, on any platform and with
/// any feature, from a `Cargo.lock` that must be up to date.
///
/// # Errors
/// As [`read_workspace`], and when `Cargo.lock` does not fit the manifests.
pub fn read_all() -> Result<Metadata> {
    read(&["--all-features", "--locked"])
}

fn read(options: &[&str]) -> Result<Metadata> {
    let output = cargo()
        .args(["metadata", "--format-version", "1"])
        .args(options)
        .output()
        .context("cannot start cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata failed:\n{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    serde_json::from_slice(&output.stdout).context("cannot read the answer of cargo metadata")
}
