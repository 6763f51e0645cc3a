//! From flags to settings and back: flags laid over a recipe, and the flag that changes a setting.

use std::io::ErrorKind;
use std::path::Path;

use nn_train::recipe::{Builtin, Draft, RecipeError, differences};
use nn_train::{Optimizer, Recipe};

use crate::Exit;
use crate::args::MachineArgs;
use crate::args::own_data::{OwnDataArgs, TaskArg, YesNo};
use crate::args::parse::Threads;
use crate::args::train::{
    GeneralizationArgs, NetworkArgs, OptimizerArgs, SettingsArgs, TrainingArgs,
};
use crate::failure::Failure;

/// Settings that a resumed run may change: they take nothing back of what is done.
const CHANGEABLE: [&str; 2] = ["training.epochs", "training.threads"];

/// Lays the flags that were given over `draft`.
///
/// # Errors
///
/// `--set` without a key and a value, and a flag of an optimiser that isn't the one chosen.
pub(crate) fn lay_over(
    draft: &mut Draft,
    args: &SettingsArgs,
    own_data: &OwnDataArgs,
    machine: &MachineArgs,
) -> Result<(), Failure> {
    // Every field is named, so that a new flag can't be forgotten here.
    let SettingsArgs { recipe, network, training, optimizer, generalization } = args;
    let NetworkArgs { layers, hidden, activation, output_activation, init, cost } = network;
    let TrainingArgs { epochs, batch_size, learning_rate, schedule, warmup_epochs, seed } =
        training;
    let GeneralizationArgs {
        lambda,
        dropout,
        input_dropout,
        label_smoothing,
        l1,
        max_norm,
        averaging,
        patience,
        augment,
    } = generalization;
    let mut set = |key: &str, value: Option<toml::Value>| {
        if let Some(value) = value {
            draft.set(key, value);
        }
    };
    let inner = layers.as_ref().map(|layers| layers.0.get(1..layers.0.len() - 1).unwrap_or(&[]));
    let hidden = hidden.as_ref().map(|hidden| &hidden.0[..]).or(inner);
    set(
        "network.hidden",
        hidden.map(|sizes| sizes.iter().map(|&n| whole(n)).collect::<Vec<_>>().into()),
    );
    set("network.activation", activation.as_ref().map(name));
    set("network.output_activation", output_activation.as_ref().map(name));
    set("network.init", init.as_ref().map(name));
    set("network.cost", cost.as_ref().map(name));
    set("training.epochs", epochs.map(whole));
    set("training.batch_size", batch_size.map(whole));
    set("training.learning_rate", learning_rate.map(Into::into));
    set("training.warmup_epochs", warmup_epochs.map(Into::into));
    set("training.lambda", lambda.map(Into::into));
    let dropout = dropout.as_ref().map(|shares| match shares.0[..] {
        [all] => all.into(),
        ref each => each.to_vec().into(),
    });
    set("training.dropout.hidden", dropout);
    set("training.dropout.input", input_dropout.map(Into::into));
    set("training.label_smoothing", label_smoothing.map(Into::into));
    set("training.l1", l1.map(Into::into));
    set("training.max_norm", max_norm.map(Into::into));
    set("training.early_stopping.patience", patience.map(whole));
    set("training.augment", augment.as_ref().map(name));
    set("training.seed", seed.map(seed_value));
    set(
        "training.threads",
        machine.threads.map(|threads| match threads {
            Threads::Auto => 0.into(),
            Threads::Exactly(threads) => whole(threads),
        }),
    );
    if let Some(averaging) = averaging {
        choose(draft, "training.averaging", averaging);
    }
    if let Some(schedule) = schedule {
        choose(draft, "training.schedule", schedule.name());
    }
    lay_data_over(draft, own_data);
    lay_optimizer_over(draft, optimizer)?;
    for text in &recipe.set {
        draft.set_text(text).map_err(|error| Failure::of(Exit::Usage, "--set", &error))?;
    }
    Ok(())
}

/// How own data are read and split. Which they are isn't laid over: a path need not be text.
fn lay_data_over(draft: &mut Draft, args: &OwnDataArgs) {
    let OwnDataArgs {
        target,
        drop,
        task,
        header,
        size,
        grey,
        test_share,
        validation_share,
        split_seed,
    } = args;
    let mut set = |key: &str, value: Option<toml::Value>| {
        if let Some(value) = value {
            draft.set(key, value);
        }
    };
    set("data.target", target.clone().map(Into::into));
    set("data.drop", (!drop.is_empty()).then(|| drop.clone().into()));
    let task = task.map(|task| match task {
        TaskArg::Classification => "classification".into(),
        TaskArg::Regression => "regression".into(),
    });
    set("data.task", task);
    set("data.header", header.map(|header| (header == YesNo::Yes).into()));
    set("data.size", size.map(|sides| sides.map(whole).to_vec().into()));
    set("data.grey", grey.then(|| true.into()));
    set("data.test_share", test_share.map(Into::into));
    set("data.validation_share", validation_share.map(Into::into));
    set("data.split_seed", split_seed.map(seed_value));
}

fn seed_value(seed: u64) -> toml::Value {
    match i64::try_from(seed) {
        Ok(seed) => seed.into(),
        // More than a TOML integer holds.
        Err(_) => seed.to_string().into(),
    }
}

/// The optimiser and its settings. Momentum given to plain descent makes it descent with momentum.
fn lay_optimizer_over(draft: &mut Draft, args: &OptimizerArgs) -> Result<(), Failure> {
    let OptimizerArgs {
        optimizer,
        momentum,
        beta1,
        beta2,
        alpha,
        epsilon,
        weight_decay,
        clip_norm,
        clip_value,
        clip_per_sample,
    } = args;
    for (setting, limit) in
        [("norm", clip_norm), ("value", clip_value), ("per_sample", clip_per_sample)]
    {
        if let Some(limit) = limit {
            draft.set(&format!("training.clip.{setting}"), *limit);
        }
    }
    if let Some(optimizer) = optimizer {
        choose(draft, "training.optimizer", optimizer.name());
    }
    let is_plain = chosen(draft, "training.optimizer").is_none_or(|name| name == "sgd");
    if momentum.is_some_and(|momentum| momentum > 0.0) && is_plain {
        draft.set("training.optimizer", "momentum");
    }
    let momentum = momentum.filter(|&momentum| momentum > 0.0 || !is_plain);
    for (setting, value) in [
        ("momentum", momentum),
        ("beta1", *beta1),
        ("beta2", *beta2),
        ("alpha", *alpha),
        ("epsilon", *epsilon),
        ("weight_decay", *weight_decay),
    ] {
        let Some(value) = value else { continue };
        let name = chosen(draft, "training.optimizer").unwrap_or_else(|| "sgd".to_owned());
        if !has_setting(&name, setting) {
            let flag = flag_of(&format!("training.{setting}"));
            let with: Vec<&str> = Optimizer::all()
                .iter()
                .map(Optimizer::name)
                .filter(|name| has_setting(name, setting))
                .collect();
            let message =
                format!("{flag}: {name} has no such setting; it is one of {}", with.join(", "));
            let hint = format!("choose the optimiser, as in --optimizer {}", with[0]);
            return Err(Failure::new(Exit::Usage, message).hint(hint));
        }
        draft.set(&format!("training.optimizer.{setting}"), value);
    }
    Ok(())
}

/// Whether the optimiser of a name has a setting.
fn has_setting(optimizer: &str, setting: &str) -> bool {
    let mut draft = Draft::new();
    draft.set("training.optimizer", optimizer);
    let recipe = draft.resolve().map(|recipe| Draft::from_recipe(&recipe));
    recipe.is_ok_and(|recipe| recipe.get(&format!("training.optimizer.{setting}")).is_some())
}

/// Chooses by name; the settings stay if it is the name already.
fn choose(draft: &mut Draft, key: &str, name: &str) {
    if chosen(draft, key).as_deref() != Some(name) {
        draft.set(key, name);
    }
}

/// The name that is chosen, if one is.
fn chosen(draft: &Draft, key: &str) -> Option<String> {
    let value = draft.get(key)?;
    value.as_str().or_else(|| value.get("name")?.as_str()).map(str::to_owned)
}

fn whole(number: usize) -> toml::Value {
    // More than TOML's integers hold is more than any machine does, and refused as that.
    i64::try_from(number).unwrap_or(i64::MAX).into()
}

fn name(value: &impl ToString) -> toml::Value {
    value.to_string().into()
}

/// The settings of a recipe, given by its name or its file.
pub(crate) fn read(name: &Path) -> Result<Draft, Failure> {
    if let Some(builtin) = name.to_str().and_then(Builtin::named) {
        return Ok(builtin.draft());
    }
    let text = std::fs::read_to_string(name).map_err(|error| {
        let failure = Failure::of(Exit::Io, format!("cannot read {}", name.display()), &error);
        match name.to_str() {
            Some(name) if error.kind() == ErrorKind::NotFound && !name.contains(['/', '\\']) => {
                unknown_recipe(name, &failure)
            }
            _ => failure,
        }
    })?;
    Draft::from_toml(&text).map_err(|error| in_file(name, &error))
}

/// What is said of a name that is neither a recipe's nor a file's.
fn unknown_recipe(name: &str, failure: &Failure) -> Failure {
    if Path::new(name).extension().is_some() {
        return failure.clone().hint("--recipe takes a name, see `nn-cli recipes`, or a TOML file");
    }
    let message = format!("--recipe: expected the name of a recipe or a file, found `{name}`");
    Failure::new(Exit::Usage, message).hint(suggestion(name))
}

/// The recipe that was probably meant, or where they are listed.
pub(crate) fn suggestion(name: &str) -> String {
    let similar = |recipe: &Builtin| strsim::jaro_winkler(recipe.name, name);
    let closest = Builtin::all().max_by(|a, b| similar(a).total_cmp(&similar(b)));
    match closest.filter(|recipe| similar(recipe) > 0.8) {
        Some(recipe) => format!("did you mean `{}`?", recipe.name),
        None => "`nn-cli recipes` lists them".to_owned(),
    }
}

fn in_file(path: &Path, error: &RecipeError) -> Failure {
    Failure::of(Exit::Usage, path.display(), error)
}

/// Puts the defaults in.
pub(crate) fn resolve(draft: &Draft) -> Result<Recipe, Failure> {
    draft.resolve().map_err(|error| {
        let set = format!("--set {}", error.key);
        Failure::new(Exit::Usage, error.to_string()).hint(format!("it was given by {set}"))
    })
}

/// Refuses settings that a run can't go on with.
pub(crate) fn check(recorded: &Recipe, now: &Recipe) -> Result<(), Failure> {
    let mut refused = differences(recorded, now);
    refused.retain(|difference| !CHANGEABLE.contains(&&*difference.key));
    // Another optimiser has other settings, too; what was said is its name.
    refused.sort_by_key(|difference| difference.key.rsplit('.').next() != Some("name"));
    let Some(first) = refused.first() else { return Ok(()) };
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
    let (flag, expected, found) = (flag_of(&first.key), text(&first.left), text(&first.right));
    let message = format!("{flag}: the run has {expected}, found {found}");
    Err(Failure::new(Exit::Usage, message)
        .hint("leave the flag out to go on as the run began, or start another with --run"))
}

/// The flag that changes a setting.
fn flag_of(key: &str) -> String {
    let key = key.strip_suffix(".name").unwrap_or(key);
    match key.split('.').collect::<Vec<_>>()[..] {
        ["training", "clip", kind] => format!("--clip-{}", kind.replace('_', "-")),
        ["training", "early_stopping", "patience"] => "--patience".to_owned(),
        ["training", "dropout", "input"] => "--input-dropout".to_owned(),
        ["training", "dropout", "hidden"] => "--dropout".to_owned(),
        ["network" | "training", setting] | ["training", "optimizer", setting] => {
            format!("--{}", setting.replace('_', "-"))
        }
        _ => format!("--set {key}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::parse::Shares;

    fn recipe(text: &str) -> Recipe {
        Recipe::from_toml(text).unwrap()
    }

    fn laid_over(text: &str, change: impl FnOnce(&mut SettingsArgs)) -> Result<Recipe, Failure> {
        let mut args = SettingsArgs::default();
        change(&mut args);
        let mut draft = Draft::from_toml(text).unwrap();
        lay_over(&mut draft, &args, &OwnDataArgs::default(), &MachineArgs::default())?;
        resolve(&draft)
    }

    #[test]
    fn only_what_takes_nothing_back_may_change() {
        let old = recipe("");
        check(&old, &recipe("training.epochs = 4\ntraining.threads = 2")).unwrap();
        for (text, message) in [
            ("training.seed = 2", "--seed: the run has 3, found 2"),
            (
                "training.optimizer = \"adam\"\ntraining.learning_rate = 3",
                "--optimizer: the run has sgd, found adam",
            ),
            ("network.hidden = [9, 8]", "--hidden: the run has 30, found 9,8"),
            ("training.schedule = \"cosine\"", "--schedule: the run has constant, found cosine"),
            ("training.warmup_epochs = 1", "--warmup-epochs: the run has 0, found 1"),
        ] {
            let refused = check(&old, &recipe(text)).unwrap_err();
            assert_eq!(refused.exit(), Exit::Usage);
            assert_eq!(refused.message(), message);
        }
    }

    #[test]
    fn flags_win_over_the_recipe() {
        let text = "training.epochs = 9\ntraining.optimizer = { name = \"adam\", beta1 = 0.8 }";
        let laid = laid_over(text, |args| {
            args.training.epochs = Some(2);
            args.training.seed = Some(u64::MAX);
            args.optimizer.optimizer = Some("adam".parse().unwrap());
            args.optimizer.beta2 = Some(0.5);
            args.recipe.set = vec!["training.lambda=1".to_owned()];
        });
        let expected = "[training]\nepochs = 2\nseed = \"18446744073709551615\"\nlambda = 1\n\
                        optimizer = { name = \"adam\", beta1 = 0.8, beta2 = 0.5 }";
        assert_eq!(laid.unwrap(), recipe(expected));
    }

    #[test]
    fn means_against_overfitting_have_flags() {
        let laid = laid_over("", |args| {
            let flags = &mut args.generalization;
            flags.dropout = Some(Shares(vec![0.5]));
            flags.input_dropout = Some(0.2);
            flags.label_smoothing = Some(0.1);
            flags.max_norm = Some(2.0);
            flags.averaging = Some("swa".to_owned());
            flags.patience = Some(3);
            flags.augment = Some("simard-2003".to_owned());
            args.optimizer.clip_norm = Some(1.5);
            args.training.schedule = Some("halving".parse().unwrap());
        });
        let expected = "[training]\nlabel_smoothing = 0.1\nmax_norm = 2\naveraging = \"swa\"\n\
                        augment = \"simard-2003\"\nclip = { norm = 1.5 }\nschedule = \"halving\"\n\
                        dropout = { input = 0.2, hidden = 0.5 }\nearly_stopping = { patience = 3 }";
        assert_eq!(laid.unwrap(), recipe(expected));
    }

    #[test]
    fn optimisers_take_their_own_settings_only() {
        let laid = laid_over("", |args| args.optimizer.momentum = Some(0.5)).unwrap();
        assert_eq!(laid.training.optimizer.name(), "momentum");
        let laid = laid_over("", |args| args.optimizer.momentum = Some(0.0)).unwrap();
        assert_eq!(laid.training.optimizer, Optimizer::Sgd);
        let refused = laid_over("", |args| args.optimizer.beta2 = Some(0.5)).unwrap_err();
        assert_eq!(refused.message(), "--beta2: sgd has no such setting; it is one of adam, adamw");
        let refused = laid_over("", |args| args.recipe.set = vec!["training.lamda=1".into()]);
        assert_eq!(
            refused.unwrap_err().message(),
            "training.lamda: no such setting; did you mean `lambda`?"
        );
    }
}
