//! A barrier for workers that meet every few microseconds.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Spins before a waiting worker offers its core to others. On a core of its own a worker
/// meets the others well before; more workers than cores could not meet without yielding.
const SPINS_BEFORE_YIELD: u32 = 2_000;

/// A value alone on its cache lines, so that waiting for it disturbs nobody.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Alone<T>(T);

/// Holds workers until all of them have arrived; everything written before is visible to
/// all of them after.
#[derive(Debug)]
pub(super) struct Barrier {
    members: usize,
    arrived: Alone<AtomicUsize>,
    generation: Alone<AtomicUsize>,
    broken: AtomicBool,
}

impl Barrier {
    pub(super) fn new(members: usize) -> Self {
        Self {
            members,
            arrived: Alone::default(),
            generation: Alone::default(),
            broken: AtomicBool::new(false),
        }
    }

    /// Waits for all members.
    ///
    /// # Panics
    ///
    /// If a member has left for good, since it can never arrive.
    #[inline]
    pub(super) fn wait(&self) {
        if self.members == 1 {
            return;
        }
        let generation = self.generation.0.load(Ordering::Acquire);
        if self.arrived.0.fetch_add(1, Ordering::AcqRel) + 1 == self.members {
            self.arrived.0.store(0, Ordering::Relaxed);
            self.generation.0.store(generation.wrapping_add(1), Ordering::Release);
            return;
        }
        let mut spins = 0;
        while self.generation.0.load(Ordering::Acquire) == generation {
            assert!(!self.broken.load(Ordering::Relaxed), "a worker of the team has stopped");
            if spins < SPINS_BEFORE_YIELD {
                spins += 1;
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
    }

    /// Lets waiting members fail instead of waiting for ever for one that will not come.
    pub(super) fn abandon(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_passes_before_all_have_arrived() {
        for members in 1..5 {
            let barrier = Barrier::new(members);
            let count = AtomicUsize::new(0);
            std::thread::scope(|scope| {
                for _ in 0..members {
                    scope.spawn(|| {
                        for round in 1..200 {
                            count.fetch_add(1, Ordering::Relaxed);
                            barrier.wait();
                            assert_eq!(count.load(Ordering::Relaxed), members * round);
                            barrier.wait();
                        }
                    });
                }
            });
        }
    }

    #[test]
    fn an_abandoned_barrier_fails_instead_of_hanging() {
        let barrier = Barrier::new(2);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| barrier.wait());
            barrier.abandon();
            assert!(waiting.join().is_err());
        });
    }
}
