//! Where held-out items stand in a ranking, and the measures made of that.
//!
//! Imports the split and random streams; every evaluation stands on it.

use std::cmp::Ordering;

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::Serialize;

use crate::random::stream;
use crate::split::LeaveOneOut;

/// Number of sampled negatives that a held-out item is ranked among (He et al. 2017, section 4.1).
const SAMPLED: usize = 99;

/// Ranks of the held-out items, summed up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Ranks {
    /// Number of rankings, one for each held-out item.
    pub questions: usize,
    /// Held-out items among the first ten.
    pub hits10: usize,
    /// Held-out items among the first fifty.
    pub hits50: usize,
    /// Share of the held-out items among the first ten.
    pub hr10: f64,
    /// Share of the held-out items among the first fifty.
    pub hr50: f64,
    /// Mean of `1 / log2(rank + 2)`, 0 below the first ten.
    pub ndcg10: f64,
    /// Mean of `1 / (rank + 1)`.
    pub mrr: f64,
    /// Half the width of the 95% interval of `ndcg10` (bootstrap over users).
    pub ndcg10_half_width: f64,
    /// Half the width of the 95% interval of `hr10`.
    pub hr10_half_width: f64,
}

/// Returns the rank of `test`, from 0: the number of other items that score at least as high,
/// without those of `without`.
pub(super) fn rank(scores: &[f32], test: u32, without: &[u32]) -> u32 {
    let bar = scores[test as usize];
    let above = |item: u32| ranks_above(scores[item as usize], bar);
    let all = scores.iter().filter(|&&score| ranks_above(score, bar)).count();
    // The held-out item counts itself once: `ranks_above` holds for equal scores and for NaN.
    (all - without.iter().filter(|&&item| above(item)).count() - 1) as u32
}

/// Returns the mean of all scores, and the mean of the best ten without `own`. The engine brings
/// these two to 0 and 1 (ENGINE.md, section 4).
pub(super) fn mean_and_best(scores: &[f32], own: &[u32]) -> (f32, f32) {
    let best = top_ten(scores, own);
    let sum: f32 = best.iter().map(|&item| scores[item as usize]).sum();
    (scores.iter().sum::<f32>() / scores.len().max(1) as f32, sum / best.len().max(1) as f32)
}

/// Returns the ten items of the highest scores, without those of `without`; equal scores keep the
/// order of rows.
pub(super) fn top_ten(scores: &[f32], without: &[u32]) -> Vec<u32> {
    let mut best: Vec<u32> = Vec::with_capacity(11);
    for item in 0..scores.len() as u32 {
        let score = scores[item as usize];
        let full = best.len() == 10;
        if (full && score <= scores[best[9] as usize]) || score.is_nan() || without.contains(&item)
        {
            continue;
        }
        let at = best.partition_point(|&other| scores[other as usize] >= score);
        best.insert(at, item);
        best.truncate(10);
    }
    best
}

/// Sums up the ranks of each user. A user with several ranks counts with their mean.
pub(super) fn sum_up(users: &[Vec<u32>], seed: u64) -> Ranks {
    let gain = |rank: u32| if rank < 10 { 1.0 / (f64::from(rank) + 2.0).log2() } else { 0.0 };
    let mean = |of: &dyn Fn(u32) -> f64| -> Vec<f64> {
        users
            .iter()
            .map(|all| all.iter().map(|&rank| of(rank)).sum::<f64>() / all.len() as f64)
            .collect()
    };
    let average = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let hits = |below: u32| users.iter().map(|all| usize::from(all[0] < below)).sum::<usize>();
    let (hit10, ndcg) = (mean(&|rank| f64::from(u8::from(rank < 10))), mean(&gain));
    Ranks {
        questions: users.len(),
        hits10: hits(10),
        hits50: hits(50),
        hr10: average(&hit10),
        hr50: average(&mean(&|rank| f64::from(u8::from(rank < 50)))),
        ndcg10: average(&ndcg),
        mrr: average(&mean(&|rank| 1.0 / (f64::from(rank) + 1.0))),
        ndcg10_half_width: half_width(&ndcg, seed),
        hr10_half_width: half_width(&hit10, seed),
    }
}

/// Returns half the width of the 95% interval of the mean, by 500 resamplings.
pub(super) fn half_width(values: &[f64], seed: u64) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mut rng = Pcg64Mcg::seed_from_u64(stream(seed, "bootstrap"));
    let mut means: Vec<f64> = (0..500)
        .map(|_| {
            let draws = (0..values.len()).map(|_| values[rng.random_range(0..values.len())]);
            draws.sum::<f64>() / values.len() as f64
        })
        .collect();
    means.sort_by(f64::total_cmp);
    (means[487] - means[12]) / 2.0
}

/// Returns Recall@10 and NDCG@10 of several held-out items, ranked among the items that are not in
/// `own`.
pub(super) fn recall_and_ndcg(scores: &[f32], own: &[u32], held: &[u32]) -> (f64, f64) {
    let mut masked = scores.to_vec();
    for &item in own {
        masked[item as usize] = f32::NEG_INFINITY;
    }
    let (mut hits, mut gain) = (0_u32, 0.0);
    for (rank, item) in top_ten(&masked, &[]).into_iter().enumerate() {
        if held.contains(&item) {
            hits += 1;
            gain += 1.0 / (rank as f64 + 2.0).log2();
        }
    }
    let best = held.len().min(10);
    let ideal: f64 = (0..best).map(|rank| 1.0 / (rank as f64 + 2.0).log2()).sum();
    (f64::from(hits) / best as f64, gain / ideal)
}

/// Whether an item of this score ranks before the held-out item. Equal scores and NaN count against
/// the model.
pub(super) fn ranks_above(score: f32, held_out: f32) -> bool {
    score.partial_cmp(&held_out) != Some(Ordering::Less)
}

/// Draws 99 items that the user does not have, without replacement; all of them if there are fewer.
/// A published split brings its own.
///
/// `drawn_for` has a place for each item and holds the last user for whom it was drawn.
pub(super) fn draw_negatives(
    split: &LeaveOneOut,
    user: usize,
    rng: &mut impl Rng,
    drawn_for: &mut [u32],
) -> Vec<u32> {
    if let Some(given) = &split.given {
        return given[user].clone();
    }
    let items = split.train.items();
    let free = items - split.train.of(user).len() - 1;
    if free <= SAMPLED * 2 {
        let mut all: Vec<u32> =
            (0..items as u32).filter(|&item| !split.touched(user, item)).collect();
        for i in 0..SAMPLED.min(free) {
            all.swap(i, rng.random_range(i..free));
        }
        all.truncate(SAMPLED);
        return all;
    }
    let mut among = Vec::with_capacity(SAMPLED);
    while among.len() < SAMPLED {
        let item = rng.random_range(0..items as u32);
        if drawn_for[item as usize] != user as u32 && !split.touched(user, item) {
            drawn_for[item as usize] = user as u32;
            among.push(item);
        }
    }
    among
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_count_equals_against_the_model() {
        let scores = [0.5, 0.9, 0.5, 0.1, 0.7];
        assert_eq!(rank(&scores, 0, &[]), 3);
        assert_eq!(rank(&scores, 0, &[1]), 2);
        assert_eq!(rank(&scores, 1, &[0, 4]), 0);
        assert_eq!(rank(&[1.0, f32::NAN, 0.5], 2, &[]), 2);
    }

    #[test]
    fn first_ten_orders_by_score_then_row() {
        let scores: Vec<f32> = (0..30).map(|i| (i % 7) as f32).collect();
        assert_eq!(top_ten(&scores, &[13]), [6, 20, 27, 5, 12, 19, 26, 4, 11, 18]);
        assert_eq!(top_ten(&[1.0, f32::NAN], &[]), [0]);
    }

    #[test]
    fn several_held_out_items_are_measured_together() {
        let scores = [0.9, 0.8, 0.7, 0.6];
        assert_eq!(recall_and_ndcg(&scores, &[0], &[1, 2]), (1.0, 1.0));
        let (recall, gain) = recall_and_ndcg(&scores, &[], &[0, 9]);
        assert!(
            (recall - 0.5).abs() < 1e-9 && (gain - 1.0 / (1.0 + 1.0 / 3_f64.log2())).abs() < 1e-9
        );
    }
}
