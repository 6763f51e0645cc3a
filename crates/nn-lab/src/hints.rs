//! `/api/hints`: common mistakes that the numbers show, and mends that can be clicked.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use nn_view::analysis::{Predictions, input_shift};
use nn_view::hints::{Evidence, Finding, Hint, hints};
use nn_view::{EpochMetrics, Language};
use serde::{Deserialize, Serialize};

use crate::body::Body;
use crate::data_views::asked;
use crate::lab::Lab;
use crate::reply::{Refusal, Reply};
use crate::train;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    #[serde(default)]
    language: Language,
}

#[derive(Debug, Serialize)]
pub(crate) struct Hints {
    /// Whether there is anything to go by yet: an epoch of training.
    evidence: bool,
    hints: Vec<Shown>,
}

#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    finding: Finding,
    title: String,
    why: String,
    mend: String,
    mends: Vec<Choice>,
}

/// A mend that can be clicked.
#[derive(Debug, Serialize)]
struct Choice {
    setting: &'static str,
    value: String,
    /// Whether it can be applied to the training under way; otherwise a new one is started.
    live: bool,
}

/// What the training so far shows.
pub(crate) async fn look(
    State(lab): State<Arc<Lab>>,
    query: Result<Query<Wanted>, QueryRejection>,
) -> Reply<Hints> {
    let language = asked(query)?.language;
    let hall = lab.clone();
    let work = move || {
        let evidence = evidence(&hall)?;
        let known = !evidence.epochs.is_empty() || evidence.diverged;
        let active = hall.job().is_active();
        let shown = |hint: Hint| {
            let words = hint.words(language);
            let choice = |mend: &nn_view::hints::Mend| Choice {
                setting: mend.setting,
                value: mend.value.clone(),
                live: active && train::is_live(mend.setting),
            };
            Shown {
                mends: hint.mends.iter().map(choice).collect(),
                finding: hint.finding,
                title: words.title,
                why: words.why,
                mend: words.mend,
            }
        };
        Ok(Hints { evidence: known, hints: hints(&evidence).into_iter().map(shown).collect() })
    };
    lab.crew.run(work).await?.map(Json)
}

/// What is known of the training and the network it made.
fn evidence(lab: &Lab) -> Result<Evidence, Refusal> {
    let job = lab.job().evidence();
    let served = lab.current();
    let held_out = lab.data.validation.as_ref();
    let mut evidence = Evidence {
        diverged: job.diverged,
        params: job.params,
        init: job.init,
        cost: Some(served.model.cost.name().to_owned()),
        class_names: (0..served.network().num_outputs()).map(|c| served.class_name(c)).collect(),
        held_out: (held_out.map_or(0, nn_data::Dataset::len), lab.data.test.len()),
        input_shift: Some(lab.input_shift(|data| input_shift(&data.train, &data.test))),
        ..Evidence::default()
    };
    if job.epochs.is_empty() {
        return Ok(evidence);
    }
    evidence.layers = job.layers;
    let last = job.epochs.len() - 1;
    let on_validation = held_out.is_some();
    evidence.epochs = job
        .epochs
        .into_iter()
        .enumerate()
        .map(|(i, epoch)| EpochMetrics {
            // The test samples are looked at once, for the latest network.
            test_accuracy: (i == last && on_validation)
                .then(|| lab.accuracy(&served).ok())
                .flatten(),
            ..epoch
        })
        .collect();
    let dataset = held_out.unwrap_or(&lab.data.test);
    let confusion = Predictions::of(&served.model, dataset)?.evaluation().confusion;
    evidence.recalls = (0..confusion.classes()).map(|class| confusion.recall(class)).collect();
    Ok(evidence)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mend {
    setting: String,
    value: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Applied {
    setting: String,
    value: String,
}

/// Applies a mend: to the training under way where that is possible, else to a new one that is
/// started with the settings of the last.
pub(crate) async fn apply(State(lab): State<Arc<Lab>>, Body(mend): Body<Mend>) -> Reply<Applied> {
    let hall = lab.clone();
    let Mend { setting, value } = mend;
    let (key, text) = (setting.clone(), value.clone());
    lab.crew.run(move || train::mend(&hall, &key, &text)).await??;
    Ok(Json(Applied { setting, value }))
}
