//! The cancellation token that every offline stage takes: reading, training, encoding, packing.
//! It lies here because this is the one crate below all stages. It imports nothing of the project.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use thiserror::Error;

const RUNNING: u8 = 0;
const CANCELLED: u8 = 1;
const COMMITTED: u8 = 2;

/// Stops a run from another thread, until the run commits its result.
///
/// One state decides between the two: a run is either cancelled or committed, never both.
#[derive(Debug, Default)]
pub struct Cancel {
    state: AtomicU8,
    /// A copy of "the state is `CANCELLED`" for inner loops that take a plain flag.
    flag: AtomicBool,
}

/// The error of a run that was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("interrupted; run the same command again to resume")]
pub struct Cancelled;

impl Cancel {
    /// Returns the token of a run that nobody has cancelled.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: AtomicU8::new(RUNNING), flag: AtomicBool::new(false) }
    }

    /// Asks the run to stop. Returns false if it has committed and will end by itself.
    pub fn cancel(&self) -> bool {
        let is_late = self.swap(CANCELLED) == COMMITTED;
        self.flag.store(!is_late, Ordering::Release);
        !is_late
    }

    /// Says whether the run is to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.state.load(Ordering::Acquire) == CANCELLED
    }

    /// Returns an error if the run is to stop.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// Ends the time in which the run can be cancelled. Its last, short step follows.
    pub fn commit(&self) -> Result<(), Cancelled> {
        if self.swap(COMMITTED) == CANCELLED { Err(Cancelled) } else { Ok(()) }
    }

    /// Returns the flag that is set when the run is to stop.
    #[must_use]
    pub const fn flag(&self) -> &AtomicBool {
        &self.flag
    }

    /// Leaves the running state for another, and returns the state before.
    fn swap(&self, to: u8) -> u8 {
        let (done, seen) = (Ordering::AcqRel, Ordering::Acquire);
        self.state.compare_exchange(RUNNING, to, done, seen).unwrap_or_else(|found| found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_cancelled_or_committed_and_never_both() {
        let cancel = Cancel::new();
        assert!(cancel.check().is_ok() && !cancel.flag().load(Ordering::Relaxed));
        assert!(cancel.cancel() && cancel.cancel());
        assert!(cancel.is_cancelled() && cancel.flag().load(Ordering::Relaxed));
        assert_eq!((cancel.check(), cancel.commit()), (Err(Cancelled), Err(Cancelled)));

        let cancel = Cancel::new();
        assert!(cancel.commit().is_ok() && cancel.commit().is_ok());
        assert!(!cancel.cancel() && !cancel.is_cancelled());
        assert!(cancel.check().is_ok() && !cancel.flag().load(Ordering::Relaxed));
    }
}
