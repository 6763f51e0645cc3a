//! How fast the machine is: multiply-adds and memory, on one thread and on all.
//!
//! Each number is the best of several short tries, because a limit is not an average: what disturbs
//! a try only ever makes it slower.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

use nn_core::InstructionSet;

use super::Check;
use crate::output::records::program::Speed;

/// Tries of which the best counts.
const TRIES: usize = 25;

/// Bytes that each thread copies: far beyond any cache.
const BYTES: usize = 32 << 20;

/// Rounds of multiply-adds of a try: about a millisecond.
const ROUNDS: usize = 200_000;

/// Measures; takes about a second.
pub(super) fn measure() -> Speed {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let set = *InstructionSet::available().last().expect("every CPU has the portable set");
    let gflops = |threads| {
        let (seconds, operations) = best(threads, || move || operations(set));
        operations as f64 / seconds / 1e9
    };
    let copy = |threads| {
        let (seconds, bytes) = best(threads, || {
            let (from, mut to) = (vec![1_u8; BYTES], vec![2_u8; BYTES]);
            move || {
                to.copy_from_slice(black_box(&from));
                black_box(&mut to);
                2 * BYTES as u64
            }
        });
        bytes as f64 / seconds / 1e9
    };
    Speed {
        instruction_set: set.name(),
        threads,
        gflops_one: gflops(1),
        gflops_all: gflops(threads),
        copy_gbs_one: copy(1),
        copy_gbs_all: copy(threads),
    }
}

fn operations(set: InstructionSet) -> u64 {
    set.multiply_adds(ROUNDS).unwrap_or(0)
}

/// What to make of the numbers.
pub(super) fn judge(speed: &Speed) -> Vec<Check> {
    let all = speed.threads;
    let arithmetic = format!(
        "{:.0} GFLOP/s on one thread, {:.0} on {all} (single precision, {})",
        speed.gflops_one, speed.gflops_all, speed.instruction_set
    );
    let memory = format!(
        "{:.1} GB/s read and written by one thread, {:.1} by {all}",
        speed.copy_gbs_one, speed.copy_gbs_all
    );
    let gain = speed.gflops_all / speed.gflops_one;
    let arithmetic = if all > 1 && gain < 1.0 + 0.3 * (all - 1) as f64 {
        Check::warn(
            "arithmetic",
            format!("{arithmetic}; the threads gain only {gain:.1}×"),
            "end other programs; two threads of one core, or a limit on CPU time, look the same",
        )
    } else {
        Check::ok("arithmetic", arithmetic)
    };
    vec![arithmetic, Check::ok("bandwidth", memory)]
}

/// The shortest time, in seconds, in which all threads do their work, and how much that is in sum.
/// `prepare` is called on each thread, before the clock runs.
fn best<W: FnMut() -> u64>(threads: usize, prepare: impl Fn() -> W + Sync) -> (f64, u64) {
    let (start, end) = (Barrier::new(threads), Barrier::new(threads));
    let run = || {
        let mut work = prepare();
        let (mut shortest, mut done) = (f64::INFINITY, 0);
        for _ in 0..TRIES {
            start.wait();
            let clock = Instant::now();
            done = work();
            end.wait();
            shortest = shortest.min(clock.elapsed().as_secs_f64());
        }
        (shortest, done)
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let (shortest, mut done) = run();
        for other in others {
            done += other.join().expect("no thread of a measurement panics").1;
        }
        (shortest, done)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_gain_nothing_are_warned_of() {
        let speed = |gflops_all| Speed {
            instruction_set: "AVX2 + FMA",
            threads: 2,
            gflops_one: 100.0,
            gflops_all,
            copy_gbs_one: 10.0,
            copy_gbs_all: 12.0,
        };
        assert_eq!(judge(&speed(190.0))[0].status, crate::commands::doctor::Status::Ok);
        assert_eq!(judge(&speed(110.0))[0].status, crate::commands::doctor::Status::Warn);
    }

    #[test]
    fn the_work_of_all_threads_is_counted() {
        let (seconds, done) = best(3, || || 2);
        assert_eq!(done, 6);
        assert!(seconds.is_finite());
    }
}
