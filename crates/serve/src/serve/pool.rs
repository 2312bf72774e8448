//! Threads for work that would block the connections, and a queue of bounded length.
//!
//! The threads are tokio's own for blocking work, which start when they are needed and end when
//! they are idle. Two semaphores bound them, so that no other pool of threads is needed. Imports
//! nothing of this crate.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Runs closures on a few threads.
#[derive(Debug)]
pub(super) struct Pool {
    threads: Arc<Semaphore>,
    /// The places of the closures that run and of those that wait.
    places: Arc<Semaphore>,
}

/// There is no place in the queue.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Busy;

impl Pool {
    /// Returns a pool that runs `threads` closures at a time while at most `queue` wait.
    pub fn new(threads: usize, queue: usize) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits));
        Self { threads: semaphore(threads), places: semaphore(threads + queue) }
    }

    /// Runs the work and returns its result. First come, first served.
    ///
    /// Work whose caller leaves is dropped while it waits, and keeps its thread while it runs.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Busy)?;
        let thread = self.threads.clone().acquire_owned().await.map_err(|_| Busy)?;
        let held = (place, thread);
        let done = spawn_blocking(move || {
            let _held = held;
            work()
        });
        // Only a runtime that shuts down leaves work undone.
        done.await.map_err(|_| Busy)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    /// Lets every task that is ready run.
    async fn settle() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    #[tokio::test]
    async fn one_runs_one_waits_and_the_next_is_refused() {
        let pool = Arc::new(Pool::new(1, 1));
        let (release, released) = channel::<()>();
        let start = |work: Box<dyn FnOnce() -> u8 + Send>| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.run(work).await })
        };
        let first = start(Box::new(move || {
            released.recv().unwrap();
            1
        }));
        settle().await;
        let second = start(Box::new(|| 2));
        settle().await;
        assert_eq!(pool.run(|| 3).await, Err(Busy));

        // A caller that leaves the queue makes room for another.
        second.abort();
        settle().await;
        let third = start(Box::new(|| 3));
        settle().await;
        assert!(!third.is_finished(), "it waits for the thread");

        // A caller that leaves running work keeps the thread busy until the work ends.
        first.abort();
        settle().await;
        assert!(!third.is_finished());
        release.send(()).unwrap();
        assert_eq!(third.await.unwrap(), Ok(3));
        assert_eq!(pool.run(|| 4).await, Ok(4));
    }
}
