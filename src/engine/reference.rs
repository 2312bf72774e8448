//! The definitions of docs/ENGINE.md, once more: in f64, a plain loop over all items, nothing shared with the engine but
//! what it has read. Answers are held to it.

use std::collections::BTreeMap;

use half::f16;
use proptest::prelude::*;

use super::model::Model;
use super::tests::{USUAL, drawn};
use super::{Because, Engine, Request};
use crate::format::{ModelEntry, ProfileKind};

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn shorter(v: &[f64], exponent: f32) -> Vec<f64> {
    let norm = dot(v, v).sqrt();
    v.iter().map(|x| if norm > 0.0 { x / norm.powf(f64::from(exponent)) } else { 0.0 }).collect()
}

/// The x of `A x = b`, by Gauss and Jordan.
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

/// What one model makes of a request: by catalogue row the score and what each item of the query gave to it.
struct Scores {
    of: BTreeMap<u32, (f64, Vec<(u32, f64)>)>,
    mean: f64,
    span: f64,
    weight: f64,
    niche: f64,
}

fn scores(
    model: &Model,
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
        let all = liked.iter().chain(&disliked);
        let of = |&(row, at, weight): &(u32, usize, f64), v: Vec<f64>| (row, at, weight, v);
        let query = match rule.kind {
            ProfileKind::Sum => all
                .map(|item| {
                    of(
                        item,
                        shorter(&vectors[item.1], rule.exponent)
                            .iter()
                            .map(|v| v * item.2)
                            .collect(),
                    )
                })
                .collect(),
            ProfileKind::Ridge => {
                let squares: f64 = vectors.iter().map(|v| dot(v, v)).sum();
                let c = if squares > 0.0 { (vectors.len() as f64 / squares).sqrt() } else { 1.0 };
                let dims = blob.dims() as usize;
                let matrix = |i: usize, j: usize| {
                    let outer = |v: &Vec<f64>| c * c * v[i] * v[j];
                    let all: f64 = vectors.iter().map(outer).sum();
                    let liked: f64 = liked.iter().map(|item| outer(&vectors[item.1])).sum();
                    f64::from(rule.a0) * all
                        + liked
                        + if i == j { f64::from(rule.lambda) } else { 0.0 }
                };
                let part = |item: &(u32, usize, f64)| {
                    let row = |i: usize| {
                        (0..dims)
                            .map(|j| matrix(i, j))
                            .chain([item.2 * c * vectors[item.1][i]])
                            .collect()
                    };
                    let x = solved((0..dims).map(row).collect());
                    of(item, x.iter().map(|v| v * c).collect())
                };
                all.map(part).collect()
            }
        };
        (query, rule.exponent)
    };
    let times = model.residual.as_ref().map_or(1.0, |(s, _)| f64::from(*s));
    let mut of = BTreeMap::new();
    for (place, v) in vectors.iter().enumerate() {
        let v = shorter(v, exponent);
        let given = |(row, at, weight, part): &(u32, usize, f64, Vec<f64>)| {
            let pairs = model.residual.as_ref().map(|(_, residual)| residual.of(*at as u32));
            let pair = pairs.into_iter().flatten().find(|&(other, _)| other as usize == place);
            (*row, times * dot(part, &v) + weight * pair.map_or(0.0, |(_, value)| f64::from(value)))
        };
        let given: Vec<(u32, f64)> = query.iter().map(given).collect();
        of.insert(blob.item_row(place as u32), (given.iter().map(|(_, value)| value).sum(), given));
    }
    let mean = of.values().map(|(score, _): &(f64, _)| score).sum::<f64>() / of.len() as f64;
    let own = |row: &u32| query.iter().any(|(other, ..)| other == row);
    let mut others: Vec<f64> =
        of.iter().filter(|(row, _)| !own(row)).map(|(_, (score, _))| *score).collect();
    others.sort_by(|a, b| b.total_cmp(a));
    others.truncate((of.len() / 10).clamp(1, 10));
    let span = others.iter().sum::<f64>() / others.len() as f64 - mean;
    // Likes and dislikes that cancel each other leave rounding alone, which no two computations share.
    let most = of
        .values()
        .flat_map(|(_, given)| given)
        .fold(0.0_f64, |most, (_, value)| most.max(value.abs()));
    let span = if span > 1e-4 * most { span } else { f64::NAN };
    Scores { of, mean, span, weight: f64::from(weight), niche: f64::from(entry.niche) }
}

/// The score of each item that a model covers, what each model gave, and the share of each cause.
#[expect(clippy::type_complexity, reason = "three figures of an item")]
fn answer(
    engine: &Engine,
    request: &Request,
    models: &[(&str, f32)],
    liked: &[(u32, f32)],
    disliked: &[(u32, f32)],
) -> BTreeMap<u32, (f64, Vec<f64>, Vec<(u32, f64)>)> {
    let all: Vec<Scores> = models
        .iter()
        .map(|&(name, weight)| {
            let at = engine.position(name).unwrap();
            let (model, entry) = (engine.models[at].as_ref().unwrap(), &engine.manifest.models[at]);
            scores(model, entry, weight, liked, disliked)
        })
        .collect();
    let strength = request.niche.map_or(0.0, |niche| 1.0 - 2.0 * f64::from(niche));
    let mut answer = BTreeMap::new();
    for row in 0..engine.catalogue.items() {
        let covering: Vec<&Scores> =
            all.iter().filter(|scores| scores.of.contains_key(&row)).collect();
        let total: f64 = covering.iter().map(|scores| scores.weight).sum();
        let popularity = f64::from(engine.catalogue.popularity(row));
        let (mut sum, mut given, mut causes) = (0.0, Vec::new(), BTreeMap::<u32, f64>::new());
        for scores in &covering {
            let (score, parts) = &scores.of[&row];
            let tilt = strength * scores.niche * popularity;
            let (own, lifted, scale) = if all.len() == 1 {
                (*score, score + scores.span * tilt, 1.0)
            } else {
                let share = scores.weight / total;
                let standard = (score - scores.mean) / scores.span;
                (share * standard, share * (standard + tilt), share / scores.span)
            };
            sum += lifted;
            given.push(own);
            for &(cause, value) in parts {
                *causes.entry(cause).or_default() += value * scale;
            }
        }
        if !covering.is_empty() {
            answer.insert(row, (sum, given, causes.into_iter().collect()));
        }
    }
    answer
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn answers_are_what_the_definitions_say(seed in any::<u64>(), dims in 2_u32..20, coded in any::<bool>()) {
        let engine = drawn(seed, dims, coded, &USUAL);
        for id in 1..=60_u32 {
            let models: &[(&str, f32)] = [&[("a", 1.0)][..], &[("b", 1.0)], &[("a", 1.0), ("b", 0.5)]][id as usize % 3];
            let mut json = serde_json::json!({ "liked": [id], "n": 1 + id % 12, "explain": true });
            json["model"] = models.iter().map(|&(name, weight)| (name.to_owned(), weight.into())).collect::<serde_json::Map<_, _>>().into();
            if id % 4 == 0 {
                json["liked"] = serde_json::json!([id, id + 1, { "id": id + 2, "weight": 3 }]);
                json["disliked"] = serde_json::json!([id + 3, { "id": id + 4, "weight": 0.5 }]);
            }
            if id % 5 < 2 {
                json["niche"] = serde_json::json!(f64::from(id % 7) / 7.0);
            }
            let request: Request = serde_json::from_value(json).unwrap();
            let (liked, disliked) = (engine.weighted(&request.liked).unwrap(), engine.weighted(&request.disliked).unwrap());
            let covered = |&(name, _): &(&str, f32)| {
                let model = engine.loaded(name).unwrap();
                liked.iter().any(|&(row, _)| model.blob.row_of(row).is_some())
            };
            if !models.iter().all(covered) {
                continue; // one falls back on another
            }
            let want = answer(&engine, &request, models, &liked, &disliked);
            if want.values().any(|(score, ..)| !score.is_finite()) {
                continue; // all scores of a model are the same, but for rounding
            }
            let most = want.values().map(|(score, given, _)| given.iter().fold(score.abs(), |most, g| most.max(g.abs()))).fold(0.0, f64::max);
            let near = |a: f64, b: f64| (a - b).abs() <= 2e-4 * most;
            let got = engine.recommend(&request).unwrap();
            let mut left = want;
            left.retain(|row, _| !liked.iter().chain(&disliked).any(|(own, _)| own == row));
            prop_assert_eq!(got.items.len(), request.n.min(left.len()));
            prop_assert!(got.items.windows(2).all(|pair| pair[0].score >= pair[1].score));
            for item in &got.items {
                let row = engine.catalogue.row_of_id(item.id).unwrap();
                let (score, given, causes) = left.remove(&row).unwrap();
                prop_assert!(near(item.score, score), "{} {score} {request:?}", item.score);
                let by_model: Vec<f64> = item.by_model.as_ref().unwrap().iter().map(|(_, given)| *given).collect();
                prop_assert!(by_model.len() == given.len() && by_model.iter().zip(&given).all(|(&a, &b)| near(a, b)), "{by_model:?} {given:?}");
                let positive: f64 = causes.iter().map(|(_, value)| value.max(0.0)).sum();
                let told: BTreeMap<u32, f64> = item.because.as_ref().unwrap().iter().map(|because| match because {
                    Because::Item { id, share } => (engine.catalogue.row_of_id(*id).unwrap(), *share),
                    Because::Word { .. } => unreachable!("no word was typed"),
                }).collect();
                for (row, value) in causes {
                    let share = told.get(&row).copied().unwrap_or(0.0);
                    prop_assert!((share * positive - value.max(0.0)).abs() <= 1e-3 * positive.max(most * 0.01), "{share} {value} of {positive}");
                }
            }
            let worst = got.items.last().map_or(f64::INFINITY, |item| item.score);
            prop_assert!(left.values().all(|&(score, ..)| score <= worst || near(score, worst)));
        }
    }
}
