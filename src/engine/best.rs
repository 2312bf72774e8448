//! The best k of the rows offered, and the threshold that later rows must reach.
//!
//! Imports `collapse` and `deadline`.

use super::collapse::collapse;
use super::deadline::Deadline;
use crate::kernel::BLOCK;
use crate::topk::{Scored, top};

/// Largest k that prunes along the way; a larger k prunes once, at the end.
const MOST_PRUNED: usize = 512;

/// Keeps the best `k` rows, and with `group` only one row of each group.
pub(super) struct Best<'a> {
    k: usize,
    group: Option<&'a dyn Fn(u32) -> u32>,
    kept: Vec<Scored>,
    least: f32,
}

impl<'a> Best<'a> {
    pub fn new(k: usize, group: Option<&'a dyn Fn(u32) -> u32>) -> Self {
        Self { k, group, kept: Vec::new(), least: f32::NEG_INFINITY }
    }

    /// Returns `k`.
    pub fn wanted(&self) -> usize {
        self.k
    }

    /// Returns the threshold: a row with a smaller score cannot be among the best.
    pub fn least(&self) -> f32 {
        self.least
    }

    pub fn offer(&mut self, scored: Scored) {
        if scored.score >= self.least {
            self.kept.push(scored);
            // Seldom enough that pruning costs little for each row.
            if self.kept.len() >= 2 * self.k + 8 && self.k <= MOST_PRUNED {
                self.prune();
            }
        }
    }

    /// Offers, with its score, every candidate that passes and whose upper bound reaches the
    /// threshold. The closer the bounds, the fewer scores are computed.
    ///
    /// The candidates with the largest bounds are scored first, so that the threshold is high when
    /// the others come. These are the two steps of Seidl and Kriegel 1998, "Optimal multi-step
    /// k-nearest neighbor search". After the deadline the rest of the candidates is left out.
    pub fn offer_bounded(
        &mut self,
        candidates: &[Scored],
        passes: &dyn Fn(u32) -> bool,
        score: &dyn Fn(u32) -> f32,
        deadline: Deadline<'_>,
    ) {
        let all = candidates.iter().copied();
        let first = self.offer_likely(self.k, all, passes, score, deadline);
        for (at, &Scored { row, score: bound }) in candidates.iter().enumerate() {
            if deadline.is_over_at(at, BLOCK) {
                return;
            }
            if bound >= self.least && passes(row) && first.binary_search(&row).is_err() {
                self.offer(Scored { row, score: score(row) });
            }
        }
    }

    /// Offers the `k` candidates with the largest bounds among those that pass and reach the
    /// threshold. Returns their rows, ascending.
    pub fn offer_likely(
        &mut self,
        k: usize,
        candidates: impl Iterator<Item = Scored>,
        passes: &dyn Fn(u32) -> bool,
        score: &dyn Fn(u32) -> f32,
        deadline: Deadline<'_>,
    ) -> Vec<u32> {
        let mut likely = Self { kept: Vec::new(), k, ..*self };
        for bound in candidates {
            if bound.score >= likely.least && passes(bound.row) {
                likely.offer(bound);
            }
        }
        let mut likely: Vec<u32> = likely.finish().iter().map(|scored| scored.row).collect();
        likely.sort_unstable();
        for (at, &row) in likely.iter().enumerate() {
            if deadline.is_over_at(at, BLOCK) {
                break;
            }
            self.offer(Scored { row, score: score(row) });
        }
        self.prune();
        likely
    }

    /// Returns the best, in order.
    pub fn finish(mut self) -> Vec<Scored> {
        self.prune();
        self.kept
    }

    /// Drops the rows that are no longer among the best, which updates the threshold.
    pub fn prune(&mut self) {
        let mut kept = std::mem::take(&mut self.kept);
        if let Some(group) = self.group {
            collapse(&mut kept, group);
        }
        self.kept = top(self.k, kept);
        if self.kept.len() == self.k {
            self.least = self.kept.last().map_or(self.least, |worst| worst.score);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn with_fewer_than_k_rows_there_is_no_threshold() {
        let group = |row: u32| row / 10;
        let mut best = Best::new(5, Some(&group));
        for row in 0..30 {
            best.offer(Scored { row, score: 1.0 });
        }
        for row in 30..50 {
            best.offer(Scored { row, score: -1.0 });
        }
        assert_eq!(
            best.finish().iter().map(|scored| scored.row).collect::<Vec<_>>(),
            [0, 10, 20, 30, 40]
        );
    }

    #[test]
    fn a_small_k_holds_few_rows() {
        let offered = |k: usize, scores: &mut dyn Iterator<Item = u32>| {
            let mut best = Best::new(k, None);
            let mut most = 0;
            for (row, score) in (0..).zip(scores) {
                best.offer(Scored { row, score: score as f32 });
                most = most.max(best.kept.len());
            }
            assert_eq!(best.wanted(), k);
            (most, best.least())
        };
        // Each row is better than all before it, so each is kept.
        assert_eq!(offered(3, &mut (0..1000)).0, 13, "pruned at 14, two times three and eight");
        assert_eq!(offered(512, &mut (0..5000)).0, 1031);
        assert_eq!(
            offered(513, &mut (0..5000)),
            (5000, f32::NEG_INFINITY),
            "sorted out at the end"
        );
    }

    #[test]
    fn close_bounds_need_few_scores() {
        let scored = std::cell::Cell::new(0);
        let score = |row: u32| {
            scored.set(scored.get() + 1);
            row as f32
        };
        let bounds: Vec<Scored> = (0..500)
            .map(|at| at * 7 % 500)
            .map(|row| Scored { row, score: row as f32 + 0.5 })
            .collect();
        let mut best = Best::new(5, None);
        best.offer_bounded(&bounds, &|row| row != 498, &score, Deadline::never());
        let rows: Vec<u32> = best.finish().iter().map(|scored| scored.row).collect();
        assert_eq!(rows, [499, 497, 496, 495, 494]);
        assert_eq!(scored.get(), 5, "the bounds of all others are below the fifth score");
    }

    proptest! {
        #[test]
        fn equals_sorting_all(
            k in 1_usize..12,
            scores in proptest::collection::vec(-9_i8..9, 0..200),
            collapse in any::<bool>(),
        ) {
            let all: Vec<Scored> = (0..)
                .zip(&scores)
                .map(|(row, &score)| Scored { row, score: f32::from(score) })
                .collect();
            let group = |row: u32| row - row % 3;
            let mut want = all.clone();
            want.sort_unstable();
            if collapse {
                let mut seen = std::collections::HashSet::new();
                want.retain(|scored| seen.insert(group(scored.row)));
            }
            want.truncate(k);
            let empty = || Best::new(k, collapse.then_some(&group as &dyn Fn(u32) -> u32));
            let mut best = empty();
            for &scored in &all {
                best.offer(scored);
            }
            prop_assert_eq!(&best.finish(), &want);
            let bounds: Vec<Scored> =
                all.iter().map(|s| Scored { score: s.score + (s.row % 4) as f32, ..*s }).collect();
            let mut best = empty();
            for bounds in bounds.chunks(50) {
                let score = |row: u32| all[row as usize].score;
                best.offer_bounded(bounds, &|_| true, &score, Deadline::never());
            }
            prop_assert_eq!(best.finish(), want);
        }
    }
}
