//! Protocol "visitor": the lists that the visitors of a page see, whatever answers them.
//!
//! Imports the interactions and random streams. It knows no model: lists are ids of items.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64Mcg;
use serde::Serialize;

use crate::data::{Interactions, NO_ITEM};
use crate::random::{mix, stream};

/// Results that a list shows.
pub const SHOWN: usize = 10;

/// Fewest likes of a visitor, half of which are given.
const LEAST: usize = 6;

/// A split that keeps a tenth of the users out of training, and strips a tenth of the items of all
/// their interactions, as if they were new.
#[derive(Debug, Clone)]
pub struct Visitors {
    /// Interactions of the other users with the other items.
    pub train: Interactions,
    /// The users kept out, by number.
    pub visitors: Vec<Visitor>,
    /// Ids of the stripped items, ascending.
    pub stripped: Vec<u32>,
}

/// A user whom training has never seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Half of the likes, as ids in a random order.
    pub given: Vec<u32>,
    /// Ids of the other half, ascending.
    pub wanted: Vec<u32>,
}

impl Visitors {
    /// Draws visitors and stripped items. A visitor's likes are unrated, or rated `like_from` or
    /// better; those rated lower are neither given nor wanted.
    #[must_use]
    pub fn new(mut data: Interactions, like_from: f32, seed: u64) -> Self {
        let tenth = |of: &str, number: u64| mix(stream(seed, of), number).is_multiple_of(10);
        let is_stripped: Vec<bool> =
            data.ids().iter().map(|&id| tenth("stripped", u64::from(id))).collect();
        let stripped = data.ids().iter().zip(&is_stripped).filter(|(_, is)| **is);
        let stripped = stripped.map(|(&id, _)| id).collect();
        let mut is_kept_out = vec![false; data.users()];
        let mut visitors = Vec::new();
        for user in (0..data.users()).filter(|&user| tenth("visitors", user as u64)) {
            let ratings = data.ratings_of(user);
            let is_like =
                |at: &usize| ratings.is_none_or(|all| all[*at] <= 0.0 || all[*at] >= like_from);
            let own = data.of(user);
            let mut likes: Vec<u32> =
                (0..own.len()).filter(is_like).map(|at| data.ids()[own[at] as usize]).collect();
            if likes.len() < LEAST {
                continue;
            }
            is_kept_out[user] = true;
            likes.sort_unstable();
            let mut rng = Pcg64Mcg::seed_from_u64(mix(stream(seed, "given"), user as u64));
            likes.shuffle(&mut rng);
            let mut wanted = likes.split_off(likes.len() / 2);
            wanted.sort_unstable();
            visitors.push(Visitor { given: likes, wanted });
        }
        data.filter(
            |user, item| {
                if is_kept_out[user] || is_stripped[item as usize] { NO_ITEM } else { item }
            },
        );
        Self { train: data.core(1, 1), visitors, stripped }
    }
}

/// How good the lists of one way of asking are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListReport {
    /// Visitors who have as many likes to give.
    pub visitors: usize,
    /// NDCG@10 of the wanted items; one counts as much as another.
    pub ndcg10: f64,
    /// The standard error of its mean over the visitors.
    pub ndcg10_error: f64,
    /// Wanted items among the ten, of at most ten.
    pub recall10: f64,
    /// Share of the items shown that training knows nothing of.
    pub cold_shown: f64,
    /// Wanted items that training knows nothing of among the ten, of at most ten, over the visitors
    /// who want any.
    pub cold_recall10: f64,
    /// Share of the catalogue's items that are shown to anybody.
    pub coverage: f64,
    /// By visitor, for comparisons.
    #[serde(skip)]
    pub gains: Vec<f64>,
}

/// Measures lists, one for each of `visitors`. `known` are the ids of training's items, ascending;
/// the catalogue has `items` items.
#[must_use]
pub fn judge(lists: &[Vec<u32>], visitors: &[&Visitor], known: &[u32], items: usize) -> ListReport {
    let is_cold = |id: &u32| known.binary_search(id).is_err();
    let mut shown = BTreeSet::new();
    let (mut gains, mut recall, mut cold_recall) = (Vec::new(), Vec::new(), Vec::new());
    let (mut cold_shown, mut all_shown) = (0, 0);
    for (list, visitor) in lists.iter().zip(visitors) {
        let list = &list[..list.len().min(SHOWN)];
        let is_wanted = |id: &u32| visitor.wanted.binary_search(id).is_ok();
        let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let found = list.iter().enumerate().filter(|(_, id)| is_wanted(id));
        let dcg: f64 = found.map(|(rank, _)| gain(rank)).sum();
        let ideal: f64 = (0..visitor.wanted.len().min(SHOWN)).map(gain).sum();
        gains.push(dcg / ideal);
        let share = |of: &dyn Fn(&u32) -> bool| {
            let count = visitor.wanted.iter().filter(|id| of(id)).count();
            let found = list.iter().filter(|id| is_wanted(id) && of(id)).count();
            (count > 0).then(|| found as f64 / count.min(SHOWN) as f64)
        };
        recall.extend(share(&|_| true));
        cold_recall.extend(share(&is_cold));
        cold_shown += list.iter().filter(|id| is_cold(id)).count();
        all_shown += list.len();
        shown.extend(list.iter().copied());
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    ListReport {
        visitors: gains.len(),
        ndcg10: mean(&gains),
        ndcg10_error: standard_error(&gains),
        recall10: mean(&recall),
        cold_shown: cold_shown as f64 / all_shown.max(1) as f64,
        cold_recall10: mean(&cold_recall),
        coverage: shown.len() as f64 / items.max(1) as f64,
        gains,
    }
}

/// Returns how many items of a list are also in the same visitor's list in `others`, on average.
#[must_use]
pub fn shared(lists: &[Vec<u32>], others: &[Vec<u32>]) -> f64 {
    let both = |(list, other): (&Vec<u32>, &Vec<u32>)| {
        list.iter().filter(|id| other.contains(id)).count() as f64
    };
    lists.iter().zip(others).map(both).sum::<f64>() / lists.len().max(1) as f64
}

/// Returns the median rank of the items shown. `by_popularity` are the ids of the catalogue, the
/// best known first, which has the rank 1.
#[must_use]
pub fn median_rank(lists: &[Vec<u32>], by_popularity: &[u32]) -> usize {
    let ranks: BTreeMap<u32, usize> = by_popularity.iter().copied().zip(1..).collect();
    let mut shown: Vec<usize> =
        lists.iter().flatten().filter_map(|id| ranks.get(id).copied()).collect();
    shown.sort_unstable();
    shown.get(shown.len() / 2).copied().unwrap_or_default()
}

/// Returns the standard error of the mean.
#[must_use]
pub fn standard_error(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    if count < 2.0 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (variance / count).sqrt()
}

/// Recommendations that people wrote for those who like an item: the votes for each other item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recommended {
    /// Votes by item and recommended item.
    pub votes: BTreeMap<u32, BTreeMap<u32, u32>>,
    /// Items of one series, which no recommendation counts for and lists are asked without.
    pub same_series: BTreeMap<u32, BTreeSet<u32>>,
}

impl Recommended {
    /// Returns NDCG@10 of a list for one liked item: the gain of a result is log2(1 + votes).
    /// Results of the item's own series are taken out first.
    #[must_use]
    pub fn gain(&self, item: u32, list: &[u32]) -> f64 {
        let Some(votes) = self.votes.get(&item) else { return 0.0 };
        let value = |votes: u32| (1.0 + f64::from(votes)).log2();
        let series = self.same_series.get(&item);
        let other = |id: &&u32| series.is_none_or(|series| !series.contains(id));
        let sum = |values: &mut dyn Iterator<Item = f64>| -> f64 {
            values.zip(0..SHOWN).map(|(value, rank)| value / (rank as f64 + 2.0).log2()).sum()
        };
        let found = sum(&mut list
            .iter()
            .filter(other)
            .map(|id| votes.get(id).map_or(0.0, |&votes| value(votes))));
        let mut best: Vec<f64> = votes.values().map(|&votes| value(votes)).collect();
        best.sort_by(|a, b| b.total_cmp(a));
        found / sum(&mut best.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Builder, Keep};
    use osusume_tables::Rating;

    fn sample() -> Interactions {
        let mut builder = Builder::new(Keep { ratings: true, order: false });
        for user in 0..300_u32 {
            for item in (0..60).filter(|&item| mix(u64::from(user), item).is_multiple_of(4)) {
                let rating = (item % 10) as f32 + 1.0;
                builder.push(Rating {
                    user,
                    item: item as u32,
                    rating: Some(rating),
                    ..Rating::default()
                });
            }
        }
        builder.finish(&(0..300).collect::<Vec<_>>()).0
    }

    #[test]
    fn visitors_and_stripped_items_are_not_in_training() {
        let data = sample();
        let split = Visitors::new(data.clone(), 7.0, 1);
        assert!((15..60).contains(&split.visitors.len()), "{}", split.visitors.len());
        assert!((1..20).contains(&split.stripped.len()), "{:?}", split.stripped);
        assert_eq!(split.train.users() + split.visitors.len(), data.users());
        assert!(split.stripped.iter().all(|id| split.train.ids().binary_search(id).is_err()));
        for Visitor { given, wanted } in &split.visitors {
            assert!(given.len() + wanted.len() >= LEAST);
            assert!(wanted.len() - given.len() <= 1);
            let mut all = [given.clone(), wanted.clone()].concat();
            assert!(all.iter().all(|id| id % 10 >= 6), "rated 7 or better: {all:?}");
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), given.len() + wanted.len());
        }
        // Stripped items are wanted like any others.
        let wants = |visitor: &Visitor| visitor.wanted.iter().any(|id| split.stripped.contains(id));
        assert!(split.visitors.iter().any(wants));
        assert_eq!(Visitors::new(data, 7.0, 1).visitors, split.visitors);
    }

    #[test]
    fn lists_are_judged_by_what_is_wanted() {
        let visitor = |wanted: &[u32]| Visitor { given: vec![99], wanted: wanted.into() };
        let (one, two) = (visitor(&[1, 2]), visitor(&[3, 8]));
        let lists = [vec![1, 5, 2], vec![4, 3, 9, 6, 7]];
        let report = judge(&lists, &[&one, &two], &[1, 2, 3, 4, 5, 6, 7], 20);
        let ideal = 1.0 + 1.0 / 3_f64.log2();
        let gains = [(1.0 + 0.5) / ideal, (1.0 / 3_f64.log2()) / ideal];
        assert!((report.ndcg10 - f64::midpoint(gains[0], gains[1])).abs() < 1e-12);
        assert!((report.ndcg10_error - (gains[0] - gains[1]) / 2.0).abs() < 1e-12);
        assert_eq!((report.visitors, report.recall10), (2, 0.75));
        assert_eq!((report.cold_shown, report.cold_recall10), (1.0 / 8.0, 0.0));
        assert_eq!(report.coverage, 8.0 / 20.0);
    }

    #[test]
    fn lists_are_compared_and_placed_by_popularity() {
        let lists = [vec![1, 5, 2], vec![4, 3]];
        assert_eq!(shared(&lists, &[vec![2, 1, 9], vec![5, 3]]), 1.5);
        assert_eq!(median_rank(&lists, &[5, 4, 3, 2, 1, 9]), 3);
        assert_eq!((shared(&[], &[]), median_rank(&[], &[1])), (0.0, 0));
    }

    #[test]
    fn recommendations_count_by_their_votes_and_without_the_own_series() {
        let recommended = Recommended {
            votes: [(1, [(2, 7), (3, 1)].into())].into(),
            same_series: [(1, [4].into())].into(),
        };
        assert!((recommended.gain(1, &[4, 2, 3]) - 1.0).abs() < 1e-12);
        let swapped = (1.0 + 3.0 / 3_f64.log2()) / (3.0 + 1.0 / 3_f64.log2());
        assert!((recommended.gain(1, &[3, 2]) - swapped).abs() < 1e-12);
        assert_eq!((recommended.gain(1, &[9]), recommended.gain(5, &[1])), (0.0, 0.0));
    }
}
