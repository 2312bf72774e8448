//! Protocol "all": a model measured by leave-one-out, for users, items and lists.
//!
//! Imports the ranks, the lists and the rules of profiles.

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use serde::Serialize;

use super::lists::{Lists, describe};
use super::profile::{RuleReport, Rules, compare};
use super::rank::{Ranks, draw_negatives, rank, ranks_above, sum_up, top_ten};
use super::tenth::TenthReport;
use crate::data::{Interactions, NO_ITEM};
use crate::fitted::Fitted;
use crate::parallel::map_parts;
use crate::random::{mix, stream};
use crate::split::LeaveOneOut;

/// All figures of one model; `docs/QUALITY.md` explains each.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Ranks of the held-out items among 99 sampled negatives.
    pub sampled: Ranks,
    /// Ranks among all items that are not training items of the user.
    pub full: Ranks,
    /// Ranks among all other items, for the latest training item as the query.
    pub item_to_item: Ranks,
    /// The lists of ten behind `item_to_item`.
    pub lists: Lists,
    /// Ranks by ridge fold-in of the training items; empty without vectors.
    pub fold_in: Ranks,
    /// Ranks by the mean of the training items; empty without vectors.
    pub mean: Ranks,
    /// Every rule that makes one query of the training items, the two above included. Of one seed
    /// only: sums over seeds leave them out.
    #[serde(skip)]
    pub rules: Vec<RuleReport>,
    /// Figures of split B; zeros until [`tenth()`](super::tenth()) fills them.
    pub tenth: TenthReport,
}

impl Report {
    /// Adds the figures of `other`. [`Report::over`] then makes them a mean over seeds.
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

/// Number of seeds that the sampled measure averages over: with one, HR@10 moves by 0.005.
const NEGATIVE_SEEDS: u64 = 3;

/// One user's ranks.
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
    let rules = Rules::new(model);
    let answers: Vec<Answer> = map_parts(data.users(), threads, |users| {
        let mut scores = vec![0.0; data.items()];
        let mut drawn_for = vec![NO_ITEM; data.items()];
        users
            .filter(|&user| split.test[user] != NO_ITEM)
            .map(|user| {
                let (own, test) = (data.of(user), split.test[user]);
                let mut answer = Answer::default();
                model.user(user, own, &mut scores);
                answer.sampled = sampled_ranks(&scores, split, user, seed, &mut drawn_for);
                answer.full = rank(&scores, test, own);
                let query = split.latest[user];
                model.item(query as usize, &mut scores);
                answer.item = rank(&scores, test, &[query]);
                answer.list = top_ten(&scores, &[query]);
                if let Some(rules) = &rules {
                    let push = |scores: &[f32]| answer.rules.push(rank(scores, test, own));
                    rules.score(own, &mut scores, push);
                }
                answer
            })
            .collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect();
    let by_rule: Vec<Vec<u32>> = answers.iter().map(|answer| answer.rules.clone()).collect();
    let rules = rules.map_or_else(Vec::new, |rules| compare(rules.names(), &by_rule, seed));
    report(&answers, rules, data, seed)
}

/// Returns the rank of the user's held-out item among sampled negatives, once for each seed.
fn sampled_ranks(
    scores: &[f32],
    split: &LeaveOneOut,
    user: usize,
    seed: u64,
    drawn_for: &mut [u32],
) -> [u32; NEGATIVE_SEEDS as usize] {
    let bar = scores[split.test[user] as usize];
    std::array::from_fn(|n| {
        let stream = stream(seed + n as u64, "sampled");
        let mut rng = Pcg64Mcg::seed_from_u64(mix(stream, user as u64));
        let among = draw_negatives(split, user, &mut rng, drawn_for);
        drawn_for.fill(NO_ITEM);
        among.iter().filter(|&&item| ranks_above(scores[item as usize], bar)).count() as u32
    })
}

/// Sums up the answers of all users.
fn report(answers: &[Answer], rules: Vec<RuleReport>, data: &Interactions, seed: u64) -> Report {
    let of = |get: &dyn Fn(&Answer) -> u32| {
        sum_up(&answers.iter().map(|a| vec![get(a)]).collect::<Vec<_>>(), seed)
    };
    let rule = |name| {
        rules.iter().find(|rule| rule.rule == name).map_or_else(Ranks::default, |rule| rule.ranks)
    };
    Report {
        sampled: sum_up(&answers.iter().map(|a| a.sampled.to_vec()).collect::<Vec<_>>(), seed),
        full: of(&|a| a.full),
        item_to_item: of(&|a| a.item),
        lists: describe(answers.iter().map(|a| a.list.as_slice()), data),
        fold_in: rule("ridge"),
        mean: rule("mean"),
        rules,
        tenth: TenthReport::default(),
    }
}
