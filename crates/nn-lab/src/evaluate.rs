//! `/api/evaluate` and `/api/robustness`: how a network does on the test samples, and on worse ones.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ndarray::Array2;
use nn_core::Model;
use nn_data::{Dataset, Features};
use nn_view::analysis::{
    Answer, Calibration, ClassReport, Perturbation, Predictions, RobustnessCurve, ThresholdPoint,
    least_certain, robustness, threshold_curve, worst_mistakes,
};
use serde::{Deserialize, Serialize};

use crate::body::Body;
use crate::lab::Lab;
use crate::pictures::{encode, pixels};
use crate::reply::{Refusal, Reply};

/// Mistakes that are shown.
const SHOWN: usize = 24;
/// Steps of the threshold from 0 to 1.
const STEPS: usize = 50;
/// Bins of the reliability diagram.
const BINS: usize = 10;
/// Samples of a point of a robustness curve.
const CURVE_SAMPLES: usize = 1000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    session: Option<String>,
    /// `noise`, `rotation` or `stroke_width`.
    perturbation: Option<String>,
    /// How much of it.
    #[serde(default)]
    amount: f64,
    /// Only mistakes on samples of this class.
    actual: Option<usize>,
    /// Only mistakes taken for this class.
    predicted: Option<usize>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Result {
    samples: usize,
    accuracy: f64,
    cost: f64,
    /// Rows are what samples are, columns what they are taken for.
    confusion: Vec<Vec<u64>>,
    classes: Vec<ClassReport>,
    calibration: Calibration,
    thresholds: Vec<ThresholdPoint>,
    worst: Vec<Shown>,
    least_certain: Vec<Shown>,
}

/// An answer and its image.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    answer: Answer,
    /// Grey values in base64, as the network saw them.
    pixels: String,
}

/// How the network does, also on images made worse.
pub(crate) async fn evaluate(
    State(lab): State<Arc<Lab>>,
    Body(wanted): Body<Wanted>,
) -> Reply<Result> {
    let (served, _) = lab.network(wanted.session.as_deref())?;
    let perturbation = wanted.perturbation.as_deref().map(perturbation).transpose()?;
    if !(-360.0..=360.0).contains(&wanted.amount) {
        return Err(Refusal::unprocessable("amount: expected −360 to 360"));
    }
    let hall = lab.clone();
    let work = move || {
        let test = &hall.data.test;
        match perturbation {
            None => result(&served.model, test, &wanted),
            Some(kind) => result(&served.model, &perturbed(test, kind, wanted.amount)?, &wanted),
        }
    };
    lab.crew.run(work).await?.map(Json)
}

fn perturbation(name: &str) -> std::result::Result<Perturbation, Refusal> {
    match name {
        "noise" => Ok(Perturbation::Noise),
        "rotation" => Ok(Perturbation::Rotation),
        "stroke_width" => Ok(Perturbation::StrokeWidth),
        other => Err(Refusal::unprocessable(format!(
            "perturbation: expected noise, rotation or stroke_width, found {other}"
        ))),
    }
}

/// The same samples, made worse.
fn perturbed(
    test: &Dataset,
    kind: Perturbation,
    amount: f64,
) -> std::result::Result<Dataset, Refusal> {
    let (rows, columns) = test.image_shape().unwrap_or((1, test.num_features()));
    let mut images = Array2::<u8>::zeros((test.len(), test.num_features()));
    let mut image = vec![0.0; test.num_features()];
    for (sample, mut row) in images.rows_mut().into_iter().enumerate() {
        test.features().copy_row(sample, &mut image);
        let changed = kind.apply(&image, columns, amount, sample as u64);
        for (to, from) in row.iter_mut().zip(changed) {
            *to = (from * 255.0).round().clamp(0.0, 255.0) as u8;
        }
    }
    let labels = test.labels().as_slice().to_vec();
    Dataset::new(test.name(), Features::U8(images), labels, test.class_names().to_vec())
        .and_then(|made| made.with_image_shape(rows, columns))
        .map_err(|error| Refusal::internal(error.to_string()))
}

fn result(
    model: &Model<f32>,
    test: &Dataset,
    wanted: &Wanted,
) -> std::result::Result<Result, Refusal> {
    let predictions = Predictions::of(model, test)?;
    let evaluation = predictions.evaluation();
    let confusion = &evaluation.confusion;
    let classes = 0..confusion.classes();
    let shown = |answer: Answer| Shown { pixels: encode(&pixels(test, answer.sample)), answer };
    let fits = |answer: &Answer| {
        wanted.actual.is_none_or(|class| answer.actual == class)
            && wanted.predicted.is_none_or(|class| answer.predicted == class)
    };
    let most = if wanted.actual.or(wanted.predicted).is_some() { test.len() } else { SHOWN };
    let worst = worst_mistakes(&predictions, most).into_iter().filter(fits);
    Ok(Result {
        samples: evaluation.samples,
        accuracy: evaluation.accuracy(),
        cost: evaluation.mean_cost,
        confusion: classes
            .clone()
            .map(|actual| classes.clone().map(|taken| confusion.count(actual, taken)).collect())
            .collect(),
        classes: ClassReport::all(confusion),
        calibration: Calibration::of(&predictions, BINS),
        thresholds: threshold_curve(&predictions, STEPS),
        worst: worst.take(SHOWN).map(shown).collect(),
        least_certain: least_certain(&predictions, SHOWN).into_iter().map(shown).collect(),
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Whose {
    session: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Curves {
    curves: Vec<RobustnessCurve>,
}

/// Accuracy under noise, rotation, and thicker and thinner strokes.
pub(crate) async fn curves(State(lab): State<Arc<Lab>>, Body(whose): Body<Whose>) -> Reply<Curves> {
    let (served, _) = lab.network(whose.session.as_deref())?;
    let hall = lab.clone();
    let work = move || {
        let curve = |kind: Perturbation| {
            let amounts = kind.usual_amounts();
            robustness(&served.model, &hall.data.test, kind, amounts, CURVE_SAMPLES)
        };
        let curves = Perturbation::ALL.into_iter().map(curve);
        Ok(Curves { curves: curves.collect::<std::result::Result<_, _>>()? })
    };
    lab.crew.run(work).await?.map(Json)
}
