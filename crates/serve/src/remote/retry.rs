//! Tries again what may succeed the next time, within a budget of tries and time.
//!
//! Imports `error`. Knows no address and no file.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use retry_policies::policies::ExponentialBackoff;
use retry_policies::{Jitter, RetryDecision, RetryPolicy};

use crate::Error;

/// Longest wait before the second try; each further wait may be twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// How often and for how long one file is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Most tries, the first included.
    pub tries: u32,
    /// Time of all tries and of the waits between them.
    pub time: Duration,
}

/// A try that failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub error: Error,
    /// Whether another try may succeed.
    pub is_passing: bool,
    /// The least wait that the server wants before another try.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// Returns a failure that every further try would repeat.
    pub fn lasting(error: impl Into<Error>) -> Self {
        Self { error: error.into(), is_passing: false, retry_after: None }
    }

    /// Returns a failure that another try may get past.
    pub fn passing(error: impl Into<Error>) -> Self {
        Self { is_passing: true, ..Self::lasting(error) }
    }
}

impl Budget {
    /// Calls `attempt` with the time that is left until it succeeds, or fails for good, or the
    /// budget does not allow the wait and another try.
    ///
    /// A wait has full jitter: it is drawn between 0 and a bound that doubles. So the functions
    /// that a fault hit together do not come back together.
    pub(super) fn spend<T>(
        self,
        mut attempt: impl FnMut(Duration) -> Result<T, Failure>,
    ) -> Result<T, Error> {
        let started = Instant::now();
        let policy = ExponentialBackoff::builder()
            .retry_bounds(FIRST_WAIT, LONGEST_WAIT)
            .jitter(Jitter::Full)
            .build_with_max_retries(self.tries.saturating_sub(1));
        for retries in 0.. {
            let failure = match attempt(self.time.saturating_sub(started.elapsed())) {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            let now = SystemTime::now();
            let RetryDecision::Retry { execute_after } = policy.should_retry(now, retries) else {
                return Err(failure.error);
            };
            let jittered = execute_after.duration_since(now).unwrap_or_default();
            let wait = jittered.max(failure.retry_after.unwrap_or_default());
            if !failure.is_passing || started.elapsed().saturating_add(wait) >= self.time {
                return Err(failure.error);
            }
            thread::sleep(wait);
        }
        unreachable!("the policy ends the loop")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RemoteError;

    const BUDGET: Budget = Budget { tries: 4, time: Duration::from_secs(5) };

    fn error() -> RemoteError {
        RemoteError::Credentials
    }

    /// Returns whether the work succeeded, and how often it was tried.
    fn tried(budget: Budget, mut attempt: impl FnMut(u32) -> Result<(), Failure>) -> (bool, u32) {
        let mut tries = 0;
        let outcome = budget.spend(|_| {
            tries += 1;
            attempt(tries)
        });
        (outcome.is_ok(), tries)
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        let third = |tries| if tries < 3 { Err(Failure::passing(error())) } else { Ok(()) };
        assert_eq!(tried(BUDGET, third), (true, 3));
        assert_eq!(tried(BUDGET, |_| Err(Failure::passing(error()))), (false, 4));
        assert_eq!(tried(BUDGET, |_| Err(Failure::lasting(error()))), (false, 1));
        let once = Budget { tries: 1, ..BUDGET };
        assert_eq!(tried(once, |_| Err(Failure::passing(error()))), (false, 1));
    }

    #[test]
    fn the_servers_wait_is_kept_within_the_budget() {
        let wanting = |wait: Duration| {
            move |tries| {
                let failure = Failure { retry_after: Some(wait), ..Failure::passing(error()) };
                if tries < 2 { Err(failure) } else { Ok(()) }
            }
        };
        let started = Instant::now();
        assert_eq!(tried(BUDGET, wanting(Duration::from_millis(700))), (true, 2));
        assert!(started.elapsed() >= Duration::from_millis(700));
        let started = Instant::now();
        for long in [Duration::from_secs(5), Duration::MAX] {
            assert_eq!(tried(BUDGET, wanting(long)), (false, 1));
        }
        assert!(started.elapsed() < Duration::from_secs(1), "it does not wait in vain");
    }

    #[test]
    fn a_try_gets_the_time_that_is_left() {
        let budget = Budget { tries: 9, time: Duration::from_secs(1) };
        let (started, mut left) = (Instant::now(), Vec::new());
        let outcome: Result<(), Error> = budget.spend(|time| {
            left.push(time);
            thread::sleep(Duration::from_millis(300));
            Err(Failure::passing(error()))
        });
        assert!(outcome.is_err() && started.elapsed() < Duration::from_secs(5));
        assert!((2..=4).contains(&left.len()), "{left:?}");
        assert!(left[0] > left[1] + Duration::from_millis(299), "{left:?}");
    }
}
