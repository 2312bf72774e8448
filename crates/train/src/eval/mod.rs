//! How good a ranking is.

mod cold;
mod fidelity;
mod knob;
mod newcomers;
mod profile;
mod report;

use std::cmp::Ordering;
use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

pub use cold::{Cold, ColdReport, ColdRow, cold};
pub use fidelity::{Fidelity, fidelity};
pub use knob::{KnobPoint, knob};
pub use newcomers::{NewcomerReport, Newcomers, newcomers};
pub use profile::RuleReport;
pub use report::{Lists, Ranks, Report, TenthReport, leave_one_out, tenth};

use super::data::NONE;
use super::model::{Scorer, dot};
use super::sgd::{mix, stream};
use super::split::LeaveOneOut;

/// Negatives that the held-out item is ranked among (He et al. 2017, section 4.1).
const SAMPLED: usize = 99;

/// Hit ratio and normalised discounted cumulative gain of the first ten.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Quality {
    /// Share of users whose held-out item is among the first ten.
    pub hr10: f64,
    /// `1 / log2(rank + 2)` of the held-out item where it is among the first ten, averaged over users.
    pub ndcg10: f64,
    /// Users measured.
    pub users: usize,
}

/// Ranks each user's held-out item among 99 items drawn uniformly, without replacement, from those that the user has
/// not touched in the whole data; equal scores count against the model.
pub fn sampled(model: &dyn Scorer, split: &LeaveOneOut, seed: u64, threads: usize) -> Quality {
    let items = split.train.items();
    let parts = each_part(split.train.users(), threads, |users| {
        let mut sum = (0_usize, 0.0_f64, 0_usize);
        let mut drawn_for = vec![NONE; items];
        let (mut among, mut scores) = (Vec::new(), Vec::new());
        for user in users {
            let test = split.test[user];
            if test == NONE {
                continue;
            }
            let mut rng = Pcg64Mcg::seed_from_u64(mix(stream(seed, "sampled"), user as u64));
            among.clear();
            among.push(test);
            among.extend(negatives(split, user, &mut rng, &mut drawn_for));
            scores.resize(among.len(), 0.0);
            model.score(user as u32, &among, &mut scores);
            let rank = scores[1..].iter().filter(|&&score| holds_above(score, scores[0])).count();
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

/// Draws 99 items that the user has not touched, without replacement; all there are if there are fewer. `drawn_for`
/// has a place for each item and remembers the last user it was drawn for.
fn negatives(
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

/// Whether an item of this score ranks before the held-out item: unless it is surely lower, NaN included.
fn holds_above(score: f32, held_out: f32) -> bool {
    score.partial_cmp(&held_out) != Some(Ordering::Less)
}

/// NDCG@10 of the held-out items among all items that are not training items of the user.
pub(super) fn full_ndcg(model: &dyn Scorer, split: &LeaveOneOut, threads: usize) -> f64 {
    let all: Vec<u32> = (0..split.train.items() as u32).collect();
    let parts = each_part(split.train.users(), threads, |users| {
        let (mut gain, mut scores) = (0.0, vec![0.0; all.len()]);
        for user in users.filter(|&user| split.test[user] != NONE) {
            model.score(user as u32, &all, &mut scores);
            let rank = report::rank(&scores, split.test[user], split.train.of(user));
            gain += if rank < 10 { 1.0 / (f64::from(rank) + 2.0).log2() } else { 0.0 };
        }
        gain
    });
    parts.into_iter().sum::<f64>() / split.tested().max(1) as f64
}

/// Questions that [`pairs`] asks at most: enough to tell exponents apart, few enough for millions of users.
const PAIRS: usize = 20_000;

/// Ranks all other items by `q·v / (|q||v|)^p` from one random training item of each user and looks for the held-out
/// item; returns the share of items found among the first ten, each held-out item having the same weight.
///
/// The plain share rewards popular items whatever the question; this one does not.
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
    let asked: Vec<usize> =
        (0..split.train.users()).filter(|&u| split.test[u] != NONE).step_by(stride).collect();
    let parts = each_part(asked.len(), threads, |part| {
        let mut found = Vec::new();
        for &user in &asked[part] {
            let own = split.train.of(user);
            let mut rng = Pcg64Mcg::seed_from_u64(mix(stream(seed, "pairs"), user as u64));
            let (query, test) =
                (own[rng.random_range(0..own.len())] as usize, split.test[user] as usize);
            let q = &vectors[query * dims..][..dims];
            let score = |item: usize| dot(q, &vectors[item * dims..][..dims]) * scale[item];
            let bar = score(test);
            let above = (0..items)
                .filter(|&i| i != query && i != test && holds_above(score(i), bar))
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
                builder.push(Rating { user, item, rating: None, timestamp: i64::from(step) });
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
        // On a circle where ten steps are the shortest way but one.
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
