//! `cargo xtask make-sample`: makes nn-data's embedded sample from MNIST, or checks it.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use nn_data::{Dataset, mnist, sample};

/// Make nn-data's embedded sample again from MNIST
#[derive(Debug, clap::Args)]
pub struct MakeSampleArgs {
    /// The folder that holds MNIST's four files [default: mnist in the data folder]
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,

    /// Where the sample is written [default: crates/nn-data/data]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,

    /// Write nothing; fail when the sample isn't the one that would be made
    #[arg(long)]
    check: bool,
}

/// Chooses the digits by the rule of [`nn_data::sample`] and writes or compares the four files.
///
/// # Errors
///
/// When MNIST can't be loaded, the files can't be written, or `--check` finds a difference.
pub fn run(args: MakeSampleArgs) -> anyhow::Result<()> {
    let folder = match args.from {
        Some(folder) => folder,
        None => nn_data::mnist_dir(None)?,
    };
    let (train, test) =
        mnist::load(&folder).context("the sample is made from MNIST; fetch it first")?;
    let train = train.subset(&sample::choose(&train, sample::TRAIN / train.num_classes())?)?;
    let test = test.subset(&sample::choose(&test, sample::TEST / test.num_classes())?)?;
    let target = args
        .output
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/nn-data/data"));
    if args.check { check(&target, &train, &test) } else { write(&target, &train, &test) }
}

fn write(target: &Path, train: &Dataset, test: &Dataset) -> anyhow::Result<()> {
    nn_data::write_idx_folder(target, train, test)?;
    for (name, _) in sample::files() {
        let path = target.join(name);
        println!("{} ({} bytes)", path.display(), path.metadata()?.len());
    }
    Ok(())
}

fn check(target: &Path, train: &Dataset, test: &Dataset) -> anyhow::Result<()> {
    let made = tempfile::tempdir().context("cannot make a temporary folder")?;
    nn_data::write_idx_folder(made.path(), train, test)?;
    for (name, _) in sample::files() {
        let read = |folder: &Path| {
            let path = folder.join(&name);
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        if read(target)? != read(made.path())? {
            bail!("{name} in {} is not what MNIST gives; run make-sample", target.display());
        }
    }
    println!("the sample in {} is what MNIST gives", target.display());
    Ok(())
}
