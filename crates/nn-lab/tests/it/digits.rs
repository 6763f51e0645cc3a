//! Drawing, editing, teaching, undoing and looking at data.

use nn_core::Predictor;
use nn_data::{Dataset, Features};
use serde_json::{Value, json};

use crate::client::{Running, model};

fn test_digit(index: usize) -> (Vec<u8>, usize) {
    let test: Dataset = nn_data::sample::load().1;
    let Features::U8(pixels) = test.features() else { panic!("pixels are bytes") };
    (pixels.row(index).to_vec(), test.labels().get(index))
}

fn confidences(value: &Value) -> Vec<f32> {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn predictions_are_the_predictor_s_to_the_last_bit() {
    let server = Running::start();
    let model = model();
    let mut predictor = Predictor::new(&model.network);
    for index in 0..50 {
        let (pixels, _) = test_digit(index);
        let answer = server.ok("/api/predict", &json!({"pixels": pixels}));
        let raw: Vec<f64> = pixels.iter().map(|&p| f64::from(p)).collect();
        let features: Vec<f32> =
            model.normalization.apply(raw[..].into()).into_iter().map(|x| x as f32).collect();
        assert_eq!(confidences(&answer["confidences"]), predictor.predict(&features).unwrap());
    }
}

#[test]
fn a_drawing_is_brought_into_form_and_explained() {
    let server = Running::start();
    let (digit, label) = test_digit(7);
    // The digit, three times as large, in the corner of a sheet.
    let mut sheet = vec![0_u8; 100 * 120];
    for (i, pixel) in sheet.iter_mut().enumerate() {
        let (row, column) = (i / 120 / 3, i % 120 / 3);
        if row < 28 && column < 28 {
            *pixel = digit[row * 28 + column];
        }
    }
    let seen = server.ok("/api/draw", &json!({"width": 120, "height": 100, "pixels": sheet}));
    assert_eq!((&seen["blank"], &seen["answer"]["class"]), (&json!(false), &json!(label)));
    assert_eq!(seen["layers"].as_array().unwrap().len(), 2);
    assert_eq!(seen["layers"][0]["a"].as_array().unwrap().len(), 20);
    assert_eq!(seen["evidence"].as_array().unwrap().len(), 784);
    assert!(seen["evidence"].as_array().unwrap().iter().any(|e| e.as_f64() > Some(0.0)));
    let blank = json!({"width": 20, "height": 20, "pixels": vec![0; 400]});
    assert_eq!(server.ok("/api/draw", &blank)["blank"], true);
    let short = json!({"width": 20, "height": 20, "pixels": vec![0; 399]});
    assert_eq!(server.post("/api/draw", &short.to_string()).status, 422);
}

#[test]
fn teaching_changes_the_answer_and_undo_restores_it() {
    let server = Running::start();
    let session = server.ok("/api/sessions", &json!({}))["session"].as_str().unwrap().to_owned();
    // A digit that is recognised.
    let known = |index: &usize| {
        let (pixels, label) = test_digit(*index);
        server.ok("/api/predict", &json!({"pixels": pixels}))["class"] == label
    };
    let (pixels, label) = test_digit((0..50).find(known).unwrap());
    let ask = || server.ok("/api/predict", &json!({"pixels": pixels, "session": session}));
    let before = ask();
    let other = (label + 1) % 10;
    let edits = format!("/api/sessions/{session}/edits");
    let teach = json!({"edit": {"kind": "teach", "pixels": pixels, "class": other, "rate": 0.2, "steps": 100}});
    assert_eq!(server.ok(&edits, &teach)["edits"].as_array().unwrap().len(), 1);
    assert_eq!(ask()["class"], other);
    assert_eq!(server.ok("/api/predict", &json!({"pixels": pixels})), before, "others see nothing");
    let accuracy = server.ok(&format!("/api/sessions/{session}/accuracy"), &json!({}));
    assert!(accuracy["after"].as_f64() < accuracy["before"].as_f64());
    server.ok(&format!("/api/sessions/{session}/undo"), &json!({"all": true}));
    assert_eq!(ask(), before);
    let nobody =
        server.post("/api/predict", &json!({"pixels": pixels, "session": "x"}).to_string());
    assert_eq!(nobody.status, 404);
}

#[test]
fn a_unit_s_products_and_bias_sum_to_z() {
    let server = Running::start();
    let (pixels, _) = test_digit(0);
    for (layer, unit) in [(2, 5), (3, 9)] {
        let ask = json!({"layer": layer, "unit": unit, "pixels": pixels});
        let unit = server.ok("/api/unit", &ask);
        let products = confidences(&unit["seen"]["products"]);
        let z = f64::from(products.iter().sum::<f32>()) + unit["bias"].as_f64().unwrap();
        assert!((z - unit["seen"]["z"].as_f64().unwrap()).abs() < 1e-3);
    }
    assert_eq!(server.post("/api/unit", "{\"layer\":4,\"unit\":0}").status, 422);
}

#[test]
fn data_are_counted_averaged_and_shown() {
    let server = Running::start();
    let data = server.see("/api/data?split=test");
    assert_eq!(data["counts"], json!(vec![100; 10]));
    assert_eq!(data["averages"].as_array().unwrap().len(), 10);
    let pixels: u64 =
        data["histogram"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(pixels, 1000 * 784);
    let sevens = server.see("/api/data/images?split=test&class=7&count=30");
    let images = sevens["images"].as_array().unwrap();
    assert!(images.len() == 30 && images.iter().all(|image| image["label"] == 7));
    let next = sevens["next"].as_u64().unwrap();
    let more = server.see(&format!("/api/data/images?split=test&class=7&from={next}&count=100"));
    assert_eq!((more["images"].as_array().unwrap().len(), &more["next"]), (70, &Value::Null));
    for wrong in ["?split=all", "?count=0", "?count=101", "?class=10", "?from=x", "?colour=red"] {
        assert_eq!(server.get(&format!("/api/data/images{wrong}")).status, 422, "{wrong}");
    }
}

#[test]
fn augmentation_is_previewed_as_training_would_see_it() {
    let server = Running::start();
    let ask =
        json!({"augmentation": {"rotation": 20}, "indices": [0, 1], "versions": 3, "seed": 1});
    let preview = server.ok("/api/augment", &ask);
    let digits = preview["digits"].as_array().unwrap();
    assert_eq!((digits.len(), digits[1]["versions"].as_array().unwrap().len()), (2, 3));
    assert_ne!(digits[0]["versions"][0], digits[0]["original"]["pixels"]);
    assert_eq!(server.ok("/api/augment", &ask), preview);
    // Published settings by name, which the knobs cannot all say.
    let named =
        |name: &str| json!({"augmentation": name, "indices": [0], "versions": 2, "seed": 1});
    let changed = server.ok("/api/augment", &named("ciresan-2010"));
    assert_ne!(changed["digits"][0]["versions"][0], changed["digits"][0]["original"]["pixels"]);
    let same = server.ok("/api/augment", &named("none"));
    assert_eq!(same["digits"][0]["versions"][1], same["digits"][0]["original"]["pixels"]);
    let unknown = server.post("/api/augment", &named("simard").to_string());
    assert_eq!(unknown.status, 422);
    assert!(unknown.json()["error"]["message"].as_str().unwrap().contains("simard-2003"));
    for wrong in [
        json!({"augmentation": {"rotation": 999}, "indices": [0], "versions": 1}),
        json!({"augmentation": {}, "indices": [9_999_999], "versions": 1}),
        json!({"augmentation": {}, "indices": [0], "versions": 1000}),
    ] {
        assert_eq!(server.post("/api/augment", &wrong.to_string()).status, 422, "{wrong}");
    }
}

#[test]
fn the_model_can_be_kept_as_a_file() {
    use std::io::{Read, Write};
    let server = Running::start();
    let mut stream = server.connect();
    let request =
        format!("GET /api/model HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", server.address);
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let body = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let read = nn_core::Model::<f32>::read_from(&bytes[body..], &nn_core::Limits::new(1 << 30));
    assert_eq!(read.unwrap(), model());
}
