//! `cargo xtask dist`: what a release is made of, and the checks that it can be made.
//!
//! An archive with the stripped program, its completions, manual pages and licences, and beside it
//! a file with its SHA-256. Then every crate is packaged as for a registry, and `cargo install`
//! puts a working program into an empty folder.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use crate::project_root::{cargo, project_root, target_folder};

/// The crates that are published, each after those it needs.
const CRATES: [&str; 7] =
    ["nn-core", "nn-data", "nn-train", "nn-view", "nn-interop", "nn-lab", "nn-cli"];

/// What the archive holds of the repository.
const PAPERS: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Options of `cargo xtask dist`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Make the archive only: package and install nothing
    #[arg(long)]
    archive_only: bool,
}

/// Makes the archive and checks packages and installation.
///
/// # Errors
/// When a step of it fails.
pub fn run(args: &Args) -> Result<()> {
    let archive = archive()?;
    println!("{}", archive.display());
    if !args.archive_only {
        package()?;
        install()?;
    }
    Ok(())
}

/// Packages every crate as for a registry, without building the packages.
///
/// # Errors
/// When one can't be packaged.
pub fn package() -> Result<()> {
    let mut command = cargo();
    command.args(["package", "--no-verify", "--allow-dirty", "--quiet"]);
    for name in CRATES {
        command.args(["-p", name]);
    }
    finish(&mut command).map(drop)
}

/// Builds the program and puts it into an archive with all that belongs to it.
fn archive() -> Result<PathBuf> {
    // Stripped by the linker; the profile keeps line tables, for the profiler.
    let build = ["build", "--release", "--locked", "-p", "nn-cli", "--bin", "nn-cli"];
    finish(cargo().args(build).env("CARGO_PROFILE_RELEASE_STRIP", "symbols"))?;
    let program = format!("nn-cli{}", env::consts::EXE_SUFFIX);
    let built = target_folder().join("release").join(&program);
    let version = version(&built)?;
    let name = format!("nn-cli-{version}-{}-{}", env::consts::ARCH, env::consts::OS);
    let dist = target_folder().join("dist");
    let folder = dist.join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    let completions = folder.join("completions");
    fs::create_dir_all(&completions)
        .with_context(|| format!("cannot make {}", completions.display()))?;
    copy(&built, &folder.join(&program))?;
    for (shell, file) in [
        ("bash", "nn-cli.bash"),
        ("zsh", "_nn-cli"),
        ("fish", "nn-cli.fish"),
        ("powershell", "nn-cli.ps1"),
        ("elvish", "nn-cli.elv"),
    ] {
        let script = finish(Command::new(&built).args(["completions", shell]))?;
        let path = completions.join(file);
        fs::write(&path, script).with_context(|| format!("cannot write {}", path.display()))?;
    }
    finish(Command::new(&built).args(["man", "--dir"]).arg(folder.join("man")))?;
    for paper in PAPERS {
        copy(&project_root().join(paper), &folder.join(paper))?;
    }
    let attribution = "crates/nn-data/data/ATTRIBUTION.md";
    copy(&project_root().join(attribution), &folder.join("ATTRIBUTION.md"))?;

    let archive = dist.join(format!("{name}.tar.gz"));
    // Names relative to the folder: a drive's colon would be taken for another machine.
    let pack = ["-czf", &format!("{name}.tar.gz"), &name];
    finish(Command::new("tar").args(pack).current_dir(&dist))?;
    let bytes = fs::read(&archive).with_context(|| format!("cannot read {}", archive.display()))?;
    let mut line = String::new();
    for byte in Sha256::digest(&bytes) {
        write!(line, "{byte:02x}").context("cannot write a digest")?;
    }
    writeln!(line, "  {name}.tar.gz").context("cannot write a digest")?;
    let sum = dist.join(format!("{name}.tar.gz.sha256"));
    nn_data::durable::write_file(&sum, |out| out.write_all(line.as_bytes()))
        .with_context(|| format!("cannot write {}", sum.display()))?;
    Ok(archive)
}

/// Installs the program into an empty folder and lets it train there.
fn install() -> Result<()> {
    let root = tempfile::tempdir().context("cannot make a temporary folder")?;
    let path = "crates/nn-cli";
    finish(
        cargo().args(["install", "--locked", "--quiet", "--path", path, "--root"]).arg(root.path()),
    )?;
    let program = format!("nn-cli{}", env::consts::EXE_SUFFIX);
    let program = root.path().join("bin").join(program);
    let train = ["train", "--data", "sample", "--epochs", "1", "--quiet", "--output", "first.nnm"];
    finish(Command::new(&program).args(train).current_dir(root.path()))?;
    let evaluate = ["evaluate", "first.nnm", "--quiet"];
    let result = finish(Command::new(&program).args(evaluate).current_dir(root.path()))?;
    ensure!(String::from_utf8_lossy(&result).starts_with("accuracy"), "evaluate printed no result");
    println!("installed, trained and evaluated with {}", program.display());
    Ok(())
}

/// The version that the program says it has.
fn version(program: &Path) -> Result<String> {
    let text = finish(Command::new(program).arg("--version"))?;
    let text = String::from_utf8_lossy(&text);
    text.trim().strip_prefix("nn-cli ").map(str::to_owned).context("no version was printed")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).map(drop).with_context(|| format!("cannot copy {}", from.display()))
}

/// Runs a command and gives what it printed.
fn finish(command: &mut Command) -> Result<Vec<u8>> {
    let name = command.get_program().to_owned();
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot start {}", name.display()))?;
    if !output.status.success() {
        bail!("{} ended with {}", name.display(), output.status);
    }
    Ok(output.stdout)
}
