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
    snapshot("help-tune", &["tune", "-h"]);
    snapshot("help-tune-lr", &["tune", "lr", "-h"]);
    snapshot("help-recipes", &["recipes", "-h"]);
    snapshot("help-evaluate", &["evaluate", "-h"]);
    snapshot("help-predict", &["predict", "-h"]);
    #[cfg(feature = "serve")]
    snapshot("help-serve", &["serve", "-h"]);
    snapshot("help-inspect", &["inspect", "-h"]);
    snapshot("help-runs", &["runs", "-h"]);
    snapshot("help-runs-prune", &["runs", "prune", "-h"]);
    snapshot("help-doctor", &["doctor", "-h"]);
    snapshot("help-completions", &["completions", "-h"]);
    snapshot("help-man", &["man", "-h"]);
    snapshot("help-export", &["export", "-h"]);
    snapshot("help-import", &["import", "-h"]);
    snapshot("help-report", &["report", "-h"]);
    snapshot("help-explain", &["explain", "-h"]);
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
        (&["train", "--color", "alwyas"], "'always'"),
        (&["docter"], "'doctor'"),
        (&["runs", "prune", "--kep", "1"], "'--keep'"),
    ] {
        let outcome = sandbox.run(args);
        assert_eq!(outcome.code, 2, "{args:?}");
        assert!(outcome.stderr.contains("tip: "), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(" similar "), "{}", outcome.stderr);
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
fn every_command_has_examples_and_says_what_it_is_for() {
    let sandbox = Sandbox::new();
    let overview = sandbox.ok(&["--help"]).stdout;
    let commands: Vec<&str> = overview
        .lines()
        .skip_while(|line| !line.starts_with("Usage"))
        .take_while(|line| !line.starts_with("Global options"))
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .collect();
    assert!(commands.len() >= 7, "{overview}");
    for command in commands {
        let help = sandbox.ok(&[command, "--help"]).stdout;
        assert!(help.contains("\nExamples:\n  nn-cli "), "{command}: {help}");
        assert!(help.contains("--json"), "{command}: {help}");
    }
}

#[test]
fn the_flag_decides_about_colour_before_the_environment() {
    let sandbox = Sandbox::with_model();
    for args in [&["--help"][..], &["tran"], &["inspect", "none.nnm"], &["doctor", "--quick"]] {
        let coloured = |flag: &str, variable: (&str, &str)| {
            let mut command = sandbox.command(args.iter().copied().chain([flag]));
            let output = command.env(variable.0, variable.1).output().unwrap();
            [output.stdout, output.stderr].concat().contains(&0x1b)
        };
        assert!(coloured("--color=always", ("NO_COLOR", "1")), "{args:?}");
        assert!(!coloured("--color=never", ("CLICOLOR_FORCE", "1")), "{args:?}");
        assert!(!coloured("--color=auto", ("NO_COLOR", "1")), "{args:?}");
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
