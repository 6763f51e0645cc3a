//! `nn-cli predict`: what models make of test samples, images and numbers.

mod input;

use nn_core::targets::argmax;
use nn_data::Dataset;

use crate::Exit;
use crate::args::PredictArgs;
use crate::args::parse::Split;
use crate::commands::evaluate::data_settings;
use crate::committee::Committee;
use crate::data_source;
use crate::failure::Failure;
use crate::output::records::{Prediction, SCHEMA};
use crate::output::{digit, json};
use crate::streams::{Streams, one_line};
use input::{Argument, Sample};

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
        let sample = input.read(&committee, test.as_ref(), args.raw, streams)?;
        let confidences = committee.predict(&sample.features)?;
        let class = argmax(&confidences);
        let prediction = Prediction {
            schema: SCHEMA,
            input: input.to_string(),
            class,
            name: committee.class_name(class),
            confidences,
            actual: sample.actual,
            inverted: sample.inverted,
            fitted: sample.fitted,
        };
        if json {
            json::line(&prediction, streams);
        } else {
            if i > 0 {
                streams.line("");
            }
            show(&prediction, &sample, &committee, streams);
        }
    }
    Ok(())
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

/// Shows the image, the confidences and the verdict.
fn show(
    prediction: &Prediction,
    sample: &Sample,
    committee: &Committee,
    streams: &mut Streams<'_>,
) {
    let confidence = prediction.confidences[prediction.class];
    let verdict = match prediction.actual {
        Some(actual) if actual == prediction.class => ", which is right".to_owned(),
        Some(actual) => format!(", but it is {}", one_line(&committee.class_name(actual))),
        None => String::new(),
    };
    let name = one_line(&prediction.name);
    streams.line(format!("{}: {name} ({confidence:.3}){verdict}", one_line(&sample.title)));
    let mut done = Vec::new();
    if prediction.inverted {
        done.push("inverted (its background is bright)");
    }
    if prediction.fitted {
        done.push("scaled and centred as MNIST's digits are");
    }
    if !done.is_empty() {
        streams.say(format!("  the image was {}; --raw leaves it as it is", done.join(", ")));
    }

    let classes = 0..prediction.confidences.len();
    let names: Vec<String> = classes.map(|class| one_line(&committee.class_name(class))).collect();
    let bars = digit::bars(&names, &prediction.confidences, prediction.class);
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
