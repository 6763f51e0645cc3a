//! Development tasks of this workspace, run as `cargo xtask TASK`.
//!
//! This file only reads the command line; each task lives in the module of its
//! name.

#![forbid(unsafe_code)]

mod bench;
mod ci;
mod deps_check;
mod dist;
mod draw_augmentations;
mod examples;
mod fetch_mnist;
mod fuzz;
mod interop;
mod license_expression;
mod lint_workflows;
mod load;
mod make_sample;
mod metadata;
mod nn_cli;
mod project_root;
mod python_environment;
mod python_package;
mod reproduce;
mod run_command;
mod screenshots;
mod tidy;
mod torture;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Development tasks of this workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Measure the kernels, whole training runs, and other frameworks on the same work
    Bench(bench::Args),
    /// Run everything that a change must pass: tests, lints, docs, house rules
    Ci(ci::Args),
    /// Check licences, sources, banned crates and Rust versions of all dependencies
    DepsCheck,
    /// Make a release's archive, package every crate, and install the program on trial
    Dist(dist::Args),
    /// Draw the pictures of docs/augmentation.md
    DrawAugmentations(draw_augmentations::DrawAugmentationsArgs),
    /// Run the examples of how the crates are used
    Examples,
    /// Download MNIST into the data folder, verified
    FetchMnist(fetch_mnist::FetchMnistArgs),
    /// Fuzz the readers of all formats with cargo-fuzz and AddressSanitizer (needs nightly)
    Fuzz(fuzz::Args),
    /// Check the public workflows with actionlint
    LintWorkflows,
    /// Let other tools load what nn-cli exports, and nn-cli what they made, and compare
    Interop(interop::Args),
    /// Make the embedded sample of MNIST anew, byte by byte the same
    MakeSample(make_sample::MakeSampleArgs),
    /// Build the Python package in an environment of its own and run its tests
    Python,
    /// Train published networks over several seeds and print a table of accuracies
    Reproduce(reproduce::Args),
    /// Put the lab's server under load and measure it
    Load(load::Args),
    /// Take the pictures of docs/seeing.md, with Chromium and tmux
    Screenshots(screenshots::ScreenshotsArgs),
    /// Check the house rules that no compiler knows
    Tidy,
    /// Test the lab in a browser, or take pictures of it
    Web(web::Args),
    /// Stop real training runs again and again, and show that nothing is lost
    Torture(torture::Args),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Bench(args) => bench::run(&args),
        Task::Ci(args) => ci::run(&args),
        Task::DepsCheck => deps_check::run(),
        Task::Dist(args) => dist::run(&args),
        Task::DrawAugmentations(args) => draw_augmentations::run(args),
        Task::Examples => examples::run(),
        Task::FetchMnist(args) => fetch_mnist::run(args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::LintWorkflows => lint_workflows::run(),
        Task::Interop(args) => interop::run(&args),
        Task::Load(args) => load::run(&args),
        Task::MakeSample(args) => make_sample::run(args),
        Task::Python => python_package::run(),
        Task::Reproduce(args) => reproduce::run(&args),
        Task::Screenshots(args) => screenshots::run(args),
        Task::Tidy => tidy::run(),
        Task::Web(args) => web::run(&args),
        Task::Torture(args) => torture::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
