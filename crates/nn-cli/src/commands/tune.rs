//! `nn-cli tune`: trials of a space, trained and compared on validation samples.

mod lr;
mod plot;
mod table;
mod trial;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nn_data::durable;
use nn_train::recipe::Draft;
use nn_train::tune::{Rung, Score, Space, ranking};
use nn_train::{Recipe, Samples, Team};

use crate::Exit;
use crate::args::TuneArgs;
use crate::args::tune::{SearchArgs, TuneCommand};
use crate::commands::train::load_data;
use crate::commands::train::signals::Signals;
use crate::failure::Failure;
use crate::output::records::{SCHEMA, TuneTrial, TuneWinner};
use crate::output::{json, number};
use crate::recipe_flags;
use crate::settings::{self, DataSettings, threads};
use crate::streams::Streams;
use trial::{Bench, Trial};

/// Where searches are kept if the user says nothing.
const TUNE: &str = "tune";

/// Runs the command.
pub(crate) fn run(args: &TuneArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    match &args.command {
        Some(TuneCommand::Lr(args)) => lr::run(args, json, streams),
        None => search(&args.search, json, streams),
    }
}

fn search(args: &SearchArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let file = args.space.as_deref().unwrap_or(Path::new(""));
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::of(Exit::Io, format!("cannot read {}", file.display()), &error)
            .hint("`nn-cli tune --help` shows what a space looks like")
    })?;
    let space = Space::from_toml(&text)
        .map_err(|error| Failure::of(Exit::Usage, file.display(), &error))?;
    let stem = file.file_stem().unwrap_or(file.as_os_str());
    let dir = args.dir.clone().unwrap_or_else(|| Path::new(TUNE).join(stem));

    let draws = space.draw();
    let mut recipes = recipes(&space, file, None)?;
    let data_settings = DataSettings::of_recipe(&args.data, &recipes[0]);
    let mut data = load_data(&data_settings, recipes[0].data.expand, streams)?;
    let Some(validation) = data.validation.take() else {
        let message = format!("{} has no validation samples to compare trials by", data.name);
        return Err(Failure::new(Exit::Usage, message).hint("keep some with --validation N"));
    };
    if data.train.values().is_some() {
        // Defaults and refusals are other ones where numbers are predicted.
        recipes = self::recipes(&space, file, Some("regression"))?;
    }
    for recipe in &recipes {
        recipe.training.check(data.train.len())?;
    }
    let validation_samples = trial::prepared(&data, &validation)?;
    data.validation = Some(validation);
    claim(&dir, file, &text)?;

    let numbers = data.train.values().is_some();
    let images = recipes.iter().any(|recipe| recipe.training.augment.is_some());
    let bench = Bench {
        train: trial::samples(&data, images)?,
        validation: validation_samples,
        choice: data_settings.choice.clone(),
        team: Team::new(threads(&args.machine))?,
        signals: Signals::catch()?,
        data,
    };
    let epochs = recipes.iter().map(|recipe| recipe.training.epochs).max().unwrap_or(1);
    let rungs = space.rungs(epochs);
    say_plan(&rungs, &space, &bench, streams);

    let mut left: Vec<usize> = (0..recipes.len()).collect();
    let mut results = BTreeMap::new();
    for (number, rung) in rungs.iter().enumerate() {
        left.truncate(rung.trials);
        let mut scores = BTreeMap::new();
        for &index in &left {
            let trial = Trial { number: index, recipe: &recipes[index], dir: &dir };
            let until = rung.epochs.min(trial.recipe.training.epochs);
            let scored = trial.advance(until, space.seeds, &bench, streams)?;
            let record = record(number + 1, &trial, until, &scored, &draws[index], numbers);
            if json {
                json::line(&json::Event { event: "trial", record: &record }, streams);
            } else {
                streams.say(table::progress(&record, rungs.len()));
            }
            scores.insert(index, mean(&scored));
            results.insert(index, record);
        }
        left = ranking(&scores);
        left.retain(|trial| scores[trial].is_some());
        if left.is_empty() {
            let message = "every trial diverged";
            return Err(Failure::new(Exit::Diverged, message).hint("search lower learning rates"));
        }
    }
    let winner = left[0];
    let tested = if args.test {
        let trial = Trial { number: winner, recipe: &recipes[winner], dir: &dir };
        Some(trial.test(space.seeds, &bench)?)
    } else {
        None
    };
    conclude(&results, &recipes[winner], tested, (winner, file, &dir, json), &bench, streams)
}

/// The recipe of every trial, for data that ask for this task.
fn recipes(space: &Space, file: &Path, task: Option<&str>) -> Result<Vec<Recipe>, Failure> {
    let mut base = match &space.recipe {
        Some(name) => recipe_flags::read(Path::new(name))?,
        None => Draft::new(),
    };
    if let Some(key) = space.space.keys().find(|key| !is_of_network_or_training(key)) {
        let message = format!(
            "{}: space.{key}: expected a setting of network or training, the same data are for all",
            file.display()
        );
        return Err(Failure::new(Exit::Usage, message));
    }
    for (key, value) in &space.fixed {
        base.set(key, value.clone());
    }
    if let Some(task) = task {
        base.set("data.task", task);
    }
    let recipe = |draw: Vec<(String, toml::Value)>| {
        let mut draft = base.clone();
        for (key, value) in draw {
            draft.set(&key, value);
        }
        let recipe =
            draft.resolve().map_err(|error| Failure::of(Exit::Usage, file.display(), &error))?;
        recipe.network.cost.check_output(&recipe.network.output_activation)?;
        if task == Some("regression") {
            settings::check_regression(&recipe)?;
        }
        Ok(recipe)
    };
    space.draw().into_iter().map(recipe).collect()
}

fn is_of_network_or_training(key: &str) -> bool {
    key.starts_with("network.") || key.starts_with("training.")
}

/// Takes a folder for this space: a new one, or the one that has it already.
fn claim(dir: &Path, file: &Path, text: &str) -> Result<(), Failure> {
    let io = |error: std::io::Error| Failure::of(Exit::Io, dir.display(), &error);
    let own = dir.join("space.toml");
    match std::fs::read_to_string(&own) {
        Ok(old) if old == text => return Ok(()),
        Ok(_) => {
            let message = format!(
                "{}: the trials there are of another space than {}",
                dir.display(),
                file.display()
            );
            let hint = "choose another folder with --dir, or delete this one";
            return Err(Failure::new(Exit::Usage, message).hint(hint));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(io(error)),
    }
    std::fs::create_dir_all(dir).map_err(io)?;
    let occupied = std::fs::read_dir(dir).map_err(io)?.next().is_some();
    if occupied {
        let message = format!("{}: expected a new folder, found files", dir.display());
        return Err(Failure::new(Exit::Usage, message).hint("choose another folder with --dir"));
    }
    durable::write_file(&own, |writer| writer.write_all(text.as_bytes())).map_err(io)
}

fn say_plan(rungs: &[Rung], space: &Space, bench: &Bench, streams: &mut Streams<'_>) {
    let stages: Vec<String> = rungs
        .iter()
        .map(|rung| {
            let (trials, epochs) =
                (number::plural(rung.trials, "trial"), number::plural(rung.epochs, "epoch"));
            format!("{trials} to {epochs}")
        })
        .collect();
    streams.say(format!(
        "Searching on {}: {}, {} each, compared on {} validation samples",
        bench.data.name,
        stages.join(", then "),
        number::plural(space.seeds, "seed"),
        number::count(bench.validation.len()),
    ));
}

/// The mean over the seeds; nothing if one of them diverged.
fn mean(scores: &[Option<Score>]) -> Option<Score> {
    let scores: Vec<Score> = scores.iter().copied().collect::<Option<_>>()?;
    let n = scores.len().max(1) as f64;
    Some(Score {
        score: scores.iter().map(|score| score.score).sum::<f64>() / n,
        cost: scores.iter().map(|score| score.cost).sum::<f64>() / n,
    })
}

/// The standard deviation of a sample; 0 for one value.
fn spread(values: &[f64]) -> f64 {
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n.max(1) as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / n.saturating_sub(1).max(1) as f64).sqrt()
}

fn record(
    rung: usize,
    trial: &Trial<'_>,
    epochs: usize,
    scores: &[Option<Score>],
    draw: &[(String, toml::Value)],
    numbers: bool,
) -> TuneTrial {
    let mean = mean(scores);
    let each: Vec<f64> = scores.iter().flatten().map(|score| score.score).collect();
    let (accuracy, r2) = by_kind(mean.map(|mean| mean.score), numbers);
    TuneTrial {
        schema: SCHEMA,
        rung,
        trial: trial.number,
        epochs,
        seeds: scores.len(),
        validation_accuracy: accuracy,
        validation_r2: r2,
        validation_spread: mean.map(|_| spread(&each)),
        validation_cost: mean.map(|score| score.cost),
        settings: draw
            .iter()
            .map(|(key, value)| (key.clone(), serde_json::to_value(value).unwrap_or_default()))
            .collect(),
    }
}

/// A score as an accuracy, or as R² where numbers are predicted.
fn by_kind(score: Option<f64>, numbers: bool) -> (Option<f64>, Option<f64>) {
    if numbers { (None, score) } else { (score, None) }
}

/// Writes the winner's recipe and says how it went.
fn conclude(
    results: &BTreeMap<usize, TuneTrial>,
    recipe: &Recipe,
    tested: Option<Vec<f64>>,
    (winner, file, dir, json): (usize, &Path, &PathBuf, bool),
    bench: &Bench,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let mut recipe = settings::recorded(recipe, &bench.choice, &bench.data);
    let stem = file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy();
    recipe.name = format!("{stem}-winner");
    recipe.about = format!("The best of {} of {stem}", number::plural(results.len(), "trial"));
    recipe.reference.clear();
    recipe.expected = None;
    let path = dir.join("winner.toml");
    durable::write_file(&path, |writer| writer.write_all(recipe.to_toml().as_bytes()))
        .map_err(|error| Failure::of(Exit::Io, path.display(), &error))?;
    let result = &results[&winner];
    let numbers = bench.data.train.values().is_some();
    let tested_mean = tested.as_ref().map(|t| t.iter().sum::<f64>() / t.len().max(1) as f64);
    let (test_accuracy, test_r2) = by_kind(tested_mean, numbers);
    let record = TuneWinner {
        schema: SCHEMA,
        trial: winner,
        validation_accuracy: result.validation_accuracy,
        validation_r2: result.validation_r2,
        validation_spread: result.validation_spread,
        test_accuracy,
        test_r2,
        test_spread: tested.as_deref().map(spread),
        recipe: path.to_string_lossy().into_owned(),
    };
    if json {
        json::line(&json::Event { event: "winner", record: &record }, streams);
    } else {
        streams.out().text(&table::results(results));
        streams.out().text(&table::winner(&record));
        streams.say(format!("\nTrain it with `nn-cli train --recipe {}`", path.display()));
    }
    Ok(())
}

impl Bench {
    /// The parts of the data that are not trained on, as samples.
    fn test(&self) -> Result<Samples<f32>, Failure> {
        trial::prepared(&self.data, &self.data.test)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_averaged_and_one_that_diverged_spoils_the_trial() {
        let score = |score| Some(Score { score, cost: 1.0 });
        assert_eq!(mean(&[score(0.5), score(1.0)]), Some(Score { score: 0.75, cost: 1.0 }));
        assert_eq!(mean(&[score(0.5), None]), None);
        assert_eq!((spread(&[1.0, 3.0]), spread(&[4.0])), (2.0_f64.sqrt(), 0.0));
    }
}
