//! The best k of what is offered, and the score below which nothing more need be offered.

use crate::topk::{Scored, top};

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

    /// What scores less is not among the best, whatever else is offered; one score is enough to be among them.
    pub fn least(&self) -> f32 {
        self.least
    }

    pub fn offer(&mut self, scored: Scored) {
        if scored.score >= self.least {
            self.kept.push(scored);
            // Now and then, so that it costs little each.
            if self.kept.len() >= self.k + self.k / 2 + 8 {
                self.prune();
            }
        }
    }

    /// Returns the best, in order.
    pub fn finish(mut self) -> Vec<Scored> {
        self.prune();
        self.kept
    }

    fn prune(&mut self) {
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
            let mut best = Best::new(k, collapse.then_some(&series));
            all.into_iter().for_each(|scored| best.offer(scored));
            prop_assert_eq!(best.finish(), want);
        }
    }
}
