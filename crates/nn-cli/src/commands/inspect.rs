//! `nn-cli inspect`: what is in a model file.

use std::fs::File;
use std::path::Path;

use nn_core::{ColumnKind, FileInfo, Layer, Model, Normalization, Statistics, Task};

use crate::Exit;
use crate::args::inspect::InspectArgs;
use crate::failure::Failure;
use crate::model_store;
use crate::output::records::SCHEMA;
use crate::output::records::program::{
    ColumnInspection, Inspection, LayerInspection, NumbersInspection,
};
use crate::output::{inspection, json};
use crate::streams::Streams;

/// Runs the command.
pub(crate) fn run(
    args: &InspectArgs,
    json: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    for (i, path) in args.models.iter().enumerate() {
        let model = model_store::load(path)?;
        let record = inspect(path, &model)?;
        if json {
            json::line(&record, streams);
        } else {
            if i > 0 {
                streams.line("");
            }
            streams.out().text(&inspection::text(&record));
        }
    }
    Ok(())
}

fn inspect(path: &Path, model: &Model<f32>) -> Result<Inspection, Failure> {
    let file = File::open(path).map_err(|error| {
        Failure::of(Exit::Io, format!("cannot read {}", path.display()), &error)
    })?;
    let file = FileInfo::read_from(file)
        .map_err(|error| Failure::of(Exit::Model, path.display(), &error))?;
    let network = &model.network;
    let provenance = model.provenance.clone();
    let target_scale = match model.task {
        Task::Regression(scale) => Some([scale.mean, scale.deviation]),
        _ => None,
    };
    let known = |text: String| (!text.is_empty()).then_some(text);
    Ok(Inspection {
        schema: SCHEMA,
        model: path.to_string_lossy().into_owned(),
        format_version: file.version,
        bytes: file.bytes,
        checksum: hex(&file.checksum),
        sizes: network.sizes(),
        parameters: network.num_parameters(),
        cost: model.cost.to_string(),
        task: if target_scale.is_some() { "regression" } else { "classification" },
        target_scale,
        normalization: normalization(&model.normalization),
        columns: columns(model),
        image_shape: model.image_shape.map(|(rows, columns)| [rows, columns]),
        class_names: model.class_names.clone(),
        dataset: known(provenance.dataset),
        dataset_sha256: known(provenance.dataset_sha256),
        recipe: known(provenance.recipe),
        seed: provenance.seed,
        epochs: provenance.epochs,
        test_accuracy: provenance.test_accuracy,
        version: known(provenance.version),
        layers: network.layers().iter().enumerate().map(|(l, layer)| of_layer(l, layer)).collect(),
    })
}

/// The columns of the table whose rows the model takes, with what its numbers are standardised by.
fn columns(model: &Model<f32>) -> Vec<ColumnInspection> {
    let mut feature = 0;
    let of_column = |column: &nn_core::Column| {
        let first = feature;
        feature += column.num_features();
        let name = column.name.clone();
        match (&column.kind, &model.normalization) {
            (ColumnKind::Category(words), _) => {
                ColumnInspection { name, words: Some(words.clone()), mean: None, deviation: None }
            }
            (_, Normalization::Standardize { means, deviations }) => ColumnInspection {
                name,
                words: None,
                mean: means.get(first).copied(),
                deviation: deviations.get(first).copied(),
            },
            _ => ColumnInspection { name, words: None, mean: None, deviation: None },
        }
    };
    model.columns.iter().map(of_column).collect()
}

/// The layer's numbers; the book calls the input layer 1, so the first weights lead to layer 2.
fn of_layer(index: usize, layer: &Layer<f32>) -> LayerInspection {
    let (weights, biases) = (layer.weights(), layer.biases());
    LayerInspection {
        layer: index + 2,
        inputs: layer.inputs(),
        units: layer.outputs(),
        activation: layer.activation().to_string(),
        weights: numbers(weights.iter().map(|&w| f64::from(w))),
        biases: numbers(biases.iter().map(|&b| f64::from(b))),
    }
}

fn numbers(numbers: impl Iterator<Item = f64> + Clone) -> NumbersInspection {
    let of =
        Statistics::of(numbers).expect("a model file holds finite numbers, and no empty layer");
    NumbersInspection {
        count: of.count,
        mean: of.mean,
        deviation: of.deviation,
        min: of.min,
        max: of.max,
        norm: of.norm,
        zeros: of.zeros,
    }
}

fn normalization(normalization: &Normalization) -> String {
    match normalization {
        Normalization::None => "none".to_owned(),
        // 1/255 is what is meant, and what people know.
        Normalization::Scale(factor) => match (1.0 / factor).round() {
            divisor if 1.0 / divisor == *factor => format!("x / {divisor}"),
            _ => format!("x × {factor}"),
        },
        Normalization::Standardize { means, .. } => {
            format!("(x − mean) / deviation of each of {} features", means.len())
        }
        other => format!("{other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_told_as_people_know_them() {
        assert_eq!(normalization(&Normalization::Scale(1.0 / 255.0)), "x / 255");
        assert_eq!(normalization(&Normalization::Scale(0.3)), "x × 0.3");
    }
}
