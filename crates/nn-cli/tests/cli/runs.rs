//! Run folders: stopped, killed and resumed runs of the real binary.

use serde_json::Value;

use crate::sandbox::Sandbox;

const SMALL: [&str; 7] = ["train", "--data", "sample", "--hidden", "16", "--epochs", "3"];

fn with<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&SMALL[..], args].concat()
}

fn names(sandbox: &Sandbox, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(sandbox.path(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The epochs of a run's metrics.
fn epochs(sandbox: &Sandbox, run: &str) -> Vec<u64> {
    let text = String::from_utf8(sandbox.read(format!("{run}/metrics.jsonl"))).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| line["epoch"].as_u64().unwrap()).collect()
}

#[test]
fn a_run_leaves_all_there_is_to_know() {
    let sandbox = Sandbox::new();
    sandbox.ok(&with(&["--run", "first", "--keep", "2"]));
    assert_eq!(sandbox.names(), ["runs"]);
    let all = ["checkpoints", "lock", "metrics.jsonl", "model.nnm", "run.toml"];
    assert_eq!(names(&sandbox, "runs/first"), all);
    let kept = ["best.nnc", "epoch-0002.nnc", "epoch-0003.nnc", "last.nnc"];
    assert_eq!(names(&sandbox, "runs/first/checkpoints"), kept);
    assert_eq!(epochs(&sandbox, "runs/first"), [1, 2, 3]);
    assert_eq!(sandbox.read("runs/first/lock"), b"");
    sandbox.ok(&with(&["--output", "plain.nnm"]));
    assert!(sandbox.read("plain.nnm") == sandbox.read("runs/first/model.nnm"));
    sandbox.ok(&with(&["--run-dir", "elsewhere", "--checkpoint-every", "2"]));
    let kept = ["best.nnc", "epoch-0002.nnc", "last.nnc"];
    assert_eq!(names(&sandbox, "elsewhere/checkpoints"), kept);
}

#[test]
fn a_finished_run_says_so_and_can_be_trained_further() {
    let sandbox = Sandbox::new();
    sandbox.ok(&with(&["--run", "first"]));
    let model = sandbox.read("runs/first/model.nnm");
    let outcome = sandbox.ok(&["train", "--resume", "first"]);
    assert!(outcome.stderr.contains("The run is finished: 3 epochs"), "{}", outcome.stderr);
    assert!(sandbox.read("runs/first/model.nnm") == model);
    // Killed between the last checkpoint and the model: the model is made up for.
    std::fs::remove_file(sandbox.path("runs/first/model.nnm")).unwrap();
    sandbox.ok(&["train", "--resume", "runs/first"]);
    assert!(sandbox.read("runs/first/model.nnm") == model);

    sandbox.ok(&["train", "--resume", "first", "--epochs", "5", "--threads", "3"]);
    assert_eq!(epochs(&sandbox, "runs/first"), [1, 2, 3, 4, 5]);
    sandbox.ok(&["train", "--data", "sample", "--hidden", "16", "--epochs", "5"]);
    assert!(sandbox.read("model.nnm") == sandbox.read("runs/first/model.nnm"));
    let fewer = ["train", "--resume", "first", "--epochs", "4"];
    sandbox.refuse(&fewer, 2, "--epochs: expected at least the 5 that are done, found 4");
}

#[test]
fn what_does_not_fit_a_run_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.ok(&with(&["--run", "first"]));
    let before = sandbox.read("runs/first/checkpoints/last.nnc");
    sandbox.refuse(&with(&["--run", "first"]), 2, "holds a run already");
    for (flag, value, message) in [
        ("--hidden", "17", "--hidden: the run has 16, found 17"),
        ("--layers", "784,10", "--hidden: the run has 16, found none"),
        ("--optimizer", "adam", "--optimizer: the run has sgd, found adam"),
        ("--momentum", "0.9", "--optimizer: the run has sgd, found momentum"),
        ("--set", "training.schedule=step", "--schedule: the run has constant, found step"),
        ("--activation", "tanh", "--activation: the run has sigmoid, found tanh"),
        ("--seed", "4", "--seed: the run has 3, found 4"),
        ("--learning-rate", "0.5", "--learning-rate: the run has 3, found 0.5"),
    ] {
        sandbox.refuse(&["train", "--resume", "first", flag, value], 2, message);
    }
    sandbox.refuse(
        &["train", "--resume", "first", "--validation", "999"],
        3,
        "the training samples are not those of runs/first",
    );
    sandbox.refuse(&["train", "--resume", "second"], 2, "there is no folder");
    for bad in [
        &["train", "--keep", "3"][..],
        &["train", "--run", "a/b"],
        &["train", "--run", "a", "--checkpoint-every", "0"],
        &["train", "--run", "a", "--resume", "a"],
        &["train", "--run", "a", "--output", "b.nnm"],
    ] {
        assert_eq!(sandbox.run(bad).code, 2, "{bad:?}");
    }
    assert_eq!(names(&sandbox, "runs"), ["first"]);
    assert!(sandbox.read("runs/first/checkpoints/last.nnc") == before);

    sandbox.write("runs/first/checkpoints/last.nnc", &before[..before.len() - 1]);
    sandbox.refuse(
        &["train", "--resume", "first"],
        4,
        "last.nnc: the file is cut short: expected ",
    );
    sandbox.write("runs/first/run.toml", b"version = 3");
    sandbox.refuse(&["train", "--resume", "first"], 4, "run.toml: ");
    sandbox.ok(&with(&["--run", "first", "--force"]));
    sandbox.write("thesis/chapter.tex", b"x");
    sandbox.refuse(&with(&["--run-dir", "thesis", "--force"]), 2, "it holds chapter.tex");
    sandbox.write("file", b"x");
    sandbox.refuse(&with(&["--run-dir", "file"]), 5, "cannot make the folder file");
}

/// Tests that send signals.
#[cfg(unix)]
mod signals {
    use std::process::{Child, Command, ExitStatus, Output, Stdio};
    use std::time::Duration;

    use super::*;
    use crate::bad_data::idx;

    /// Long enough to be stopped anywhere.
    const LONG: [&str; 9] =
        ["train", "--data", "sample", "--hidden", "30", "--epochs", "12", "--run", "long"];

    /// The binary at work in a sandbox.
    struct Running(Child);

    impl Running {
        fn start(sandbox: &Sandbox, args: &[&str]) -> Self {
            let mut command = Command::new(env!("CARGO_BIN_EXE_nn-cli"));
            command.args(args).current_dir(sandbox.path("")).env_clear();
            command.env("HOME", sandbox.path("")).env("PATH", "");
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            Self(command.spawn().unwrap())
        }

        /// Waits until so many epochs have been recorded, or the process is gone.
        fn wait_for_epochs(&mut self, sandbox: &Sandbox, epochs: usize) {
            let path = sandbox.path("runs/long/metrics.jsonl");
            let lines = || std::fs::read_to_string(&path).map_or(0, |text| text.lines().count());
            while lines() < epochs && self.0.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }

        /// Waits until a file is there, or the process is gone.
        fn wait_for(&mut self, sandbox: &Sandbox, file: &str) {
            while !sandbox.path(file).exists() && self.0.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }

        fn signal(&self, name: &str) {
            let pid = self.0.id().to_string();
            let status = Command::new("kill").args([name, &pid]).stderr(Stdio::null()).status();
            status.unwrap();
        }

        fn end(self) -> Output {
            self.0.wait_with_output().unwrap()
        }
    }

    fn killed(status: ExitStatus) -> bool {
        use std::os::unix::process::ExitStatusExt;
        status.signal() == Some(9)
    }

    /// The model of the run of [`LONG`] without any stop.
    fn uninterrupted() -> &'static [u8] {
        static MODEL: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        MODEL.get_or_init(|| {
            let sandbox = Sandbox::new();
            sandbox.ok(&LONG);
            sandbox.read("runs/long/model.nnm")
        })
    }

    #[test]
    fn an_interrupted_run_is_saved_and_ends_as_if_it_had_not_been() {
        for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
            let sandbox = Sandbox::new();
            let mut running = Running::start(&sandbox, &LONG);
            running.wait_for_epochs(&sandbox, 2);
            running.signal(signal);
            let output = running.end();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(code), "{stderr}");
            assert!(stderr.contains("error: interrupted in epoch "), "{stderr}");
            assert!(stderr.contains("nn-cli train --resume runs/long"), "{stderr}");
            assert!(!sandbox.path("runs/long/model.nnm").exists());
            let done = epochs(&sandbox, "runs/long").len() as u64;
            let outcome = sandbox.ok(&["train", "--resume", "long", "--threads", "1"]);
            assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
            assert!(outcome.stdout.contains(&format!("{}/12", done + 1)), "{}", outcome.stdout);
            assert!(!outcome.stdout.contains(&format!(" {done}/12")), "{}", outcome.stdout);
            assert_eq!(epochs(&sandbox, "runs/long"), (1..=12).collect::<Vec<_>>());
            assert!(sandbox.read("runs/long/model.nnm") == uninterrupted());
        }
    }

    /// Training that spends nearly all of its time in evaluations: two mini-batches an epoch, and
    /// thousands of test samples.
    fn mostly_evaluations(sandbox: &Sandbox) -> Vec<&'static str> {
        for (name, samples) in [("train", 20), ("t10k", 4000_u32)] {
            let pixels: Vec<u8> = (0..samples * 16).map(|i| (i * 7 % 251) as u8).collect();
            let labels: Vec<u8> = (0..samples).map(|i| (i % 3) as u8).collect();
            let images = idx(&[samples, 4, 4], &pixels);
            sandbox.write(format!("data/{name}-images-idx3-ubyte"), &images);
            sandbox.write(format!("data/{name}-labels-idx1-ubyte"), &idx(&[samples], &labels));
        }
        let args = "train --data data --hidden 1000,1000 --epochs 4 --batch-size 10 --run long \
                    --learning-rate 0.1 --threads 1";
        args.split_whitespace().collect()
    }

    #[test]
    fn an_evaluation_is_given_up_for_a_signal_and_done_on_resume() {
        let sandbox = Sandbox::new();
        let args = mostly_evaluations(&sandbox);
        sandbox.ok(&args);
        let model = sandbox.read("runs/long/model.nnm");
        std::fs::remove_dir_all(sandbox.path("runs")).unwrap();

        let mut running = Running::start(&sandbox, &args);
        let mut given_up = 0;
        for epoch in 1..4 {
            running.wait_for(&sandbox, &format!("runs/long/checkpoints/epoch-000{epoch}.nnc"));
            std::thread::sleep(Duration::from_millis(20));
            running.signal("-INT");
            let output = running.end();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(130), "{stderr}");
            if stderr.contains("after mini-batch 2; saved in runs/long") {
                given_up += 1;
                // Nothing is recorded of an epoch whose end was cut short.
                assert_eq!(epochs(&sandbox, "runs/long"), (1..=epoch).collect::<Vec<_>>());
            }
            running = Running::start(&sandbox, &["train", "--resume", "long"]);
        }
        assert!(given_up > 0, "no signal came within an evaluation");
        assert_eq!(running.end().status.code(), Some(0));
        assert_eq!(epochs(&sandbox, "runs/long"), [1, 2, 3, 4]);
        assert!(sandbox.read("runs/long/model.nnm") == model);

        // The evaluation after the last epoch, which is all that a finished run lacks here.
        std::fs::remove_file(sandbox.path("runs/long/model.nnm")).unwrap();
        let mut running = Running::start(&sandbox, &["train", "--resume", "long"]);
        let mut first = [0; 8];
        std::io::Read::read_exact(running.0.stderr.as_mut().unwrap(), &mut first).unwrap();
        assert_eq!(&first, b"Training");
        running.signal("-TERM");
        let output = running.end();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(143), "{stderr}");
        let expected = "interrupted in the evaluation after the last epoch; saved in runs/long";
        assert!(stderr.contains(expected), "{stderr}");
        assert!(!sandbox.path("runs/long/model.nnm").exists());
        sandbox.ok(&["train", "--resume", "long"]);
        assert!(sandbox.read("runs/long/model.nnm") == model);
    }

    #[test]
    fn a_second_signal_harms_nothing() {
        let sandbox = Sandbox::new();
        let mut running = Running::start(&sandbox, &LONG);
        running.wait_for_epochs(&sandbox, 1);
        running.signal("-INT");
        running.signal("-INT");
        assert_eq!(running.end().status.code(), Some(130));
        sandbox.ok(&["train", "--resume", "long"]);
        assert!(sandbox.read("runs/long/model.nnm") == uninterrupted());
    }

    #[test]
    fn without_a_run_folder_an_interruption_saves_nothing() {
        let sandbox = Sandbox::new();
        let args = ["train", "--data", "sample", "--epochs", "100000", "-q", "--json"];
        let mut running = Running::start(&sandbox, &args);
        let mut first = [0; 100];
        std::io::Read::read_exact(running.0.stdout.as_mut().unwrap(), &mut first).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        running.signal("-INT");
        let output = running.end();
        assert_eq!(output.status.code(), Some(130));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("nothing was saved"), "{stderr}");
        assert!(sandbox.names().is_empty());
    }

    #[test]
    fn killed_again_and_again_it_ends_as_if_it_had_not_been() {
        let sandbox = Sandbox::new();
        let mut running = Running::start(&sandbox, &LONG);
        let mut deaths = 0;
        for round in 1..=5_usize {
            running.wait_for_epochs(&sandbox, 2 * round);
            std::thread::sleep(Duration::from_millis(7 * round as u64));
            running.signal("-KILL");
            deaths += usize::from(killed(running.end().status));
            running = Running::start(&sandbox, &["train", "--resume", "long"]);
        }
        assert!(deaths >= 3, "only {deaths} of 5 rounds hit a living process");
        let output = running.end();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(sandbox.read("runs/long/model.nnm") == uninterrupted());
        assert_eq!(epochs(&sandbox, "runs/long"), (1..=12).collect::<Vec<_>>());
        let litter = |folder| names(&sandbox, folder).iter().any(|name| name.contains(".tmp"));
        assert!(!litter("runs/long") && !litter("runs/long/checkpoints"));
    }

    #[test]
    fn one_process_at_a_time_works_in_a_folder() {
        let sandbox = Sandbox::new();
        let mut running = Running::start(&sandbox, &LONG);
        running.wait_for_epochs(&sandbox, 1);
        let pid = running.0.id();
        // It can't end while it is stopped.
        running.signal("-STOP");
        let resume = ["train", "--resume", "long"];
        sandbox.refuse(&resume, 8, &format!("runs/long is in use by process {pid}"));
        sandbox.refuse(&[&LONG[..], &["--force"]].concat(), 8, "is in use by process");
        running.signal("-KILL");
        assert!(killed(running.end().status));
        let outcome = sandbox.ok(&resume);
        let warning = format!("warning: process {pid} ended without giving runs/long back");
        assert!(outcome.stderr.contains(&warning), "{}", outcome.stderr);
        assert!(sandbox.read("runs/long/model.nnm") == uninterrupted());
    }
}
