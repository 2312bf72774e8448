//! Protocol "cold": whole items are held out and found again by their texts.
//!
//! Imports the ranks, the cold map and the fold-in.

use std::collections::HashMap;

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::Serialize;

use super::rank::{half_width, mean_and_best, rank, recall_and_ndcg};
use crate::cold::ColdMap;
use crate::data::{Interactions, NO_ITEM};
use crate::dot::dot;
use crate::fitted::Fitted;
use crate::fold_in::FoldIn;
use crate::item_vectors::ItemVectors;
use crate::parallel::map_parts;
use crate::random::{mix, stream};
use osusume_tables::Vectors;

/// A split that holds out a tenth of the items that have a text, with all their interactions.
#[derive(Debug, Clone)]
pub struct Cold {
    /// Interactions of the other items.
    pub train: Interactions,
    /// Ids of the held-out items, ascending.
    pub ids: Vec<u32>,
    /// By user of `train`: the user's held-out items, as places in `ids`, ascending.
    pub held: Vec<Vec<u32>>,
}

impl Cold {
    /// Draws the held-out items by `seed` and the item's id.
    #[must_use]
    pub fn new(mut data: Interactions, texts: &Vectors, seed: u64) -> Self {
        data.sort();
        let mut with_text = texts.ids.clone();
        with_text.sort_unstable();
        let is_cold = |id: u32| {
            with_text.binary_search(&id).is_ok()
                && mix(stream(seed, "cold"), u64::from(id)).is_multiple_of(10)
        };
        let place: Vec<u32> = {
            let mut next = 0..;
            let mut number =
                |&id: &u32| if is_cold(id) { next.next().unwrap_or(NO_ITEM) } else { NO_ITEM };
            data.ids().iter().map(&mut number).collect()
        };
        let ids = data.ids().iter().copied().filter(|&id| is_cold(id)).collect();
        let kept =
            |user: &usize| data.of(*user).iter().any(|&item| place[item as usize] == NO_ITEM);
        let places = |user: usize| {
            data.of(user)
                .iter()
                .map(|&item| place[item as usize])
                .filter(|&place| place != NO_ITEM)
                .collect()
        };
        let held = (0..data.users()).filter(kept).map(places).collect();
        data.filter(|_, item| if place[item as usize] == NO_ITEM { item } else { NO_ITEM });
        Self { train: data.core(1, 1), ids, held }
    }
}

/// How well one way of scoring finds the held-out items.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ColdRow {
    /// `popularity`, `texts`, `placed` or `both`: the mean of the latter two on one scale.
    pub by: &'static str,
    /// NDCG@10 of a user's held-out items among all held-out items; the query is the user's other
    /// items.
    pub ndcg10: f64,
    /// Half the width of its 95% interval (bootstrap over users).
    pub ndcg10_half_width: f64,
    /// Share of the user's held-out items among the first ten, of at most ten.
    pub recall10: f64,
    /// HR@10 of the opposite question: the query is a held-out item, the target another item of one
    /// of its users, ranked among all other items. Each target has the same weight.
    pub macro_hr10: f64,
}

/// Figures of one model on one split.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ColdReport {
    /// Users with a held-out item.
    pub users: usize,
    /// Items held out.
    pub items: usize,
    /// One row for each way of scoring. `popularity` counts the hidden interactions, which nobody
    /// has for a new item.
    pub rows: Vec<ColdRow>,
}

/// Ways of scoring, in the order of every array of four below.
const WAYS: [&str; 4] = ["popularity", "texts", "placed", "both"];

/// Measures one way of placing the held-out items of `split`: a map from `texts` to the space of
/// `model`'s vectors, with the regularisation `lambda`.
///
/// Returns `None` for a model without vectors, or without texts to learn the map from.
#[must_use]
pub fn cold(
    model: &dyn Fitted,
    split: &Cold,
    texts: &Vectors,
    lambda: f64,
    seed: u64,
    threads: usize,
) -> Option<ColdReport> {
    let spaces = Spaces::new(model, split, texts, lambda)?;
    let tested: Vec<usize> =
        (0..split.held.len()).filter(|&user| !split.held[user].is_empty()).collect();
    let (users, pairs): (Vec<_>, Vec<_>) = map_parts(tested.len(), threads, |part| {
        let answer = |&user: &usize| {
            let (own, held) = (split.train.of(user), split.held[user].as_slice());
            (spaces.answer_user(own, held), spaces.answer_pair(own, held, user, seed))
        };
        tested[part].iter().map(answer).collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .unzip();
    let rows = (0..WAYS.len()).map(|way| row(way, &users, &pairs, seed)).collect();
    Some(ColdReport { users: tested.len(), items: split.ids.len(), rows })
}

/// Recall@10 and NDCG@10 of one user by each way.
type UserAnswer = [(f64, f64); WAYS.len()];

/// A target, and whether each way found it.
type PairAnswer = (u32, [bool; WAYS.len()]);

/// Sums up one way of scoring.
fn row(way: usize, users: &[UserAnswer], pairs: &[PairAnswer], seed: u64) -> ColdRow {
    let gains: Vec<f64> = users.iter().map(|answer| answer[way].1).collect();
    let mut targets: HashMap<u32, (u32, u32)> = HashMap::new();
    for (target, hit) in pairs {
        let (hits, questions) = targets.entry(*target).or_default();
        *hits += u32::from(hit[way]);
        *questions += 1;
    }
    let mut shares: Vec<(u32, f64)> = targets
        .iter()
        .map(|(&target, &(hits, n))| (target, f64::from(hits) / f64::from(n)))
        .collect();
    // A sum of floats depends on its order, and a hash map has none.
    shares.sort_unstable_by_key(|&(target, _)| target);
    let mean = |sum: f64, count: usize| sum / count.max(1) as f64;
    ColdRow {
        by: WAYS[way],
        ndcg10: mean(gains.iter().sum(), users.len()),
        ndcg10_half_width: half_width(&gains, seed),
        recall10: mean(users.iter().map(|answer| answer[way].0).sum(), users.len()),
        macro_hr10: mean(shares.iter().map(|(_, share)| share).sum(), shares.len()),
    }
}

/// Everything that scores a warm or a held-out item.
struct Spaces {
    warm_texts: Rows,
    cold_texts: Rows,
    /// Trained vectors, scaled by the model's exponent.
    warm_vectors: Rows,
    /// Placed vectors, scaled in the same way.
    cold_vectors: Rows,
    /// Placed vectors as the map gives them.
    placed: Rows,
    /// Folds a profile in; `None` for a model with a residual, whose profiles are summed.
    fold: Option<FoldIn>,
    /// Interactions of each warm item.
    warm_counts: Vec<f32>,
    /// Hidden interactions of each held-out item.
    cold_counts: Vec<f32>,
}

impl Spaces {
    fn new(model: &dyn Fitted, split: &Cold, texts: &Vectors, lambda: f64) -> Option<Self> {
        let vectors = model.vectors()?;
        let dims = vectors.dims;
        let row_of: HashMap<u32, usize> = texts.ids.iter().copied().zip(0..).collect();
        let text = |id: &u32| row_of.get(id).map(|&row| texts.row(row));
        let warm = split.train.ids();
        let pairs: Vec<(&[f32], &[f32])> = warm
            .iter()
            .zip(vectors.values.chunks_exact(dims))
            .filter_map(|(id, vector)| Some((text(id)?, vector)))
            .collect();
        let map = ColdMap::new(&pairs, lambda)?;
        let placed: Vec<f32> =
            split.ids.iter().filter_map(text).flat_map(|text| map.place(text)).collect();
        let units = |ids: &[u32]| Rows::units(ids.iter().map(&text).collect(), texts.dims);
        let mut cold_counts = vec![0.0_f32; split.ids.len()];
        split.held.iter().flatten().for_each(|&item| cold_counts[item as usize] += 1.0);
        // A release folds a profile in where that ranks better; with a residual it sums.
        let folds = model.residual().is_none();
        Some(Self {
            warm_texts: units(warm),
            cold_texts: units(&split.ids),
            warm_vectors: Rows::scaled(vectors),
            cold_vectors: Rows::scaled(ItemVectors { values: &placed, ..vectors }),
            fold: folds.then(|| FoldIn::new(vectors.values, dims, 1.0, 3.0)),
            placed: Rows { dims, values: placed },
            warm_counts: split.train.counts().into_iter().map(|count| count as f32).collect(),
            cold_counts,
        })
    }

    /// Ranks the held-out items for a user's other items.
    fn answer_user(&self, own: &[u32], held: &[u32]) -> UserAnswer {
        let by_text = self.cold_texts.dots(&self.warm_texts.sum(own));
        let by_place = match &self.fold {
            Some(fold) => self.placed.dots(&fold.user_vector(own)),
            None => self.cold_vectors.dots(&self.warm_vectors.sum(own)),
        };
        let both = blend(&by_text, &by_place);
        [&self.cold_counts, &by_text, &by_place, &both]
            .map(|scores| recall_and_ndcg(scores, &[], held))
    }

    /// Ranks the warm items for one held-out item of a user; the target is another item of theirs.
    fn answer_pair(&self, own: &[u32], held: &[u32], user: usize, seed: u64) -> PairAnswer {
        let mut rng = Pcg64Mcg::seed_from_u64(mix(stream(seed, "cold pairs"), user as u64));
        let query = held[rng.random_range(0..held.len())] as usize;
        let target = own[rng.random_range(0..own.len())];
        let by_text = self.warm_texts.dots(self.cold_texts.row(query));
        let by_place = self.warm_vectors.dots(self.cold_vectors.row(query));
        let both = blend(&by_text, &by_place);
        let found = [&self.warm_counts, &by_text, &by_place, &both]
            .map(|scores| rank(scores, target, &[]) < 10);
        (target, found)
    }
}

/// Vectors of one kind, one row for each item.
struct Rows {
    dims: usize,
    values: Vec<f32>,
}

impl Rows {
    /// Brings rows to length 1. An item without a row gets zeros.
    fn units(rows: Vec<Option<&[f32]>>, dims: usize) -> Self {
        let mut values = Vec::with_capacity(rows.len() * dims);
        for row in rows {
            let length = row.map_or(0.0, |row| dot(row, row).sqrt());
            match row {
                Some(row) if length > 0.0 => values.extend(row.iter().map(|v| v / length)),
                _ => values.resize(values.len() + dims, 0.0),
            }
        }
        Self { dims, values }
    }

    /// Scales vectors by their exponent.
    fn scaled(vectors: ItemVectors<'_>) -> Self {
        let rows = vectors.values.chunks_exact(vectors.dims).zip(vectors.scales());
        let values = rows.flat_map(|(v, scale)| v.iter().map(move |v| v * scale)).collect();
        Self { dims: vectors.dims, values }
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.dims..][..self.dims]
    }

    fn sum(&self, rows: &[u32]) -> Vec<f32> {
        let mut sum = vec![0.0; self.dims];
        for &row in rows {
            sum.iter_mut().zip(self.row(row as usize)).for_each(|(sum, value)| *sum += value);
        }
        sum
    }

    fn dots(&self, query: &[f32]) -> Vec<f32> {
        self.values.chunks_exact(self.dims).map(|row| dot(row, query)).collect()
    }
}

/// Returns the mean of two kinds of scores on one scale: 0 is the mean of all, 1 the mean of the
/// best ten. The engine blends in the same way.
fn blend(a: &[f32], b: &[f32]) -> Vec<f32> {
    let standard = |scores: &[f32]| {
        let (mean, best) = mean_and_best(scores, &[]);
        let span = if best > mean { best - mean } else { 1.0 };
        scores.iter().map(|score| (score - mean) / span).collect::<Vec<_>>()
    };
    standard(a).iter().zip(standard(b)).map(|(a, b)| f32::midpoint(*a, b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Builder, Keep};
    use crate::{ModelKind, Recipe, Vectored};
    use osusume_tables::{Provenance, Rating};

    #[test]
    fn held_out_items_are_found_by_the_taste_in_their_texts() {
        // Four tastes of sixty items. The text names the taste, and more loudly an unrelated thing.
        let mut builder = Builder::new(Keep::default());
        for user in 0..300_u32 {
            for n in 0..20 {
                let item = user % 4 * 60 + (mix(u64::from(user), n) % 60) as u32;
                builder.push(Rating { user, item, ..Rating::default() });
            }
        }
        let data = builder.finish(&(0..300).collect::<Vec<_>>()).0;
        let text = |id: &u32| {
            let mut text = [0.0; 14];
            text[(id / 60) as usize] = 1.0;
            text[4 + (id % 10) as usize] = 1.5;
            text
        };
        let ids = data.ids().to_vec();
        let values = ids.iter().flat_map(text).collect();
        let texts = Vectors { ids, dims: 14, values, provenance: Provenance::default() };
        let split = Cold::new(data.clone(), &texts, 1);
        assert!((10..50).contains(&split.ids.len()), "{}", split.ids.len());
        assert!(split.ids.iter().all(|id| split.train.ids().binary_search(id).is_err()));
        assert_eq!(split.train.len() + split.held.iter().flatten().count(), data.len());

        let recipe =
            Recipe { model: ModelKind::Ials, unseen: 0.3, dims: 8, epochs: 6, ..Recipe::default() };
        let model = recipe.fit(&split.train, 1).unwrap();
        let report = cold(&*model, &split, &texts, 1.0, 1, 2).unwrap();
        let row = |by| report.rows.iter().find(|row| row.by == by).unwrap();
        assert!(
            row("placed").ndcg10 > row("texts").ndcg10.max(row("popularity").ndcg10),
            "{report:?}"
        );
        assert!(row("placed").recall10 > 0.6, "{report:?}");
        let strangers = Vectors { ids: vec![9999], values: vec![1.0; 14], ..texts };
        let alone = Vectored::alone(vec![0.5; split.train.items() * 2], 2, 1.0);
        assert_eq!(cold(&alone, &split, &strangers, 1.0, 1, 1), None);
    }
}
