//! Writes that fail while the binary is at work, and disks that are too small from the start:
//! exit 5, and whatever was there before is there after.

use crate::sandbox::{Outcome, Sandbox};

const TRAIN: [&str; 7] = ["train", "--data", "sample", "--hidden", "30", "--epochs", "3"];

/// Runs the binary where no file can grow beyond some kilobytes, as on a disk that fills up.
#[cfg(unix)]
fn run_on_a_full_disk(sandbox: &Sandbox, args: &[&str]) -> Outcome {
    // The limit's signal is ignored, so that writes fail with an error instead.
    let script = "trap '' XFSZ; ulimit -f 40 || exit 99; exec \"$0\" \"$@\"";
    let mut command = assert_cmd::Command::new("/bin/sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_nn-cli")]).args(args);
    command.current_dir(sandbox.path("")).env_clear().env("HOME", sandbox.path(""));
    Outcome::of(&mut command)
}

fn with<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&TRAIN[..], args].concat()
}

#[cfg(unix)]
#[test]
fn a_model_that_cannot_be_written_leaves_the_old_one() {
    let sandbox = Sandbox::with_model();
    let before = sandbox.read("model.nnm");
    let outcome = run_on_a_full_disk(&sandbox, &with(&["--quiet"]));
    assert_eq!(outcome.code, 5, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("error: cannot write model.nnm: "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("hint: the file that was there is unharmed"));
    assert!(sandbox.read("model.nnm") == before);
    assert_eq!(sandbox.names(), ["model.nnm"]);
}

#[cfg(unix)]
#[test]
fn a_run_whose_disk_fills_up_goes_on_when_there_is_room() {
    let sandbox = Sandbox::new();
    let outcome = run_on_a_full_disk(&sandbox, &with(&["--run", "first"]));
    assert_eq!(outcome.code, 5, "{}", outcome.stderr);
    let checkpoint = "error: cannot write runs/first/checkpoints/";
    assert!(outcome.stderr.contains(checkpoint), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("what was saved before is unharmed"), "{}", outcome.stderr);
    let checkpoints = std::fs::read_dir(sandbox.path("runs/first/checkpoints")).unwrap();
    assert_eq!(checkpoints.count(), 0, "litter");

    sandbox.ok(&["train", "--resume", "first"]);
    sandbox.ok(&with(&["--output", "plain.nnm"]));
    assert!(sandbox.read("runs/first/model.nnm") == sandbox.read("plain.nnm"));

    // The same with a checkpoint that is there already: it stays.
    let last = "runs/first/checkpoints/last.nnc";
    let before = sandbox.read(last);
    let further = ["train", "--resume", "first", "--epochs", "5"];
    let outcome = run_on_a_full_disk(&sandbox, &further);
    assert_eq!(outcome.code, 5, "{}", outcome.stderr);
    assert!(sandbox.read(last) == before);
    sandbox.ok(&further);
    let all = ["train", "--data", "sample", "--hidden", "30", "--epochs", "5", "-o", "plain.nnm"];
    sandbox.ok(&all);
    assert!(sandbox.read("runs/first/model.nnm") == sandbox.read("plain.nnm"));
}

#[test]
fn a_disk_that_is_too_small_is_told_before_training() {
    let sandbox = Sandbox::new();
    let args = [
        "train",
        "--data",
        "sample",
        "--epochs",
        "1000000000000",
        "--run",
        "long",
        "--keep",
        "1000000000000",
    ];
    let outcome = sandbox.refuse(&args, 5, "cannot write runs/long: training needs about ");
    assert!(outcome.stderr.contains(" there, the disk has "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("hint: keep fewer checkpoints"), "{}", outcome.stderr);
    assert_eq!(sandbox.names().len(), 0);
}
