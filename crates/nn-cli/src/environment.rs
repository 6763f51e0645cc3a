//! Settings of training from the environment: `NN_EPOCHS`, `NN_LEARNING_RATE` and so on, one for each
//! flag that sets one.

use std::ffi::OsString;

use clap::{CommandFactory, Parser};

use crate::Exit;
use crate::args::train::{
    GeneralizationArgs, NetworkArgs, OptimizerArgs, SettingsArgs, TrainingArgs,
};
use crate::failure::Failure;

/// The flags whose values may stand in the environment.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Flags {
    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    training: TrainingArgs,

    #[command(flatten)]
    optimizer: OptimizerArgs,

    #[command(flatten)]
    generalization: GeneralizationArgs,
}

/// The environment's variable for a flag such as `learning-rate`.
pub(crate) fn variable(flag: &str) -> String {
    format!("NN_{}", flag.replace('-', "_").to_uppercase())
}

/// The settings that the environment gives, read as the flags of the same names are. Variables that
/// are empty count as unset.
///
/// # Errors
///
/// A value that its flag would refuse.
pub(crate) fn settings(get: impl Fn(&str) -> Option<OsString>) -> Result<SettingsArgs, Failure> {
    let mut words = Vec::new();
    for flag in flags() {
        let variable = variable(&flag);
        let Some(value) = get(&variable).filter(|value| !value.is_empty()) else { continue };
        let mut word = OsString::from(format!("--{flag}="));
        word.push(value);
        // By itself first, so that it is known which variable is wrong.
        if let Err(error) = Flags::try_parse_from([&word]) {
            return Err(refused(&variable, &error));
        }
        words.push(word);
    }
    let flags = Flags::try_parse_from(words).map_err(|error| refused("environment", &error))?;
    let Flags { network, training, optimizer, generalization } = flags;
    Ok(SettingsArgs { network, training, optimizer, generalization, ..SettingsArgs::default() })
}

/// The names of the flags. `--layers` says the same as `--hidden`, and needs no variable of its own.
fn flags() -> impl Iterator<Item = String> {
    let command = Flags::command();
    let names: Vec<String> =
        command.get_arguments().filter_map(|flag| flag.get_long().map(str::to_owned)).collect();
    names.into_iter().filter(|name| name != "layers")
}

fn refused(variable: &str, error: &clap::Error) -> Failure {
    let text = error.to_string();
    let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    Failure::new(Exit::Usage, format!("{variable}: {message}"))
        .hint("unset the variable, or give it a value that the flag takes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<SettingsArgs, Failure> {
        settings(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| value.into())
        })
    }

    #[test]
    fn variables_are_read_as_their_flags_are() {
        let found = read(&[
            ("NN_EPOCHS", "7"),
            ("NN_HIDDEN", "40,20"),
            ("NN_OPTIMIZER", "adam"),
            ("NN_CLIP_NORM", "1.5"),
            ("NN_LAMBDA", ""),
        ])
        .unwrap();
        assert_eq!(found.training.epochs, Some(7));
        assert_eq!(found.network.hidden.unwrap().0, [40, 20]);
        assert_eq!(found.optimizer.optimizer.unwrap().name(), "adam");
        assert_eq!(found.optimizer.clip_norm, Some(1.5));
        assert_eq!(found.generalization.lambda, None);
    }

    #[test]
    fn a_wrong_value_names_its_variable() {
        let refused = read(&[("NN_SEED", "1"), ("NN_BATCH_SIZE", "-3")]).unwrap_err();
        assert_eq!(refused.exit(), Exit::Usage);
        assert!(refused.message().starts_with("NN_BATCH_SIZE: "), "{}", refused.message());
    }
}
