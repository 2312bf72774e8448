//! Work in parts on several threads.
//!
//! Imports nothing of this crate.

use std::ops::Range;

/// Cuts `0..len` into fixed parts, so that sums do not depend on the number of threads, and runs them.
pub(super) fn each_part<T: Send>(
    len: usize,
    threads: usize,
    run: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    const PARTS: usize = 16;
    let part = |i: usize| len * i / PARTS..len * (i + 1) / PARTS;
    if threads < 2 {
        return (0..PARTS).map(|i| run(part(i))).collect();
    }
    let run = &run;
    let mut out: Vec<(usize, T)> = std::thread::scope(|scope| {
        let threads = threads.min(PARTS);
        let all: Vec<_> = (0..threads)
            .map(|t| {
                scope.spawn(move || {
                    (t..PARTS).step_by(threads).map(|i| (i, run(part(i)))).collect::<Vec<_>>()
                })
            })
            .collect();
        all.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    });
    out.sort_unstable_by_key(|&(i, _)| i);
    out.into_iter().map(|(_, value)| value).collect()
}
