//! [`Crew`]: the few threads that do long work, and the short queue before them.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::reply::Refusal;

/// Tasks under way at once.
const HANDS: usize = 2;
/// Tasks under way or waiting.
const QUEUE: usize = 16;

/// Runs work that takes more than a moment apart from the threads that talk to clients.
#[derive(Debug)]
pub(crate) struct Crew {
    hands: Semaphore,
    queue: Arc<Semaphore>,
}

impl Crew {
    pub(crate) fn new() -> Self {
        Self { hands: Semaphore::new(HANDS), queue: Arc::new(Semaphore::new(QUEUE)) }
    }

    /// Runs `work` when it is its turn.
    ///
    /// Refuses with 503 where too much is waiting already.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let Ok(place) = self.queue.clone().try_acquire_owned() else {
            return Err(Refusal::busy());
        };
        let _hand = self.hands.acquire().await.map_err(|_| Refusal::busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        });
        done.await.map_err(|_| Refusal::internal("the work was broken off"))
    }
}
