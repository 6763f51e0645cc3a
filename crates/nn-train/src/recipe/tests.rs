//! Tests of recipes: defaults, layers of settings, and what is said of mistakes.

use proptest::prelude::*;

use super::*;
use crate::optimizer::{Adam, Momentum};
use crate::{Optimizer, Schedule};

#[track_caller]
fn refused(text: &str, message: &str) {
    assert_eq!(Recipe::from_toml(text).unwrap_err().to_string(), message);
}

#[test]
fn nothing_said_is_the_book_s_first_chapter() {
    let recipe = Recipe::from_toml("").unwrap();
    assert_eq!(recipe.network, NetworkRecipe::default());
    assert_eq!(recipe.training, TrainParams { seed: DEFAULT_SEED, ..TrainParams::default() });
    assert_eq!(recipe.network.sizes(784, 10), [784, 30, 10]);
    let network = recipe.build::<f32>(784, 10).unwrap();
    assert_eq!(network, NetworkBuilder::new(&[784, 30, 10]).build(DEFAULT_SEED).unwrap());
}

#[test]
fn defaults_follow_other_settings() {
    let resolve = |text: &str| Recipe::from_toml(text).unwrap();
    let recipe = resolve("network.cost = \"softmax-cross-entropy\"");
    assert_eq!(recipe.network.output_activation, Activation::Softmax);
    assert_eq!(recipe.training.learning_rate, 0.5);
    let recipe = resolve("network.activation = \"relu\"");
    assert_eq!((recipe.network.init, recipe.training.learning_rate), (Init::HeNormal, 0.1));
    let recipe = resolve("[training]\noptimizer = \"momentum\"");
    assert_eq!(recipe.training.optimizer, Optimizer::Momentum(Momentum { momentum: 0.9 }));
    assert_eq!(recipe.training.learning_rate, 0.3);
    let recipe = resolve("[training]\noptimizer = { name = \"adam\", beta2 = 0.99 }");
    let adam = Optimizer::Adam(Adam { beta2: 0.99, ..Adam::default() });
    assert_eq!((recipe.training.optimizer, recipe.training.learning_rate), (adam, 0.001));
    let recipe = resolve("[training]\nlearning_rate = 3\n[network]\nactivation = \"relu\"");
    assert_eq!(recipe.training.learning_rate, 3.0);
}

#[test]
fn cost_and_outputs_must_fit() {
    let text = "network = { cost = \"cross-entropy\", output_activation = \"tanh\" }";
    let error = Recipe::from_toml(text).unwrap().build::<f32>(784, 10).unwrap_err();
    assert!(matches!(error, Error::CostNeedsActivation { .. }), "{error}");
}

#[test]
fn settings_are_laid_over_others() {
    let mut draft = Draft::from_toml("[training]\noptimizer = \"adam\"\nepochs = 7").unwrap();
    draft.set("training.optimizer.beta2", 0.99);
    draft.set_text("training.schedule = one-cycle").unwrap();
    draft.set_text("training.schedule.rise=0.2").unwrap();
    draft.set_text("network.hidden=[20, 10]").unwrap();
    draft.set_text("name=ten = 10").unwrap();
    let recipe = draft.resolve().unwrap();
    assert_eq!(recipe.training.optimizer, Optimizer::Adam(Adam { beta2: 0.99, ..Adam::default() }));
    let Schedule::OneCycle(cycle) = recipe.training.schedule else { panic!("{recipe:?}") };
    assert_eq!((cycle.rise, recipe.training.epochs), (0.2, 7));
    assert_eq!(recipe.network.hidden, [20, 10]);
    assert_eq!(recipe.name, "ten = 10");
    assert!(draft.set_text("epochs").is_err() && draft.set_text("=3").is_err());
    draft.set("training.epoch", 3);
    let error = draft.resolve().unwrap_err().to_string();
    assert_eq!(error, "training.epoch: no such setting; did you mean `epochs`?");
}

#[test]
fn mistakes_are_named_with_line_and_key() {
    refused(
        "name = \"x\"\n\n[training]\nlamda = 5",
        "line 4: training.lamda: no such setting; did you mean `lambda`?",
    );
    refused("[netwrok]\n", "line 1: netwrok: no such setting; did you mean `network`?");
    refused(
        "[network]\nhidden = 30",
        "line 2: network.hidden: invalid type: integer `30`, expected a sequence",
    );
    refused(
        "[training]\nepochs = \"ten\"",
        "line 2: training.epochs: invalid type: string \"ten\", expected usize",
    );
    let error = Recipe::from_toml("[network]\nactivation = \"rellu\"").unwrap_err();
    assert_eq!((error.line, error.key.as_str()), (Some(2), "network.activation"));
    assert_eq!(error.suggestion.as_deref(), Some("relu"));
    let error = Recipe::from_toml("\n[training]\noptimizer = \"adm\"").unwrap_err();
    assert_eq!((error.line, error.key.as_str()), (Some(3), "training.optimizer"));
    assert_eq!(error.suggestion.as_deref(), Some("adam"));
    let text = "[training]\noptimizer = { name = \"adam\", beta9 = 1 }";
    let error = Recipe::from_toml(text).unwrap_err();
    assert_eq!((error.line, error.key.as_str()), (Some(2), "training.optimizer.beta9"));
    let error = Recipe::from_toml("a\n= 3").unwrap_err();
    assert!(error.line.is_some() && error.key.is_empty(), "{error}");
}

#[test]
fn differences_are_those_of_network_and_training() {
    let left = Recipe::from_toml("name = \"a\"").unwrap();
    let right = "name = \"b\"\n[network]\nhidden = []\n[training]\nlearning_rate = 1";
    let right = Recipe::from_toml(right).unwrap();
    let found: Vec<_> = differences(&left, &right)
        .into_iter()
        .map(|d| (d.key, d.left.unwrap(), d.right.unwrap()))
        .collect();
    let text = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(
        found,
        [text("network.hidden", "30", "none"), text("training.learning_rate", "3", "1")]
    );
}

proptest! {
    #[test]
    fn recipes_come_back_from_text(
        seed: u64,
        learning_rate in 1e-300_f64..1e300,
        lambda in 0.0_f64..1.0,
        hidden in proptest::collection::vec(1_usize..9999, 0..4),
    ) {
        let mut recipe = Recipe::from_toml("name = \"x\"").unwrap();
        recipe.training.seed = seed;
        recipe.training.learning_rate = learning_rate;
        recipe.training.lambda = lambda;
        recipe.network.hidden = hidden;
        prop_assert_eq!(&Recipe::from_toml(&recipe.to_toml()).unwrap(), &recipe);
        prop_assert_eq!(&Draft::from_recipe(&recipe).resolve().unwrap(), &recipe);
    }

    #[test]
    fn no_text_is_a_panic(text in "[a-z_\\[\\]=\"{}.,0-9\n ]{0,60}") {
        let _ = Recipe::from_toml(&text);
        let _ = Draft::new().set_text(&text);
    }
}
