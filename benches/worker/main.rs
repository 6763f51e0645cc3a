//! `nn-bench-worker`: does the work that `cargo xtask bench` measures, one task a process,
//! and prints what it measured as lines of JSON.
//!
//! This file reads the command line; each task is in the file of its name.

#![forbid(unsafe_code)]

mod accuracy;
mod first_batch;
mod inference;
mod samples;
mod turns;

use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};
use nn_core::{Activation, Cost, Init, Network, NetworkBuilder};

#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Train, and say how long each turn (an epoch, or some steps) took
    Turns(turns::TurnsArgs),
    /// Train until the test accuracy is reached
    Accuracy(accuracy::AccuracyArgs),
    /// Do the first mini-batch and stop
    FirstBatch(first_batch::FirstBatchArgs),
    /// Time forward passes: one sample at a time, and all test images
    Inference(inference::InferenceArgs),
}

/// The network, and what it is trained on.
#[derive(Debug, clap::Args)]
struct Setup {
    /// Sizes of the layers, such as 784,30,10
    #[arg(long, value_delimiter = ',', required = true)]
    layers: Vec<usize>,
    /// Neurons: `sigmoid` under the quadratic cost, or `relu` under a softmax with cross-entropy
    #[arg(long)]
    activation: Neurons,
    /// Folder of MNIST's four files
    #[arg(long)]
    data: PathBuf,
    /// Threads to train on
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Seed of the weights and of the order of the samples
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Neurons {
    Sigmoid,
    Relu,
}

impl Setup {
    fn network(&self) -> anyhow::Result<Network<f32>> {
        let (hidden, output) = match self.activation {
            Neurons::Sigmoid => (Activation::Sigmoid, Activation::Sigmoid),
            Neurons::Relu => (Activation::Relu, Activation::Softmax),
        };
        NetworkBuilder::new(&self.layers)
            .hidden(hidden)
            .output(output)
            .init(Init::LecunNormal)
            .build(self.seed)
            .context("the network can't be made")
    }

    fn cost(&self) -> Cost {
        match self.activation {
            Neurons::Sigmoid => Cost::Quadratic,
            Neurons::Relu => Cost::SoftmaxCrossEntropy,
        }
    }

    /// The learning rate the peers use too: the book's quadratic cost wants a large one.
    fn learning_rate(&self, given: Option<f64>) -> f64 {
        given.unwrap_or(match self.activation {
            Neurons::Sigmoid => 3.0,
            Neurons::Relu => 0.05,
        })
    }
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Turns(args) => turns::run(&args),
        Task::Accuracy(args) => accuracy::run(&args),
        Task::FirstBatch(args) => first_batch::run(&args),
        Task::Inference(args) => inference::run(&args),
    }
}
