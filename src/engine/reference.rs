//! A reference for the tests: the definitions of docs/ENGINE.md in f64, as a plain loop over all
//! items.
//!
//! It shares nothing with the engine but the decoded files. A property test compares answers with
//! it.

use std::collections::BTreeMap;

use half::f16;
use proptest::prelude::*;
use serde_json::json;

use super::model::LoadedModel;
use super::tests::drawn::{USUAL, drawn};
use super::{Because, Engine, Recommended, Request};
use crate::format::{ModelEntry, ProfileKind, ProfileRule};

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn shorter(v: &[f64], exponent: f32) -> Vec<f64> {
    let norm = dot(v, v).sqrt();
    v.iter().map(|x| if norm > 0.0 { x / norm.powf(f64::from(exponent)) } else { 0.0 }).collect()
}

/// Returns the x of `A x = b`, by Gauss and Jordan. Each row has the row of A, then that of b.
fn solved(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    let n = rows.len();
    for at in 0..n {
        let pivot =
            (at..n).max_by(|&i, &j| rows[i][at].abs().total_cmp(&rows[j][at].abs())).unwrap();
        rows.swap(at, pivot);
        let by = rows[at][at];
        rows[at].iter_mut().for_each(|value| *value /= by);
        for other in (0..n).filter(|&other| other != at) {
            let by = rows[other][at];
            let taken: Vec<f64> = rows[at].iter().map(|value| value * by).collect();
            rows[other].iter_mut().zip(taken).for_each(|(value, less)| *value -= less);
        }
    }
    rows.iter().map(|row| row[n]).collect()
}

/// An item of a query: its catalogue row, its row in the model, its signed weight and its part of
/// the query vector.
type QueryItem = (u32, usize, f64, Vec<f64>);

/// By catalogue row, the score and the contribution of each item of the query.
type ScoresByRow = BTreeMap<u32, (f64, Vec<(u32, f64)>)>;

/// One model's scores.
struct Scores {
    by_row: ScoresByRow,
    mean: f64,
    /// The query's own items.
    own: Vec<u32>,
    weight: f64,
    scale: f64,
    niche: f64,
}

/// Returns each item's part of the sum profile.
fn sum_profile(
    vectors: &[Vec<f64>],
    rule: &ProfileRule,
    items: &[(u32, usize, f64)],
) -> Vec<QueryItem> {
    let part = |&(row, at, weight): &(u32, usize, f64)| {
        let vector = shorter(&vectors[at], rule.exponent);
        (row, at, weight, vector.iter().map(|v| v * weight).collect())
    };
    items.iter().map(part).collect()
}

/// Returns each item's part of the ridge profile: one linear system for each.
fn ridge_profile(
    vectors: &[Vec<f64>],
    with_vector: u32,
    rule: &ProfileRule,
    liked: &[(u32, usize, f64)],
    items: &[(u32, usize, f64)],
) -> Vec<QueryItem> {
    let squares: f64 = vectors.iter().map(|v| dot(v, v)).sum();
    let c = if squares > 0.0 { (f64::from(with_vector) / squares).sqrt() } else { 1.0 };
    let dims = vectors[0].len();
    let matrix = |i: usize, j: usize| {
        let outer = |v: &Vec<f64>| c * c * v[i] * v[j];
        let all: f64 = vectors.iter().map(outer).sum();
        let liked: f64 = liked.iter().map(|item| outer(&vectors[item.1])).sum();
        f64::from(rule.a0) * all + liked + if i == j { f64::from(rule.lambda) } else { 0.0 }
    };
    let part = |&(row, at, weight): &(u32, usize, f64)| {
        let line = |i: usize| {
            (0..dims).map(|j| matrix(i, j)).chain([weight * c * vectors[at][i]]).collect()
        };
        let x = solved((0..dims).map(line).collect());
        (row, at, weight, x.iter().map(|v| v * c).collect())
    };
    items.iter().map(part).collect()
}

fn scores(
    model: &LoadedModel,
    entry: &ModelEntry,
    weight: f32,
    liked: &[(u32, f32)],
    disliked: &[(u32, f32)],
) -> Scores {
    let blob = &model.blob;
    let vectors: Vec<Vec<f64>> = (0..blob.rows())
        .map(|row| blob.row(row).iter().copied().map(f16::to_f64).collect())
        .collect();
    let places = |items: &[(u32, f32)], sign: f64| -> Vec<(u32, usize, f64)> {
        let place = |&(row, weight): &(u32, f32)| {
            Some((row, blob.row_of(row)? as usize, sign * f64::from(weight)))
        };
        items.iter().filter_map(place).collect()
    };
    let (liked, disliked) = (places(liked, 1.0), places(disliked, -0.5));
    let rule = &entry.profile;
    let (query, exponent) = if let ([(row, at, _)], []) = (&liked[..], &disliked[..]) {
        (vec![(*row, *at, 1.0, shorter(&vectors[*at], entry.exponent))], entry.exponent)
    } else {
        let all = [&liked[..], &disliked[..]].concat();
        let query = match rule.kind {
            ProfileKind::Sum => sum_profile(&vectors, rule, &all),
            ProfileKind::Ridge => {
                ridge_profile(&vectors, blob.rows_with_vector(), rule, &liked, &all)
            }
        };
        (query, rule.exponent)
    };
    let times = model.residual.as_ref().map_or(1.0, |(s, _)| f64::from(*s));
    let mut by_row = BTreeMap::new();
    for (place, v) in vectors.iter().enumerate() {
        let v = shorter(v, exponent);
        let given = |(row, at, weight, part): &QueryItem| {
            let pairs = model.residual.as_ref().map(|(_, residual)| residual.of(*at as u32));
            let pair = pairs.into_iter().flatten().find(|&(other, _)| other as usize == place);
            (*row, times * dot(part, &v) + weight * pair.map_or(0.0, |(_, value)| f64::from(value)))
        };
        let given: Vec<(u32, f64)> = query.iter().map(given).collect();
        let score = given.iter().map(|(_, value)| value).sum();
        by_row.insert(blob.item_row(place as u32), (score, given));
    }
    let mean = by_row.values().map(|(score, _)| score).sum::<f64>() / by_row.len() as f64;
    let own = query.iter().map(|(row, ..)| *row).collect();
    let is_alone = liked.len() == 1 && disliked.is_empty();
    let scale = match rule.kind {
        ProfileKind::Ridge if !is_alone => {
            f64::from(rule.scale) * liked.iter().map(|(_, _, weight)| weight).sum::<f64>()
        }
        _ => entry.scale.into(),
    };
    let (weight, niche) = (weight.into(), entry.niche.into());
    Scores { by_row, mean, own, weight, scale, niche }
}

/// The score of an item, the contribution of each model, and the contribution of each cause.
type Expected = (f64, Vec<f64>, Vec<(u32, f64)>);

/// Returns, by catalogue row, what is expected of each item that a model covers.
fn answer(
    engine: &Engine,
    request: &Request,
    models: &[(&str, f32)],
    liked: &[(u32, f32)],
    disliked: &[(u32, f32)],
) -> BTreeMap<u32, Expected> {
    let all: Vec<Scores> = models
        .iter()
        .map(|&(name, weight)| {
            let at = engine.position(name).unwrap();
            let (model, entry) = (engine.models[at].as_ref().unwrap(), &engine.manifest.models[at]);
            scores(model, entry, weight, liked, disliked)
        })
        .collect();
    let total: f64 = all.iter().map(|scores| scores.weight).sum();
    let mut answer = BTreeMap::new();
    for row in 0..engine.catalogue.items() {
        let (mut given, mut causes) = (Vec::new(), BTreeMap::<u32, f64>::new());
        for scores in &all {
            let Some((score, parts)) = scores.by_row.get(&row) else { continue };
            let (factor, mean) = match all.len() {
                1 => (1.0, 0.0),
                _ => (scores.weight / total * scores.scale, scores.mean),
            };
            given.push(factor * (score - mean));
            for &(cause, value) in parts {
                *causes.entry(cause).or_default() += value * factor;
            }
        }
        if !given.is_empty() {
            let sum = given.iter().sum::<f64>();
            answer.insert(row, (sum, given, causes.into_iter().collect()));
        }
    }
    if let Some(niche) = request.niche {
        let strength: f64 = all.iter().map(|scores| scores.weight / total * scores.niche).sum();
        let strength = (1.0 - 2.0 * f64::from(niche)) * strength;
        let (most, typical) = (strength * span(&answer, &all), typical(&all));
        for (&row, (score, ..)) in &mut answer {
            let popularity = f64::from(engine.catalogue.popularity(row));
            if strength > 0.0 {
                *score += most * popularity;
            } else {
                *score -= (*score - typical).max(0.0) * 0.8 * strength.abs().min(1.0) * popularity;
            }
        }
    }
    answer
}

/// Returns the distance from a typical item to the mean of the best.
fn span(answer: &BTreeMap<u32, Expected>, all: &[Scores]) -> f64 {
    let own = |row: &u32| all.iter().any(|scores| scores.own.contains(row));
    let mut best: Vec<f64> =
        answer.iter().filter(|(row, _)| !own(row)).map(|(_, (score, ..))| *score).collect();
    best.sort_by(|a, b| b.total_cmp(a));
    best.truncate((answer.len() / 10).clamp(1, 10));
    (best.iter().sum::<f64>() / best.len() as f64 - typical(all)).max(0.0)
}

/// Returns the score of a typical item.
fn typical(all: &[Scores]) -> f64 {
    if let [one] = all { one.mean } else { 0.0 }
}

/// Returns one of many kinds of requests, and the models that it names.
fn request(id: u32) -> (Request, &'static [(&'static str, f32)]) {
    let models: &[(&str, f32)] =
        [&[("a", 1.0)][..], &[("b", 1.0)], &[("a", 1.0), ("b", 0.5)]][id as usize % 3];
    let mut json = json!({ "liked": [id], "limit": 1 + id % 12, "explain": true });
    let weights = models.iter().map(|&(name, weight)| (name.to_owned(), weight.into()));
    json["model"] = weights.collect::<serde_json::Map<_, _>>().into();
    if id.is_multiple_of(4) {
        json["liked"] = json!([id, id + 1, { "id": id + 2, "weight": 3 }]);
        json["disliked"] = json!([id + 3, { "id": id + 4, "weight": 0.5 }]);
    }
    if id % 5 < 2 {
        json["niche"] = json!(f64::from(id % 7) / 7.0);
    }
    (serde_json::from_value(json).unwrap(), models)
}

/// Compares a result with the reference: score, contributions of the models, shares of the causes.
/// `most` is the largest number of the answer.
fn check_item(
    engine: &Engine,
    item: &Recommended<'_>,
    (score, given, causes): Expected,
    most: f64,
) -> Result<(), TestCaseError> {
    let near = |a: f64, b: f64| (a - b).abs() <= 2e-4 * most;
    prop_assert!(near(item.score, score), "{} {score}", item.score);
    let by_model: Vec<f64> = item.by_model.as_ref().unwrap().iter().map(|(_, g)| *g).collect();
    prop_assert!(
        by_model.len() == given.len() && by_model.iter().zip(&given).all(|(&a, &b)| near(a, b)),
        "{by_model:?} {given:?}"
    );
    let positive: f64 = causes.iter().map(|(_, value)| value.max(0.0)).sum();
    let because = item.because.as_ref().unwrap().iter().map(|because| match because {
        Because::Item { id, share } => (engine.catalogue.row_of_id(*id).unwrap(), *share),
        Because::Word { .. } => unreachable!("the request has no text"),
    });
    let shares: BTreeMap<u32, f64> = because.collect();
    for (row, value) in causes {
        let share = shares.get(&row).copied().unwrap_or(0.0);
        let error = (share * positive - value.max(0.0)).abs();
        prop_assert!(error <= 1e-3 * positive.max(most * 0.01), "{share} {value} of {positive}");
    }
    Ok(())
}

/// Compares an answer of the engine with the reference.
fn check_answer(engine: &Engine, id: u32) -> Result<(), TestCaseError> {
    let (request, models) = request(id);
    let liked = engine.weighted(&request.liked, &mut Vec::new());
    let disliked = engine.weighted(&request.disliked, &mut Vec::new());
    let covered = |&(name, _): &(&str, f32)| {
        let model = engine.loaded(name).unwrap();
        liked.iter().any(|&(row, _)| model.blob.row_of(row).is_some())
    };
    if !models.iter().all(covered) {
        return Ok(()); // one model falls back on another
    }
    let mut left = answer(engine, &request, models, &liked, &disliked);
    if left.values().any(|(score, ..)| !score.is_finite()) {
        return Ok(()); // all scores of a model are equal, but for rounding
    }
    let largest = |(score, given, _): &Expected| {
        given.iter().fold(score.abs(), |most, given| most.max(given.abs()))
    };
    let most = left.values().map(largest).fold(0.0, f64::max);
    let got = engine.recommend(&request).unwrap();
    left.retain(|row, _| !liked.iter().chain(&disliked).any(|(own, _)| own == row));
    prop_assert_eq!(got.items.len(), request.limit.min(left.len()));
    prop_assert!(got.items.windows(2).all(|pair| pair[0].score >= pair[1].score));
    for item in &got.items {
        let row = engine.catalogue.row_of_id(item.id).unwrap();
        check_item(engine, item, left.remove(&row).unwrap(), most)?;
    }
    let worst = got.items.last().map_or(f64::INFINITY, |item| item.score);
    let is_worse = |score: f64| score <= worst || (score - worst).abs() <= 2e-4 * most;
    prop_assert!(left.values().all(|&(score, ..)| is_worse(score)));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    })]
    #[test]
    fn answers_are_what_the_definitions_say(
        seed in any::<u64>(),
        dims in 2_u32..20,
        uses_codes in any::<bool>(),
    ) {
        let engine = drawn(seed, dims, uses_codes, &USUAL);
        for id in 1..=60_u32 {
            check_answer(&engine, id)?;
        }
    }
}
