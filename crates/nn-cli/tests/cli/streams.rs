//! Readers that go away and disks that are full.
#![cfg(unix)]

use std::process::{Command, Stdio};

use crate::sandbox::Sandbox;

fn train(sandbox: &Sandbox) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nn-cli"));
    let args = ["train", "--data", "sample", "--epochs", "2"];
    command.args(args).current_dir(sandbox.path("")).env_remove("NN_THREADS");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn training_goes_on_when_nobody_reads() {
    let sandbox = Sandbox::new();
    let mut child = train(&sandbox).spawn().unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert!(child.wait().unwrap().success());
    assert!(sandbox.path("model.nnm").exists());
}

#[test]
fn results_cut_short_by_head_are_no_error() {
    let sandbox = Sandbox::with_model();
    let mut child = Command::new(env!("CARGO_BIN_EXE_nn-cli"))
        .args(["evaluate", "model.nnm"])
        .current_dir(sandbox.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(!String::from_utf8(output.stderr).unwrap().contains("error"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_standard_output_is_told_and_the_model_is_saved() {
    let sandbox = Sandbox::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = train(&sandbox).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("error: cannot write to standard output: "), "{stderr}");
    assert!(sandbox.path("model.nnm").exists());
}
