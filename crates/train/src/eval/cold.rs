//! Items that nobody has rated, placed by their texts: whole items are held out.

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

/// A tenth of the items that have a text, with all their interactions, held out.
#[derive(Debug, Clone)]
pub struct Cold {
    /// The other items' interactions.
    pub train: Interactions,
    /// The ids of the held-out items, ascending.
    pub ids: Vec<u32>,
    /// By user of `train`: the held-out items they have, as places in `ids`, ascending.
    pub asked: Vec<Vec<u32>>,
}

impl Cold {
    /// Draws the items by seed.
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
        let asked = (0..data.users()).filter(kept).map(places).collect();
        data.filter(|_, item| if place[item as usize] == NO_ITEM { item } else { NO_ITEM });
        Self { train: data.core(1, 1), ids, asked }
    }
}

/// How one way of scoring finds held-out items.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColdRow {
    /// `popularity`, `texts`, `placed` or `both`, the mean of the latter two brought to one scale.
    pub by: &'static str,
    /// For a user's other items, where the held-out ones they have stand among all held-out ones: NDCG@10.
    pub ndcg10: f64,
    /// Half the width of its 95 % interval (bootstrap over users).
    pub ndcg10_half_width: f64,
    /// Share of those among the first ten, of at most ten.
    pub recall10: f64,
    /// For a held-out item, whether another item of one of its users is among the ten likest of all others, each such
    /// item having the same weight.
    pub macro_hr10: f64,
}

/// Figures of one model on one split.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColdReport {
    /// Users asked.
    pub users: usize,
    /// Items held out.
    pub items: usize,
    /// One row a way of scoring. `popularity` knows the hidden interactions: nothing that can be had for a new item.
    pub rows: Vec<ColdRow>,
}

const WAYS: [&str; 4] = ["popularity", "texts", "placed", "both"];

/// Recall and NDCG of one user by each way, and whether the target of a pair was found.
type Judged = ([(f64, f64); 4], (u32, [bool; 4]));

/// Places the held-out items of `split` in the space of `model`'s vectors by their `texts` and a map with the
/// regularisation `lambda`; `None` without vectors or without texts to learn from.
#[must_use]
pub fn cold(
    model: &dyn Fitted,
    split: &Cold,
    texts: &Vectors,
    lambda: f64,
    seed: u64,
    threads: usize,
) -> Option<ColdReport> {
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

    let side = |ids: &[u32]| Side::new(ids.iter().map(&text).collect(), texts.dims);
    let (warm_texts, cold_texts) = (side(warm), side(&split.ids));
    let scaled = |values: &[f32]| {
        let scales = ItemVectors { values, ..vectors }.scales();
        Side {
            dims,
            values: values
                .chunks_exact(dims)
                .zip(scales)
                .flat_map(|(v, s)| v.iter().map(move |v| v * s))
                .collect(),
        }
    };
    let (warm_vectors, cold_vectors) = (scaled(vectors.values), scaled(&placed));
    // Without a residual a profile is folded in, as ships where it ranks better; with one it is summed.
    let fold = model.residual().is_none().then(|| FoldIn::new(vectors.values, dims, 1.0, 3.0));
    let raw = Side { dims, values: placed };

    let mut hidden = vec![0.0_f32; split.ids.len()];
    split.asked.iter().flatten().for_each(|&item| hidden[item as usize] += 1.0);
    let known: Vec<f32> = split.train.counts().into_iter().map(|count| count as f32).collect();
    let asked: Vec<usize> =
        (0..split.asked.len()).filter(|&user| !split.asked[user].is_empty()).collect();

    let (users, found): (Vec<_>, Vec<_>) = map_parts(asked.len(), threads, |part| {
        let ask = |&user: &usize| -> Judged {
            let (own, held) = (split.train.of(user), &split.asked[user]);
            let by_text = cold_texts.dots(&warm_texts.sum(own));
            let by_place = match &fold {
                Some(fold) => raw.dots(&fold.user(own)),
                None => cold_vectors.dots(&warm_vectors.sum(own)),
            };
            let both = blend(&by_text, &by_place);
            let judged = [&hidden, &by_text, &by_place, &both]
                .map(|scores| recall_and_ndcg(scores, &[], held));

            let mut rng = Pcg64Mcg::seed_from_u64(mix(stream(seed, "cold pairs"), user as u64));
            let query = held[rng.random_range(0..held.len())] as usize;
            let target = own[rng.random_range(0..own.len())];
            let by_text = warm_texts.dots(cold_texts.row(query));
            let by_place = warm_vectors.dots(cold_vectors.row(query));
            let both = blend(&by_text, &by_place);
            let hit =
                [&known, &by_text, &by_place, &both].map(|scores| rank(scores, target, &[]) < 10);
            (judged, (target, hit))
        };
        asked[part].iter().map(ask).collect::<Vec<Judged>>()
    })
    .into_iter()
    .flatten()
    .unzip();
    let rows = (0..).zip(WAYS).map(|(at, by): (usize, _)| {
        let gains: Vec<f64> = users.iter().map(|judged| judged[at].1).collect();
        let mut targets: HashMap<u32, (u32, u32)> = HashMap::new();
        for (target, hit) in &found {
            let (hits, questions) = targets.entry(*target).or_default();
            *hits += u32::from(hit[at]);
            *questions += 1;
        }
        let mut shares: Vec<(u32, f64)> = targets
            .iter()
            .map(|(&target, &(hits, n))| (target, f64::from(hits) / f64::from(n)))
            .collect();
        shares.sort_unstable_by_key(|&(target, _)| target);
        let mean = |sum: f64, count: usize| sum / count.max(1) as f64;
        ColdRow {
            by,
            ndcg10: mean(gains.iter().sum(), users.len()),
            ndcg10_half_width: half_width(&gains, seed),
            recall10: mean(users.iter().map(|judged| judged[at].0).sum(), users.len()),
            macro_hr10: mean(shares.iter().map(|(_, share)| share).sum(), shares.len()),
        }
    });
    Some(ColdReport { users: asked.len(), items: split.ids.len(), rows: rows.collect() })
}

/// Vectors of one kind, a row an item.
struct Side {
    dims: usize,
    values: Vec<f32>,
}

impl Side {
    /// Brings rows to length 1; an item without one is like nothing.
    fn new(rows: Vec<Option<&[f32]>>, dims: usize) -> Self {
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

/// The mean of two kinds of scores, each brought to 0 for the mean and 1 for the mean of the best ten, as the engine does it.
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
    fn held_out_items_are_found_by_what_their_texts_tell_of_taste() {
        // Four tastes of sixty items; the text tells the taste, and as loudly something that has nothing to do with it.
        let mut builder = Builder::new(Keep::default());
        for user in 0..300_u32 {
            for n in 0..20 {
                let item = user % 4 * 60 + (mix(u64::from(user), n) % 60) as u32;
                builder.push(Rating { user, item, rating: None, timestamp: 0 });
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
        assert_eq!(split.train.len() + split.asked.iter().flatten().count(), data.len());

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
