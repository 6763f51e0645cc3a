//! Tests of the report: well-formed, self-contained, escaped, and true.

use nn_core::{Cost, Init, NetworkBuilder};

use super::*;
use crate::page::tests::check_page;
use crate::read_metrics;

fn model(names: bool) -> Model<f32> {
    let network =
        NetworkBuilder::<f32>::new(&[784, 9, 10]).init(Init::XavierNormal).build(1).unwrap();
    let mut model = Model::new(network, Cost::Quadratic);
    model.image_shape = Some((28, 28));
    if names {
        model.class_names = (0..10).map(|i| format!("<b>{i}</b>\"'&")).collect();
    }
    model
}

fn metrics(epochs: usize) -> Vec<EpochMetrics> {
    let line = |i: usize| {
        format!(
            "{{\"epoch\":{i},\"train_cost\":{},\"train_accuracy\":0.9,\"validation_cost\":0.2,\
             \"validation_accuracy\":0.9,\"test_cost\":0.2,\"test_accuracy\":0.91,\"seconds\":1.5,\
             \"samples_per_second\":40000.0}}\n",
            0.5 / i as f64
        )
    };
    read_metrics(&(1..=epochs).map(line).collect::<String>()).0
}

#[test]
fn one_run_and_several_and_a_bare_model_make_whole_pages() {
    let test = nn_data::sample::load().1.subset(&(0..200).collect::<Vec<_>>()).unwrap();
    let model = model(true);
    let full = RunInput {
        name: "<script>alert(1)</script>".into(),
        settings: vec![("learning_rate".into(), "<i>3</i>".into())],
        epochs: metrics(5),
        model: Some(&model),
        test: Some(&test),
        train: Some(&test),
        data: "the <sample>".into(),
        params: None,
    };
    let bare = RunInput { name: "model.nnm".into(), model: Some(&model), ..RunInput::default() };
    let unfinished = RunInput { name: "half".into(), epochs: metrics(1), ..RunInput::default() };
    let reports: Vec<RunReport> =
        [&full, &bare, &unfinished].map(|input| RunReport::of(input).unwrap()).into();
    for runs in [&reports[..1], &reports[1..2], &reports[2..], &reports[..], &[]] {
        let page = html(runs);
        check_page(&page);
        assert!(!page.contains("<script") && !page.contains("<i>3") && !page.contains("<b>0"));
    }
    let page = html(&reports[..1]);
    let accuracy = Predictions::of(&model, &test).unwrap().accuracy();
    assert!(page.contains(&crate::page::percent(accuracy)), "the accuracy is the model's");
    assert_eq!(page.matches("alt=\"Weights of unit").count(), 9);
    assert_eq!(page.matches("<li><img src=\"data:image/png").count(), 24 + 24 + 9);
}

#[test]
fn a_model_for_other_data_is_refused() {
    let test = nn_data::sample::load().1;
    let network = NetworkBuilder::<f32>::new(&[4, 2]).build(1).unwrap();
    let model = Model::new(network, Cost::Quadratic);
    let input = RunInput { model: Some(&model), test: Some(&test), ..RunInput::default() };
    assert!(RunReport::of(&input).is_err());
}

#[test]
fn a_regression_is_reported_by_its_numbers() {
    use nn_core::Activation;
    use nn_data::{Column, Dataset, Features};
    let x = ndarray::Array2::from_shape_fn((50, 1), |(i, _)| i as f32);
    let values: Vec<f64> = (0..50).map(|i| 300.0 + 20.0 * f64::from(i)).collect();
    let set = Dataset::regression("rents", Features::F32(x), values, "<rent>").unwrap();
    let set = set.with_columns(vec![Column::number("rooms")]).unwrap();
    let network =
        NetworkBuilder::<f32>::new(&[1, 4, 1]).output(Activation::Identity).build(1).unwrap();
    let model = nn_train::fit_preprocessing(Model::new(network, Cost::Quadratic), &set);
    let input = RunInput { model: Some(&model), test: Some(&set), ..RunInput::default() };
    let report = RunReport::of(&input).unwrap();

    let samples = nn_train::Samples::for_model(&model, &set).unwrap();
    let team = nn_train::Team::new(1).unwrap();
    let expected = nn_train::evaluate(&model.network, &model.cost, &samples, &team).unwrap();
    let (found, expected) = (report.test_regression().unwrap(), expected.regression.unwrap());
    for (found, expected) in [(found.r2.unwrap(), expected.r2.unwrap()), (found.mae, expected.mae)]
    {
        assert!((found - expected).abs() < 1e-4 * expected.abs(), "{found} {expected}");
    }
    assert_eq!(report.test_accuracy(), None);
    let page = html(std::slice::from_ref(&report));
    check_page(&page);
    assert!(page.contains("Predicted numbers") && page.contains("The largest errors"));
    assert!(!page.contains("Confusion") && !page.contains("<rent>"));
    check_page(&html(&[report.clone(), report]));

    // Classes are no numbers.
    let digits = nn_data::sample::load().1;
    let input = RunInput { test: Some(&digits), ..input };
    assert!(RunReport::of(&input).is_err());
}
