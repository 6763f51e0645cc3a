//! `nn-cli data info`: what a dataset is like.

use nn_data::{ColumnKind, Dataset, Description, Range, describe, shared_samples};
use serde::Serialize;

use crate::args::data_command::InfoArgs;
use crate::failure::Failure;
use crate::output::json;
use crate::output::number::{count, percent, significant};
use crate::output::records::SCHEMA;
use crate::streams::{Streams, one_line};

/// Classes that are listed for people.
const MOST_CLASSES: usize = 30;

#[derive(Serialize)]
struct Info {
    schema: u32,
    data: String,
    format: String,
    task: &'static str,
    columns: Vec<ColumnInfo>,
    parts: Vec<PartInfo>,
    /// Test samples whose features a training sample has, too.
    shared_samples: Option<usize>,
}

#[derive(Serialize)]
struct ColumnInfo {
    name: String,
    kind: &'static str,
    words: Option<Vec<String>>,
}

#[derive(Serialize)]
struct PartInfo {
    part: &'static str,
    samples: usize,
    features: usize,
    image_rows: Option<usize>,
    image_columns: Option<usize>,
    classes: Vec<Class>,
    target: Option<Span>,
    values: Span,
    density: f64,
    constant_features: usize,
    duplicates: usize,
    contradictions: usize,
    sha256: String,
}

#[derive(Serialize)]
struct Class {
    name: String,
    samples: usize,
}

#[derive(Serialize, Clone, Copy)]
struct Span {
    min: f64,
    mean: f64,
    max: f64,
}

impl From<Range> for Span {
    fn from(range: Range) -> Self {
        Self { min: range.min, mean: range.mean, max: range.max }
    }
}

/// Runs the command.
pub(super) fn run(args: &InfoArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let whole = super::load(&args.which, streams)?;
    let (train, test) = (&whole.train, whole.test.as_ref());
    let column = |column: &nn_data::Column| ColumnInfo {
        name: column.name.clone(),
        kind: match column.kind {
            ColumnKind::Category(_) => "words",
            _ => "number",
        },
        words: match &column.kind {
            ColumnKind::Category(words) => Some(words.clone()),
            _ => None,
        },
    };
    let name = if test.is_some() { "train" } else { "all" };
    let parts = [(name, Some(train)), ("test", test)];
    let info = Info {
        schema: SCHEMA,
        data: whole.name.clone(),
        format: whole.format.clone(),
        task: if train.values().is_some() { "regression" } else { "classification" },
        columns: train.columns().iter().map(column).collect(),
        parts: parts.into_iter().filter_map(|(name, set)| Some(part(name, set?))).collect(),
        shared_samples: test.map(|test| shared_samples(train, test)),
    };
    if json {
        json::line(&info, streams);
    } else {
        show(&info, train, streams);
    }
    Ok(())
}

fn part(name: &'static str, dataset: &Dataset) -> PartInfo {
    let Description {
        samples,
        features,
        image_shape,
        classes,
        target,
        range,
        density,
        constant_features,
        duplicates,
        contradictions,
        ..
    } = describe(dataset);
    PartInfo {
        part: name,
        samples,
        features,
        image_rows: image_shape.map(|(rows, _)| rows),
        image_columns: image_shape.map(|(_, columns)| columns),
        classes: classes.into_iter().map(|(name, samples)| Class { name, samples }).collect(),
        target: target.map(Span::from),
        values: range.into(),
        density,
        constant_features,
        duplicates,
        contradictions,
        sha256: dataset.fingerprint().to_owned(),
    }
}

fn show(info: &Info, train: &Dataset, streams: &mut Streams<'_>) {
    streams.line(format!("{}: {}", one_line(&info.data), info.format));
    if !info.columns.is_empty() {
        let name = |column: &ColumnInfo| match &column.words {
            None => one_line(&column.name),
            Some(words) => format!("{} ({} words)", one_line(&column.name), words.len()),
        };
        let names: Vec<String> = info.columns.iter().map(name).collect();
        streams.line(format!("columns       {}", names.join(", ")));
    }
    if info.task == "regression" {
        streams.line(format!("predicts      the number {}", one_line(&train.class_names()[0])));
    }
    for part in &info.parts {
        streams.line(format!("\n{}", part.part));
        streams.line(format!("samples       {}", count(part.samples)));
        let shape = match (part.image_rows, part.image_columns) {
            (Some(rows), Some(columns)) => format!(" (images of {columns}×{rows})"),
            _ => String::new(),
        };
        streams.line(format!("features      {}{shape}", count(part.features)));
        if !part.classes.is_empty() {
            let class =
                |class: &Class| format!("{} {}", one_line(&class.name), count(class.samples));
            let mut listed: Vec<String> =
                part.classes.iter().take(MOST_CLASSES).map(class).collect();
            if part.classes.len() > MOST_CLASSES {
                listed.push("…".to_owned());
            }
            streams.line(format!("classes       {}: {}", part.classes.len(), listed.join(", ")));
        }
        let span = |span: Span| {
            let [min, mean, max] = [span.min, span.mean, span.max].map(significant);
            format!("{min} to {max}, mean {mean}")
        };
        if let Some(target) = part.target {
            streams.line(format!("target        {}", span(target)));
        }
        streams.line(format!("values        {}", span(part.values)));
        streams.line(format!("not zero      {}", percent(part.density)));
        streams.line(format!("constant      {} of the features", count(part.constant_features)));
        let contradictions = match part.contradictions {
            0 => String::new(),
            n => format!(", {} of them with another target", count(n)),
        };
        streams.line(format!("duplicates    {}{contradictions}", count(part.duplicates)));
        streams.line(format!("fingerprint   {}", part.sha256));
    }
    if let Some(shared) = info.shared_samples {
        streams.line(format!("\n{} test samples are training samples, too", count(shared)));
    }
}
