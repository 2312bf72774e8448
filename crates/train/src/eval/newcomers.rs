//! Protocol "newcomers": users whom training has never seen, like the visitors of a page.
//!
//! Imports the ranks and the rules of profiles.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::Serialize;

use super::profile::Rules;
use super::rank::{half_width, recall_and_ndcg, top_ten};
use crate::data::{Interactions, NO_ITEM};
use crate::fitted::Fitted;
use crate::parallel::map_parts;
use crate::random::{mix, stream};

/// A split that keeps users out of training. Four fifths of their items are a profile, the rest is
/// held out.
#[derive(Debug, Clone)]
pub struct Newcomers {
    /// Interactions of the other users.
    pub train: Interactions,
    /// The profile and the held-out items of each newcomer, as rows of `train`, ascending.
    pub profiles: Vec<(Vec<u32>, Vec<u32>)>,
}

/// Fewest items of a newcomer.
const LEAST: usize = 5;

impl Newcomers {
    /// Draws a tenth of the users with five items or more.
    #[must_use]
    pub fn new(mut data: Interactions, seed: u64) -> Self {
        data.sort();
        let is_new = |user: usize, size: usize| {
            size >= LEAST && mix(stream(seed, "newcomers"), user as u64).is_multiple_of(10)
        };
        let chosen: Vec<bool> =
            (0..data.users()).map(|user| is_new(user, data.of(user).len())).collect();
        let lists: Vec<Vec<u32>> = (0..data.users())
            .filter(|&user| chosen[user])
            .map(|user| data.of(user).iter().map(|&item| data.ids()[item as usize]).collect())
            .collect();
        data.filter(|user, item| if chosen[user] { NO_ITEM } else { item });
        let train = data.core(1, 1);
        let row = |id: &u32| train.ids().binary_search(id).ok().map(|row| row as u32);
        let profiles = (0..).zip(lists).filter_map(|(n, list)| {
            let mut own: Vec<u32> = list.iter().filter_map(row).collect();
            if own.len() < LEAST {
                return None;
            }
            let mut rng = Pcg64Mcg::seed_from_u64(mix(stream(seed, "asked"), n));
            for i in (1..own.len()).rev() {
                own.swap(i, rng.random_range(0..=i));
            }
            let mut held = own.split_off(own.len() - own.len() / 5);
            own.sort_unstable();
            held.sort_unstable();
            Some((own, held))
        });
        Self { profiles: profiles.collect(), train }
    }
}

/// How well one rule answers newcomers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewcomerReport {
    /// `mean`, `sum` or `ridge`, the latter two also with `+residual`; `own` for a model without
    /// vectors.
    pub rule: &'static str,
    /// NDCG@10 of the held-out items among all items that are not in the profile.
    pub ndcg10: f64,
    /// Half the width of its 95% interval (bootstrap over users).
    pub ndcg10_half_width: f64,
    /// Share of the held-out items among the first ten, of at most ten.
    pub recall10: f64,
    /// For one item of the profile as the query: share of its ten most similar items that the user
    /// has. It is the same for every rule.
    pub one_liked_precision10: f64,
}

/// Measures `model`, trained on `split.train`, on every newcomer.
#[must_use]
pub fn newcomers(
    model: &dyn Fitted,
    split: &Newcomers,
    seed: u64,
    threads: usize,
) -> Vec<NewcomerReport> {
    let rules = Rules::new(model);
    let answers: Vec<(f64, Vec<(f64, f64)>)> = map_parts(split.profiles.len(), threads, |part| {
        let mut scores = vec![0.0; split.train.items()];
        let answers = part.map(|n| {
            let (own, held) = &split.profiles[n];
            let mut rng = Pcg64Mcg::seed_from_u64(mix(stream(seed, "one liked"), n as u64));
            let query = own[rng.random_range(0..own.len())];
            model.item(query as usize, &mut scores);
            let has =
                |item: &&u32| own.binary_search(item).is_ok() || held.binary_search(item).is_ok();
            let shown = top_ten(&scores, &[query]);
            let one = shown.iter().filter(has).count() as f64 / shown.len().max(1) as f64;
            let mut judged = Vec::new();
            if let Some(rules) = &rules {
                rules.score(own, &mut scores, |scores| {
                    judged.push(recall_and_ndcg(scores, own, held));
                });
            } else {
                model.user(0, own, &mut scores);
                judged.push(recall_and_ndcg(&scores, own, held));
            }
            (one, judged)
        });
        answers.collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect();
    let users = answers.len().max(1) as f64;
    let names = rules.map_or(&["own"][..], |rules| rules.names());
    let report = |(at, &rule): (usize, &&'static str)| {
        let gains: Vec<f64> = answers.iter().map(|(_, judged)| judged[at].1).collect();
        NewcomerReport {
            rule,
            ndcg10: gains.iter().sum::<f64>() / users,
            ndcg10_half_width: half_width(&gains, seed),
            recall10: answers.iter().map(|(_, judged)| judged[at].0).sum::<f64>() / users,
            one_liked_precision10: answers.iter().map(|(one, _)| one).sum::<f64>() / users,
        }
    };
    names.iter().enumerate().map(report).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Builder, Keep};
    use crate::{ItemWeights, Popularity};
    use osusume_tables::Rating;

    #[test]
    fn newcomers_are_not_in_training_and_tastes_find_them() {
        let mut builder = Builder::new(Keep::default());
        for user in 0..400_u32 {
            for n in (0..20).filter(|n| mix(u64::from(user), *n).is_multiple_of(2)) {
                let item = user % 4 * 20 + n as u32;
                builder.push(Rating { user, item, ..Rating::default() });
            }
        }
        let data = builder.finish(&(0..400).collect::<Vec<_>>()).0;
        let split = Newcomers::new(data.clone(), 1);
        assert!((20..60).contains(&split.profiles.len()), "{}", split.profiles.len());
        assert!(split.train.users() + split.profiles.len() <= 400);
        let rows: usize = split.profiles.iter().map(|(own, held)| own.len() + held.len()).sum();
        assert_eq!(split.train.len() + rows, data.len());
        assert!(
            split.profiles.iter().all(|(own, held)| held.len() == (own.len() + held.len()) / 5)
        );
        assert_eq!(Newcomers::new(data, 1).profiles, split.profiles);

        let knn = newcomers(&ItemWeights::cosine(&split.train), &split, 1, 2);
        let popular = newcomers(&Popularity::new(&split.train), &split, 1, 1);
        assert_eq!((knn.len(), knn[0].rule), (1, "own"));
        assert!(knn[0].recall10 > 0.5 && popular[0].recall10 < 0.4, "{knn:?} {popular:?}");
        assert!(knn[0].one_liked_precision10 > popular[0].one_liked_precision10);
    }
}
