//! `nn-bench-machine`: what this machine can do at most, in f32 multiply-adds and in bytes.
//!
//! The multiply-adds are those of nn-core's fastest instruction set. The rest is plain safe Rust,
//! and fast only when it is compiled for the CPU it runs on, as `cargo xtask bench` does
//! (`-C target-cpu=native`). Each number is the best of several tries, because a limit is not
//! an average; what disturbs a try only ever makes it slower.

#![forbid(unsafe_code)]

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use nn_core::InstructionSet;
use serde_json::json;

/// Tries of which the best counts. They are short, so that on a shared machine some fall into
/// a time in which nobody else runs.
const TRIES: usize = 100;

fn main() {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    if cfg!(target_arch = "x86_64") && !cfg!(target_feature = "fma") {
        eprintln!("warning: compiled for any CPU; see `-C target-cpu=native` in the header");
    }
    let mut line = serde_json::Map::new();
    line.insert("event".to_owned(), json!("end"));
    line.insert("threads".to_owned(), json!(all));
    let set = *InstructionSet::available().last().expect("every CPU has the portable set");
    line.insert("instruction_set".to_owned(), json!(set.name()));
    for (name, threads) in [("one", 1), ("all", all)] {
        let mut put = |what: &str, value: f64| {
            line.insert(format!("{what}_{name}"), json!(value));
        };
        put("gflops", fma_peak(threads, set));
        // Per thread: half of a common L1, half of a common L2, far beyond any cache.
        for (level, bytes) in [("l1", 16 << 10), ("l2", 512 << 10), ("memory", 64 << 20)] {
            put(&format!("{level}_read_gbs"), read_bandwidth(threads, bytes));
        }
        put("memory_copy_gbs", copy_bandwidth(threads, 64 << 20));
    }
    println!("{}", serde_json::Value::Object(line));
}

/// The most multiply-adds, in GFLOP/s (two operations each), of `threads` threads. The compiler's
/// own vectors would not do: for some CPUs with AVX-512 it prefers half a register.
fn fma_peak(threads: usize, set: InstructionSet) -> f64 {
    const ROUNDS: usize = 200_000;
    let operations = AtomicU64::new(0);
    let seconds = best(threads, || {
        || operations.store(set.multiply_adds(ROUNDS).unwrap_or(0), Ordering::Relaxed)
    });
    threads as f64 * operations.load(Ordering::Relaxed) as f64 / seconds / 1e9
}

/// The most bytes read, in GB/s, of `threads` threads that each sum `bytes` of their own.
fn read_bandwidth(threads: usize, bytes: usize) -> f64 {
    let passes = (16_usize << 20).div_ceil(bytes);
    let seconds = best(threads, || {
        let values = vec![1u32; bytes / size_of::<u32>()];
        move || {
            for _ in 0..passes {
                black_box(sum(black_box(&values)));
            }
        }
    });
    (threads * passes * bytes) as f64 / seconds / 1e9
}

/// The sum of integers, which the compiler may reorder and so keeps in many registers.
fn sum(values: &[u32]) -> u32 {
    values.iter().fold(0, |sum, value| sum.wrapping_add(*value))
}

/// The most bytes read and written, in GB/s, by copying `bytes` on each of `threads` threads.
fn copy_bandwidth(threads: usize, bytes: usize) -> f64 {
    let seconds = best(threads, || {
        let from = vec![1u8; bytes];
        let mut to = vec![2u8; bytes];
        move || {
            to.copy_from_slice(black_box(&from));
            black_box(&mut to);
        }
    });
    (threads * 2 * bytes) as f64 / seconds / 1e9
}

/// The shortest time of several in which all threads do their work, in seconds. `prepare`
/// is called on each thread, before the clock runs, for the work of that thread.
fn best<W: FnMut()>(threads: usize, prepare: impl Fn() -> W + Sync) -> f64 {
    let (start, end) = (Barrier::new(threads), Barrier::new(threads));
    let run = || {
        let mut work = prepare();
        let mut shortest = f64::INFINITY;
        for _ in 0..TRIES {
            start.wait();
            let clock = Instant::now();
            work();
            end.wait();
            shortest = shortest.min(clock.elapsed().as_secs_f64());
        }
        shortest
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mine = run();
        for other in others {
            other.join().expect("no thread of this program panics");
        }
        mine
    })
}
