//! The program and the machine it runs on.

use nn_core::InstructionSet;

use super::{Check, Status};
use crate::Exit;
use crate::args::parse::{self, Threads};
use crate::memory;

/// Bytes below which training MNIST at its full size becomes tight: twice its pixels as numbers.
const LITTLE_MEMORY: u64 = 500_000_000;

/// Version, target, and whether the compiler optimised.
pub(super) fn program() -> Check {
    let (version, arch, os) =
        (env!("CARGO_PKG_VERSION"), std::env::consts::ARCH, std::env::consts::OS);
    let fetch = if cfg!(feature = "fetch") { "can fetch data" } else { "can't fetch data" };
    let message = format!("nn-cli {version} for {arch}-{os}, {fetch}");
    if cfg!(debug_assertions) {
        let message = format!("{message}; a development build");
        return Check::warn("program", message, "build with --release: it trains faster");
    }
    Check::ok("program", message)
}

/// The kernels that were chosen, and what else there is.
pub(super) fn cpu() -> Check {
    let sets = InstructionSet::available();
    let chosen = sets.last().copied().unwrap_or(InstructionSet::Portable);
    let all: Vec<&str> = sets.into_iter().map(InstructionSet::name).collect();
    let message = format!("{} kernels chosen, of {}", chosen.name(), all.join(", "));
    if chosen == InstructionSet::Portable && cfg!(target_arch = "x86_64") {
        return Check::warn(
            "CPU",
            message,
            "training is several times slower without AVX2: use a CPU of 2013 or newer, or a \
             virtual machine that passes its host's CPU on",
        );
    }
    Check::ok("CPU", message)
}

/// Threads that will be used.
pub(super) fn threads() -> Check {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let Some(value) = std::env::var_os("NN_THREADS").filter(|value| !value.is_empty()) else {
        return Check::ok("threads", format!("{cores}, one per core"));
    };
    let text = value.to_string_lossy();
    match parse::threads(&text) {
        Ok(Threads::Auto) => Check::ok("threads", format!("{cores}, one per core")),
        Ok(Threads::Exactly(n)) if n > cores => Check::warn(
            "threads",
            format!("{n} by NN_THREADS, on {cores} cores"),
            format!("set NN_THREADS to at most {cores}, or unset it"),
        ),
        Ok(Threads::Exactly(n)) => {
            Check::ok("threads", format!("{n} by NN_THREADS, of {cores} cores"))
        }
        Err(expected) => Check::fail(
            "threads",
            Exit::Usage,
            format!("NN_THREADS: {expected}, found {text}"),
            "set NN_THREADS to a number of threads, or unset it",
        ),
    }
}

/// Memory that a run may hope to get.
pub(super) fn memory() -> Check {
    let available = memory::available();
    let check = Check::ok("memory", format!("{} available", memory::human(available)));
    if available < LITTLE_MEMORY {
        let mend = "end other programs, or train on less data".to_owned();
        return Check { status: Status::Warn, mend: Some(mend), ..check };
    }
    check
}
