//! A folder to run the binary in, apart from the user's own settings and from the network.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::Command;

/// A folder of its own for one test.
pub struct Sandbox {
    folder: tempfile::TempDir,
}

/// How a run ended.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A sandbox that holds a trained model, `model.nnm`.
    pub fn with_model() -> Self {
        let sandbox = Self::new();
        sandbox.write("model.nnm", trained_model());
        sandbox
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: impl AsRef<Path>, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Names of what is in the folder.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The binary, in this folder. Nothing of the user's environment gets in, and nothing is
    /// reachable: proxies point to a closed port, and no npm client is found.
    pub fn command(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nn-cli"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", "")
            .env("HTTP_PROXY", "http://127.0.0.1:1")
            .env("HTTPS_PROXY", "http://127.0.0.1:1");
        if let Some(root) = std::env::var_os("SystemRoot") {
            command.env("SystemRoot", root);
        }
        command
    }

    pub fn run(&self, args: &[&str]) -> Outcome {
        Outcome::of(&mut self.command(args))
    }

    /// Runs, and asserts that it goes well.
    #[track_caller]
    pub fn ok(&self, args: &[&str]) -> Outcome {
        let outcome = self.run(args);
        assert_eq!(outcome.code, 0, "{args:?}: {}", outcome.stderr);
        outcome
    }

    /// Runs, and asserts that it ends with this code, this text in the error's line, at most a hint
    /// after it, and no result on standard output.
    #[track_caller]
    pub fn refuse(&self, args: &[&str], code: i32, message: &str) -> Outcome {
        let outcome = self.run(args);
        outcome.assert_refused(code, message, &format!("{args:?}"));
        outcome
    }

    /// Runs the program with arguments that its parser refuses, which says more in further lines.
    #[track_caller]
    pub fn refuse_usage(&self, args: &[&str], message: &str) {
        let outcome = self.run(args);
        assert_eq!(outcome.code, 2, "{args:?}: {}", outcome.stderr);
        let first = outcome.stderr.lines().next().unwrap_or_default();
        assert!(first.starts_with("error: ") && first.contains(message), "{args:?}: {first}");
        assert_eq!(outcome.stdout, "", "{args:?}");
    }
}

impl Outcome {
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().expect("no signal ends it"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub fn assert_refused(&self, code: i32, message: &str, what: &str) {
        assert_eq!(self.code, code, "{what}: {}", self.stderr);
        let error = self.stderr.lines().position(|line| line.starts_with("error: "));
        let error = error.unwrap_or_else(|| panic!("{what}: no error in {}", self.stderr));
        let lines: Vec<&str> = self.stderr.lines().skip(error).collect();
        assert!(lines[0].contains(message), "{what}: {}", lines[0]);
        let hints = &lines[1..];
        assert!(hints.len() <= 1, "{what}: {lines:?}");
        assert!(hints.iter().all(|line| line.starts_with("hint: ")), "{what}: {lines:?}");
        assert_eq!(self.stdout, "", "{what}");
    }

    /// The lines of standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Vec<serde_json::Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The bytes of a model that was trained for two epochs on the embedded sample.
pub fn trained_model() -> &'static [u8] {
    static MODEL: OnceLock<Vec<u8>> = OnceLock::new();
    MODEL.get_or_init(|| {
        let sandbox = Sandbox::new();
        sandbox.ok(&["train", "--data", "sample", "--epochs", "4", "--hidden", "20", "-q"]);
        sandbox.read("model.nnm")
    })
}

/// The pixels and the class of a test digit of the embedded sample.
pub fn test_digit(index: usize) -> (Vec<u8>, usize) {
    static TEST: OnceLock<nn_data::Dataset> = OnceLock::new();
    let test = TEST.get_or_init(|| nn_data::sample::load().1);
    let nn_data::Features::U8(pixels) = test.features() else { panic!("pixels are bytes") };
    (pixels.row(index).to_vec(), test.labels().get(index))
}
