//! `explain`: one sample, phase by phase.

use crate::sandbox::{Sandbox, test_digit};

#[test]
fn the_phases_are_told_in_both_languages() {
    let sandbox = Sandbox::with_model();
    let english = sandbox.ok(&["explain", "model.nnm", "--index", "7"]).stdout;
    for part in ["1. Input", "2. Feed-forward", "3. Output error", "4. Back-prop", "5. Gradient"] {
        assert!(english.contains(part), "{part}: {english}");
    }
    assert!(english.contains("█"), "the digit is drawn");
    let spanish = sandbox.ok(&["explain", "model.nnm", "--index", "7", "--language", "es"]).stdout;
    assert!(spanish.contains("3. Error de salida") && spanish.contains("Comprobación"));
}

#[test]
fn the_facts_are_those_of_the_model() {
    let sandbox = Sandbox::with_model();
    let args = ["explain", "model.nnm", "--index", "3", "--weight", "2,400,5", "--json"];
    let facts = &sandbox.ok(&args).json()[0];
    let (pixels, class) = test_digit(3);
    assert_eq!(facts["actual"].as_u64(), Some(class as u64));
    assert_eq!(facts["grey"].as_array().unwrap().len(), pixels.len());
    assert_eq!(facts["check"]["place"]["from"], 400);
    assert!(facts["check"]["relative_error"].as_f64().unwrap() < 1e-5);
    let said = &sandbox.ok(&["predict", "model.nnm", "3", "--json"]).json()[0];
    assert_eq!(facts["predicted"], said["class"]);
    let outputs = facts["forward"][1]["activations"].as_array().unwrap();
    for (a, b) in outputs.iter().zip(said["confidences"].as_array().unwrap()) {
        assert!((a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-5);
    }
}

#[test]
fn a_page_is_written_and_mistakes_are_refused() {
    let sandbox = Sandbox::with_model();
    let outcome = sandbox.ok(&["explain", "model.nnm", "--html", "page.html", "--language", "es"]);
    assert_eq!(outcome.stdout, "");
    let page = String::from_utf8(sandbox.read("page.html")).unwrap();
    assert!(page.contains("lang=\"es\"") && page.contains("Retropropagación"));
    sandbox.refuse(&["explain", "model.nnm", "--index", "1000"], 2, "expected 0 to 999");
    sandbox.refuse(&["explain", "model.nnm", "--weight", "9,0,0"], 2, "layer 9 does not exist");
    sandbox.refuse(&["explain", "model.nnm", "--html", "model.nnm"], 2, "found another file");
    for bad in [&["--weight", "2,3"][..], &["--language", "fr"], &["--index", "-1"]] {
        let args = [&["explain", "model.nnm"], bad].concat();
        assert_eq!(sandbox.run(&args).code, 2, "{bad:?}");
    }
}
