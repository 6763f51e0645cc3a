//! Help and the errors of the command line, word for word.

use crate::sandbox::Sandbox;

#[track_caller]
fn snapshot(name: &str, args: &[&str]) {
    let outcome = Sandbox::new().ok(args);
    assert_eq!(outcome.stderr, "");
    insta::assert_snapshot!(name, outcome.stdout);
}

#[test]
fn help_is_as_reviewed() {
    snapshot("help", &["--help"]);
    snapshot("help-train", &["train", "--help"]);
    snapshot("help-recipes", &["recipes", "-h"]);
    snapshot("help-evaluate", &["evaluate", "-h"]);
    snapshot("help-predict", &["predict", "-h"]);
}

#[test]
fn the_version_is_data() {
    let outcome = Sandbox::new().ok(&["--version"]);
    assert_eq!(outcome.stdout, format!("nn-cli {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn nothing_at_all_is_answered_with_help() {
    let outcome = Sandbox::new().run(&[]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.contains("Usage: nn-cli"));
}

#[test]
fn typing_errors_get_suggestions() {
    let sandbox = Sandbox::new();
    for (args, tip) in [
        (&["tran"][..], "'train'"),
        (&["train", "--epoch", "3"], "'--epochs'"),
        (&["train", "--activation", "rellu"], "'relu'"),
        (&["train", "--cost", "quadratik"], "'quadratic'"),
        (&["train", "--init", "he-norml"], "'he-normal'"),
        (&["train", "--data", "mnits"], "'mnist'"),
        (&["evaluate", "m", "--split", "tset"], "'test'"),
    ] {
        let outcome = sandbox.run(args);
        assert_eq!(outcome.code, 2, "{args:?}");
        assert!(outcome.stderr.contains("tip: a similar"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(tip), "{}", outcome.stderr);
    }
}

#[test]
fn errors_are_as_reviewed() {
    let sandbox = Sandbox::with_model();
    let runs: [&[&str]; 12] = [
        &["train", "--epoch", "3"],
        &["train", "--epochs", "0"],
        &["train", "--layers", "784,30,9", "--data", "sample"],
        &["train", "--batch-size", "5000", "--data", "sample"],
        &["train", "--layers", "784,18446744073709551615,10"],
        &["train", "--output", "no/such/model.nnm"],
        &["train", "--data", "mnist", "--data-dir", "cache", "--offline", "--no-fallback"],
        &["train", "--data", "no/such/folder"],
        &["evaluate", "none.nnm"],
        &["predict", "model.nnm", "1000"],
        &["predict", "model.nnm", "none.png"],
        &["predict", "model.nnm", "model.nnm"],
    ];
    let mut text = String::new();
    for args in runs {
        let outcome = sandbox.run(args);
        let line =
            format!("$ nn-cli {}\n{}=> {}\n\n", args.join(" "), outcome.stderr, outcome.code);
        text.push_str(&line);
    }
    // What the operating system says differs from one to another.
    if cfg!(target_os = "linux") {
        insta::assert_snapshot!("errors", text);
    }
}

#[test]
fn colour_is_for_terminals_and_for_those_who_force_it() {
    let sandbox = Sandbox::new();
    let help = |variables: &[(&str, &str)]| {
        let mut command = sandbox.command(["--help"]);
        command.envs(variables.iter().copied());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(!help(&[]).contains('\x1b'));
    assert!(help(&[("CLICOLOR_FORCE", "1")]).contains('\x1b'));
    assert!(!help(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains('\x1b'));
}
