//! Who trains: this project and the frameworks it is compared with.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::shapes::Shape;

/// A program that trains, on some number of threads.
#[derive(Debug, Clone)]
pub struct Contestant {
    /// The name in the tables.
    pub name: &'static str,
    pub threads: usize,
    program: PathBuf,
    /// Arguments before those of the protocol.
    first_arguments: Vec<String>,
    variant: Option<&'static str>,
    /// Takes a sample at a time, so a turn is shorter than an epoch.
    slow: bool,
}

/// The name of this project in the tables.
pub const OURS: &str = "nn-rs";

/// Frameworks of Python: name, script, variant, and whether more than one thread can help.
const PYTHON: [(&str, &str, Option<&str>, bool); 5] = [
    ("NumPy, a sample at a time", "numpy_peer.py", None, false),
    ("scikit-learn", "sklearn_peer.py", None, true),
    ("PyTorch, eager", "torch_peer.py", None, true),
    ("PyTorch, compiled", "torch_peer.py", Some("compile"), true),
    ("JAX, jit and scan", "jax_peer.py", None, true),
];

/// Frameworks of Rust: name, program, variant.
const RUST: [(&str, &str, Option<&str>); 3] = [
    ("burn, flex", "peer-burn", Some("flex")),
    ("burn, ndarray", "peer-burn", Some("ndarray")),
    ("candle", "peer-candle", None),
];

/// This project's worker, on each number of threads.
pub fn ours(worker: &Path, threads: &[usize]) -> Vec<Contestant> {
    let contestant = |&threads: &usize| Contestant {
        name: OURS,
        threads,
        program: worker.to_owned(),
        first_arguments: vec!["turns".to_owned()],
        variant: None,
        slow: false,
    };
    threads.iter().map(contestant).collect()
}

/// The peers, each on each number of threads.
///
/// `python` is an interpreter that has the frameworks, `scripts` the folder of the Python
/// peers, `rust` that of the Rust peers' programs.
pub fn peers(python: &Path, scripts: &Path, rust: &Path, threads: &[usize]) -> Vec<Contestant> {
    let mut contestants = Vec::new();
    for (name, script, variant, can_use_threads) in PYTHON {
        let threads = if can_use_threads { threads } else { &threads[..1] };
        contestants.extend(threads.iter().map(|&threads| Contestant {
            name,
            threads,
            program: python.to_owned(),
            first_arguments: vec![scripts.join(script).to_string_lossy().into_owned()],
            variant,
            slow: !can_use_threads,
        }));
    }
    for (name, program, variant) in RUST {
        contestants.extend(threads.iter().map(|&threads| Contestant {
            name,
            threads,
            program: rust.join(program),
            first_arguments: Vec::new(),
            variant,
            slow: false,
        }));
    }
    contestants
}

impl Contestant {
    /// The name with the number of threads.
    pub fn title(&self) -> String {
        format!(
            "{} ({} thread{})",
            self.name,
            self.threads,
            if self.threads == 1 { "" } else { "s" }
        )
    }

    /// Whether this is the project itself.
    pub fn is_ours(&self) -> bool {
        self.name == OURS
    }

    /// The command that serves turns of this shape.
    pub fn command(&self, shape: &Shape, data: &Path, quick: bool) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.first_arguments)
            .args(["--layers", &shape.sizes(",")])
            .args(["--batch", &shape.batch.to_string()])
            .args(["--activation", shape.activation])
            .args(["--steps", &shape.steps_of_turn(self.slow, quick).to_string()])
            .args(["--threads", &self.threads.to_string()])
            .arg("--data")
            .arg(data)
            .arg("--serve")
            // The pools of rayon, which burn and candle use, are sized by this.
            .env("RAYON_NUM_THREADS", self.threads.to_string());
        if let Some(variant) = self.variant {
            command.args(["--variant", variant]);
        }
        command
    }
}
