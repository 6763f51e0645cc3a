//! `nn-bench-machine`: what this machine can do at most, in f32 multiply-adds and in bytes.
//!
//! It is plain safe Rust, and fast only when it is compiled for the CPU it runs on, as
//! `cargo xtask bench` does (`-C target-cpu=native`): then the compiler turns each array
//! below into a register. Each number is the best of several tries, because a limit is not
//! an average; what disturbs a try only ever makes it slower.

#![forbid(unsafe_code)]

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

use serde_json::json;

/// Lanes of the widest register this was compiled for.
const LANES: usize = if cfg!(target_feature = "avx512f") {
    16
} else if cfg!(target_feature = "avx") {
    8
} else {
    4
};

/// Tries of which the best counts. They are short, so that on a shared machine some fall into
/// a time in which nobody else runs.
const TRIES: usize = 100;

fn main() {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    if cfg!(target_arch = "x86_64") && !cfg!(target_feature = "fma") {
        eprintln!("warning: compiled without FMA; see `-C target-cpu=native` in the header");
    }
    let mut line = serde_json::Map::new();
    line.insert("event".to_owned(), json!("end"));
    line.insert("threads".to_owned(), json!(all));
    line.insert("lanes".to_owned(), json!(LANES));
    for (name, threads) in [("one", 1), ("all", all)] {
        let mut put = |what: &str, value: f64| {
            line.insert(format!("{what}_{name}"), json!(value));
        };
        put("gflops", fma_peak(threads));
        // Per thread: half of a common L1, half of a common L2, far beyond any cache.
        for (level, bytes) in [("l1", 16 << 10), ("l2", 512 << 10), ("memory", 64 << 20)] {
            put(&format!("{level}_read_gbs"), read_bandwidth(threads, bytes));
        }
        put("memory_copy_gbs", copy_bandwidth(threads, 64 << 20));
    }
    println!("{}", serde_json::Value::Object(line));
}

/// A register's worth of numbers.
type Lanes = [f32; LANES];

/// Independent chains of multiply-adds: enough to cover an FMA's latency (4 cycles) on two
/// ports, and few enough for 16 registers.
const CHAINS: usize = 12;

/// The most multiply-adds, in GFLOP/s (two operations each), of `threads` threads.
fn fma_peak(threads: usize) -> f64 {
    const ROUNDS: usize = 200_000;
    let seconds = best(threads, || || fma_chains(ROUNDS));
    (threads * CHAINS * LANES * ROUNDS * 2) as f64 / seconds / 1e9
}

fn fma(sum: Lanes, factor: Lanes, summand: Lanes) -> Lanes {
    std::array::from_fn(|lane| sum[lane].mul_add(factor[lane], summand[lane]))
}

/// `CHAINS` chains of multiply-adds. They are variables of their own and not an array,
/// which the compiler would keep in memory.
fn fma_chains(rounds: usize) {
    let (factor, summand) = ([black_box(0.5); LANES], [black_box(1.0); LANES]);
    let start = || [black_box(0.0); LANES];
    let (mut a, mut b, mut c, mut d) = (start(), start(), start(), start());
    let (mut e, mut f, mut g, mut h) = (start(), start(), start(), start());
    let (mut i, mut j, mut k, mut l) = (start(), start(), start(), start());
    for _ in 0..rounds {
        (a, b, c) = (fma(a, factor, summand), fma(b, factor, summand), fma(c, factor, summand));
        (d, e, f) = (fma(d, factor, summand), fma(e, factor, summand), fma(f, factor, summand));
        (g, h, i) = (fma(g, factor, summand), fma(h, factor, summand), fma(i, factor, summand));
        (j, k, l) = (fma(j, factor, summand), fma(k, factor, summand), fma(l, factor, summand));
    }
    black_box([a, b, c, d, e, f, g, h, i, j, k, l]);
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
