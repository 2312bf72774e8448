//! Split B: a tenth of each user's rows is held out.
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

/// Figures of split B, where a tenth of each user's rows is held out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct TenthReport {
    /// Share of a user's held-out items among the first ten, of at most ten.
    pub recall10: f64,
    /// NDCG@10 with all held-out items relevant.
    pub ndcg10: f64,
    /// HR@10 of pairs by the item-to-item score: the query is a random training item, the target a
    /// held-out item.
    pub pairs_hr10: f64,
    /// The same with one weight for each held-out item.
    pub pairs_macro_hr10: f64,
    /// NDCG@10 by fold-in of the profile; 0 without vectors.
    pub fold_in_ndcg10: f64,
    /// NDCG@10 by the mean of the profile; 0 without vectors.
    pub mean_ndcg10: f64,
}

/// Measures `model`, trained on `split.train`, on split B.
#[must_use]
pub fn tenth(model: &dyn Fitted, split: &Tenth, seed: u64, threads: usize) -> TenthReport {
    let data = &split.train;
    let items = data.items();
    let vectors = model.vectors();
    let fold = vectors.map(|v| FoldIn::new(v.values, v.dims, 1.0, 3.0));
    let scales = vectors.map(|v| ItemVectors { exponent: 1.0, ..v }.scales());
    let parts = map_parts(data.users(), threads, |users| {
        let mut scores = vec![0.0; items];
        let (mut sums, mut pairs) = (Sums::default(), Vec::new());
        for user in users {
            let (own, held) = (data.of(user), &split.held[user]);
            if held.is_empty() || own.is_empty() {
                continue;
            }
            model.user(user, own, &mut scores);
            let (recall, gain) = recall_and_ndcg(&scores, own, held);
            sums.recall += recall;
            sums.gain += gain;
            if let (Some(fold), Some(vectors), Some(scales)) = (&fold, &vectors, &scales) {
                fold.score(own, &mut scores);
                sums.fold_in += recall_and_ndcg(&scores, own, held).1;
                score_by_sum(vectors, scales, own, &mut scores);
                sums.mean += recall_and_ndcg(&scores, own, held).1;
            }
            sums.users += 1.0;
            let mut rng = Pcg64Mcg::seed_from_u64(mix(stream(seed, "pairs"), user as u64));
            for &test in held {
                let query = own[rng.random_range(0..own.len())];
                model.item(query as usize, &mut scores);
                pairs.push((test, rank(&scores, test, &[query]) < 10));
            }
        }
        (sums, pairs)
    });
    report(parts, items)
}

/// Sums over users.
#[derive(Default)]
struct Sums {
    recall: f64,
    gain: f64,
    fold_in: f64,
    mean: f64,
    users: f64,
}

/// Sums up the parts: sums over users, and for each pair its target and whether it was found.
fn report(parts: Vec<(Sums, Vec<(u32, bool)>)>, items: usize) -> TenthReport {
    let mut all = Sums::default();
    let (mut hits, mut questions) = (vec![0_u32; items], vec![0_u32; items]);
    for (part, pairs) in parts {
        all.recall += part.recall;
        all.gain += part.gain;
        all.fold_in += part.fold_in;
        all.mean += part.mean;
        all.users += part.users;
        for (test, hit) in pairs {
            questions[test as usize] += 1;
            hits[test as usize] += u32::from(hit);
        }
    }
    let targets = questions.iter().filter(|&&n| n > 0).count().max(1) as f64;
    let share =
        |(&hits, &n): (&u32, &u32)| if n > 0 { f64::from(hits) / f64::from(n) } else { 0.0 };
    let users = all.users.max(1.0);
    TenthReport {
        recall10: all.recall / users,
        ndcg10: all.gain / users,
        pairs_hr10: f64::from(hits.iter().sum::<u32>())
            / f64::from(questions.iter().sum::<u32>().max(1)),
        pairs_macro_hr10: hits.iter().zip(&questions).map(share).sum::<f64>() / targets,
        fold_in_ndcg10: all.fold_in / users,
        mean_ndcg10: all.mean / users,
    }
}
