//! The best k of what is offered, and the score below which nothing more need be offered.

use crate::topk::{Scored, top};

/// More than so many are sorted out at the end.
const MOST_PRUNED: usize = 512;

/// Keeps the best `k`, one of each series where a series is told.
pub(super) struct Best<'a> {
    k: usize,
    series: Option<&'a dyn Fn(u32) -> u32>,
    kept: Vec<Scored>,
    least: f32,
}

impl<'a> Best<'a> {
    pub fn new(k: usize, series: Option<&'a dyn Fn(u32) -> u32>) -> Self {
        Self { k, series, kept: Vec::new(), least: f32::NEG_INFINITY }
    }

    /// Returns an empty one that keeps as many, of each series one too.
    pub fn like(&self) -> Self {
        Self::new(self.k, self.series)
    }

    /// How many are kept.
    pub fn wanted(&self) -> usize {
        self.k
    }

    /// What scores less is not among the best, whatever else is offered.
    pub fn least(&self) -> f32 {
        self.least
    }

    pub fn offer(&mut self, scored: Scored) {
        if scored.score >= self.least {
            self.kept.push(scored);
            // Now and then, so that it costs little each; of many, once at the end costs less.
            if self.kept.len() >= 2 * self.k + 8 && self.k <= MOST_PRUNED {
                self.prune();
            }
        }
    }

    /// Offers, with its score, every candidate that passes and may be among the best by its bound: an upper one, and few
    /// scores are asked for where it is near.
    ///
    /// Those of the largest bounds are scored first, so that the least is known when the others come (the two steps of
    /// Seidl and Kriegel 1998, "Optimal multi-step k-nearest neighbor search").
    pub fn offer_bounded(
        &mut self,
        candidates: &[Scored],
        passes: &dyn Fn(u32) -> bool,
        score: &dyn Fn(u32) -> f32,
    ) {
        let mut first = Self { kept: Vec::new(), ..*self };
        for &bound in candidates {
            if bound.score >= first.least && passes(bound.row) {
                first.offer(bound);
            }
        }
        let mut first: Vec<u32> = first.finish().iter().map(|scored| scored.row).collect();
        first.sort_unstable();
        for &row in &first {
            self.offer(Scored { row, score: score(row) });
        }
        self.prune();
        for &Scored { row, score: bound } in candidates {
            if bound >= self.least && passes(row) && first.binary_search(&row).is_err() {
                self.offer(Scored { row, score: score(row) });
            }
        }
    }

    /// Returns the best, in order.
    pub fn finish(mut self) -> Vec<Scored> {
        self.prune();
        self.kept
    }

    /// Forgets what is not among the best any more, so that `least` is known.
    pub fn prune(&mut self) {
        let mut kept = std::mem::take(&mut self.kept);
        if let Some(series) = self.series {
            kept.sort_unstable_by_key(|scored| (series(scored.row), *scored));
            kept.dedup_by_key(|scored| series(scored.row));
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
    fn while_there_are_too_few_nothing_is_too_bad() {
        let series = |row: u32| row / 10;
        let mut best = Best::new(5, Some(&series));
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
    fn few_are_held_while_few_are_wanted() {
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
        // Each better than all before it, so that each is taken.
        assert_eq!(offered(3, &mut (0..1000)).0, 13, "pruned at 14, two times three and eight");
        assert_eq!(offered(512, &mut (0..5000)).0, 1031);
        assert_eq!(
            offered(513, &mut (0..5000)),
            (5000, f32::NEG_INFINITY),
            "sorted out at the end"
        );
    }

    #[test]
    fn near_bounds_ask_for_few_scores() {
        let asked = std::cell::Cell::new(0);
        let score = |row: u32| {
            asked.set(asked.get() + 1);
            row as f32
        };
        let bounds: Vec<Scored> = (0..500)
            .map(|at| at * 7 % 500)
            .map(|row| Scored { row, score: row as f32 + 0.5 })
            .collect();
        let mut best = Best::new(5, None);
        best.offer_bounded(&bounds, &|row| row != 498, &score);
        let rows: Vec<u32> = best.finish().iter().map(|scored| scored.row).collect();
        assert_eq!(rows, [499, 497, 496, 495, 494]);
        assert_eq!(asked.get(), 5, "the bounds of all others are below the fifth score");
    }

    proptest! {
        #[test]
        fn equals_sorting_all(
            k in 1_usize..12,
            scores in proptest::collection::vec(-9_i8..9, 0..200),
            collapse in any::<bool>(),
        ) {
            let all: Vec<Scored> =
                scores.iter().zip(0..).map(|(&score, row)| Scored { row, score: f32::from(score) }).collect();
            let series = |row: u32| row - row % 3;
            let mut want = all.clone();
            want.sort_unstable();
            if collapse {
                let mut seen = std::collections::HashSet::new();
                want.retain(|scored| seen.insert(series(scored.row)));
            }
            want.truncate(k);
            let empty = || Best::new(k, collapse.then_some(&series as &dyn Fn(u32) -> u32));
            let mut best = empty();
            for &scored in &all {
                best.offer(scored);
            }
            prop_assert_eq!(&best.finish(), &want);
            let bounds: Vec<Scored> =
                all.iter().map(|s| Scored { score: s.score + (s.row % 4) as f32, ..*s }).collect();
            let mut best = empty();
            for bounds in bounds.chunks(50) {
                best.offer_bounded(bounds, &|_| true, &|row| all[row as usize].score);
            }
            prop_assert_eq!(best.finish(), want);
        }
    }
}
