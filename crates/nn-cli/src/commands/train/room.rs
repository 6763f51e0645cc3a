//! Whether memory and disk have room for a run, asked before anything is allocated or written.

use std::path::Path;

use nn_core::NetworkBuilder;
use nn_data::{Dataset, Features, durable};
use nn_train::{Optimizer, Recipe};

use super::saver::KEEP;
use crate::Exit;
use crate::args::run::{Every, RunArgs};
use crate::data_source::Data;
use crate::failure::Failure;
use crate::memory::{self, human};

/// Bytes of a file besides weights: names, normalisation, settings.
const BESIDES: u64 = 64 * 1024;

/// Refuses a network that this machine can't hold, before any of it is allocated. Gives the bytes
/// that training it takes.
pub(super) fn check_memory(recipe: &Recipe, sizes: &[usize], data: &Data) -> Result<u64, Failure> {
    let network = NetworkBuilder::<f32>::new(sizes).bytes()? as u64;
    // The largest layer is drawn in f64, rounded to f32, and then copied into its place.
    let weights = |pair: &[usize]| pair[0] as u64 * pair[1] as u64;
    let drawn = 12 * sizes.windows(2).map(weights).max().unwrap_or(0);
    // Activations, weighted inputs and errors of a mini-batch, and outputs under evaluation.
    let units: u64 = sizes.iter().map(|&size| size as u64).sum();
    let at_once = 3 * recipe.training.batch_size as u64 + 256;
    let buffers = units.saturating_mul(4).saturating_mul(at_once);
    // Training changes one copy of the weights and of what the optimiser remembers; the other,
    // made once the weights are drawn, is the newest checkpoint.
    let remembered = network.saturating_mul(2 * optimizer_arrays(recipe));
    // The data are there already; a second time while they take the form that networks want.
    let datasets = [Some(&data.train), data.validation.as_ref(), Some(&data.test)];
    let samples: u64 = datasets.into_iter().flatten().map(dataset_bytes).sum();
    let bytes = [drawn.max(network), remembered, buffers, samples]
        .into_iter()
        .fold(network, u64::saturating_add);
    let names: Vec<String> = sizes.iter().map(ToString::to_string).collect();
    let what = format!("training {}", names.join("-"));
    memory::check(&what, bytes, "choose smaller layers, or a smaller --batch-size")?;
    Ok(bytes)
}

fn dataset_bytes(data: &Dataset) -> u64 {
    let width = if matches!(data.features(), Features::U8(_)) { 1 } else { 4 };
    (data.len() as u64).saturating_mul(data.num_features() as u64).saturating_mul(width)
}

/// Numbers that the optimiser remembers of each weight, at most.
fn optimizer_arrays(recipe: &Recipe) -> u64 {
    if recipe.training.optimizer == Optimizer::Sgd { 0 } else { 2 }
}

/// Refuses to begin a run whose files the disk of `path` can't hold.
pub(super) fn check_run(
    path: &Path,
    recipe: &Recipe,
    sizes: &[usize],
    args: &RunArgs,
) -> Result<(), Failure> {
    let epochs = recipe.training.epochs;
    let due = match args.checkpoint_every {
        Some(Every::Epochs(every)) => epochs / every,
        _ => epochs,
    };
    let kept = args.keep.unwrap_or(KEEP).min(due) as u64;
    // The last one, the best one, and whichever is being written; then the model.
    let checkpoints = kept.saturating_add(3);
    let bytes = checkpoints
        .saturating_mul(checkpoint_bytes(recipe, sizes))
        .saturating_add(model_bytes(sizes));
    let hint = "keep fewer checkpoints with --keep, or choose another disk with --run-dir";
    check(path, bytes, hint)
}

/// Refuses to begin a training whose model the disk of `path` can't hold.
pub(super) fn check_model(path: &Path, sizes: &[usize]) -> Result<(), Failure> {
    check(path, model_bytes(sizes), "choose a file on another disk with --output")
}

fn check(path: &Path, bytes: u64, hint: &str) -> Result<(), Failure> {
    // Where the system doesn't say how much there is, the writing will.
    let Ok(free) = durable::free_space(path) else { return Ok(()) };
    if bytes <= free {
        return Ok(());
    }
    let (needed, free) = (human(bytes), human(free));
    let message = format!(
        "cannot write {}: training needs about {needed} there, the disk has {free} free",
        path.display()
    );
    Err(Failure::new(Exit::Io, message).hint(hint))
}

fn model_bytes(sizes: &[usize]) -> u64 {
    let weights = |pair: &[usize]| (pair[0] as u64 + 1).saturating_mul(pair[1] as u64);
    let parameters = sizes.windows(2).map(weights).fold(0, u64::saturating_add);
    parameters.saturating_mul(4).saturating_add(BESIDES)
}

/// A model, and what the optimiser remembers.
fn checkpoint_bytes(recipe: &Recipe, sizes: &[usize]) -> u64 {
    model_bytes(sizes).saturating_mul(1 + optimizer_arrays(recipe)).saturating_add(BESIDES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_the_figures() {
        let folder = tempfile::tempdir().unwrap();
        let recipe = Recipe::default();
        let mut args = RunArgs::default();
        let path = folder.path().join("runs/first");
        check_run(&path, &recipe, &[784, 30, 10], &args).unwrap();
        check_model(&path, &[784, 30, 10]).unwrap();
        let refused = check_model(&path, &[1 << 30, 1 << 30]).unwrap_err();
        assert_eq!(refused.exit(), Exit::Io);
        assert!(refused.message().contains("needs about 4612 PB there, the disk has "));
        args.keep = Some(usize::MAX);
        check_run(&path, &recipe, &[784, 30, 10], &args).unwrap();
        let mut long = recipe;
        long.training.epochs = usize::MAX;
        assert!(check_run(&path, &long, &[784, 30, 10], &args).is_err());
        args.checkpoint_every = Some(Every::Epochs(usize::MAX));
        check_run(&path, &long, &[784, 30, 10], &args).unwrap();
    }
}
