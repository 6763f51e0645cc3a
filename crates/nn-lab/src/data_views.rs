//! `/api/data`: counts, averages, grey values and images of the samples.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use nn_data::{Dataset, Features};
use serde::{Deserialize, Serialize};

use crate::lab::Lab;
use crate::pictures::{Picture, encode};
use crate::reply::{Refusal, Reply};

/// Most images of one answer.
const MAX_IMAGES: usize = 100;

/// Grey values that fall together in the histogram.
const BIN: usize = 16;

/// A query string that may not be what was expected.
pub(crate) type Asked<T> = Result<Query<T>, QueryRejection>;

/// What a query string asks for.
pub(crate) fn asked<T>(query: Asked<T>) -> Result<T, Refusal> {
    match query {
        Ok(Query(query)) => Ok(query),
        Err(error) => Err(Refusal::unprocessable(error.body_text())),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    #[serde(default = "train")]
    split: String,
}

fn train() -> String {
    "train".into()
}

#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    name: String,
    split: String,
    samples: usize,
    /// Samples of each class.
    counts: Vec<u64>,
    /// The mean image of each class, in base64.
    averages: Vec<String>,
    /// Pixels by grey value, 16 values a bin.
    histogram: Vec<u64>,
    /// Pixels that are 0.
    blank: u64,
    /// Mean and standard deviation of all grey values.
    mean: f64,
    deviation: f64,
}

/// One part of the data at a glance.
pub(crate) async fn summary(State(lab): State<Arc<Lab>>, query: Asked<Part>) -> Reply<Summary> {
    let split = asked(query)?.split;
    lab.data.split(&split)?;
    let data = lab.data.clone();
    let work = move || {
        let dataset = data.split(&split)?;
        summarize(&data.name, &split, dataset)
    };
    lab.crew.run(work).await?.map(Json)
}

fn summarize(name: &str, split: &str, dataset: &Dataset) -> Result<Summary, Refusal> {
    let Features::U8(images) = dataset.features() else {
        return Err(Refusal::unprocessable("these samples are no images"));
    };
    let (classes, pixels) = (dataset.num_classes(), dataset.num_features());
    let mut counts = vec![0_u64; classes];
    let mut sums = vec![0_u64; classes * pixels];
    let mut greys = [0_u64; 256];
    for (image, label) in images.rows().into_iter().zip(dataset.labels().iter()) {
        counts[label] += 1;
        for (sum, &pixel) in sums[label * pixels..].iter_mut().zip(image) {
            *sum += u64::from(pixel);
            greys[usize::from(pixel)] += 1;
        }
    }
    let average = |(sums, &count): (&[u64], &u64)| {
        let grey = |&sum: &u64| (sum as f64 / count.max(1) as f64).round() as u8;
        encode(&sums.iter().map(grey).collect::<Vec<u8>>())
    };
    let total = (dataset.len() * pixels) as f64;
    let moment = |power: i32| {
        let each = greys.iter().enumerate().map(|(v, &n)| (v as f64).powi(power) * n as f64);
        each.sum::<f64>() / total
    };
    let mean = moment(1);
    Ok(Summary {
        name: name.to_owned(),
        split: split.to_owned(),
        samples: dataset.len(),
        averages: sums.chunks(pixels).zip(&counts).map(average).collect(),
        counts,
        histogram: greys.chunks(BIN).map(|bin| bin.iter().sum()).collect(),
        blank: greys[0],
        mean,
        deviation: (moment(2) - mean * mean).max(0.0).sqrt(),
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    #[serde(default = "train")]
    split: String,
    class: Option<usize>,
    /// The first sample looked at.
    #[serde(default)]
    from: usize,
    #[serde(default = "one_screen")]
    count: usize,
}

fn one_screen() -> usize {
    40
}

#[derive(Debug, Serialize)]
pub(crate) struct Images {
    images: Vec<Picture>,
    /// Where the next ones start; null at the end.
    next: Option<usize>,
}

/// Some images, of all classes or one.
pub(crate) async fn images(State(lab): State<Arc<Lab>>, query: Asked<Wanted>) -> Reply<Images> {
    let Wanted { split, class, from, count } = asked(query)?;
    let dataset = lab.data.split(&split)?;
    if !(1..=MAX_IMAGES).contains(&count) {
        let message = format!("count: expected 1 to {MAX_IMAGES}, found {count}");
        return Err(Refusal::unprocessable(message));
    }
    if let Some(class) = class.filter(|class| *class >= dataset.num_classes()) {
        return Err(Refusal::unprocessable(format!("class: there is no class {class}")));
    }
    let fits = |index: &usize| class.is_none_or(|class| dataset.labels().get(*index) == class);
    let mut indices = (from..dataset.len()).filter(fits);
    let images = indices.by_ref().take(count).map(|i| Picture::of(dataset, i)).collect();
    Ok(Json(Images { images, next: indices.next() }))
}
