//! Quick measures that training itself uses, of a learner or of its vectors.
//!
//! Imports the ranks; knows no fitted model.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::rank::{draw_negatives, rank, ranks_above};
use crate::data::NO_ITEM;
use crate::dot::dot;
use crate::learner::Scorer;
use crate::parallel::map_parts;
use crate::random::{mix, stream};
use crate::split::LeaveOneOut;

/// Hit ratio and normalised discounted cumulative gain of the first ten.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Quality {
    /// Share of users whose held-out item is among the first ten.
    pub hr10: f64,
    /// Mean over users of `1 / log2(rank + 2)` of the held-out item, 0 below the first ten.
    pub ndcg10: f64,
    /// Users measured.
    pub users: usize,
}

/// Ranks each user's held-out item among 99 sampled negatives: drawn uniformly, without
/// replacement, from the items that the user does not have in the whole data. Equal scores count
/// against the model.
pub fn sampled(model: &dyn Scorer, split: &LeaveOneOut, seed: u64, threads: usize) -> Quality {
    let items = split.train.items();
    let parts = map_parts(split.train.users(), threads, |users| {
        let mut sum = (0_usize, 0.0_f64, 0_usize);
        let mut drawn_for = vec![NO_ITEM; items];
        let (mut among, mut scores) = (Vec::new(), Vec::new());
        for user in users {
            let test = split.test[user];
            if test == NO_ITEM {
                continue;
            }
            let mut rng = Pcg64Mcg::seed_from_u64(mix(stream(seed, "sampled"), user as u64));
            among.clear();
            among.push(test);
            among.extend(draw_negatives(split, user, &mut rng, &mut drawn_for));
            scores.resize(among.len(), 0.0);
            model.score(user as u32, &among, &mut scores);
            let rank = scores[1..].iter().filter(|&&score| ranks_above(score, scores[0])).count();
            sum.2 += 1;
            if rank < 10 {
                sum.0 += 1;
                sum.1 += 1.0 / (rank as f64 + 2.0).log2();
            }
        }
        sum
    });
    let (hits, gain, users) =
        parts.into_iter().fold((0, 0.0, 0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2));
    let of = |sum: f64| if users == 0 { 0.0 } else { sum / users as f64 };
    Quality { hr10: of(hits as f64), ndcg10: of(gain), users }
}

/// Returns NDCG@10 of the held-out items among all items that are not training items of the user.
pub(crate) fn full_ndcg(model: &dyn Scorer, split: &LeaveOneOut, threads: usize) -> f64 {
    let all: Vec<u32> = (0..split.train.items() as u32).collect();
    let parts = map_parts(split.train.users(), threads, |users| {
        let (mut gain, mut scores) = (0.0, vec![0.0; all.len()]);
        for user in users.filter(|&user| split.test[user] != NO_ITEM) {
            model.score(user as u32, &all, &mut scores);
            let rank = rank(&scores, split.test[user], split.train.of(user));
            gain += if rank < 10 { 1.0 / (f64::from(rank) + 2.0).log2() } else { 0.0 };
        }
        gain
    });
    parts.into_iter().sum::<f64>() / split.tested().max(1) as f64
}

/// Most users that [`pairs`] looks at: enough to tell exponents apart, few enough for millions of
/// users.
const PAIRS: usize = 20_000;

/// Returns the share of held-out items among the first ten of an item-to-item ranking by `q·v /
/// (|q||v|)^p`. The query is one random training item of the user.
///
/// Each held-out item has the same weight: the plain share rewards popular items whatever the
/// query.
#[must_use]
pub fn pairs(
    vectors: &[f32],
    dims: usize,
    exponent: f32,
    split: &LeaveOneOut,
    seed: u64,
    threads: usize,
) -> f64 {
    let items = split.train.items();
    let scale: Vec<f32> = vectors
        .chunks_exact(dims)
        .map(|v| match dot(v, v).sqrt() {
            norm if norm > 0.0 => norm.powf(-exponent),
            _ => 0.0,
        })
        .collect();
    let stride = split.tested().div_ceil(PAIRS).max(1);
    let tested: Vec<usize> =
        (0..split.train.users()).filter(|&u| split.test[u] != NO_ITEM).step_by(stride).collect();
    let parts = map_parts(tested.len(), threads, |part| {
        let mut found = Vec::new();
        for &user in &tested[part] {
            let own = split.train.of(user);
            let mut rng = Pcg64Mcg::seed_from_u64(mix(stream(seed, "pairs"), user as u64));
            let (query, test) =
                (own[rng.random_range(0..own.len())] as usize, split.test[user] as usize);
            let q = &vectors[query * dims..][..dims];
            let score = |item: usize| dot(q, &vectors[item * dims..][..dims]) * scale[item];
            let bar = score(test);
            let above = (0..items)
                .filter(|&i| i != query && i != test && ranks_above(score(i), bar))
                .take(10)
                .count();
            found.push((test, above < 10));
        }
        found
    });
    let (mut hits, mut questions) = (vec![0_u32; items], vec![0_u32; items]);
    for (test, hit) in parts.into_iter().flatten() {
        questions[test] += 1;
        hits[test] += u32::from(hit);
    }
    let targets = questions.iter().filter(|&&n| n > 0).count().max(1);
    let shares = hits.iter().zip(&questions).filter(|(_, n)| **n > 0);
    shares.map(|(&hits, &n)| f64::from(hits) / f64::from(n)).sum::<f64>() / targets as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Builder, Keep};
    use osusume_tables::Rating;

    /// Every user has two of 300 items.
    fn split() -> LeaveOneOut {
        let mut builder = Builder::new(Keep { ratings: false, order: true });
        for user in 0..300 {
            for step in 0..2 {
                let item = (user * 7 + step * 10) % 300;
                builder.push(Rating {
                    user,
                    item,
                    rating: None,
                    timestamp: i64::from(step),
                    ..Rating::default()
                });
            }
        }
        LeaveOneOut::new(builder.finish(&(0..300).collect::<Vec<_>>()).0, 1)
    }

    struct Fixed<F>(F);

    impl<F: Fn(u32, u32) -> f32 + Sync> Scorer for Fixed<F> {
        fn score(&self, user: u32, items: &[u32], out: &mut [f32]) {
            for (&item, out) in items.iter().zip(out) {
                *out = (self.0)(user, item);
            }
        }
    }

    #[test]
    fn knowing_scores_one_and_ties_score_nothing() {
        let split = split();
        let knows = Fixed(|user: u32, item: u32| f32::from(item == split.test[user as usize]));
        assert_eq!(sampled(&knows, &split, 1, 2), Quality { hr10: 1.0, ndcg10: 1.0, users: 300 });
        assert_eq!(
            sampled(&Fixed(|_, _| 0.5), &split, 1, 1),
            Quality { hr10: 0.0, ndcg10: 0.0, users: 300 }
        );
        assert!(sampled(&Fixed(|_, _| f32::NAN), &split, 1, 1).hr10 < 1e-9);
    }

    #[test]
    fn guessing_finds_a_tenth() {
        let split = split();
        let guess =
            Fixed(|user: u32, item: u32| (mix(u64::from(user), u64::from(item)) >> 40) as f32);
        let quality = sampled(&guess, &split, 1, 2);
        assert!((0.04..0.17).contains(&quality.hr10), "{quality:?}");
        assert_eq!(quality, sampled(&guess, &split, 1, 1));
        assert_ne!(quality, sampled(&guess, &split, 2, 1));
    }

    #[test]
    fn pairs_are_found_by_their_vectors() {
        let split = split();
        // On a circle: ten steps are the shortest way but one.
        let vectors: Vec<f32> = (0..300)
            .flat_map(|item| {
                let angle = (item % 10) as f32 * 0.6 + (item / 10) as f32 * 0.01;
                [angle.cos(), angle.sin()]
            })
            .collect();
        assert!(pairs(&vectors, 2, 1.0, &split, 1, 2) > 0.9);
        let random: Vec<f32> = (0..600).map(|i| (mix(1, i) >> 40) as f32 - 8_388_608.0).collect();
        assert!(pairs(&random, 2, 1.0, &split, 1, 2) < 0.08);
    }
}
