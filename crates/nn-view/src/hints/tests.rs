//! Tests of the rules: each speaks when it should and is silent when it should.

use std::fmt::Write;

use super::*;
use crate::Language;

/// Epochs with these training costs, training accuracies and validation (cost, accuracy).
fn run(train: &[f64], accuracy: &[f64], validation: &[(f64, f64)]) -> Evidence {
    let epoch = |i: usize| EpochMetrics {
        epoch: i + 1,
        train_cost: Some(train[i]),
        train_accuracy: accuracy.get(i).or(accuracy.last()).copied(),
        validation_cost: validation.get(i).map(|v| v.0),
        validation_accuracy: validation.get(i).map(|v| v.1),
        learning_rate: Some(3.0),
        ..EpochMetrics::default()
    };
    Evidence {
        epochs: (0..train.len()).map(epoch).collect(),
        params: Some(TrainParams::default()),
        ..Evidence::default()
    }
}

fn kinds(evidence: &Evidence) -> Vec<String> {
    let kind =
        |hint: &Hint| serde_json::to_value(hint).unwrap()["kind"].as_str().unwrap().to_owned();
    hints(evidence).iter().map(kind).collect()
}

fn layer(layer: usize, units: usize, dead: f64, saturated: f64) -> LayerFigures {
    let (dead_units, saturated) = (Some(dead), Some(saturated));
    LayerFigures { layer, units, dead_units, saturated, ..LayerFigures::default() }
}

#[test]
fn nothing_known_says_nothing() {
    assert_eq!(hints(&Evidence::default()), []);
}

#[test]
fn a_good_run_says_nothing() {
    let costs = [0.4, 0.2, 0.1, 0.06, 0.05, 0.0495, 0.0493, 0.0492];
    let held: Vec<(f64, f64)> = costs.iter().map(|c| (c + 0.01, 0.95)).collect();
    let mut evidence = run(&costs, &[0.8, 0.9, 0.95, 0.96], &held);
    evidence.layers = vec![layer(2, 30, 0.0, 0.5), layer(3, 10, 0.0, 0.95)];
    evidence.recalls = vec![Some(0.95); 10];
    evidence.held_out = (1000, 1000);
    assert_eq!(kinds(&evidence), Vec::<String>::new());
}

#[test]
fn a_restless_cost_means_a_lower_rate() {
    let evidence = run(&[0.5, 0.6, 0.5, 0.7, 0.55, 0.65], &[0.5], &[]);
    assert_eq!(kinds(&evidence), ["learning_rate_too_high"]);
    assert_eq!(hints(&evidence)[0].mends, [mend("learning_rate", "1")]);
    let evidence = run(&[0.5, 0.1, 0.2], &[0.8], &[]);
    assert_eq!(kinds(&evidence), ["learning_rate_too_high"]);
    // At the end of learning, noise is all there is.
    assert!(kinds(&run(&[0.002, 0.001, 0.002, 0.001, 0.002], &[0.999], &[])).is_empty());
    let diverged = Evidence { diverged: true, ..run(&[], &[], &[]) };
    assert_eq!(hints(&diverged)[0].mends, [mend("learning_rate", "0.3")]);
}

#[test]
fn a_slow_cost_means_a_higher_rate_or_more_epochs() {
    let evidence = run(&[0.45, 0.449, 0.448, 0.447], &[0.2, 0.25, 0.28, 0.3], &[]);
    assert_eq!(kinds(&evidence), ["learning_rate_too_low"]);
    assert_eq!(hints(&evidence)[0].mends, [mend("learning_rate", "30")]);
    let evidence = run(&[0.4, 0.3, 0.25], &[0.7, 0.8, 0.86], &[]);
    assert_eq!(kinds(&evidence), ["still_learning"]);
    assert_eq!(hints(&evidence)[0].mends, [mend("epochs", "6")]);
}

#[test]
fn overfitting_shows_in_the_cost_or_in_the_gap() {
    let held = [(0.3, 0.9), (0.2, 0.93), (0.22, 0.93), (0.25, 0.93)];
    let evidence = run(&[0.3, 0.15, 0.08, 0.04], &[0.9, 0.95, 0.98, 0.99], &held);
    let found = hints(&evidence);
    let Finding::Overfitting { best_epoch, rise, split, .. } = &found[0].finding else {
        panic!("{found:?}")
    };
    assert_eq!((*best_epoch, *split), (Some(2), "validation"));
    assert!((rise - 0.25).abs() < 1e-9);
    assert_eq!(found[0].mends, [mend("lambda", "5"), mend("epochs", "2")]);
    let held = [(0.3, 0.80), (0.28, 0.81), (0.27, 0.82)];
    assert_eq!(kinds(&run(&[0.3, 0.1, 0.05], &[0.9, 0.95, 0.98], &held)), ["overfitting"]);
}

#[test]
fn flat_dead_and_stuck_units_are_named() {
    let mut evidence = Evidence { cost: Some("quadratic".into()), ..Evidence::default() };
    evidence.layers = vec![layer(2, 30, 0.1, 0.9), layer(3, 10, 1.0, 1.0)];
    assert_eq!(kinds(&evidence), ["dead_units", "saturated_units"]);
    evidence.layers.clear();
    evidence.recalls = vec![Some(0.9), Some(0.0), None, Some(0.8)];
    assert_eq!(kinds(&evidence), ["stuck_outputs"]);
    let mends = hints(&evidence)[0].mends.clone();
    assert_eq!(mends, [mend("init", "scaled-normal"), mend("cost", "cross-entropy")]);
    // A network that recognises next to nothing has other trouble.
    evidence.recalls = vec![Some(0.1), Some(0.0), Some(0.1), Some(0.1)];
    assert!(hints(&evidence).is_empty());
}

#[test]
fn recorded_layers_are_enough() {
    // As training records them.
    let line = |epoch: usize, dead: f64, saturated: f64, norm: f64| {
        format!(
            "{{\"epoch\":{epoch},\"train_cost\":0.1,\"train_accuracy\":0.99,\"layers\":[\
             {{\"layer\":2,\"units\":30,\"dead_units\":{dead},\"saturated\":{saturated},\
             \"weight_norm\":30.0,\"gradient_norm\":{norm}}},\
             {{\"layer\":3,\"units\":10,\"dead_units\":0.0,\"saturated\":0.9,\
             \"weight_norm\":5.0,\"gradient_norm\":0.5}}]}}\n"
        )
    };
    let found = |text: &str| {
        let (epochs, bad) = crate::read_metrics(text);
        assert_eq!(bad, 0, "{text}");
        kinds(&Evidence { epochs, ..Evidence::default() })
    };
    assert!(found(&line(1, 0.0, 0.3, 0.1)).is_empty());
    assert_eq!(found(&line(1, 0.2, 0.3, 0.1)), ["dead_units"]);
    assert_eq!(found(&line(1, 0.0, 0.85, 0.1)), ["saturated_units"]);
    assert_eq!(found(&line(1, 0.0, 0.3, 1e-5)), ["unbalanced_gradients"]);
    // The last epoch counts, whichever was written last.
    assert!(found(&(line(2, 0.0, 0.3, 0.1) + &line(1, 0.9, 0.9, 1e-5))).is_empty());
}

#[test]
fn gradients_out_of_balance_are_noticed() {
    let with = |first: f64, last: f64| {
        let of =
            |layer, norm| LayerFigures { layer, gradient_norm: Some(norm), ..Default::default() };
        let mut evidence = run(&[0.1], &[0.99], &[]);
        evidence.epochs[0].layers = vec![of(2, first), of(3, 1.0), of(4, last)];
        kinds(&evidence)
    };
    assert_eq!(with(1e-5, 1.0), ["unbalanced_gradients"]);
    assert_eq!(with(1e5, 1.0), ["unbalanced_gradients"]);
    assert!(with(0.1, 1.0).is_empty() && with(1.0, 0.0).is_empty());
}

#[test]
fn test_data_of_another_kind_are_noticed() {
    let shift = |test_mean| InputShift {
        train_mean: 0.13,
        test_mean,
        train_deviation: 0.04,
        test_deviation: 0.04,
    };
    let mut evidence = Evidence { input_shift: Some(shift(0.132)), ..Evidence::default() };
    assert!(hints(&evidence).is_empty());
    evidence.input_shift = Some(shift(0.87));
    assert_eq!(kinds(&evidence), ["unlike_training_data"]);
    let mut evidence = run(&[0.1], &[0.97], &[(0.1, 0.97)]);
    evidence.epochs[0].test_accuracy = Some(0.90);
    evidence.held_out = (10_000, 10_000);
    assert_eq!(kinds(&evidence), ["unlike_training_data"]);
    // With few samples it may be chance.
    evidence.held_out = (50, 50);
    assert!(hints(&evidence).is_empty());
}

#[test]
fn rates_are_round() {
    let found = [1.0, 0.1, 0.09, 0.28, 7.2, 33.0, 1e-9].map(round);
    assert_eq!(found, [1.0, 0.1, 0.1, 0.3, 10.0, 30.0, 1e-9]);
    assert!(round(0.0) == 0.0 && round(f64::NAN).is_nan());
}

#[test]
fn the_words_are_as_reviewed() {
    let findings = [
        Finding::LearningRateTooHigh {
            rises: 4,
            of: 9,
            best_cost: 0.1,
            last_cost: 0.25,
            diverged: false,
        },
        Finding::LearningRateTooHigh {
            rises: 0,
            of: 0,
            best_cost: 0.0,
            last_cost: 0.0,
            diverged: true,
        },
        Finding::LearningRateTooLow { fall: 0.002, train_accuracy: 0.31 },
        Finding::StillLearning { fall: 0.056 },
        Finding::Overfitting {
            split: "validation",
            train_accuracy: 0.991,
            held_out_accuracy: 0.942,
            best_epoch: Some(12),
            rise: 0.21,
        },
        Finding::Overfitting {
            split: "test",
            train_accuracy: 0.98,
            held_out_accuracy: 0.91,
            best_epoch: None,
            rise: 0.0,
        },
        Finding::SaturatedUnits { layer: 2, share: 0.87 },
        Finding::DeadUnits { layer: 3, dead: 12, units: 30 },
        Finding::StuckOutputs { classes: vec!["3".into(), "5".into(), "8".into()] },
        Finding::UnbalancedGradients { ratio: 1e-4 },
        Finding::UnbalancedGradients { ratio: 1e4 },
        Finding::UnlikeTrainingData { brightness: Some(18.4), behind: Some(0.32) },
    ];
    let mut text = String::new();
    for finding in findings {
        let hint = Hint { finding, mends: vec![mend("learning_rate", 1)] };
        for language in Language::ALL {
            let words = hint.words(language);
            let _ =
                write!(text, "{language}: {}\n  {}\n  {}\n", words.title, words.why, words.mend);
        }
    }
    insta::assert_snapshot!(text);
}
