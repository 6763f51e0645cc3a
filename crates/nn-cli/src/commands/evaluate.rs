//! `nn-cli evaluate`: how good models are on a part of their data.

use nn_train::{Evaluation, Team};

use crate::Exit;
use crate::args::{DataArgs, EvaluateArgs};
use crate::committee::Committee;
use crate::data_source;
use crate::failure::Failure;
use crate::output::records::{ClassResult, EvaluateResult, SCHEMA};
use crate::output::{json, number, table};
use crate::settings::{DataSettings, threads};
use crate::streams::{Streams, one_line};

/// Runs the command.
pub(crate) fn run(
    args: &EvaluateArgs,
    json: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let committee = Committee::load(&args.models)?;
    let settings = data_settings(&args.data, &committee)?;
    let data = data_source::load(&settings, streams)?;
    let dataset = data.split(args.split)?;
    committee.check_data(dataset, &data.name)?;
    for (path, model) in committee.members() {
        streams.say(format!("{}: {}", path.display(), one_line(&model.network.to_string())));
    }
    let (samples, split) = (number::count(dataset.len()), args.split.name());
    streams.say(format!("{samples} {split} samples of {}", one_line(&data.name)));

    let evaluation = committee.evaluate(dataset, &Team::new(threads(&args.machine))?)?;
    let result = result(args, &committee, &data.key, &evaluation);
    if json {
        json::line(&result, streams);
    } else {
        streams.say("");
        streams.out().text(&table::evaluation(&result));
    }
    Ok(())
}

/// The data asked for, or those that the model was trained on.
pub(super) fn data_settings(
    args: &DataArgs,
    committee: &Committee,
) -> Result<DataSettings, Failure> {
    let default = args.data.clone().or_else(|| committee.data_choice());
    let default = default.ok_or_else(|| {
        let (path, dataset) = (committee.path(), &committee.first().provenance.dataset);
        let message = format!("--data: {} was trained on other data (`{dataset}`)", path.display());
        Failure::new(Exit::Usage, message).hint("say which to use with --data PATH")
    })?;
    Ok(DataSettings::resolve(args, default).like(committee.first()))
}

fn result(
    args: &EvaluateArgs,
    committee: &Committee,
    dataset: &str,
    evaluation: &Evaluation,
) -> EvaluateResult {
    let confusion = &evaluation.confusion;
    let classes = 0..confusion.classes();
    let row = |actual| -> Vec<u64> {
        classes.clone().map(|predicted| confusion.count(actual, predicted)).collect()
    };
    let class = |class| {
        let (precision, recall) = (confusion.precision(class), confusion.recall(class));
        // F1 = 2PR / (P + R); nothing right at all makes it 0.
        let f1 = precision
            .zip(recall)
            .map(|(p, r)| if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 });
        let samples = row(class).iter().sum();
        ClassResult { name: committee.class_name(class), samples, precision, recall, f1 }
    };
    EvaluateResult {
        schema: SCHEMA,
        models: committee.members().map(|(path, _)| path.to_string_lossy().into_owned()).collect(),
        dataset: dataset.to_owned(),
        split: args.split.name(),
        samples: evaluation.samples,
        correct: evaluation.regression.is_none().then(|| confusion.correct()),
        accuracy: evaluation.regression.is_none().then(|| evaluation.accuracy()),
        regression: evaluation.regression,
        cost: committee.first().cost.to_string(),
        mean_cost: evaluation.mean_cost,
        classes: classes.clone().map(class).collect(),
        confusion: classes.clone().map(row).collect(),
    }
}
