//! The commands that are offered when training is done.

use std::path::Path;

use nn_core::Model;

use crate::args::parse::DataChoice;
use crate::settings::TrainSettings;
use crate::streams::Streams;

pub(super) fn suggest_next(
    settings: &TrainSettings,
    model: &Model<f32>,
    run: &Path,
    streams: &mut Streams<'_>,
) {
    let name = quoted(&settings.output.to_string_lossy());
    // A model remembers where to find known data, and only the name of others.
    let data = match &settings.data.choice {
        DataChoice::Path(path) => format!(" --data {}", quoted(&path.to_string_lossy())),
        _ => String::new(),
    };
    let evaluate = format!("nn-cli evaluate {name}{data}");
    let (predict, what) = if model.columns.is_empty() {
        let predict = format!("nn-cli predict {name} 0 1 2{data}");
        (predict, "what it makes of the first test samples")
    } else {
        (format!("nn-cli predict {name} rows.csv"), "what it makes of the rows of a table")
    };
    let report = format!("nn-cli report {}{data} --open", quoted(&run.to_string_lossy()));
    let commands = [&evaluate, &predict, &report];
    let width = commands.iter().map(|command| command.chars().count()).max().unwrap_or(0);
    streams.say("\nNext:");
    streams.say(format!("  {evaluate:<width$}   how good it is"));
    streams.say(format!("  {predict:<width$}   {what}"));
    streams.say(format!("  {report:<width$}   all of it as a page"));
}

/// A file name as a shell takes it.
pub(super) fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-/+=:@%,~\\".contains(c);
    if !name.is_empty() && name.chars().all(plain) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', r"'\''"))
}
