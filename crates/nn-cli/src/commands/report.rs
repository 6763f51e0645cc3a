//! `nn-cli report`: a page about runs.

use std::path::Path;
use std::process::{Command, Stdio};

use nn_train::recipe::DataRecipe;
use nn_view::report::{RunInput, RunReport, html};

use crate::Exit;
use crate::args::ReportArgs;
use crate::data_source::{self, Data};
use crate::failure::Failure;
use crate::memory::human;
use crate::output::json;
use crate::output::number::percent;
use crate::output::records::{ReportResult, ReportedRun, SCHEMA};
use crate::page_file;
use crate::run_reader::Seen;
use crate::settings::DataSettings;
use crate::streams::{Streams, one_line};

/// Runs the command.
pub(crate) fn run(args: &ReportArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    page_file::check("--output", &args.output, args.force)?;
    let runs: Vec<Seen> =
        args.runs.iter().map(|name| Seen::read(name)).collect::<Result<_, _>>()?;
    // Runs of the same data share them.
    let mut loaded: Vec<(DataSettings, Option<Data>)> = Vec::new();
    let mut reports = Vec::new();
    let mut reported = Vec::new();
    for seen in &runs {
        if seen.bad_lines > 0 {
            let (path, lines) = (seen.path.display(), seen.bad_lines);
            streams.warn(format!("{path}: {lines} lines of metrics.jsonl can't be read"));
        }
        let data = match settings(args, seen) {
            None => None,
            Some(settings) => {
                let known = loaded.iter().position(|(known, _)| *known == settings);
                let at = if let Some(at) = known {
                    at
                } else {
                    let data = load(&settings, seen, streams)?;
                    loaded.push((settings, data));
                    loaded.len() - 1
                };
                loaded[at].1.as_ref()
            }
        };
        let report = report(seen, data, streams)?;
        let accuracy = report.test_accuracy();
        let regression = report.test_regression();
        let shown = match (accuracy, regression.map(|metrics| metrics.r2)) {
            (_, Some(Some(r2))) => format!("R² {r2:.4}"),
            (_, Some(None)) => "R² not defined, as all test targets are the same".to_owned(),
            (Some(accuracy), None) => percent(accuracy),
            (None, None) => "no test accuracy".to_owned(),
        };
        streams.say(format!("{}: {shown}", one_line(&seen.name)));
        reported.push(ReportedRun {
            name: seen.name.clone(),
            path: seen.path.to_string_lossy().into_owned(),
            epochs: seen.epochs.len(),
            test_accuracy: accuracy,
            test_regression: regression,
        });
        reports.push(report);
    }
    let file_bytes = page_file::write(&args.output, &html(&reports))?;
    if json {
        let file = args.output.to_string_lossy().into_owned();
        json::line(&ReportResult { schema: SCHEMA, runs: reported, file, file_bytes }, streams);
    } else {
        let file = one_line(&args.output.to_string_lossy());
        streams.line(format!("Report written to {file} ({})", human(file_bytes)));
    }
    if args.open {
        open(&args.output, streams);
    }
    Ok(())
}

/// Which data to measure a run on: those asked for, or its own.
fn settings(args: &ReportArgs, seen: &Seen) -> Option<DataSettings> {
    let choice = args.data.data.clone().or_else(|| seen.data_choice())?;
    let mut settings = DataSettings::resolve(&args.data, choice);
    if let Some(recipe) = &seen.recipe {
        settings.validation = settings.validation.or(recipe.data.validation);
        // Own data are read and split as they were for the run, unless the flags say how.
        if settings.own == DataRecipe::default() {
            settings.own = recipe.data.clone();
        }
    }
    if let Some(model) = &seen.model {
        settings = settings.like(model);
    }
    // The sample in MNIST's place would be measured as if it were MNIST.
    settings.fallback = false;
    Some(settings)
}

/// The data, or a warning where a run's own can't be had. Data that were asked for must be there.
fn load(
    settings: &DataSettings,
    seen: &Seen,
    streams: &mut Streams<'_>,
) -> Result<Option<Data>, Failure> {
    match data_source::load(settings, streams) {
        Ok(data) => Ok(Some(data)),
        Err(failure) if seen.data_choice().as_ref() == Some(&settings.choice) => {
            streams.warn(format!("the data can't be had: {}", failure.message()));
            streams.hint("name them with --data; the page shows what is known without them");
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

fn report(
    seen: &Seen,
    data: Option<&Data>,
    streams: &mut Streams<'_>,
) -> Result<RunReport, Failure> {
    if seen.model.is_some() && data.is_none() {
        let name = one_line(&seen.name);
        streams.warn(format!("{name}: without its data, nothing is measured"));
    }
    let input = RunInput {
        name: seen.name.clone(),
        settings: seen.settings(),
        params: seen.recipe.as_ref().map(|recipe| recipe.training.clone()),
        epochs: seen.epochs.clone(),
        model: seen.model.as_ref(),
        test: data.map(|data| &data.test),
        train: data.map(|data| &data.train),
        data: data.map_or_else(String::new, |data| {
            format!("the {} test samples of {}", data.test.len(), data.name)
        }),
    };
    RunReport::of(&input).map_err(|error| {
        let failure = Failure::of(Exit::Data, seen.path.display(), &error);
        failure.hint("name other data with --data")
    })
}

/// Shows the page in the browser; that it can't be is no failure of the report.
fn open(page: &Path, streams: &mut Streams<'_>) {
    let opener = if cfg!(target_os = "macos") {
        ("open", &[][..])
    } else if cfg!(windows) {
        ("cmd", &["/C", "start", ""][..])
    } else {
        ("xdg-open", &[][..])
    };
    let path = std::path::absolute(page).unwrap_or_else(|_| page.to_owned());
    let started = Command::new(opener.0)
        .args(opener.1)
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Err(error) = started {
        streams.warn(format!("--open: no browser could be started ({}: {error})", opener.0));
    }
}
