//! What the peers written in Rust have in common: the command line, MNIST and the
//! lines they print. `../protocol.py` says how the protocol goes.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Images trained on.
pub const TRAINING_SAMPLES: usize = 50_000;

/// Features of an image.
pub const PIXELS: usize = 784;

/// The command line.
pub struct Args {
    pub layers: Vec<usize>,
    pub batch: usize,
    pub relu: bool,
    pub learning_rate: f64,
    pub epochs: usize,
    /// Samples of a turn.
    pub samples: usize,
    pub threads: usize,
    pub data: PathBuf,
    pub variant: String,
    pub serve: bool,
}

impl Args {
    /// Reads the command line and sets the number of rayon's threads.
    ///
    /// # Panics
    ///
    /// If an argument is missing or unknown.
    pub fn parse() -> Self {
        let mut args = Self {
            layers: Vec::new(),
            batch: 0,
            relu: false,
            learning_rate: 0.0,
            epochs: 1,
            samples: 0,
            threads: 1,
            data: PathBuf::new(),
            variant: String::new(),
            serve: false,
        };
        let mut steps = 0;
        let mut rest = std::env::args().skip(1);
        while let Some(name) = rest.next() {
            if name == "--serve" {
                args.serve = true;
                continue;
            }
            let value = rest.next().unwrap_or_else(|| panic!("{name} needs a value"));
            let number = || value.parse().unwrap_or_else(|_| panic!("{name}: not a number"));
            match name.as_str() {
                "--layers" => {
                    let size = |s: &str| s.parse().expect("sizes such as 784,30,10");
                    args.layers = value.split(',').map(size).collect();
                }
                "--batch" => args.batch = number(),
                "--activation" => args.relu = value == "relu",
                "--learning-rate" => args.learning_rate = value.parse().expect("a number"),
                "--epochs" => args.epochs = number(),
                "--steps" => steps = number(),
                "--threads" => args.threads = number(),
                "--data" => args.data = PathBuf::from(value),
                "--variant" => args.variant = value,
                _ => panic!("{name} is unknown"),
            }
        }
        assert!(args.layers.len() > 1 && args.batch > 0, "--layers and --batch are needed");
        if args.learning_rate == 0.0 {
            args.learning_rate = if args.relu { 0.05 } else { 3.0 };
        }
        let samples = if steps == 0 { TRAINING_SAMPLES } else { steps * args.batch };
        args.samples = samples.min(TRAINING_SAMPLES);
        args
    }
}

/// Images (rows of 784 numbers from 0 to 1) and labels.
pub struct Images {
    pub pixels: Vec<f32>,
    pub labels: Vec<u32>,
}

impl Images {
    /// The first `count` images and labels whose files begin with `prefix`.
    ///
    /// # Panics
    ///
    /// If the raw files can't be read.
    pub fn read(folder: &Path, prefix: &str, count: usize) -> Self {
        let read = |what: &str| {
            let path = folder.join(format!("{prefix}-{what}-ubyte"));
            std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        };
        let pixels = &read("images-idx3")[16..][..count * PIXELS];
        let labels = &read("labels-idx1")[8..][..count];
        Self {
            pixels: pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect(),
            labels: labels.iter().map(|&label| u32::from(label)).collect(),
        }
    }

    /// One-hot rows of the labels.
    pub fn one_hot(&self, classes: usize) -> Vec<f32> {
        let mut rows = vec![0.0; self.labels.len() * classes];
        for (row, &label) in rows.chunks_mut(classes).zip(&self.labels) {
            row[label as usize] = 1.0;
        }
        rows
    }
}

/// Numbers that look random, from xorshift64* (Vigna 2016).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// `count` weights, uniform, of deviation 1/√n.
    pub fn weights(&mut self, n: usize, count: usize) -> Vec<f32> {
        let width = (12.0 / n as f64).sqrt();
        let mut next = || (self.next() >> 11) as f64 / (1u64 << 53) as f64 - 0.5;
        (0..count).map(|_| (next() * width) as f32).collect()
    }

    /// `samples` of the training samples, in an order drawn anew (Fisher and Yates).
    pub fn order(&mut self, samples: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..TRAINING_SAMPLES as u32).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, (self.next() % (i as u64 + 1)) as usize);
        }
        order.truncate(samples);
        order
    }
}

/// A network in training.
pub trait Peer {
    /// Trains on `args.samples` samples.
    fn turn(&mut self);

    /// The class of each row of 784 pixels.
    fn classify(&mut self, pixels: &[f32]) -> Vec<u32>;
}

/// Runs a peer as the protocol says.
///
/// # Panics
///
/// If the data can't be read.
pub fn run(args: &Args, framework: &str, version: &str, mut peer: impl Peer) {
    let start = Instant::now();
    peer.turn();
    let warm_up = start.elapsed().as_secs_f64();
    println!(
        r#"{{"event":"ready","framework":"{framework}","version":"{version}","threads":{},"warm_up_seconds":{warm_up}}}"#,
        args.threads
    );
    let mut lines = std::io::stdin().lock().lines();
    let mut epochs = 0;
    while args.serve || epochs < args.epochs {
        if args.serve && lines.next().is_none_or(|line| line.is_ok_and(|line| line != "turn")) {
            break;
        }
        let start = Instant::now();
        peer.turn();
        let seconds = start.elapsed().as_secs_f64();
        println!(r#"{{"event":"turn","seconds":{seconds},"samples":{}}}"#, args.samples);
        epochs += 1;
    }
    let test = Images::read(&args.data, "t10k", 10_000);
    let classes = peer.classify(&test.pixels);
    let right = classes.iter().zip(&test.labels).filter(|(a, b)| a == b).count();
    let accuracy = right as f64 / test.labels.len() as f64;
    println!(r#"{{"event":"end","accuracy":{accuracy},"peak_kib":{}}}"#, peak_kib());
}

/// The most memory the process had, in KiB; 0 where the system does not tell.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}
