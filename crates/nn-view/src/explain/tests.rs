//! Tests of the explanation against hand-made numbers, differences and the trainer's gradients.

use ndarray::array;
use nn_core::{Activation, Cost, Init, Layer, Network, NetworkBuilder};

use super::*;
use crate::{Language, raw_features};

/// A network small enough to work out by hand: 2-2-2, identity then sigmoid.
fn by_hand() -> Model<f32> {
    let first = Layer::new(
        array![[1.0_f32, 0.5], [-1.0, 2.0]].view(),
        array![0.5, 0.0].view(),
        Activation::Identity,
    );
    let second = Layer::new(
        array![[1.0_f32, -1.0], [0.5, 0.25]].view(),
        array![0.0, 0.5].view(),
        Activation::Sigmoid,
    );
    let network = Network::from_layers(vec![first.unwrap(), second.unwrap()]).unwrap();
    Model::new(network, Cost::Quadratic)
}

#[test]
fn every_phase_has_the_numbers_of_the_equations() {
    let model = by_hand();
    let sample = Sample { index: Some(3), raw: &[1.0, 0.5], actual: 1, value: None };
    let e = explain(&model, &sample, None).unwrap();
    // z² = (1 − 0.5 + 0.5, 0.5 + 1) = (1, 1.5); z³ = (1 + 0.75, −1 + 0.375 + 0.5).
    assert_eq!(e.forward[0].weighted_inputs, [1.0, 1.5]);
    assert_eq!(e.forward[1].weighted_inputs, [1.75, -0.125]);
    let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
    let a = [sigmoid(1.75), sigmoid(-0.125)];
    let delta = [a[0] * a[0] * (1.0 - a[0]), (a[1] - 1.0) * a[1] * (1.0 - a[1])];
    for (found, expected) in e.output_error.error.iter().zip(delta) {
        assert!((found - expected).abs() < 1e-12);
    }
    // δ² = (w³)ᵀ δ³, the slope of the identity being 1.
    let back = [delta[0] - delta[1], 0.5 * delta[0] + 0.25 * delta[1]];
    for (found, expected) in e.backward[0].error.iter().zip(back) {
        assert!((found - expected).abs() < 1e-12);
    }
    assert_eq!((e.actual, e.predicted, e.index), (1, 0, Some(3)));
    assert_eq!(e.output_error.rule, OutputRule::Product);
    assert!((e.gradient[0].largest.2 - 1.0 * back[0]).abs() < 1e-12);
}

#[test]
fn differences_confirm_every_cost_activation_and_layer() {
    let test = nn_data::sample::load().1;
    let raw = raw_features(&test, 7).unwrap();
    for cost in Cost::ALL {
        for hidden in [Activation::Sigmoid, Activation::Tanh, Activation::Gelu] {
            let network = NetworkBuilder::<f32>::new(&[784, 9, 6, 10])
                .hidden(hidden.clone())
                .output(cost.natural_output())
                .init(Init::XavierNormal)
                .build(5)
                .unwrap();
            let mut model = Model::new(network, cost.clone());
            model.normalization = Normalization::Scale(1.0 / 255.0);
            let sample =
                Sample { index: None, raw: &raw, actual: test.labels().get(7), value: None };
            let first = explain(&model, &sample, None).unwrap();
            assert!(first.check.relative_error < 1e-6, "{cost} {hidden}: {:?}", first.check);
            for layer in &first.gradient {
                let (from, to, gradient) = layer.largest;
                let place = WeightPlace { layer: layer.layer, from, to };
                let check = explain(&model, &sample, Some(place)).unwrap().check;
                assert_eq!(check.gradient, gradient);
                assert!(check.relative_error < 1e-6, "{cost} {hidden}: {check:?}");
            }
        }
    }
}

#[test]
fn worked_sums_add_up() {
    let test = nn_data::sample::load().1;
    let raw = raw_features(&test, 0).unwrap();
    let network = NetworkBuilder::<f32>::new(&[784, 20, 10]).build(1).unwrap();
    let mut model = Model::new(network, Cost::CrossEntropy);
    model.normalization = Normalization::Scale(1.0 / 255.0);
    let e =
        explain(&model, &Sample { index: None, raw: &raw, actual: 0, value: None }, None).unwrap();
    let forward = e.forward.iter().map(|layer| &layer.worked);
    for sum in forward.chain(e.backward.iter().map(|layer| &layer.worked)) {
        let shown: f64 = sum.largest.iter().map(|term| term.product).sum();
        assert!((shown + sum.others_sum + sum.bias - sum.sum).abs() < 1e-9, "{sum:?}");
    }
    assert_eq!(e.output_error.rule, OutputRule::Difference);
    assert_eq!(e.input.lit, raw.iter().filter(|x| **x > 0.0).count());
    assert_eq!(e.input.normalization, "x / 255");
}

#[test]
fn what_does_not_fit_is_refused() {
    let model = by_hand();
    let sample = |raw| Sample { index: None, raw, actual: 0, value: None };
    assert!(explain(&model, &sample(&[1.0][..]), None).is_err());
    assert!(explain(&model, &Sample { actual: 2, ..sample(&[1.0, 0.0]) }, None).is_err());
    let at = |layer, from, to| {
        explain(&model, &sample(&[1.0, 0.0]), Some(WeightPlace { layer, from, to })).unwrap_err()
    };
    assert_eq!(at(1, 0, 0).to_string(), "layer 1 does not exist: expected 2 to 3");
    assert!(matches!(at(4, 0, 0), ViewError::NoSuchLayer { .. }));
    assert!(matches!(at(3, 2, 0), ViewError::NoSuchWeight { inputs: 2, outputs: 2, .. }));
    assert!(matches!(at(usize::MAX, 0, 0), ViewError::NoSuchLayer { .. }));
}

/// The text without what differs from machine to machine in the last digits.
fn text_of(e: &Explanation, language: Language) -> String {
    let rounded = |line: &str| {
        let cut = ["C(w + ε)", "C(w − ε)", "∂C/∂w     =", "ΔC/2ε"];
        if cut.iter().any(|c| line.trim_start().starts_with(c)) {
            let digits = line.find('=').map_or(line.len(), |i| i + 12);
            return line.chars().take(digits.min(24)).collect::<String>() + "…";
        }
        let last = ["They differ by ", "Difieren en "];
        last.iter()
            .find_map(|l| line.trim_start().strip_prefix(l).map(|_| format!("  {l}…")))
            .unwrap_or(line.to_owned())
    };
    e.text(language).lines().map(|line| rounded(line) + "\n").collect()
}

#[test]
fn the_text_is_as_reviewed() {
    let test = nn_data::sample::load().1;
    let raw = raw_features(&test, 7).unwrap();
    let network = NetworkBuilder::<f32>::new(&[784, 12, 10])
        .output(Activation::Softmax)
        .init(Init::XavierNormal)
        .build(1)
        .unwrap();
    let mut model = Model::new(network, Cost::SoftmaxCrossEntropy);
    model.normalization = Normalization::Scale(1.0 / 255.0);
    model.image_shape = Some((28, 28));
    let sample = Sample { index: Some(7), raw: &raw, actual: test.labels().get(7), value: None };
    let e = explain(&model, &sample, None).unwrap();
    insta::assert_snapshot!("english", text_of(&e, Language::English));
    insta::assert_snapshot!("spanish", text_of(&e, Language::Spanish));
    for language in Language::ALL {
        let long = e.text(language).lines().map(|line| line.chars().count()).max();
        assert!(long <= Some(100), "{long:?}");
    }
    let json = serde_json::to_value(&e).unwrap();
    assert_eq!(json["output_error"]["rule"], "difference");
    assert_eq!(json["forward"][1]["activations"].as_array().unwrap().len(), 10);
}

#[test]
fn names_from_files_reach_the_terminal_escaped() {
    let mut model = by_hand();
    model.class_names = vec!["a\x1b[31m".into(), "b\n".into()];
    let e =
        explain(&model, &Sample { index: None, raw: &[0.0, 0.0], actual: 0, value: None }, None)
            .unwrap();
    let text = e.text(Language::English);
    assert!(!text.contains('\x1b') && text.contains("a\\u{1b}[31m"), "{text}");
}

#[test]
fn the_page_is_whole_escaped_and_in_both_languages() {
    let mut model = by_hand();
    model.class_names = vec!["<b>".into(), "\"&'".into()];
    let sample = Sample { index: Some(1), raw: &[1.0, 0.5], actual: 0, value: None };
    for shape in [None, Some((1, 2))] {
        model.image_shape = shape;
        let e = explain(&model, &sample, None).unwrap();
        for language in Language::ALL {
            let page = e.html(language);
            crate::page::tests::check_page(&page);
            assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"));
            assert_eq!(page.matches("<section class=\"phase\">").count(), 5);
        }
        let spanish = e.html(Language::Spanish);
        assert!(spanish.contains("Retropropagación del error") && spanish.contains("Coinciden"));
    }
}

#[test]
fn a_regression_is_explained_in_the_unit_of_its_target() {
    use nn_core::{TargetScale, Task};
    let network = NetworkBuilder::<f32>::new(&[2, 3, 1]).output(Activation::Identity).build(5);
    let mut model = Model::new(network.unwrap(), Cost::Quadratic);
    model.task = Task::Regression(TargetScale { mean: 100.0, deviation: 20.0 });
    model.class_names = vec!["price".into()];
    let sample =
        Sample { index: Some(4), raw: &[1.0, 0.5], value: Some(130.0), ..Sample::default() };
    let e = explain(&model, &sample, None).unwrap();
    // What should come out is standardised: (130 − 100) / 20.
    assert_eq!(e.output_error.target, [1.5]);
    let number = e.regression.unwrap();
    let a = e.forward.last().unwrap().activations[0];
    assert_eq!((number.target, number.predicted), (130.0, 100.0 + 20.0 * a));
    // The identity's slope is 1: δ = a − y.
    assert!((e.output_error.error[0] - (a - 1.5)).abs() < 1e-12);
    assert!(e.check.relative_error < 1e-6, "{:?}", e.check);
    let text = e.text(Language::English);
    assert!(text.starts_with("Sample 4: price is 130, predicted "), "{text}");
    assert!(!text.contains("taken for") && !text.contains("winner"), "{text}");
    assert!(e.html(Language::Spanish).contains("price es 130, lo predicho es "));

    let without = Sample { value: None, ..sample };
    assert!(matches!(explain(&model, &without, None), Err(ViewError::NoNumber)));
}
