//! Collapse: only the best item of each group stays.
//!
//! Imports nothing of `engine`.

use crate::topk::Scored;

/// Drops all but the best row of each group. The order of `rows` is lost.
pub(super) fn collapse(rows: &mut Vec<Scored>, group: &dyn Fn(u32) -> u32) {
    rows.sort_unstable_by_key(|scored| (group(scored.row), *scored));
    rows.dedup_by_key(|scored| group(scored.row));
}
