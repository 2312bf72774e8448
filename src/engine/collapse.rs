//! Collapse: only the best item of each series stays.
//!
//! Imports nothing of `engine`.

use crate::topk::Scored;

/// Drops all but the best row of each series. The order of `rows` is lost.
pub(super) fn collapse(rows: &mut Vec<Scored>, series: &dyn Fn(u32) -> u32) {
    rows.sort_unstable_by_key(|scored| (series(scored.row), *scored));
    rows.dedup_by_key(|scored| series(scored.row));
}
