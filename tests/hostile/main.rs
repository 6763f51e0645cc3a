//! Hostile bytes: 100,000 seeded mutations of small sound files of every format. Whatever is read,
//! nothing panics, and no reader takes more memory than its input allows.
//!
//! A test binary with one test, because memory is counted for the whole process.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod large;
mod mutator;
#[cfg(test)]
mod seeds;

use std::panic::{AssertUnwindSafe, catch_unwind};

use nn_tests::formats::{FORMATS, Format};
use peak_alloc::PeakAlloc;

use mutator::Mutator;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// In all, shared equally by the formats.
const MUTATIONS: usize = 100_000;

/// Reads bytes, and gives what came of it and the most memory that took.
fn read(format: &Format, bytes: &[u8]) -> (Result<(), String>, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let result = catch_unwind(AssertUnwindSafe(|| (format.read)(bytes)));
    let memory = MEMORY.peak_usage().saturating_sub(before);
    let result = result.unwrap_or_else(|_| {
        let shown = bytes[..bytes.len().min(4096)].escape_ascii();
        panic!("{}: reading these {} bytes panicked: {shown}", format.name, bytes.len())
    });
    (result, memory)
}

/// Reads bytes that may be anything.
fn check(format: &Format, bytes: &[u8], what: &str) -> Result<(), String> {
    check_within(2, format, bytes, what)
}

/// The same, where so many bytes of memory are allowed for each byte read, besides 16 MiB.
fn check_within(factor: usize, format: &Format, bytes: &[u8], what: &str) -> Result<(), String> {
    let (result, memory) = read(format, bytes);
    let limit = factor * bytes.len() + (16 << 20);
    assert!(
        memory <= limit,
        "{} {what}: {memory} bytes of memory for {} bytes: {result:?}",
        format.name,
        bytes.len()
    );
    if bytes.len() > 1 << 20 {
        println!("{} {what}: {memory} bytes of memory for {}", format.name, bytes.len());
    }
    result
}

#[test]
fn no_mutation_panics_or_takes_more_memory_than_its_bytes_allow() {
    let each = MUTATIONS.div_ceil(FORMATS.len());
    for format in FORMATS {
        let seeds = format.seeds().unwrap();
        assert!(!seeds.is_empty(), "{} has no seeds", format.name);
        for (name, bytes) in &seeds {
            let result = check(format, bytes, name);
            assert_eq!(result.is_err(), name.starts_with("bad"), "{name}: {result:?}");
            assert!(bytes.len() <= 8192, "{name} is too large for a seed: {} bytes", bytes.len());
        }
        let mut mutator = Mutator::new(format.name);
        let mut taken = 0;
        for number in 0..each {
            let bytes = mutator.mutate(&seeds);
            taken += usize::from(check(format, &bytes, &format!("mutation {number}")).is_ok());
        }
        println!("{}: {each} mutations, {taken} of them taken as sound", format.name);
        // A mutator that only ever hits the first check would prove nothing, and neither would a
        // reader that takes everything.
        assert!(taken < each, "{} took every mutation", format.name);
    }
    for large::Large { format, what, bytes, factor, is_sound } in large::files() {
        let result = check_within(factor, format, &bytes, what);
        assert_eq!(result.is_ok(), is_sound, "{what}: {result:?}");
    }
}
