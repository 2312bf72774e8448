//! Bounded selection of the best scores under a total order.
//!
//! Imports nothing of this crate.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A row and its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Position in the list that was scored.
    pub row: u32,
    /// Its score, never NaN.
    pub score: f32,
}

impl Scored {
    /// Compares as `self < other` does. Runs once for every row.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a build for size would call it")]
    fn is_better(self, other: Self) -> bool {
        self.score > other.score || (self.score == other.score && self.row < other.row)
    }
}

/// The best sorts first: score descending, then row ascending. 0.0 and -0.0 are equal scores.
impl Ord for Scored {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_score = other.score.partial_cmp(&self.score).unwrap_or(Ordering::Equal);
        by_score.then(self.row.cmp(&other.row))
    }
}

impl PartialOrd for Scored {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Eq for Scored {}

/// Returns the best `n` of `scored`, best first: score descending, then row ascending.
///
/// Once the list is full, each row costs one comparison. Memory is at most `n` entries.
pub fn top(n: usize, scored: impl IntoIterator<Item = Scored>) -> Vec<Scored> {
    let mut heap: BinaryHeap<Scored> = BinaryHeap::new();
    for candidate in scored {
        if heap.len() < n {
            heap.push(candidate);
        } else if heap.peek().is_some_and(|worst| candidate.is_better(*worst))
            && let Some(mut worst) = heap.peek_mut()
        {
            *worst = candidate;
        }
    }
    heap.into_sorted_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_a_full_sort(
            n in 0_usize..20,
            scores in proptest::collection::vec(-3_i8..3, 0..60),
        ) {
            let all: Vec<Scored> = scores
                .iter()
                .enumerate()
                .map(|(row, &score)| Scored { row: row as u32, score: f32::from(score) / 2.0 })
                .collect();
            let mut want = all.clone();
            want.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)));
            want.truncate(n);
            prop_assert_eq!(top(n, all.into_iter().rev()), want);
        }
    }

    #[test]
    fn zeros_tie() {
        let zeros = [(1, 0.0), (0, -0.0), (2, -0.0)].map(|(row, score)| Scored { row, score });
        assert_eq!(top(3, zeros).iter().map(|s| s.row).collect::<Vec<_>>(), [0, 1, 2]);
    }
}
