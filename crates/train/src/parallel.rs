//! Runs work in parts on several threads.
//!
//! Imports nothing of this crate.

use std::ops::Range;
use std::panic::resume_unwind;
use std::thread::ScopedJoinHandle;

/// Number of parts: fixed, so that sums do not depend on the number of threads.
const PARTS: usize = 16;

/// Cuts `0..len` into 16 parts, runs each, and returns the results in order.
///
/// # Panics
///
/// If a part panics. A part is never left out: the sums over the others would look right.
pub fn map_parts<T: Send>(
    len: usize,
    threads: usize,
    run: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let part = |i: usize| len * i / PARTS..len * (i + 1) / PARTS;
    if threads < 2 {
        return (0..PARTS).map(|i| run(part(i))).collect();
    }
    let run = &run;
    let mut out: Vec<(usize, T)> = std::thread::scope(|scope| {
        let threads = threads.min(PARTS);
        let workers: Vec<_> = (0..threads)
            .map(|t| {
                scope.spawn(move || {
                    (t..PARTS).step_by(threads).map(|i| (i, run(part(i)))).collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(join).collect()
    });
    out.sort_unstable_by_key(|&(i, _)| i);
    out.into_iter().map(|(_, value)| value).collect()
}

/// Calls `each` for every index below `len` and returns the results in order. Each of the 16 parts
/// has a state of its own, which `start` makes; they come back too.
///
/// A part has every sixteenth index: long rows often stand together, as those of popular items.
pub(super) fn map_each<S: Send, T: Send>(
    len: usize,
    threads: usize,
    start: impl Fn() -> S + Sync,
    each: impl Fn(&mut S, usize) -> T + Sync,
) -> (Vec<T>, Vec<S>) {
    let parts = map_parts(PARTS, threads, |parts| {
        let part = |first| {
            let mut state = start();
            let results: Vec<T> =
                (first..len).step_by(PARTS).map(|at| each(&mut state, at)).collect();
            (results.into_iter(), state)
        };
        parts.map(part).collect::<Vec<_>>()
    });
    let (mut results, states): (Vec<_>, Vec<_>) = parts.into_iter().flatten().unzip();
    ((0..len).filter_map(|at| results[at % PARTS].next()).collect(), states)
}

/// Waits for a worker thread and returns its result; panics with the worker's own message if it
/// panicked.
pub(super) fn join<T>(worker: ScopedJoinHandle<'_, T>) -> T {
    worker.join().unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_each_index_are_in_order_for_any_number_of_threads() {
        for (len, threads) in [(0, 1), (1, 3), (16, 2), (100, 1), (100, 3), (100, 40)] {
            let count = |seen: &mut usize, at| {
                *seen += 1;
                at
            };
            let (results, states) = map_each(len, threads, || 0, count);
            assert_eq!(results, (0..len).collect::<Vec<_>>());
            assert_eq!(states.iter().sum::<usize>(), len);
        }
    }

    #[test]
    #[should_panic(expected = "the part of row 70 is broken")]
    fn a_part_that_panics_ends_the_run() {
        map_parts(100, 3, |rows| assert!(!rows.contains(&70), "the part of row 70 is broken"));
    }
}
