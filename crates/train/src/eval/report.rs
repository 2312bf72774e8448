//! The whole evaluation of one model on one data set.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::Serialize;

use super::profile::{RuleReport, Rules, compare};
use super::{each_part, holds_above, negatives};
use crate::baselines::{FoldIn, sum_profile};
use crate::data::{Interactions, NONE};
use crate::fitted::Fitted;
use crate::sgd::{mix, stream};
use crate::split::{LeaveOneOut, Tenth};

/// Where the held-out items stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Ranks {
    /// Questions asked.
    pub questions: usize,
    /// Held-out items among the first ten.
    pub hits10: usize,
    /// Among the first fifty.
    pub hits50: usize,
    /// Share among the first ten.
    pub hr10: f64,
    /// Share among the first fifty.
    pub hr50: f64,
    /// Mean of `1 / log2(rank + 2)` among the first ten.
    pub ndcg10: f64,
    /// Mean of `1 / (rank + 1)`.
    pub mrr: f64,
    /// Half the width of the 95 % interval of `ndcg10` (bootstrap over users).
    pub ndcg10_half_width: f64,
    /// The same of `hr10`.
    pub hr10_half_width: f64,
}

/// What the lists of ten show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Lists {
    /// Share of the catalogue in any list.
    pub coverage: f64,
    /// Mean popularity percentile of what is shown, 1 being the most popular item.
    pub popularity: f64,
    /// One minus the mean share of common users (cosine) of two items of a list.
    pub diversity: f64,
}

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

/// All figures of one model: `docs/QUALITY.md` says what each means.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Leave-one-out among 99 sampled negatives.
    pub sampled: Ranks,
    /// Leave-one-out among all items that are not training items of the user.
    pub full: Ranks,
    /// From the latest training item to the held-out item, among all other items.
    pub item_to_item: Ranks,
    /// The lists behind `item_to_item`.
    pub lists: Lists,
    /// Profile fold-in of the training items, among all unseen; empty without vectors.
    pub fold_in: Ranks,
    /// Profile mean of the training items; empty without vectors.
    pub mean: Ranks,
    /// Every rule by which the training items are made one query, the two above among them; of one seed alone.
    #[serde(skip)]
    pub rules: Vec<RuleReport>,
    /// Split B.
    pub tenth: TenthReport,
}

impl Report {
    /// Adds every figure, for a mean over seeds; then [`Report::over`].
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        for (a, b) in self.ranks_mut().into_iter().zip(other.clone().ranks_mut()) {
            a.hits10 += b.hits10;
            a.hits50 += b.hits50;
        }
        for (a, b) in self.figures_mut().into_iter().zip(other.clone().figures_mut()) {
            *a += *b;
        }
        self
    }

    /// Divides every figure by the number of seeds.
    #[must_use]
    pub fn over(mut self, seeds: u64) -> Self {
        for ranks in self.ranks_mut() {
            ranks.hits10 = (ranks.hits10 as f64 / seeds as f64).round() as usize;
            ranks.hits50 = (ranks.hits50 as f64 / seeds as f64).round() as usize;
        }
        for figure in self.figures_mut() {
            *figure /= seeds as f64;
        }
        self
    }

    fn ranks_mut(&mut self) -> [&mut Ranks; 5] {
        [
            &mut self.sampled,
            &mut self.full,
            &mut self.item_to_item,
            &mut self.fold_in,
            &mut self.mean,
        ]
    }

    fn figures_mut(&mut self) -> Vec<&mut f64> {
        let Self { sampled, full, item_to_item, lists, fold_in, mean, tenth, .. } = self;
        let mut all = Vec::new();
        for ranks in [sampled, full, item_to_item, fold_in, mean] {
            let Ranks { hr10, hr50, ndcg10, mrr, ndcg10_half_width, hr10_half_width, .. } = ranks;
            all.extend([hr10, hr50, ndcg10, mrr, ndcg10_half_width, hr10_half_width]);
        }
        all.extend([&mut lists.coverage, &mut lists.popularity, &mut lists.diversity]);
        let TenthReport {
            recall10,
            ndcg10,
            pairs_hr10,
            pairs_macro_hr10,
            fold_in_ndcg10,
            mean_ndcg10,
        } = tenth;
        all.extend([recall10, ndcg10, pairs_hr10, pairs_macro_hr10, fold_in_ndcg10, mean_ndcg10]);
        all
    }
}

/// Negative seeds that the sampled measure averages over: one alone moves HR@10 by 0.005.
const NEGATIVE_SEEDS: u64 = 3;

/// One user's answers by leave-one-out.
#[derive(Clone, Default)]
struct Answer {
    sampled: [u32; NEGATIVE_SEEDS as usize],
    full: u32,
    item: u32,
    rules: Vec<u32>,
    list: Vec<u32>,
}

/// Measures `model`, trained on `split.train`, by leave-one-out.
#[must_use]
pub fn leave_one_out(model: &dyn Fitted, split: &LeaveOneOut, seed: u64, threads: usize) -> Report {
    let data = &split.train;
    let items = data.items();
    let rules = Rules::new(model);
    let answers: Vec<Answer> = each_part(data.users(), threads, |users| {
        let mut scores = vec![0.0; items];
        let mut drawn_for = vec![NONE; items];
        let mut answers = Vec::new();
        for user in users.filter(|&user| split.test[user] != NONE) {
            let (own, test) = (data.of(user), split.test[user]);
            let mut answer = Answer::default();
            model.user(user, own, &mut scores);
            for (n, rank) in (0..).zip(&mut answer.sampled) {
                let mut rng =
                    Pcg64Mcg::seed_from_u64(mix(stream(seed + n, "sampled"), user as u64));
                let among = negatives(split, user, &mut rng, &mut drawn_for);
                drawn_for.fill(NONE);
                let bar = scores[test as usize];
                *rank =
                    among.iter().filter(|&&item| holds_above(scores[item as usize], bar)).count()
                        as u32;
            }
            answer.full = rank(&scores, test, own);
            let query = split.latest[user];
            model.item(query as usize, &mut scores);
            answer.item = rank(&scores, test, &[query]);
            answer.list = first_ten(&scores, &[query]);
            if let Some(rules) = &rules {
                rules.score(own, &mut scores, |scores| answer.rules.push(rank(scores, test, own)));
            }
            answers.push(answer);
        }
        answers
    })
    .into_iter()
    .flatten()
    .collect();
    let of = |get: &dyn Fn(&Answer) -> u32| {
        ranks(&answers.iter().map(|a| vec![get(a)]).collect::<Vec<_>>(), seed)
    };
    let by_rule: Vec<Vec<u32>> = answers.iter().map(|answer| answer.rules.clone()).collect();
    let rules = rules.map_or_else(Vec::new, |rules| compare(rules.names(), &by_rule, seed));
    let rule = |name| {
        rules.iter().find(|rule| rule.rule == name).map_or_else(Ranks::default, |rule| rule.ranks)
    };
    Report {
        sampled: ranks(&answers.iter().map(|a| a.sampled.to_vec()).collect::<Vec<_>>(), seed),
        full: of(&|a| a.full),
        item_to_item: of(&|a| a.item),
        lists: lists(answers.iter().map(|a| a.list.as_slice()), data),
        fold_in: rule("ridge"),
        mean: rule("mean"),
        rules,
        tenth: TenthReport::default(),
    }
}

/// Items that score at least as high as `test`, those of `without` (ascending) not counted.
pub(super) fn rank(scores: &[f32], test: u32, without: &[u32]) -> u32 {
    let bar = scores[test as usize];
    let above = |item: u32| holds_above(scores[item as usize], bar);
    let all = scores.iter().filter(|&&score| holds_above(score, bar)).count();
    // The held-out item itself is one of them unless its score is NaN; then everything is.
    (all - without.iter().filter(|&&item| above(item)).count() - 1) as u32
}

/// Returns the mean of all scores and that of the best ten without `own`: what the engine brings to 0 and 1
/// (ENGINE.md, section 4).
pub(super) fn mean_and_best(scores: &[f32], own: &[u32]) -> (f32, f32) {
    let best = first_ten(scores, own);
    let sum: f32 = best.iter().map(|&item| scores[item as usize]).sum();
    (scores.iter().sum::<f32>() / scores.len().max(1) as f32, sum / best.len().max(1) as f32)
}

/// The ten items of the highest scores, first rows first among equals.
pub(super) fn first_ten(scores: &[f32], without: &[u32]) -> Vec<u32> {
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

/// Each user with the ranks of one or more askings, which are averaged.
pub(super) fn ranks(users: &[Vec<u32>], seed: u64) -> Ranks {
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

/// Half the width of the 95 % interval of the mean, by 500 resamplings.
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

/// Describes lists of items.
pub(super) fn lists<'a>(lists: impl Iterator<Item = &'a [u32]>, data: &Interactions) -> Lists {
    let counts = data.counts();
    let percentiles = percentiles(&counts);
    let users_of = data.transposed();
    let mut shown = vec![false; counts.len()];
    let (mut popularity, mut entries, mut likeness, mut couples) = (0.0, 0_u32, 0.0, 0_u32);
    for list in lists {
        for (n, &item) in list.iter().enumerate() {
            shown[item as usize] = true;
            popularity += percentiles[item as usize];
            entries += 1;
            for &other in &list[..n] {
                let (a, b) = (users_of.of(item as usize), users_of.of(other as usize));
                let product = a.len() as f64 * b.len() as f64;
                likeness += if product > 0.0 { common(a, b) as f64 / product.sqrt() } else { 0.0 };
                couples += 1;
            }
        }
    }
    Lists {
        coverage: shown.iter().filter(|&&s| s).count() as f64 / counts.len().max(1) as f64,
        popularity: popularity / f64::from(entries.max(1)),
        diversity: 1.0 - likeness / f64::from(couples.max(1)),
    }
}

/// The percentile of each count, 0 (least) to 1 (most), equal ones in their middle.
pub(super) fn percentiles(counts: &[u32]) -> Vec<f64> {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let last = counts.len().saturating_sub(1).max(1) as f64;
    let place = |&count: &u32| {
        let (low, high) =
            (sorted.partition_point(|&c| c < count), sorted.partition_point(|&c| c <= count));
        (low + high - 1) as f64 / 2.0 / last
    };
    counts.iter().map(place).collect()
}

/// Length of the intersection of two ascending lists.
fn common(mut a: &[u32], mut b: &[u32]) -> usize {
    let mut count = 0;
    while let (Some(x), Some(y)) = (a.first(), b.first()) {
        count += usize::from(x == y);
        if x <= y {
            a = &a[1..];
        }
        if y <= x {
            b = &b[1..];
        }
    }
    count
}

/// Measures `model`, trained on `split.train`, by the tenth of each user's rows held out.
#[must_use]
pub fn tenth(model: &dyn Fitted, split: &Tenth, seed: u64, threads: usize) -> TenthReport {
    let data = &split.train;
    let items = data.items();
    let vectors = model.vectors();
    let fold = vectors.map(|v| FoldIn::new(v.values, v.dims, 1.0, 3.0));
    let scales = vectors.map(|v| crate::ItemVectors { exponent: 1.0, ..v }.scales());
    let parts = each_part(data.users(), threads, |users| {
        let mut scores = vec![0.0; items];
        let (mut sums, mut pairs) = ([0.0; 5], Vec::new());
        for user in users {
            let (own, held) = (data.of(user), &split.held[user]);
            if held.is_empty() || own.is_empty() {
                continue;
            }
            model.user(user, own, &mut scores);
            let (recall, gain) = judge(&scores, own, held);
            sums[0] += recall;
            sums[1] += gain;
            if let (Some(fold), Some(vectors), Some(scales)) = (&fold, &vectors, &scales) {
                fold.score(own, &mut scores);
                sums[2] += judge(&scores, own, held).1;
                sum_profile(vectors, scales, own, &mut scores);
                sums[3] += judge(&scores, own, held).1;
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

/// Recall@10 and NDCG@10 of several held-out items among those not in `own`.
pub(super) fn judge(scores: &[f32], own: &[u32], held: &[u32]) -> (f64, f64) {
    let mut masked = scores.to_vec();
    for &item in own {
        masked[item as usize] = f32::NEG_INFINITY;
    }
    let (mut hits, mut gain) = (0_u32, 0.0);
    for (rank, item) in first_ten(&masked, &[]).into_iter().enumerate() {
        if held.contains(&item) {
            hits += 1;
            gain += 1.0 / (rank as f64 + 2.0).log2();
        }
    }
    let best = held.len().min(10);
    let ideal: f64 = (0..best).map(|rank| 1.0 / (rank as f64 + 2.0).log2()).sum();
    (f64::from(hits) / best as f64, gain / ideal)
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
        assert_eq!(first_ten(&scores, &[13]), [6, 20, 27, 5, 12, 19, 26, 4, 11, 18]);
        assert_eq!(first_ten(&[1.0, f32::NAN], &[]), [0]);
    }

    #[test]
    fn several_held_out_items_are_judged_together() {
        let scores = [0.9, 0.8, 0.7, 0.6];
        assert_eq!(judge(&scores, &[0], &[1, 2]), (1.0, 1.0));
        let (recall, gain) = judge(&scores, &[], &[0, 9]);
        assert!(
            (recall - 0.5).abs() < 1e-9 && (gain - 1.0 / (1.0 + 1.0 / 3_f64.log2())).abs() < 1e-9
        );
    }

    #[test]
    fn intersections_are_counted() {
        assert_eq!(common(&[1, 3, 5, 9], &[2, 3, 9, 10]), 2);
        assert_eq!(common(&[], &[1]), 0);
    }
}
