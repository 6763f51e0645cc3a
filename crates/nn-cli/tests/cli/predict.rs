//! What `predict` makes of samples, pictures and numbers.

use crate::sandbox::{Outcome, Sandbox, test_digit};
use serde_json::Value;

/// Twelve digits that the model gets right when they are given as test samples.
fn known_digits(sandbox: &Sandbox) -> Vec<usize> {
    let indices: Vec<String> = (0..40).map(|i| i.to_string()).collect();
    let args: Vec<&str> = ["predict", "model.nnm", "--json"]
        .into_iter()
        .chain(indices.iter().map(|s| &**s))
        .collect();
    let predictions = sandbox.ok(&args).json();
    assert_eq!(predictions.len(), 40);
    let sure = |p: &&Value| {
        let confidences: Vec<f64> = serde_json::from_value(p["confidences"].clone()).unwrap();
        p["class"] == p["actual"] && confidences[p["class"].as_u64().unwrap() as usize] > 0.8
    };
    let known: Vec<usize> = predictions
        .iter()
        .filter(sure)
        .map(|p| p["input"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(known.len() >= 12, "{known:?}");
    known[..12].to_vec()
}

fn pgm(width: usize, height: usize, pixels: &[u8]) -> Vec<u8> {
    [format!("P5\n{width} {height}\n255\n").as_bytes(), pixels].concat()
}

fn png(width: u32, height: u32, colour: png::ColorType, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    bytes
}

/// A photograph of a digit: dark ink on bright paper, three times as large, away from the middle.
fn photograph(pixels: &[u8]) -> (usize, usize, Vec<u8>) {
    let (width, height) = (300, 200);
    let mut photo = vec![230_u8; width * height];
    for y in 0..84 {
        for x in 0..84 {
            let ink = u32::from(pixels[y / 3 * 28 + x / 3]);
            photo[(y + 100) * width + x + 190] = (230 - ink * 200 / 255) as u8;
        }
    }
    (width, height, photo)
}

fn predict_file(sandbox: &Sandbox, bytes: &[u8], flags: &[&str]) -> Value {
    sandbox.write("picture", bytes);
    let args = [&["predict", "model.nnm", "./picture", "--json"], flags].concat();
    sandbox.ok(&args).json().remove(0)
}

#[test]
fn a_digit_is_the_same_in_every_form() {
    let sandbox = Sandbox::with_model();
    for index in known_digits(&sandbox) {
        let (pixels, class) = test_digit(index);
        let sample =
            sandbox.ok(&["predict", "model.nnm", &index.to_string(), "--json"]).json().remove(0);
        let same = |other: &Value| {
            assert_eq!(other["confidences"], sample["confidences"], "digit {index}");
            assert_eq!((&other["actual"], &other["fitted"]), (&Value::Null, &false.into()));
        };
        same(&predict_file(&sandbox, &pgm(28, 28, &pixels), &[]));
        same(&predict_file(&sandbox, &png(28, 28, png::ColorType::Grayscale, &pixels), &[]));
        let rgb: Vec<u8> = pixels.iter().flat_map(|&p| [p; 3]).collect();
        same(&predict_file(&sandbox, &png(28, 28, png::ColorType::Rgb, &rgb), &["--raw"]));
        let text: Vec<String> = pixels.iter().map(ToString::to_string).collect();
        same(&predict_file(&sandbox, text.join(" ").as_bytes(), &[]));
        let mut piped = sandbox.command(["predict", "model.nnm", "-", "--json"]);
        same(&Outcome::of(piped.write_stdin(text.join("\n"))).json()[0]);

        let (width, height, photo) = photograph(&pixels);
        let found = predict_file(&sandbox, &pgm(width, height, &photo), &[]);
        assert_eq!(found["class"], class, "photograph of digit {index}");
        assert_eq!((&found["inverted"], &found["fitted"]), (&true.into(), &true.into()));
    }
}

#[test]
fn ink_on_transparent_paper_is_read() {
    let sandbox = Sandbox::with_model();
    let (pixels, class) = test_digit(known_digits(&sandbox)[0]);
    let rgba: Vec<u8> = pixels.iter().flat_map(|&ink| [0, 0, 0, ink]).collect();
    let found = predict_file(&sandbox, &png(28, 28, png::ColorType::Rgba, &rgba), &[]);
    assert_eq!((&found["class"], &found["inverted"]), (&class.into(), &true.into()));
}

#[test]
fn numbers_from_0_to_1_are_taken_as_such() {
    let sandbox = Sandbox::with_model();
    let index = known_digits(&sandbox)[0];
    let (pixels, class) = test_digit(index);
    let text: Vec<String> = pixels.iter().map(|&p| (f64::from(p) / 255.0).to_string()).collect();
    sandbox.write("unit.csv", text.join(",").as_bytes());
    let outcome = sandbox.ok(&["predict", "model.nnm", "unit.csv"]);
    assert!(outcome.stderr.contains("no number is above 1"), "{}", outcome.stderr);
    assert!(outcome.stdout.starts_with(&format!("unit.csv: {class} (")), "{}", outcome.stdout);
}

#[test]
fn people_get_a_picture_with_bars() {
    let sandbox = Sandbox::with_model();
    let index = known_digits(&sandbox)[0];
    let (pixels, class) = test_digit(index);
    let outcome = sandbox.ok(&["predict", "model.nnm", &index.to_string()]);
    let mut lines = outcome.stdout.lines();
    let title = lines.next().unwrap();
    assert!(title.starts_with(&format!("test sample {index} of the MNIST sample: {class} (")));
    assert!(title.ends_with(", which is right"));
    assert_eq!(lines.clone().count(), 14, "{}", outcome.stdout);
    assert_eq!(lines.filter(|line| line.contains(&format!("> {class} █"))).count(), 1);
    assert!(!outcome.stdout.contains('\x1b'));

    let (width, height, photo) = photograph(&pixels);
    sandbox.write("photo.pgm", &pgm(width, height, &photo));
    let outcome = sandbox.ok(&["predict", "model.nnm", "photo.pgm"]);
    assert!(outcome.stderr.contains("inverted (its background is bright)"), "{}", outcome.stderr);
    let mut coloured = sandbox.command(["predict", "model.nnm", "photo.pgm"]);
    let outcome = Outcome::of(coloured.env("CLICOLOR_FORCE", "1"));
    assert!(outcome.stdout.contains("\x1b[38;5;"), "{}", outcome.stdout);
}

#[test]
fn further_models_are_averaged_and_every_field_is_documented() {
    let sandbox = Sandbox::with_model();
    sandbox.ok(&["train", "--data", "sample", "--epochs", "1", "--seed", "9", "-o", "other.nnm"]);
    let predict = |args: &[&str]| {
        let args = [&["predict", "--json"], args].concat();
        sandbox.ok(&args).json().remove(0)
    };
    let confidence = |result: &Value| result["confidences"][4].as_f64().unwrap();
    let (a, b) = (predict(&["model.nnm", "3"]), predict(&["other.nnm", "3"]));
    let both = predict(&["model.nnm", "--with", "other.nnm", "3"]);
    let mean = f64::midpoint(confidence(&a), confidence(&b));
    assert!((confidence(&both) - mean).abs() < 1e-9);
    let documentation = include_str!("../../../../docs/json.md");
    for field in both.as_object().unwrap().keys() {
        assert!(documentation.contains(&format!("`{field}`")), "{field} is not documented");
    }
}
