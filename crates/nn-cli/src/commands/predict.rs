//! `nn-cli predict`: what models make of test samples, images and numbers.

mod input;

use nn_core::targets::argmax;
use nn_core::{ImagePreparation, Task};
use nn_data::Dataset;

use crate::Exit;
use crate::args::PredictArgs;
use crate::args::parse::Split;
use crate::commands::evaluate::data_settings;
use crate::committee::Committee;
use crate::data_source;
use crate::failure::Failure;
use crate::output::number::significant;
use crate::output::records::{Prediction, SCHEMA};
use crate::output::{digit, json};
use crate::streams::{Streams, one_line};
use input::{Argument, Reading, Sample};

/// Runs the command.
pub(crate) fn run(
    args: &PredictArgs,
    json: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let committee = Committee::load(std::iter::once(&args.model).chain(&args.with))?;
    let inputs: Vec<Argument> = args.inputs.iter().map(|text| Argument::parse(text)).collect();
    if inputs.iter().filter(|input| **input == Argument::Stdin).count() > 1 {
        let message = "-: standard input can be read only once, found it named twice";
        return Err(Failure::new(Exit::Usage, message));
    }
    let test = if inputs.iter().any(|input| matches!(input, Argument::Index(_))) {
        Some(load_test(args, &committee, streams)?)
    } else {
        None
    };
    for (i, input) in inputs.iter().enumerate() {
        let reading = Reading { raw: args.raw, header: args.data.own.header };
        let samples = input.read(&committee, test.as_ref(), reading, streams)?;
        let alone = samples.len() == 1;
        for sample in samples {
            let outputs = committee.predict(&sample.features)?;
            let prediction = prediction(&committee, input, &sample, outputs);
            if json {
                json::line(&prediction, streams);
                continue;
            }
            if i > 0 && alone {
                streams.line("");
            }
            show(&prediction, &sample, &committee, alone, streams);
        }
    }
    Ok(())
}

/// What the models' outputs say of a sample.
fn prediction(
    committee: &Committee,
    input: &Argument,
    sample: &Sample,
    outputs: Vec<f64>,
) -> Prediction {
    let mut prediction = Prediction {
        schema: SCHEMA,
        input: input.to_string(),
        row: sample.row,
        class: None,
        name: committee.class_name(0),
        value: None,
        confidences: Vec::new(),
        actual: sample.actual,
        actual_value: sample.actual_value,
        inverted: sample.inverted,
        fitted: sample.fitted,
    };
    if let Task::Regression(scale) = committee.first().task {
        prediction.value = outputs.first().map(|&output| scale.target(output));
    } else {
        let class = argmax(&outputs);
        prediction.class = Some(class);
        prediction.name = committee.class_name(class);
        prediction.confidences = outputs;
    }
    prediction
}

/// The test samples of the data asked for, and their name.
fn load_test(
    args: &PredictArgs,
    committee: &Committee,
    streams: &mut Streams<'_>,
) -> Result<(Dataset, String), Failure> {
    let settings = data_settings(&args.data, committee)?;
    let data = data_source::load(&settings, streams)?;
    committee.check_data(data.split(Split::Test)?, &data.name)?;
    Ok((data.test, data.name))
}

/// Shows the image, the confidences and the verdict; of one sample of many only the verdict.
fn show(
    prediction: &Prediction,
    sample: &Sample,
    committee: &Committee,
    alone: bool,
    streams: &mut Streams<'_>,
) {
    if let Some(value) = prediction.value {
        let actual = prediction.actual_value;
        let verdict =
            actual.map_or_else(String::new, |t| format!(", and it is {}", significant(t)));
        let (title, name) = (one_line(&sample.title), one_line(&prediction.name));
        streams.line(format!("{title}: {name} {}{verdict}", significant(value)));
        return;
    }
    let class = prediction.class.unwrap_or(0);
    let confidence = prediction.confidences[class];
    let verdict = match prediction.actual {
        Some(actual) if actual == class => ", which is right".to_owned(),
        Some(actual) => format!(", but it is {}", one_line(&committee.class_name(actual))),
        None => String::new(),
    };
    let name = one_line(&prediction.name);
    streams.line(format!("{}: {name} ({confidence:.3}){verdict}", one_line(&sample.title)));
    if !alone {
        return;
    }
    let mut done = Vec::new();
    if prediction.inverted {
        done.push("inverted (its background is bright)");
    }
    if prediction.fitted {
        done.push(match committee.first().image_preparation {
            ImagePreparation::Digit => "scaled and centred as MNIST's digits are",
            _ => "scaled to the size the model takes",
        });
    }
    if !done.is_empty() {
        streams.say(format!("  the image was {}; --raw leaves it as it is", done.join(", ")));
    }

    let classes = 0..prediction.confidences.len();
    let names: Vec<String> = classes.map(|class| one_line(&committee.class_name(class))).collect();
    let bars = digit::bars(&names, &prediction.confidences, class);
    let picture = committee.first().image_shape.zip(sample.pixels.as_deref());
    let Some(((_, columns), pixels)) = picture else {
        for bar in &bars {
            streams.line(bar.trim_end());
        }
        return;
    };
    let colour = streams.out().is_coloured();
    let picture = digit::picture(pixels, columns, colour);
    streams.out().text(&digit::beside(&picture, columns, &bars));
}
