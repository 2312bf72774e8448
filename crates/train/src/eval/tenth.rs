//! Split B: a tenth of each user's rows held out.
//!
//! Imports the ranks and the fold-in.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::Serialize;

use super::rank::{rank, recall_and_ndcg};
use crate::fitted::Fitted;
use crate::fold_in::{FoldIn, score_by_sum};
use crate::item_vectors::ItemVectors;
use crate::parallel::map_parts;
use crate::random::{mix, stream};
use crate::split::Tenth;

/// Split B: a tenth of each user's rows held out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct TenthReport {
    /// Share of a user's held-out items among the first ten, of at most ten.
    pub recall10: f64,
    /// NDCG@10 with all held-out items relevant.
    pub ndcg10: f64,
    /// HR@10 of (random training item, held-out item) by item-to-item score.
    pub pairs_hr10: f64,
    /// The same, each held-out item having the same weight.
    pub pairs_macro_hr10: f64,
    /// Profile fold-in, NDCG@10; 0 without vectors.
    pub fold_in_ndcg10: f64,
    /// Profile mean, NDCG@10; 0 without vectors.
    pub mean_ndcg10: f64,
}

/// Measures `model`, trained on `split.train`, by the tenth of each user's rows held out.
#[must_use]
pub fn tenth(model: &dyn Fitted, split: &Tenth, seed: u64, threads: usize) -> TenthReport {
    let data = &split.train;
    let items = data.items();
    let vectors = model.vectors();
    let fold = vectors.map(|v| FoldIn::new(v.values, v.dims, 1.0, 3.0));
    let scales = vectors.map(|v| ItemVectors { exponent: 1.0, ..v }.scales());
    let parts = map_parts(data.users(), threads, |users| {
        let mut scores = vec![0.0; items];
        let (mut sums, mut pairs) = ([0.0; 5], Vec::new());
        for user in users {
            let (own, held) = (data.of(user), &split.held[user]);
            if held.is_empty() || own.is_empty() {
                continue;
            }
            model.user(user, own, &mut scores);
            let (recall, gain) = recall_and_ndcg(&scores, own, held);
            sums[0] += recall;
            sums[1] += gain;
            if let (Some(fold), Some(vectors), Some(scales)) = (&fold, &vectors, &scales) {
                fold.score(own, &mut scores);
                sums[2] += recall_and_ndcg(&scores, own, held).1;
                score_by_sum(vectors, scales, own, &mut scores);
                sums[3] += recall_and_ndcg(&scores, own, held).1;
            }
            sums[4] += 1.0;
            let mut rng = Pcg64Mcg::seed_from_u64(mix(stream(seed, "pairs"), user as u64));
            for &test in held {
                let query = own[rng.random_range(0..own.len())];
                model.item(query as usize, &mut scores);
                pairs.push((test, rank(&scores, test, &[query]) < 10));
            }
        }
        (sums, pairs)
    });
    let mut sums = [0.0; 5];
    let (mut hits, mut asked) = (vec![0_u32; items], vec![0_u32; items]);
    for (part, pairs) in parts {
        for (sum, value) in sums.iter_mut().zip(part) {
            *sum += value;
        }
        for (test, hit) in pairs {
            asked[test as usize] += 1;
            hits[test as usize] += u32::from(hit);
        }
    }
    let targets = asked.iter().filter(|&&n| n > 0).count().max(1) as f64;
    let share =
        |(&hits, &n): (&u32, &u32)| if n > 0 { f64::from(hits) / f64::from(n) } else { 0.0 };
    let users = sums[4].max(1.0);
    TenthReport {
        recall10: sums[0] / users,
        ndcg10: sums[1] / users,
        pairs_hr10: f64::from(hits.iter().sum::<u32>())
            / f64::from(asked.iter().sum::<u32>().max(1)),
        pairs_macro_hr10: hits.iter().zip(&asked).map(share).sum::<f64>() / targets,
        fold_in_ndcg10: sums[2] / users,
        mean_ndcg10: sums[3] / users,
    }
}
