//! Tests of the drawing page: whole and escaped, and in node the same answers as the library's.

use std::io::Write as _;
use std::process::{Command, Stdio};

use nn_core::{Activation, Cost, Init, NetworkBuilder, Predictor};
use nn_data::images::{GreyImage, normalize_digit};
use serde_json::{Value, json};

use super::*;
use crate::page::tests::check_page;
use crate::{inputs_of, raw_features};

fn model(hidden: Activation, cost: Cost) -> Model<f32> {
    let network = NetworkBuilder::<f32>::new(&[784, 24, 10])
        .hidden(hidden)
        .output(cost.natural_output())
        .init(Init::XavierNormal)
        .build(2)
        .unwrap();
    let mut model = Model::new(network, cost);
    model.normalization = Normalization::Scale(1.0 / 255.0);
    model.image_shape = Some((28, 28));
    model
}

#[test]
fn the_page_is_whole_and_escaped() {
    let mut model = model(Activation::Sigmoid, Cost::Quadratic);
    model.class_names = (0..10).map(|i| format!("</script><b>{i}")).collect();
    for weights in [Weights::F32, Weights::I8] {
        for language in [None, Some(Language::Spanish)] {
            let options = PageOptions { title: "<i>\"&".into(), weights, language };
            let page = html(&model, &options).unwrap();
            check_page(&page);
            assert_eq!(page.matches("</script>").count(), 3);
            assert!(!page.contains("<i>\"") && !page.contains("<b>0"));
        }
    }
    let page = html(&model, &PageOptions::default()).unwrap();
    let small = html(&model, &PageOptions { weights: Weights::I8, ..PageOptions::default() });
    assert!(small.unwrap().len() + 50_000 < page.len());
    for outside in ["http:", "https:", "fetch(", "XMLHttpRequest", "import("] {
        assert!(!page.contains(outside), "{outside}");
    }
    model.image_shape = None;
    assert!(matches!(
        html(&model, &PageOptions::default()),
        Err(ViewError::NotImages { features: 784, .. })
    ));
}

/// What node says to a script that begins with the page's own; `None` where there is no node.
fn node(page: &str, input: &Value) -> Option<Value> {
    let between = |from: &str| {
        let start = page.find(from).unwrap() + from.len();
        &page[start..start + page[start..].find("</script>").unwrap()]
    };
    let script = format!(
        "{}\nconst model = decode({});\nconst input = JSON.parse(require('fs').readFileSync(0));\n\
         console.log(JSON.stringify({{\n\
         outputs: input.digits.map((pixels) => predict(model, pixels)),\n\
         images: input.pictures.map((p) => {{ const i = normalizeDigit(Uint8Array.from(p.pixels), \
         p.width, p.height, p.rows, p.columns); return i && Array.from(i); }}) }}));",
        between("<script id=\"network\">"),
        between("<script type=\"application/json\" id=\"model\">"),
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("check.js");
    std::fs::write(&file, script).unwrap();
    let node = Command::new("node").arg(&file).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = node else {
        eprintln!("node is not here: the page's script was not run");
        return None;
    };
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn largest(values: &[f64]) -> usize {
    nn_core::targets::argmax(values)
}

#[test]
fn the_script_answers_as_the_library_does() {
    let test = nn_data::sample::load().1;
    let nn_data::Features::U8(pixels) = test.features() else { panic!("pixels are bytes") };
    let digits: Vec<Vec<u8>> = pixels.rows().into_iter().map(|row| row.to_vec()).collect();
    let standardize =
        Normalization::Standardize { means: vec![0.1307; 784], deviations: vec![0.3081; 784] };
    let mut cases = Vec::new();
    for activation in Activation::ALL.into_iter().filter(|a| *a != Activation::Softmax) {
        cases.push((model(activation, Cost::Quadratic), 40, Weights::F32));
    }
    cases.push((model(Activation::Relu, Cost::SoftmaxCrossEntropy), 1000, Weights::F32));
    cases.push((model(Activation::Relu, Cost::SoftmaxCrossEntropy), 1000, Weights::I8));
    let mut plain = model(Activation::Sigmoid, Cost::CrossEntropy);
    plain.normalization = Normalization::None;
    cases.push((plain.clone(), 40, Weights::F32));
    plain.normalization = standardize;
    cases.push((plain, 40, Weights::F32));
    for (model, count, weights) in cases {
        let page = html(&model, &PageOptions { weights, ..PageOptions::default() }).unwrap();
        let Some(found) = node(&page, &json!({ "digits": &digits[..count], "pictures": [] }))
        else {
            return;
        };
        let outputs: Vec<Vec<f64>> = serde_json::from_value(found["outputs"].clone()).unwrap();
        assert_eq!(outputs.len(), count);
        let mut predictor = Predictor::new(&model.network);
        let mut same = 0;
        for (pixels, output) in digits.iter().zip(&outputs) {
            let grey = matches!(model.normalization, Normalization::Scale(_));
            let unit = if grey { 1.0 } else { 1.0 / 255.0 };
            let raw: Vec<f64> = pixels.iter().map(|&p| f64::from(p) * unit).collect();
            let features = crate::inputs::normalized(&model, &raw).unwrap();
            let expected: Vec<f64> =
                predictor.predict(&features).unwrap().iter().map(|&a| a.into()).collect();
            let far = if weights == Weights::F32 { 1e-4 } else { 0.05 };
            for (a, b) in output.iter().zip(&expected) {
                assert!((a - b).abs() < far, "{}: {a} {b}", model.network);
            }
            same += usize::from(largest(output) == largest(&expected));
        }
        let least = if weights == Weights::F32 { count } else { count * 98 / 100 };
        assert!(same >= least, "{}: {same} of {count}", model.network);
    }
}

#[test]
fn the_script_normalises_drawings_as_the_library_does() {
    let test = nn_data::sample::load().1;
    let mut pictures = Vec::new();
    let mut expected = Vec::new();
    let mut add = |image: GreyImage, rows: usize, columns: usize| {
        pictures.push(json!({
            "width": image.width(), "height": image.height(), "pixels": image.pixels(),
            "rows": rows, "columns": columns,
        }));
        expected.push(normalize_digit(image, rows, columns).ok().map(|d| d.image.into_pixels()));
    };
    for sample in 0..60 {
        let pixels: Vec<u8> =
            raw_features(&test, sample).unwrap().iter().map(|&x| x as u8).collect();
        let digit = GreyImage::new(28, 28, pixels).unwrap();
        let size = 20 + 7 * sample;
        add(digit.clone(), 28, 28);
        add(digit.clone().inverted(), 28, 28);
        add(digit.resized(size, size / 2 + 9).unwrap(), 28, 28);
        add(digit.resized(size / 3 + 1, size).unwrap().inverted(), 20, 31);
    }
    for (width, height, grey) in [(1, 1, 0), (1, 9, 255), (9, 1, 3), (30, 30, 128)] {
        add(GreyImage::new(width, height, vec![grey; width * height]).unwrap(), 28, 28);
    }
    let page = html(&model(Activation::Sigmoid, Cost::Quadratic), &PageOptions::default()).unwrap();
    let Some(found) = node(&page, &json!({ "digits": [], "pictures": pictures })) else { return };
    let images: Vec<Option<Vec<u8>>> = serde_json::from_value(found["images"].clone()).unwrap();
    assert_eq!(images.len(), expected.len());
    for (i, (image, expected)) in images.iter().zip(&expected).enumerate() {
        assert!(image == expected, "picture {i}");
    }
}

#[test]
fn every_input_of_a_dataset_reaches_the_page_as_it_reaches_the_network() {
    // The page multiplies grey values with `unit`; a dataset's bytes take the way of `inputs_of`.
    let test = nn_data::sample::load().1.subset(&[0]).unwrap();
    let model = model(Activation::Sigmoid, Cost::Quadratic);
    let inputs = inputs_of(&model, &test).unwrap();
    let mut row = vec![0.0; 784];
    inputs.copy_row(0, &mut row);
    let raw = raw_features(&test, 0).unwrap();
    for (x, raw) in row.iter().zip(raw) {
        assert!((f64::from(*x) - raw / 255.0).abs() < 1e-7);
    }
}
