//! Data of one's own: tables, arrays and pictures, trained on, evaluated and predicted.

use std::fmt::Write;

use crate::sandbox::Sandbox;

/// A table of two kinds of flowers that a network can tell apart, in the order of their kinds.
fn flowers() -> String {
    let mut text = "length,width,colour,kind\n".to_owned();
    for i in 0..60 {
        let (kind, colour, base) =
            if i < 40 { ("daisy", "white", 2.0) } else { ("rose", "red", 6.0) };
        let (length, width) = (base + f64::from(i % 7) / 5.0, base / 2.0 + f64::from(i % 5) / 9.0);
        // A colour that doesn't give the kind away.
        let colour = if i % 6 == 0 { "yellow" } else { colour };
        writeln!(text, "{length},{width},{colour},{kind}").unwrap();
    }
    text
}

/// A table with a number that follows from two others.
fn prices() -> String {
    let mut text = "rooms;city;price\n".to_owned();
    for i in 0..80 {
        let (rooms, city) = (1 + i % 8, if i % 3 == 0 { "Ulm" } else { "Bonn" });
        let price = 1000.5 * f64::from(rooms) + if i % 3 == 0 { 500.0 } else { 0.0 };
        writeln!(text, "{rooms};{city};{price}").unwrap();
    }
    text
}

fn png(width: u32, height: u32, bright: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let data: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .flat_map(|(x, y)| bright(x, y))
        .collect();
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    bytes
}

/// A folder of pictures of one kind left and the other right, in two sizes, one coloured.
fn pictures(sandbox: &Sandbox) {
    for i in 0..12 {
        let left = png(64, 64, |x, _| if x < 20 + i { [200; 3] } else { [0; 3] });
        sandbox.write(format!("pictures/left/{i}.png"), &left);
        let right = png(300, 200, |x, _| if x > 180 + i { [250, 200, 0] } else { [0; 3] });
        sandbox.write(format!("pictures/right/{i}.png"), &right);
    }
}

#[test]
fn a_table_is_trained_on_evaluated_and_predicted() {
    let sandbox = Sandbox::new();
    sandbox.write("flowers.csv", flowers().as_bytes());
    let outcome = sandbox.ok(&["train", "--data", "flowers.csv", "--epochs", "30"]);
    let said = &outcome.stderr;
    assert!(
        said.contains("flowers.csv: table, 60 samples; predicts `kind`, one of 2 classes"),
        "{said}"
    );
    // 12 of 60 for the test, 5 of the rest for validation; length, width and three colours.
    assert!(said.contains("Training 5-30-2") && said.contains("on 43 samples"), "{said}");
    assert!(said.contains("nn-cli evaluate model.nnm --data flowers.csv"), "{said}");

    let outcome = sandbox.ok(&["evaluate", "model.nnm", "--data", "flowers.csv", "--json"]);
    let result = &outcome.json()[0];
    assert_eq!((result["samples"].as_u64(), result["accuracy"].as_f64()), (Some(12), Some(1.0)));
    assert_eq!(result["classes"][1]["name"], "rose");
    assert_eq!(result["regression"], serde_json::Value::Null);
    assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
    // Another draw has test samples that were trained on, which is said.
    let other = ["evaluate", "model.nnm", "--data", "flowers.csv", "--split-seed", "1"];
    let outcome = sandbox.ok(&other);
    assert!(
        outcome.stderr.contains("trained on another part of flowers.csv"),
        "{}",
        outcome.stderr
    );

    // Columns are found by their names, and others don't matter.
    sandbox.write("new.tsv", b"id\tcolour\twidth\tlength\n1\tred\t3.2\t6.5\n2\twhite\t1.1\t2.2\n");
    let outcome = sandbox.ok(&["predict", "model.nnm", "new.tsv", "--json"]);
    let names: Vec<_> = outcome.json().iter().map(|line| line["name"].clone()).collect();
    assert_eq!(names, ["rose", "daisy"]);
    assert_eq!(outcome.json()[1]["row"], 2);
    let outcome = sandbox.ok(&["predict", "model.nnm", "new.tsv"]);
    assert!(outcome.stdout.starts_with("new.tsv, row 1: rose ("), "{}", outcome.stdout);
    assert_eq!(outcome.stdout.lines().count(), 2);

    sandbox.write("bad.csv", b"length,width,colour\n1,2,blue\n");
    let message =
        "bad.csv: line 2, column `colour`: expected one of red, white, yellow, found `blue`";
    sandbox.refuse(&["predict", "model.nnm", "bad.csv"], 3, message);
    sandbox.write("bad.csv", b"length,width\n1,2\n");
    sandbox.refuse(&["predict", "model.nnm", "bad.csv"], 3, "found `colour`");
    sandbox.write("bad.csv", b"length,width,colour\n1,NaN,red\n");
    sandbox.refuse(
        &["predict", "model.nnm", "bad.csv"],
        3,
        "line 2, column `width`: expected a value",
    );
}

#[test]
fn numbers_are_predicted_in_their_own_unit() {
    let sandbox = Sandbox::new();
    sandbox.write("prices.csv", prices().as_bytes());
    let train = ["train", "--data", "prices.csv", "--epochs", "60", "--run", "r"];
    let outcome = sandbox.ok(&train);
    let said = &outcome.stderr;
    assert!(said.contains("predicts the number `price` (choose another with --target)"), "{said}");
    assert!(said.contains("identity outputs, quadratic cost"), "{said}");
    assert!(outcome.stdout.contains("validation R²"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("Test R² 0.9"), "{}", outcome.stdout);

    let model = "runs/r/model.nnm";
    let outcome = sandbox.ok(&["evaluate", model, "--data", "prices.csv", "--json"]);
    let result = &outcome.json()[0];
    assert_eq!(result["accuracy"], serde_json::Value::Null);
    assert!(result["regression"]["r2"].as_f64().unwrap() > 0.9, "{result}");
    assert!(result["regression"]["mae"].as_f64().unwrap() < 700.0, "{result}");
    let mut command = sandbox.command(["predict", model, "-", "--json"]);
    command.write_stdin("rooms,city\n4,Ulm\n");
    let outcome = crate::sandbox::Outcome::of(&mut command);
    let value = outcome.json()[0]["value"].as_f64().unwrap();
    assert!((value - 4502.0).abs() < 1500.0, "{value}");
    assert_eq!(outcome.json()[0]["name"], "price");

    let report = ["report", "r", "--data", "prices.csv", "--output", "r.html", "--json"];
    let report = &sandbox.ok(&report).json()[0];
    assert_eq!(report["runs"][0]["test_accuracy"], serde_json::Value::Null);
    let r2 = report["runs"][0]["test_regression"]["r2"].as_f64().unwrap();
    assert!((r2 - result["regression"]["r2"].as_f64().unwrap()).abs() < 1e-4, "{r2}");
    let explain = ["explain", model, "--data", "prices.csv", "--index", "3"];
    assert!(sandbox.ok(&explain).stdout.starts_with("Sample 3: price is "));
    let told = sandbox.ok(&["inspect", model]).stdout;
    for part in ["task           regression: price, mean ", "column         rooms: mean ", "city: "]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    sandbox.refuse(&["serve", model, "--data", "prices.csv"], 3, "found one that predicts numbers");

    // Going on needs no flag about the data.
    sandbox.ok(&["train", "--resume", "r", "--epochs", "61"]);
    sandbox.refuse(&["train", "--data", "prices.csv", "--cost", "cross-entropy"], 2, "--cost: ");
    let classes = ["evaluate", model, "--data", "flowers.csv"];
    sandbox.write("flowers.csv", flowers().as_bytes());
    sandbox.refuse(&classes, 3, "flowers.csv: ");
}

#[test]
fn pictures_of_any_size_are_trained_on_and_predicted() {
    let sandbox = Sandbox::new();
    pictures(&sandbox);
    let train = ["train", "--data", "pictures", "--epochs", "20"];
    sandbox.refuse(&train, 3, "0.png: expected a grey image, found a coloured one");
    let grey = [&train[..], &["--grey"]].concat();
    sandbox.refuse(&grey, 3, "expected 64×64 pixels as ");
    let scaled = [&grey[..], &["--size", "16x12"]].concat();
    let outcome = sandbox.ok(&scaled);
    assert!(outcome.stderr.contains("Training 192-30-2"), "{}", outcome.stderr);
    // The model scales pictures by itself, and does not turn them into digits.
    let outcome = sandbox.ok(&["evaluate", "model.nnm", "--data", "pictures", "--json"]);
    assert_eq!(outcome.json()[0]["accuracy"], 1.0);
    sandbox.write("new.png", &png(90, 40, |x, _| if x > 70 { [255; 3] } else { [9; 3] }));
    let outcome = sandbox.ok(&["predict", "model.nnm", "new.png", "--json"]);
    let prediction = &outcome.json()[0];
    assert_eq!(prediction["name"], "right");
    assert_eq!((&prediction["inverted"], &prediction["fitted"]), (&false.into(), &true.into()));
}

#[test]
fn formats_are_converted_and_trained_on_alike() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["data", "convert", "sample", "digits.npz"]);
    sandbox.ok(&["data", "convert", "sample", "idx", "--to", "idx"]);
    sandbox.refuse(&["data", "convert", "sample", "idx", "--to", "idx"], 2, "expected a new file");
    sandbox.refuse(&["data", "convert", "sample", "digits"], 2, "ends in .npz or .csv");
    sandbox.refuse(&["data", "convert", "sample", "all.csv"], 3, "name a folder, with --to csv");
    let cost = |data: &str| {
        let args = ["train", "--data", data, "--epochs", "1", "--validation", "0", "--json"];
        let outcome = sandbox.ok(&args);
        outcome.json()[1]["test_cost"].clone()
    };
    let expected = cost("sample");
    assert_eq!(cost("digits.npz"), expected);
    assert_eq!(cost("idx"), expected);
}

#[test]
fn data_are_described_and_shown() {
    let sandbox = Sandbox::new();
    sandbox.write("flowers.csv", flowers().as_bytes());
    let outcome = sandbox.ok(&["data", "info", "flowers.csv"]);
    for expected in [
        "flowers.csv: table",
        "columns       length, width, colour (3 words)",
        "samples       60",
        "classes       2: daisy 40, rose 20",
    ] {
        assert!(outcome.stdout.contains(expected), "{expected}: {}", outcome.stdout);
    }
    let info = &sandbox.ok(&["data", "info", "sample", "--json"]).json()[0];
    assert_eq!(info["parts"][0]["samples"], 5000);
    assert_eq!(info["parts"][1]["image_rows"], 28);
    assert_eq!(info["shared_samples"], 0);
    let density = info["parts"][0]["density"].as_f64().unwrap();
    assert!((0.18..0.20).contains(&density), "{density}");

    let outcome = sandbox.ok(&["data", "show", "sample", "--count", "3", "--class", "7"]);
    assert_eq!(outcome.stdout.lines().count(), 15, "{}", outcome.stdout);
    assert!(outcome.stdout.starts_with("7: 7 "), "{}", outcome.stdout);
    let outcome = sandbox.ok(&["data", "show", "flowers.csv", "--count", "1"]);
    assert_eq!(outcome.stdout, "0: daisy (length 2, width 1, colour yellow)\n");
    sandbox.ok(&["data", "show", "sample", "--png", "digits.png", "--count", "4"]);
    assert!(sandbox.read("digits.png").starts_with(b"\x89PNG"));
    sandbox.refuse(&["data", "show", "sample", "--png", "digits.png"], 2, "expected a new file");
    sandbox.refuse(&["data", "show", "sample", "--class", "x"], 2, "--class: expected one of 0, 1");
    sandbox.refuse(&["data", "show", "flowers.csv", "--png", "x.png"], 3, "--png: expected images");

    let outcome = sandbox.ok(&["data", "list", "--json"]);
    let names: Vec<_> = outcome.json().iter().map(|line| line["name"].clone()).collect();
    assert!(names.contains(&"fashion-mnist".into()) && names.contains(&"sample".into()));
}

#[test]
fn tables_that_cannot_be_used_are_refused_by_line_and_column() {
    let sandbox = Sandbox::new();
    let refuse = |text: &str, code: i32, message: &str| {
        sandbox.write("t.csv", text.as_bytes());
        let outcome = sandbox.refuse(&["train", "--data", "t.csv", "--epochs", "1"], code, message);
        assert!(outcome.stderr.contains("t.csv: "), "{}", outcome.stderr);
        assert_eq!(sandbox.names(), ["t.csv"]);
    };
    refuse("", 3, "expected rows of cells, found nothing");
    refuse("a,b\n", 3, "found only a header");
    refuse("a,b\n1,x\n2\n", 3, "line 3: expected 2 cells, found 1");
    refuse("a,b\n1,x\n,y\n", 3, "line 3, column `a`: expected a value, found ``");
    refuse("a,b\n1,x\nInf,y\n", 3, "line 3, column `a`: expected a finite number");
    refuse("a,b\n1,x\n2,x\n", 3, "column `b`: expected a target of at least two classes");
    sandbox.write("t.csv", flowers().as_bytes());
    let data = ["train", "--data", "t.csv"];
    let with = |more: &[&'static str]| [&data[..], more].concat();
    sandbox.refuse(&with(&["--target", "kin"]), 3, "expected one of the columns length, width");
    sandbox.refuse_usage(&with(&["--test-share", "1"]), "expected a number above 0 and below 1");
    sandbox.refuse(&with(&["--test-share", "0.999"]), 2, "--test-share: expected to leave samples");
    sandbox.refuse_usage(&with(&["--size", "28"]), "expected a width and a height");
    sandbox.refuse(&["train", "--data", "none.csv"], 5, "--data none.csv: ");
    sandbox.refuse_usage(&["train", "--data", "fashion-mnst"], "'fashion-mnst'");
    sandbox.refuse(&["train", "--data", "qmnist"], 6, "QMNIST can't be fetched");
    sandbox.refuse(&["data", "fetch", "kmnsit"], 2, "expected the name of a known dataset");
    let outcome = sandbox.run(&["train", "--data", "kmnist", "--offline"]);
    assert_eq!(outcome.code, 6, "{}", outcome.stderr);
    sandbox.write("huge/a/1.pgm", b"P5 65535 65535 255\n");
    sandbox.write("huge/b/1.pgm", b"P5 1 1 255\n\0");
    sandbox.refuse(&["train", "--data", "huge", "--size", "8x8"], 9, "found 65535×65535");
}

#[test]
fn settings_are_searched_by_r2_where_numbers_are_predicted() {
    let sandbox = Sandbox::new();
    sandbox.write("prices.csv", prices().as_bytes());
    let space = "trials = 2\n\n[fixed]\n\"data.source\" = \"prices.csv\"\n\
                 \"training.epochs\" = 20\n\n[space]\n\"training.learning_rate\" = [1e-6, 0.02]\n";
    sandbox.write("rates.toml", space.as_bytes());
    let records = sandbox.ok(&["tune", "rates.toml", "--test", "--json"]).json();
    let winner = records.last().unwrap();
    assert_eq!(winner["validation_accuracy"], serde_json::Value::Null);
    assert!(winner["validation_r2"].as_f64().unwrap() > 0.5, "{winner}");
    assert!(winner["test_r2"].as_f64().unwrap() > 0.5, "{winner}");
    let text = sandbox.ok(&["tune", "rates.toml", "--test"]).stdout;
    assert!(text.contains("R² ") && text.contains("Test R² 0."), "{text}");
    let recipe = String::from_utf8(sandbox.read("tune/rates/winner.toml")).unwrap();
    assert!(recipe.contains("learning_rate = 0.02"), "{recipe}");

    let text = sandbox.ok(&["tune", "lr", "--data", "prices.csv"]).stdout;
    assert!(text.contains("The cost falls steepest"), "{text}");
}
