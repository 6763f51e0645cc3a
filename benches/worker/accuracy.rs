//! A whole run by a recipe. The clock is the caller's: it runs from before this process is
//! started to the line printed here.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use nn_train::recipe::Builtin;
use nn_train::{Team, Trainer, evaluate};
use serde_json::json;

use crate::samples;

#[derive(Debug, clap::Args)]
pub struct AccuracyArgs {
    /// A built-in recipe for MNIST
    #[arg(long)]
    recipe: String,
    /// Folder of MNIST's four files
    #[arg(long)]
    data: PathBuf,
    /// Threads to train on
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Seed of the weights and of the order of the samples
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Training images; the other 10,000 of the 60,000 are left for validation, as elsewhere.
const TRAINING_IMAGES: usize = 50_000;

pub fn run(args: &AccuracyArgs) -> anyhow::Result<()> {
    let start = Instant::now();
    let builtin = Builtin::named(&args.recipe)
        .with_context(|| format!("there is no recipe {:?}", args.recipe))?;
    let mut recipe = builtin.recipe();
    (recipe.training.seed, recipe.training.threads) = (args.seed, args.threads);
    anyhow::ensure!(
        recipe.training.augment.is_none() && !recipe.data.expand,
        "recipes of changed images are not measured"
    );
    let (train, test) = samples::load(&args.data, TRAINING_IMAGES)?;
    let loaded = start.elapsed().as_secs_f64();
    let network =
        recipe.build::<f32>(train.inputs().num_features(), test.targets().num_outputs())?;
    let cost = &recipe.network.cost;
    let mut trainer = Trainer::new(network, cost, &train, &recipe.training)?;
    trainer.run(&mut ())?;
    // The test images are looked at once, after the last epoch.
    let team = Team::new(args.threads)?;
    let evaluation = evaluate(trainer.network(), cost, &test, &team)?;
    let line = json!({
        "event": "end",
        "accuracy": evaluation.accuracy(),
        "epochs": trainer.epochs_done(),
        "load_seconds": loaded,
        "peak_kib": samples::peak_kib(),
    });
    println!("{line}");
    Ok(())
}
