//! What has to be there before anything is measured: the data, the programs, and for the
//! peers an environment of Python and two programs of Rust.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use nn_data::idx::{self, IdxArray, IdxData};
use nn_data::{Dataset, Features};

use crate::project_root::{cargo, project_root, target_folder};
use crate::python_environment::{self, Incomplete};
use crate::run_command::run_command;

/// The folders the benchmarks use.
#[derive(Debug)]
pub struct Workplace {
    root: PathBuf,
    target: PathBuf,
}

impl Workplace {
    /// The folders of this workspace.
    pub fn new() -> Self {
        Self { root: project_root(), target: target_folder() }
    }

    /// Where results go.
    pub fn results(&self) -> PathBuf {
        self.target.join("bench")
    }

    /// The scripts of the Python peers.
    pub fn scripts(&self) -> PathBuf {
        self.root.join("benches/peers")
    }

    /// Where criterion leaves its measurements.
    pub fn criterion(&self) -> PathBuf {
        self.target.join("criterion")
    }

    /// MNIST's four files, raw, from `folder`: that folder itself if it holds them so,
    /// otherwise copies among the results.
    pub fn raw_mnist(&self, folder: &Path) -> Result<PathBuf> {
        let raw = ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"];
        if raw.iter().all(|name| folder.join(name).is_file()) {
            return Ok(folder.to_owned());
        }
        let (train, test) = nn_data::mnist::load(folder)
            .context("the benchmarks train on MNIST: `cargo xtask fetch-mnist`, or --data DIR")?;
        let copies = self.results().join("mnist");
        fs::create_dir_all(&copies).with_context(|| format!("cannot make {}", copies.display()))?;
        for (prefix, dataset) in [("train", &train), ("t10k", &test)] {
            write_raw(&copies, prefix, dataset)?;
        }
        Ok(copies)
    }

    /// Builds `nn-bench-worker`, as it would be released, and returns its path.
    pub fn worker(&self) -> Result<PathBuf> {
        let build = ["build", "--release", "-p", "nn-benches", "--bin", "nn-bench-worker"];
        run_command(cargo().args(build))?;
        Ok(self.target.join("release").join(program("nn-bench-worker")))
    }

    /// Builds the program that measures the machine's limits, for this very machine, and
    /// returns its path. Only the program itself is compiled for this CPU, nothing it uses.
    pub fn machine_limits(&self) -> Result<PathBuf> {
        let build = ["rustc", "--release", "-p", "nn-benches", "--bin", "nn-bench-machine"];
        run_command(cargo().args(build).args(["--", "-C", "target-cpu=native"]))?;
        Ok(self.target.join("release").join(program("nn-bench-machine")))
    }

    /// The interpreter of an environment that has the Python peers; it is made where it is
    /// missing or the pinned versions have changed.
    pub fn python(&self) -> Result<PathBuf> {
        let pinned = self.scripts().join("requirements.txt");
        let wanted = fs::read_to_string(&pinned)
            .with_context(|| format!("cannot read {}", pinned.display()))?;
        python_environment::provide("bench-venv", &wanted, Incomplete::Warns)
    }

    /// The folder of the Rust peers' programs, built for this very CPU: burn and candle choose
    /// some kernels at compile time. One that can't be built is missing there.
    pub fn rust_peers(&self) -> PathBuf {
        let target = self.target.join("bench-peers");
        for peer in ["burn", "candle"] {
            let package = self.scripts().join("rust").join(peer);
            let build = cargo()
                .current_dir(&package)
                .args(["build", "--release", "--quiet"])
                .env("CARGO_TARGET_DIR", &target)
                .env("RUSTFLAGS", "-C target-cpu=native")
                .status();
            if !build.is_ok_and(|status| status.success()) {
                eprintln!("warning: {peer} can't be built");
            }
        }
        target.join("release")
    }
}

fn write_raw(folder: &Path, prefix: &str, dataset: &Dataset) -> Result<()> {
    let Features::U8(pixels) = dataset.features() else { bail!("MNIST's pixels are bytes") };
    let (rows, columns) = dataset.image_shape().context("MNIST is images")?;
    let labels = dataset.labels().iter().map(|label| label as u8).collect();
    let images = IdxArray::new(
        vec![dataset.len(), rows, columns],
        IdxData::U8(pixels.iter().copied().collect()),
    )?;
    let labels = IdxArray::new(vec![dataset.len()], IdxData::U8(labels))?;
    for (name, array) in [("images-idx3", images), ("labels-idx1", labels)] {
        let path = folder.join(format!("{prefix}-{name}-ubyte"));
        let mut bytes = Vec::new();
        idx::write(&mut bytes, &array)?;
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// A program's file name on this system.
fn program(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}
