//! The settings of a run as its folder records them: written down, read back, and compared.
//!
//! A recorded setting is a flag of `nn-cli train` without its dashes, and its value. Flags are
//! what a model's recipe consists of, too, so both say the same.

use std::collections::BTreeMap;

use clap::Parser;

use crate::Exit;
use crate::args::{DataArgs, MachineArgs, NetworkArgs, TargetArgs, TrainArgs, TrainingArgs};
use crate::failure::Failure;

/// Flags and their values.
pub(crate) type Recorded = BTreeMap<String, String>;

/// Settings that a resumed run may change: they take nothing back of what is done.
const CHANGEABLE: [&str; 1] = ["epochs"];

/// The settings in a recipe: `--epochs 30 --seed 3`.
pub(crate) fn of_recipe(recipe: &str) -> Recorded {
    let words: Vec<&str> = recipe.split_whitespace().collect();
    let pairs = words.chunks_exact(2);
    pairs.map(|pair| (pair[0].trim_start_matches('-').into(), pair[1].into())).collect()
}

/// The flags that were recorded, with those on top that were given now.
///
/// # Errors
///
/// A recorded setting that this program doesn't know.
pub(crate) fn merge(recorded: &Recorded, given: &TrainArgs) -> Result<TrainArgs, Failure> {
    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        args: TrainArgs,
    }
    let words = recorded.iter().map(|(name, value)| format!("--{name}={value}"));
    let words = std::iter::once("train".to_owned()).chain(words);
    let recorded = Flags::try_parse_from(words).map_err(|error| {
        let text = error.to_string();
        let line = text.lines().next().unwrap_or_default();
        Failure::new(Exit::Model, format!("run.toml: {}", line.trim_start_matches("error: ")))
    })?;
    let TrainArgs { data, network, training, machine, target, run } = given;
    let old = recorded.args;
    // Every field is named, so that a new flag can't be forgotten here.
    let NetworkArgs { layers, hidden, activation, output_activation, init } = network;
    let TrainingArgs { epochs, batch_size, learning_rate, lambda, cost, seed } = training;
    let DataArgs { data, data_dir, validation, offline, no_fallback } = data;
    let resized = layers.is_some() || hidden.is_some();
    Ok(TrainArgs {
        network: NetworkArgs {
            layers: if resized { layers.clone() } else { old.network.layers },
            hidden: hidden.clone(),
            activation: activation.clone().or(old.network.activation),
            output_activation: output_activation.clone().or(old.network.output_activation),
            init: init.or(old.network.init),
        },
        training: TrainingArgs {
            epochs: epochs.or(old.training.epochs),
            batch_size: batch_size.or(old.training.batch_size),
            learning_rate: learning_rate.or(old.training.learning_rate),
            lambda: lambda.or(old.training.lambda),
            cost: cost.clone().or(old.training.cost),
            seed: seed.or(old.training.seed),
        },
        data: DataArgs {
            data: data.clone(),
            data_dir: data_dir.clone(),
            validation: *validation,
            offline: *offline,
            no_fallback: *no_fallback,
        },
        machine: MachineArgs { threads: machine.threads },
        target: TargetArgs { output: target.output.clone(), force: target.force },
        run: run.clone(),
    })
}

/// Refuses settings that a run can't go on with.
pub(crate) fn check(recorded: &Recorded, now: &Recorded) -> Result<(), Failure> {
    let names: std::collections::BTreeSet<&String> = recorded.keys().chain(now.keys()).collect();
    for name in names {
        let (expected, found) = (recorded.get(name), now.get(name));
        if expected != found && !CHANGEABLE.contains(&name.as_str()) {
            let text = |value: Option<&String>| value.map_or("none", String::as_str).to_owned();
            let (expected, found) = (text(expected), text(found));
            let message = format!("--{name}: the run has {expected}, found {found}");
            return Err(Failure::new(Exit::Usage, message).hint(
                "leave the flag out to go on as the run began, or start another with --run",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::TrainSettings;

    #[test]
    fn a_recipe_comes_back_as_settings() {
        let mut args = TrainArgs::default();
        args.training.seed = Some(u64::MAX);
        args.training.learning_rate = Some(0.1 + 0.2);
        let recipe = TrainSettings::resolve(&args).unwrap().recipe(&[784, 30, 10]);
        let merged = merge(&of_recipe(&recipe), &TrainArgs::default()).unwrap();
        assert_eq!(TrainSettings::resolve(&merged).unwrap().recipe(&[784, 30, 10]), recipe);
    }

    #[test]
    fn only_what_takes_nothing_back_may_change() {
        let old = of_recipe("--epochs 3 --seed 1");
        check(&old, &of_recipe("--epochs 4 --seed 1")).unwrap();
        let refused = check(&old, &of_recipe("--epochs 3 --seed 2")).unwrap_err();
        assert_eq!(refused.exit(), Exit::Usage);
        assert_eq!(refused.message(), "--seed: the run has 1, found 2");
        assert!(check(&old, &of_recipe("--epochs 3 --seed 1 --momentum 0.9")).is_err());
    }

    #[test]
    fn a_setting_of_another_program_is_no_panic() {
        let refused = merge(&of_recipe("--warp 9"), &TrainArgs::default()).unwrap_err();
        assert_eq!(refused.exit(), Exit::Model);
    }
}
