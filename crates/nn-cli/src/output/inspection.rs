//! What is in a model, as text.

use std::fmt::Write;

use crate::memory::human;
use crate::output::number::{count, percent, plural};
use crate::output::records::program::{Inspection, NumbersInspection};
use crate::streams::one_line;

/// The whole inspection, ready to print.
pub(crate) fn text(model: &Inspection) -> String {
    let mut text = String::new();
    let mut line = |args: std::fmt::Arguments<'_>| {
        text.write_fmt(args).expect("writing to a String cannot fail");
        text.push('\n');
    };
    let sizes: Vec<String> = model.sizes.iter().map(ToString::to_string).collect();
    let parameters = count(model.parameters);
    line(format_args!("{}: {}, {parameters} parameters", one_line(&model.model), sizes.join("-")));
    let (version, bytes) = (model.format_version, human(model.bytes));
    line(format_args!("  file           format {version}, {bytes}, SHA-256 {}", model.checksum));
    line(format_args!("  cost           {}", model.cost));
    match model.target_scale {
        Some([mean, deviation]) => {
            let target = model.class_names.first().map_or("a number", String::as_str);
            line(format_args!(
                "  task           regression: {}, mean {mean:.4}, deviation {deviation:.4}",
                one_line(target)
            ));
        }
        None => line(format_args!("  task           {}", model.task)),
    }
    let image = model
        .image_shape
        .map_or(String::new(), |[rows, columns]| format!(", images of {rows}×{columns} pixels"));
    line(format_args!("  normalisation  {}{image}", model.normalization));
    for column in &model.columns {
        let name = one_line(&column.name);
        match (&column.words, column.mean, column.deviation) {
            (Some(words), ..) => {
                let words: Vec<String> = words.iter().map(|word| one_line(word)).collect();
                line(format_args!("  column         {name}: {}", words.join(", ")));
            }
            (None, Some(mean), Some(deviation)) => {
                line(format_args!(
                    "  column         {name}: mean {mean:.4}, deviation {deviation:.4}"
                ));
            }
            _ => line(format_args!("  column         {name}")),
        }
    }
    if !model.class_names.is_empty() && model.target_scale.is_none() {
        let names: Vec<String> = model.class_names.iter().map(|name| one_line(name)).collect();
        line(format_args!("  classes        {}", names.join(", ")));
    }
    if let Some(dataset) = &model.dataset {
        let epochs = plural(usize::try_from(model.epochs).unwrap_or(usize::MAX), "epoch");
        let accuracy = model.test_accuracy.map_or(String::new(), |share| {
            format!(", {} of the test samples right", percent(share))
        });
        let (dataset, seed) = (one_line(dataset), model.seed);
        line(format_args!("  trained        on {dataset}, {epochs}, seed {seed}{accuracy}"));
    }
    if let Some(sha256) = &model.dataset_sha256 {
        line(format_args!("  data           fingerprint {}", one_line(sha256)));
    }
    if let Some(version) = &model.version {
        line(format_args!("  by             {}", one_line(version)));
    }
    if let Some(recipe) = &model.recipe {
        line(format_args!("  settings       {}", one_line(recipe)));
    }
    line(format_args!(
        "\n  layer  part              count       mean  deviation        min        max   zeros"
    ));
    for layer in &model.layers {
        let (inputs, units) = (layer.inputs, layer.units);
        let mut row = |head: &str, part: &str, numbers: &NumbersInspection| {
            line(format_args!(
                "  {head:<5}  {part:<14} {:>8} {:>10.4} {:>10.4} {:>10.4} {:>10.4} {:>7}",
                count(numbers.count),
                numbers.mean,
                numbers.deviation,
                numbers.min,
                numbers.max,
                count(numbers.zeros),
            ));
        };
        row(&layer.layer.to_string(), &format!("{inputs}×{units}"), &layer.weights);
        row("", &format!("{} units", layer.activation), &layer.biases);
    }
    text
}
