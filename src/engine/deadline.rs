//! When the work for a request must end.
//!
//! The engine reads no clock, because a browser's module has none: the caller says whether the time
//! is over. Imports `error` and `kernel`; every file with a loop over rows may import this one.

#[cfg(not(target_arch = "wasm32"))]
use std::cell::Cell;
#[cfg(target_arch = "wasm32")]
use std::marker::PhantomData;

use super::error::EngineError;
use crate::kernel::BLOCK;

/// Rows that a cheap loop handles between two looks at the deadline: a look reads a clock, which
/// takes as long as a few rows.
pub(super) const ROWS_PER_LOOK: usize = if cfg!(test) { 2 * BLOCK } else { 16 * BLOCK };

/// Tells the loops of one request whether its time is over.
///
/// A loop over rows looks now and then, and stops early once the time is over. Its result is then
/// incomplete, so [`Deadline::check`] turns the whole answer into an error. In the browser the time
/// is never over: the type is empty there, and every look compiles to nothing.
#[derive(Clone, Copy)]
#[cfg(not(target_arch = "wasm32"))]
pub(super) struct Deadline<'a>(Option<&'a Timer<'a>>);

/// The caller's clock.
#[cfg(not(target_arch = "wasm32"))]
pub(super) struct Timer<'a> {
    is_over: &'a dyn Fn() -> bool,
    /// Whether a loop has stopped early. `is_over` is then not called again.
    has_stopped: Cell<bool>,
}

#[cfg(not(target_arch = "wasm32"))]
impl<'a> Timer<'a> {
    /// Returns a timer that is over once `is_over` returns true.
    pub const fn new(is_over: &'a dyn Fn() -> bool) -> Self {
        Self { is_over, has_stopped: Cell::new(false) }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<'a> Deadline<'a> {
    /// Returns a deadline that never comes.
    pub const fn never() -> Self {
        Self(None)
    }

    /// Returns the deadline of a timer.
    pub const fn of(timer: &'a Timer<'a>) -> Self {
        Self(Some(timer))
    }

    /// Returns whether the caller must stop.
    pub fn is_over(self) -> bool {
        let Some(Timer { is_over, has_stopped }) = self.0 else { return false };
        if !has_stopped.get() && is_over() {
            has_stopped.set(true);
        }
        has_stopped.get()
    }

    /// Returns whether a loop must stop at its step `at`; looks at each `every`th step.
    pub fn is_over_at(self, at: usize, every: usize) -> bool {
        at.is_multiple_of(every) && self.is_over()
    }

    /// Refuses the request if its time is over.
    pub fn check(self) -> Result<(), EngineError> {
        if self.is_over() { Err(EngineError::DeadlineExceeded) } else { Ok(()) }
    }
}

#[derive(Clone, Copy)]
#[cfg(target_arch = "wasm32")]
pub(super) struct Deadline<'a>(PhantomData<&'a ()>);

#[cfg(target_arch = "wasm32")]
#[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "elsewhere the time may be over")]
impl Deadline<'_> {
    pub const fn never() -> Self {
        Self(PhantomData)
    }

    #[inline]
    pub const fn is_over(self) -> bool {
        false
    }

    #[inline]
    pub const fn is_over_at(self, _at: usize, _every: usize) -> bool {
        false
    }

    #[inline]
    pub const fn check(self) -> Result<(), EngineError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_that_has_come_stays() {
        let calls = Cell::new(0);
        let second_alone = || calls.replace(calls.get() + 1) == 1;
        let timer = Timer::new(&second_alone);
        let deadline = Deadline::of(&timer);
        assert!(!deadline.is_over_at(9, 8) && !deadline.is_over_at(8, 8));
        assert!(deadline.is_over_at(16, 8) && deadline.is_over() && !deadline.is_over_at(17, 8));
        assert_eq!(deadline.check(), Err(EngineError::DeadlineExceeded));
        assert_eq!(calls.get(), 2, "it does not ask again");
        assert!(!Deadline::never().is_over() && Deadline::never().check().is_ok());
    }
}
