//! Completion scripts and manual pages.

use crate::sandbox::Sandbox;

#[test]
fn every_shell_gets_its_commands_and_flags() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let outcome = sandbox.ok(&["completions", shell]);
        assert_eq!(outcome.stderr, "", "{shell}");
        for word in ["evaluate", "learning-rate", "nn-cli"] {
            assert!(outcome.stdout.contains(word), "{shell}: {word}");
        }
    }
    let refused = sandbox.run(&["completions", "zssh"]);
    assert!(refused.stderr.contains("'zsh'"), "{}", refused.stderr);
}

#[test]
fn the_pages_of_the_manual_are_those_of_the_help() {
    let sandbox = Sandbox::new();
    let page = sandbox.ok(&["man", "train"]).stdout;
    assert!(page.contains(".TH nn-cli-train"), "{page}");
    assert!(page.contains("learning\\-rate"), "{page}");
    sandbox.refuse(&["man", "trian"], 2, "there is no command `trian`");

    let written = sandbox.ok(&["man", "--dir", "share/man1"]).stdout;
    assert_eq!(written.lines().next(), Some("share/man1/nn-cli.1"));
    assert!(sandbox.path("share/man1/nn-cli-predict.1").is_file(), "{written}");
    assert_eq!(sandbox.read("share/man1/nn-cli-train.1"), page.as_bytes());
}
