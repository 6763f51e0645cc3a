//! Tests of spaces, draws, rungs and the range test.

use nn_core::{Activation, Cost, Init, NetworkBuilder};

use super::*;
use crate::{Samples, TrainParams};

const SPACE: &str = "\
search = \"halving\"
trials = 9
[fixed]
\"training.epochs\" = 9
[space]
\"training.learning_rate\" = { from = 0.01, to = 1.0, log = true }
\"training.batch_size\" = [10, 32, 100]
\"training.lambda\" = { from = 0, to = 10, whole = true }
";

fn space(text: &str) -> Space {
    Space::from_toml(text).unwrap()
}

#[track_caller]
fn refused(text: &str, message: &str) {
    assert_eq!(Space::from_toml(text).unwrap_err().to_string(), message);
}

#[test]
fn draws_are_of_the_space_and_never_twice() {
    let drawn = space(SPACE);
    let trials = drawn.draw();
    assert_eq!((trials.len(), trials.clone()), (9, drawn.draw()));
    for trial in &trials {
        let [(_, batch), (_, lambda), (_, rate)] = &trial[..] else { panic!("{trial:?}") };
        assert!([10, 32, 100].contains(&batch.as_integer().unwrap()));
        assert!((0.01..=1.0).contains(&rate.as_float().unwrap()));
        assert!((0..=10).contains(&lambda.as_integer().unwrap()));
    }
    // Rates are spread over both decades, and more trials leave the first ones as they are.
    let low = trials.iter().filter(|trial| trial[2].1.as_float().unwrap() < 0.1).count();
    assert!((2..=7).contains(&low), "{trials:?}");
    let more = Space { trials: 12, ..drawn };
    assert_eq!(more.draw()[..9], trials[..]);
    let few = space("trials = 50\n[space]\n\"training.batch_size\" = [1, 2, 3]");
    assert_eq!(few.draw().len(), 3);
}

#[test]
fn a_rung_trains_fewer_for_longer() {
    let rung = |trials, epochs| Rung { trials, epochs };
    assert_eq!(space(SPACE).rungs(9), [rung(9, 1), rung(3, 3), rung(1, 9)]);
    assert_eq!(space(SPACE).rungs(5), [rung(9, 1), rung(3, 3), rung(1, 5)]);
    assert_eq!(space(SPACE).rungs(1), [rung(9, 1)]);
    let random = Space { search: Search::Random, ..space(SPACE) };
    assert_eq!(random.rungs(9), [rung(9, 9)]);
}

#[test]
fn the_best_come_first_and_the_diverged_last() {
    let score = |score, cost| Some(Score { score, cost });
    let scores = [score(0.9, 1.0), None, score(0.95, 3.0), score(0.95, 2.0), score(0.9, 1.0)];
    let scores: BTreeMap<_, _> = scores.into_iter().enumerate().collect();
    assert_eq!(ranking(&scores), [3, 2, 0, 4, 1]);
}

#[test]
fn what_cannot_be_drawn_from_is_refused() {
    refused("", "space: expected settings to draw, found none");
    refused("trails = 3", "line 1: trails: no such setting; did you mean `trials`?");
    refused("trials = 0", "trials: expected at least 1, found 0");
    refused("factor = 1", "factor: expected at least 2, found 1");
    refused("[space]\nx = []", "space.x: expected at least one choice, found none");
    refused(
        "[space]\nx = { from = 0, to = 1, log = true }",
        "space.x: expected finite numbers above 0, the smaller one first, found 0 to 1",
    );
    let error = Space::from_toml("[space]\nx = 3").unwrap_err().to_string();
    assert!(error.starts_with("line 2: space.x: expected a list of choices"), "{error}");
    assert!(Space::from_toml("search = \"grid\"").is_err());
}

#[test]
fn the_range_test_finds_where_learning_breaks_down() {
    let data = Samples::<f32>::from_dataset(&nn_data::sample::splits().train).unwrap();
    let network = NetworkBuilder::new(&[784, 20, 10])
        .hidden(Activation::Relu)
        .output(Activation::Softmax)
        .init(Init::HeNormal)
        .build(1)
        .unwrap();
    let cost = Cost::SoftmaxCrossEntropy;
    let test = range_test(network, &cost, &data, &TrainParams::default(), (1e-4, 1e4), 50).unwrap();
    assert!(test.ran_away && test.points.len() < 50);
    let rates: Vec<f64> = test.points.iter().map(|point| point.learning_rate).collect();
    assert!(rates.windows(2).all(|pair| pair[0] < pair[1]));
    let (steepest, lowest) = (test.steepest().unwrap(), test.lowest().unwrap());
    assert!(steepest <= lowest && (1e-3..10.0).contains(&steepest), "{steepest} {lowest}");
}
