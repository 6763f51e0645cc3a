//! `cargo xtask interop`: other tools load what we export and compute what we compute, and we
//! what they made. What it prints is the source of docs/compatibility.md.

mod models;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::nn_cli;
use crate::project_root::{project_root, target_folder};
use crate::python_environment::{self, Incomplete};
use crate::run_command::run_command;
use models::{Samples, TRAINED};

/// Largest difference of an output of an imported network, which is at most 1.
const TOLERANCE: f32 = 1e-5;

/// Options of `cargo xtask interop`.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// With PyTorch, which takes a gigabyte to install
    #[arg(long)]
    full: bool,

    /// On MNIST's 10,000 test images, instead of the embedded sample's 6,000
    #[arg(long)]
    mnist: bool,

    /// Only train nn-cli's release build and scikit-learn on the same splits of scikit-learn's
    /// tables, and compare accuracies; takes minutes
    #[arg(long, conflicts_with_all = ["full", "mnist"])]
    tables: bool,
}

/// The light half, as CI runs it.
///
/// # Errors
/// As [`run`].
pub fn run_light() -> Result<()> {
    match environment_or_skip()? {
        Some(python) => compare(&Args::default(), python),
        None => Ok(()),
    }
}

/// Trains, exports, imports and compares.
///
/// # Errors
/// When a tool can't be installed or disagrees.
pub fn run(args: &Args) -> Result<()> {
    let python = environment(args.full)?;
    if args.tables { compare_tables(&python) } else { compare(args, python) }
}

/// Trains on scikit-learn's own tables, beside scikit-learn.
fn compare_tables(python: &Path) -> Result<()> {
    let folder = target_folder().join("interop-tables");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("cannot empty target/interop-tables")?;
    }
    fs::create_dir_all(&folder).context("cannot make target/interop-tables")?;
    let nn_cli = nn_cli::build(true)?;
    let script = project_root().join("tests/interop/compare_tables.py");
    run_command(Command::new(python).arg(script).args([folder, nn_cli]))
}

/// The light environment; nothing, said aloud, where its packages can't be installed and nobody
/// has promised that they can, as CI does.
///
/// # Errors
/// In CI, when a package can't be installed.
pub fn environment_or_skip() -> Result<Option<PathBuf>> {
    match environment(false) {
        Ok(python) => Ok(Some(python)),
        Err(error) if std::env::var("CI").is_ok_and(|value| value == "true") => Err(error),
        Err(error) => {
            eprintln!("skipped: the packages of Python can't be installed: {error:#}");
            Ok(None)
        }
    }
}

/// The interpreter of an environment with the tools that are tried, and with those that build and
/// test the Python package; with PyTorch, if it is `full`.
fn environment(full: bool) -> Result<PathBuf> {
    let mut lists = vec!["tests/interop/requirements.txt", "python/requirements-dev.txt"];
    if full {
        lists.push("tests/interop/requirements-full.txt");
    }
    let mut requirements = String::new();
    for list in lists {
        let path = project_root().join(list);
        let text = fs::read_to_string(&path);
        requirements += &text.with_context(|| format!("cannot read {}", path.display()))?;
    }
    let name = if full { "interop-full-venv" } else { "interop-venv" };
    python_environment::provide(name, &requirements, Incomplete::Fails)
}

fn compare(args: &Args, python: PathBuf) -> Result<()> {
    let workshop = Workshop {
        folder: target_folder().join("interop"),
        nn_cli: nn_cli::build(false)?,
        python,
        scripts: project_root().join("tests/interop"),
    };
    if workshop.folder.exists() {
        fs::remove_dir_all(&workshop.folder).context("cannot empty target/interop")?;
    }
    fs::create_dir_all(&workshop.folder).context("cannot make target/interop")?;

    let samples = if args.mnist { Samples::mnist()? } else { Samples::embedded()? };
    samples.write(&workshop.folder)?;
    for (name, arguments) in TRAINED {
        let (data, epochs) = if args.mnist { ("mnist", "3") } else { ("sample", "4") };
        let file = format!("{name}.nnm");
        let mut train = vec!["train", "--data", data, "--epochs", epochs];
        train.extend(arguments.split(' '));
        train.extend(["--output", &file]);
        workshop.nn_cli(&train)?;
        workshop.export(name, &samples)?;
    }
    // A normalisation that no training of today gives: by name, and back out again.
    let described = ["--scale", "1/255", "--mean", "0.1307", "--deviation", "0.3081"];
    let import = ["import", "relu.safetensors", "--output", "standardized.nnm"];
    workshop.nn_cli(&[&import[..], &described].concat())?;
    workshop.export("standardized", &samples)?;
    let mut names: Vec<&str> = TRAINED.iter().map(|(name, _)| *name).collect();
    names.push("standardized");
    samples.describe(&workshop.folder, &names)?;

    workshop.python("check_onnx.py")?;
    workshop.python("check_numpy.py")?;
    workshop.python("make_sklearn.py")?;
    let plain = ["--layers", "relu,relu,softmax", "--scale", "1/255"];
    workshop.import_theirs("sklearn", &plain, &samples)?;
    if args.full {
        workshop.python("check_torch.py")?;
        let plain = [&["--layers", "relu,softmax"], &described[..]].concat();
        workshop.import_theirs("torch", &plain, &samples)?;
    }
    println!("all agree, on {} samples", samples.len());
    Ok(())
}

/// The programs and the folder they work in.
struct Workshop {
    folder: PathBuf,
    nn_cli: PathBuf,
    python: PathBuf,
    scripts: PathBuf,
}

impl Workshop {
    fn nn_cli(&self, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new(&self.nn_cli);
        command.arg("--quiet").args(arguments).current_dir(&self.folder);
        run_command(&mut command).with_context(|| format!("nn-cli {}", arguments.join(" ")))
    }

    fn python(&self, script: &str) -> Result<()> {
        let mut command = Command::new(&self.python);
        command.arg(self.scripts.join(script)).arg(&self.folder);
        run_command(&mut command).with_context(|| script.to_owned())
    }

    /// Writes a model in every format, and what the library makes of the samples.
    fn export(&self, name: &str, samples: &Samples) -> Result<()> {
        let model = format!("{name}.nnm");
        for file in ["safetensors", "onnx", "json"].map(|format| format!("{name}.{format}")) {
            self.nn_cli(&["export", &model, "--output", &file, "--force"])?;
        }
        let bytes = format!("{name}.byte.onnx");
        self.nn_cli(&["export", &model, "--output", &bytes, "--input", "byte"])?;
        let (logits, outputs) = samples.results(&self.folder.join(model))?;
        models::write(&self.folder.join(format!("{name}.logits")), &logits)?;
        models::write(&self.folder.join(format!("{name}.outputs")), &outputs)
    }

    /// Imports the network that another tool left, and compares outputs with its own.
    fn import_theirs(&self, name: &str, described: &[&str], samples: &Samples) -> Result<()> {
        let file = format!("{name}.safetensors");
        self.nn_cli(&[&["import", &file, "--image-shape", "28x28"], described].concat())?;
        let (_, ours) = samples.results(&self.folder.join(format!("{name}.nnm")))?;
        let theirs = models::read(&self.folder.join(format!("{name}.theirs")))?;
        ensure!(ours.len() == theirs.len(), "{name} predicted another number of samples");
        let classes = samples.classes();
        let argmax = nn_core::targets::argmax::<f32>;
        let rows = ours.chunks(classes).zip(theirs.chunks(classes));
        let agree = rows.filter(|(ours, theirs)| argmax(ours) == argmax(theirs)).count();
        let differences = ours.iter().zip(&theirs).map(|(ours, theirs)| (ours - theirs).abs());
        let difference = differences.fold(0.0, f32::max);
        println!(
            "  {:22} {file:25} {agree}/{} predictions equal, largest difference {difference:.1e}",
            "imported, outputs",
            samples.len(),
        );
        ensure!(
            agree == samples.len() && difference <= TOLERANCE,
            "the network of {name}, imported, disagrees with {name}"
        );
        Ok(())
    }
}
