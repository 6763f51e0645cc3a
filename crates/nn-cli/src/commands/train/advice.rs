//! Hints about a run that has just ended.

use nn_core::Model;
use nn_train::{ConfusionMatrix, Recipe, RunFolder, Samples};
use nn_view::analysis::{InputShift, layer_health};
use nn_view::hints::{Evidence, hints};
use nn_view::{EpochMetrics, Language, read_metrics};

use crate::failure::Failure;
use crate::output::records::{HintRecord, TrainEpoch};

/// Samples on which units are watched.
const WATCHED: usize = 500;

/// What the hints rest on, besides the model.
pub(super) struct Known<'a> {
    pub(super) recipe: &'a Recipe,
    pub(super) epochs: Vec<EpochMetrics>,
    pub(super) confusion: &'a ConfusionMatrix,
    pub(super) test: &'a Samples<f32>,
    pub(super) validation: usize,
    pub(super) shift: InputShift,
}

/// The metrics of all epochs: those of the run folder, where there is one and it was resumed, else
/// those that were done here.
pub(super) fn epochs(folder: Option<&RunFolder>, here: &[TrainEpoch]) -> Vec<EpochMetrics> {
    let recorded = folder.and_then(|folder| std::fs::read_to_string(folder.metrics_path()).ok());
    let text = recorded.unwrap_or_else(|| {
        let line = |epoch| serde_json::to_string(epoch).unwrap_or_default() + "\n";
        here.iter().map(line).collect()
    });
    read_metrics(&text).0
}

/// The hints, in the order of their gravity.
pub(super) fn advise(model: &Model<f32>, known: Known<'_>) -> Result<Vec<HintRecord>, Failure> {
    let test = known.test;
    let count = test.len().min(WATCHED);
    let samples: Vec<usize> = (0..count).map(|i| i * test.len() / count).collect();
    let evidence = Evidence {
        epochs: known.epochs,
        params: Some(known.recipe.training.clone()),
        init: Some(known.recipe.network.init.to_string()),
        cost: Some(known.recipe.network.cost.to_string()),
        layers: layer_health(&model.network, test.inputs(), &samples)?,
        recalls: (0..known.confusion.classes()).map(|c| known.confusion.recall(c)).collect(),
        class_names: model.class_names.clone(),
        held_out: (known.validation, test.len()),
        input_shift: Some(known.shift),
        ..Evidence::default()
    };
    let record = |hint: &nn_view::hints::Hint| {
        let words = hint.words(Language::English);
        HintRecord { hint: hint.clone(), words }
    };
    Ok(hints(&evidence).iter().map(record).collect())
}
