//! The threads that share the work.

use nn_core::Scalar;
use nn_core::engine::{Report, Worker};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::TrainError;

/// A pool of threads that stays for many runs of steps and many evaluations.
#[derive(Debug)]
pub struct Team {
    pool: Option<ThreadPool>,
    threads: usize,
}

impl Team {
    /// A team of `threads` threads; 0 means one per core.
    ///
    /// # Errors
    ///
    /// [`TrainError::Threads`] if the system does not give them.
    pub fn new(threads: usize) -> Result<Self, TrainError> {
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        if threads == 1 {
            return Ok(Self { pool: None, threads });
        }
        let name = |i| format!("nn-train-{i}");
        let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(name).build();
        let pool = pool.map_err(|source| TrainError::Threads { threads, source })?;
        Ok(Self { pool: Some(pool), threads })
    }

    /// How many threads there are.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Runs all workers of a run of steps side by side and returns the first one's report.
    ///
    /// # Panics
    ///
    /// If there are more workers than threads: they could not all run at once.
    pub fn run<T: Scalar>(&self, workers: Vec<Worker<'_, T>>) -> Report {
        assert!(workers.len() <= self.threads, "a thread for every worker");
        if workers.len() == 1 {
            return workers.into_iter().map(Worker::run).next().unwrap_or_default();
        }
        let pool = self.pool.as_ref().expect("several threads are a pool");
        // A place per thread; `broadcast` runs once on each thread of the pool, so all
        // workers run at the same time and none waits in a queue behind another.
        let places: Vec<_> = workers.into_iter().map(|w| std::sync::Mutex::new(Some(w))).collect();
        let reports = pool.broadcast(|context| {
            let place = places.get(context.index())?;
            let worker = place.lock().ok()?.take()?;
            Some(worker.run())
        });
        reports.into_iter().flatten().next().unwrap_or_default()
    }

    /// Runs `work` on up to `helpers` of the threads while this one does `main` and then runs
    /// `work` too; returns when all are done.
    pub(crate) fn beside<R>(
        &self,
        helpers: usize,
        work: impl Fn() + Sync,
        main: impl FnOnce() -> R,
    ) -> R {
        let Some(pool) = &self.pool else {
            let result = main();
            work();
            return result;
        };
        pool.in_place_scope(|scope| {
            for _ in 0..helpers {
                scope.spawn(|_| work());
            }
            let result = main();
            work();
            result
        })
    }

    /// Maps ranges of at most `block` of `n` items, on all threads; results are in order.
    pub(crate) fn map_blocks<R: Send, S: Send>(
        &self,
        n: usize,
        block: usize,
        init: impl Fn() -> S + Send + Sync,
        map: impl Fn(&mut S, std::ops::Range<usize>) -> R + Send + Sync,
    ) -> Vec<R> {
        let range = |i: usize| i * block..n.min((i + 1) * block);
        let blocks = n.div_ceil(block);
        match &self.pool {
            None => {
                let mut state = init();
                (0..blocks).map(|i| map(&mut state, range(i))).collect()
            }
            Some(pool) => pool.install(|| {
                let blocks = (0..blocks).into_par_iter();
                blocks.map_init(&init, |state, i| map(state, range(i))).collect()
            }),
        }
    }
}
