//! `nn-cli explain`: one sample's way through a network and back.

use nn_view::explain::{Explanation, Sample, explain};
use nn_view::{ViewError, raw_features};

use crate::Exit;
use crate::args::ExplainArgs;
use crate::commands::evaluate::data_settings;
use crate::committee::Committee;
use crate::data_source;
use crate::failure::Failure;
use crate::memory::human;
use crate::output::records::{ExplainResult, SCHEMA};
use crate::output::{digit, json};
use crate::page_file;
use crate::streams::{Streams, one_line};

/// Runs the command.
pub(crate) fn run(
    args: &ExplainArgs,
    json: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    if let Some(page) = &args.html {
        page_file::check("--html", page, args.force)?;
    }
    let committee = Committee::load([&args.model])?;
    let settings = data_settings(&args.data, &committee)?;
    let data = data_source::load(&settings, streams)?;
    let dataset = data.split(args.split)?;
    committee.check_data(dataset, &data.name)?;
    if args.index >= dataset.len() {
        let (last, count, split) = (dataset.len() - 1, dataset.len(), args.split.name());
        let (index, name) = (args.index, &data.name);
        let message =
            format!("--index {index}: expected 0 to {last} ({name} has {count} {split} samples)");
        return Err(Failure::new(Exit::Usage, message));
    }
    let raw = raw_features(dataset, args.index)?;
    let actual = dataset.labels().get(args.index);
    let value = dataset.values().map(|values| values[args.index]);
    let sample = Sample { index: Some(args.index), raw: &raw, actual, value };
    let explanation = explain(committee.first(), &sample, args.weight)?;
    if let Some(page) = &args.html {
        let bytes = page_file::write(page, &explanation.html(args.language))?;
        let file = one_line(&page.to_string_lossy());
        streams.say(format!("Explanation written to {file} ({})", human(bytes)));
    }
    if json {
        let (split, dataset) = (args.split.name(), data.key.clone());
        let result = ExplainResult { schema: SCHEMA, dataset, split, explanation };
        json::line(&result, streams);
    } else if args.html.is_none() {
        show(&explanation, args, streams);
    }
    Ok(())
}

fn show(explanation: &Explanation, args: &ExplainArgs, streams: &mut Streams<'_>) {
    if let Some((_, columns)) = explanation.image_shape {
        let colour = streams.out().is_coloured();
        for line in digit::picture(&explanation.grey, columns, colour) {
            streams.line(line.trim_end());
        }
        streams.line("");
    }
    streams.out().text(&explanation.text(args.language));
}

impl From<ViewError> for Failure {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::Core(error) => error.into(),
            ViewError::NoSuchLayer { .. } | ViewError::NoSuchWeight { .. } => {
                Self::new(Exit::Usage, format!("--weight: {error}"))
            }
            ViewError::NoSuchSample { .. } => Self::new(Exit::Usage, error),
            error => Self::new(Exit::Data, error),
        }
    }
}
