//! Weights from the content of items: for those without interactions, and a little for all.
//!
//! An item that too few people have gets no vector. Its weights are predicted from its content, by
//! a regression that has learned from the other items what content says about their scores.
//! Imports the residual, the dot product, the recipe and the training output.

use std::collections::HashMap;
use std::ops::Range;

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use super::dot::dot;
use super::item_vectors::ItemVectors;
use super::parallel::map_parts;
use super::recipe::ContentWeights;
use super::residual::{Residual, keep_strongest, scaled};
use super::train::TrainOutput;
use osusume_tables::Vectors;

/// The facts of one item, from a catalogue.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// The item's id.
    pub id: u32,
    /// Its tags and categories as numbers, ascending.
    pub tags: Vec<u32>,
    /// Its series or product family as a number.
    pub group: Option<u32>,
    /// How many people know it.
    pub people: Option<f64>,
    /// The year in which it appeared.
    pub year: Option<f32>,
}

/// The outcome of [`add_content`].
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ContentReport {
    /// Items without a vector that have predicted weights.
    pub predicted: usize,
    /// How much of the variance of known scores the regression explains, on items that it has not
    /// learned from.
    pub explained: f64,
}

/// Candidates for the weights of an item, by the cosine of texts.
const NEAREST: usize = 64;

/// Other items, drawn evenly, that the regression sees beside the candidates.
const OTHERS: usize = 16;

/// Most items that the regression learns from; their pairs are 80 times as many.
const LEARNED: usize = 4000;

/// Each fifth of the items that the regression knows measures it.
const MEASURED: usize = 5;

/// Base features of a pair.
const BASE: usize = 7;

/// All features: a constant, the base features and their products.
const FEATURES: usize = 1 + BASE + BASE * (BASE + 1) / 2;

/// Adds rows without a vector for the items that content places, and weights by content. `facts`
/// ascend by id.
pub fn add_content(
    output: &mut TrainOutput,
    facts: &[Facts],
    texts: &Vectors,
    how: ContentWeights,
    threads: usize,
) -> ContentReport {
    let Some(residual) = output.residual.take() else { return ContentReport::default() };
    let pairs = Pairs::new(output, &residual, facts, texts, threads);
    let mut rows: Vec<Vec<(u32, f32)>> =
        (0..pairs.warm).map(|row| residual.of(row).collect()).collect();
    let mut report = ContentReport::default();
    if how.text_weight > 0.0 {
        pairs.raise(&mut rows, how, threads);
    }
    if how.predicted > 0 && pairs.all() > pairs.warm {
        let (weights, explained) = pairs.learn(threads);
        pairs.predict(&mut rows, &weights, how, threads);
        report = ContentReport { predicted: pairs.all() - pairs.warm, explained };
        for &id in &pairs.ids[pairs.warm..] {
            output.vectors.ids.push(id);
            output.counts.push(0);
        }
        let len = output.vectors.ids.len() * output.vectors.dims;
        output.vectors.values.resize(len, 0.0);
    }
    output.residual = Some(Residual::from_rows(residual.factor, rows));
    report
}

/// The items, and what is known of each pair of them.
struct Pairs<'a> {
    /// First the items with a vector, as the output has them, then those without.
    ids: Vec<u32>,
    /// How many have a vector.
    warm: usize,
    facts: Vec<&'a Facts>,
    /// How well known each item is, from 0 to 1.
    known: Vec<f32>,
    /// The items' texts scaled to length 1; zeros where there is none.
    texts: Vec<f32>,
    text_dims: usize,
    /// The vectors times the factor of their exponent.
    vectors: Vec<f32>,
    dims: usize,
    residual: &'a Residual,
    /// The items of each group that has more than one.
    groups: HashMap<u32, Vec<u32>>,
    /// For each item the candidates that are nearest by text or of its group, without itself.
    near: Vec<Vec<u32>>,
}

/// The facts of an item that the catalogue lacks.
static NOTHING: Facts = Facts { id: 0, tags: Vec::new(), group: None, people: None, year: None };

impl<'a> Pairs<'a> {
    fn new(
        output: &TrainOutput,
        residual: &'a Residual,
        facts: &'a [Facts],
        texts: &Vectors,
        threads: usize,
    ) -> Self {
        let mut ids = output.vectors.ids.clone();
        let warm = ids.len();
        let text_row: HashMap<u32, usize> = texts.ids.iter().copied().zip(0..).collect();
        let is_cold = |facts: &&Facts| {
            text_row.contains_key(&facts.id) && output.vectors.ids.binary_search(&facts.id).is_err()
        };
        ids.extend(facts.iter().filter(is_cold).map(|facts| facts.id));
        let of = |id: &u32| {
            facts.binary_search_by_key(id, |facts| facts.id).map_or(&NOTHING, |at| &facts[at])
        };
        let own: Vec<&Facts> = ids.iter().map(of).collect();
        let people = |facts: &Facts| facts.people.unwrap_or(0.0).max(0.0).ln_1p() as f32;
        let most = own.iter().map(|facts| people(facts)).fold(1e-6, f32::max);
        let known = own.iter().map(|facts| people(facts) / most).collect();
        let mut unit = vec![0.0; ids.len() * texts.dims];
        for (row, id) in unit.chunks_exact_mut(texts.dims.max(1)).zip(&ids) {
            let Some(&at) = text_row.get(id) else { continue };
            let text = texts.row(at);
            let length = dot(text, text).sqrt();
            if length > 0.0 {
                row.iter_mut().zip(text).for_each(|(unit, value)| *unit = value / length);
            }
        }
        let mut groups: HashMap<u32, Vec<u32>> = HashMap::new();
        for (facts, row) in own.iter().zip(0..) {
            if let Some(group) = facts.group {
                groups.entry(group).or_default().push(row);
            }
        }
        let (dims, exponent) = (output.vectors.dims, output.exponent);
        let vectors = scaled(&ItemVectors { values: &output.vectors.values, dims, exponent });
        let mut pairs = Self {
            ids,
            warm,
            facts: own,
            known,
            texts: unit,
            text_dims: texts.dims,
            vectors,
            dims,
            residual,
            groups,
            near: Vec::new(),
        };
        pairs.near = in_rows(0..pairs.all(), threads, |row| pairs.nearest(row));
        pairs
    }

    fn all(&self) -> usize {
        self.ids.len()
    }

    /// Returns the candidates for the weights of an item.
    fn nearest(&self, row: usize) -> Vec<u32> {
        let mut all: Vec<(u32, f32)> = (0..self.all())
            .filter(|&other| other != row)
            .map(|other| (other as u32, self.cosine(row, other)))
            .filter(|&(_, cosine)| cosine > 0.0)
            .collect();
        if NEAREST < all.len() {
            all.select_nth_unstable_by(NEAREST, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            all.truncate(NEAREST);
        }
        let mut near: Vec<u32> = all.into_iter().map(|(other, _)| other).collect();
        let group = self.facts[row].group.and_then(|group| self.groups.get(&group));
        let same = group.map_or(&[][..], Vec::as_slice).iter().take(NEAREST);
        near.extend(same.filter(|&&other| other as usize != row));
        near.sort_unstable();
        near.dedup();
        near
    }

    /// Returns the cosine of two texts, 0 if it is negative or one is missing.
    fn cosine(&self, from: usize, to: usize) -> f32 {
        let text = |row: usize| &self.texts[row * self.text_dims..][..self.text_dims];
        dot(text(from), text(to)).max(0.0)
    }

    /// Returns how much liking one item with a vector adds to the score of another.
    fn score(&self, from: usize, to: usize) -> f32 {
        let vector = |row: usize| &self.vectors[row * self.dims..][..self.dims];
        let missed = self.residual.at(from, to as u32);
        self.residual.factor * dot(vector(from), vector(to)) + missed
    }

    /// Returns the features of a pair.
    fn features(&self, from: usize, to: usize) -> [f64; FEATURES] {
        let (a, b) = (self.facts[from], self.facts[to]);
        let cosine = self.cosine(from, to);
        let is_same = a.group.is_some() && a.group == b.group;
        let both = a.tags.iter().filter(|tag| b.tags.binary_search(tag).is_ok()).count();
        let either = (a.tags.len() + b.tags.len() - both).max(1);
        let years = a.year.zip(b.year).map_or(0.5, |(a, b)| ((a - b).abs() / 20.0).min(1.0));
        let base = [
            cosine,
            cosine * cosine,
            f32::from(u8::from(is_same)),
            both as f32 / either as f32,
            self.known[from],
            self.known[to],
            years,
        ];
        let base = base.map(f64::from);
        let mut all = [1.0; FEATURES];
        all[1..=BASE].copy_from_slice(&base);
        let products = (0..BASE).flat_map(|i| (i..BASE).map(move |j| (i, j)));
        for (feature, (i, j)) in all[1 + BASE..].iter_mut().zip(products) {
            *feature = base[i] * base[j];
        }
        all
    }

    /// Returns the pairs that an item with a vector gives the regression, each in both directions.
    fn examples(&self, row: usize) -> Vec<(usize, usize)> {
        let step = (self.warm / OTHERS).max(1);
        let others = (0..OTHERS).map(|n| (row * 7 + n * step + 1) % self.warm);
        let near = self.near[row].iter().map(|&other| other as usize);
        let pairs = near.filter(|&other| other < self.warm).chain(others);
        pairs.filter(|&other| other != row).flat_map(|other| [(other, row), (row, other)]).collect()
    }

    /// Learns what features say about scores, by ridge regression on items with vectors. Returns
    /// the weights of the features and the share of the variance that they explain on other items.
    fn learn(&self, threads: usize) -> (Vec<f64>, f64) {
        let step = self.warm.div_ceil(LEARNED).max(1);
        let rows: Vec<usize> = (0..self.warm).step_by(step).collect();
        let is_measured = |at: usize| at % MEASURED == MEASURED - 1;
        let learned: Vec<usize> =
            (0..rows.len()).filter(|&at| !is_measured(at)).map(|at| rows[at]).collect();
        let sums = map_parts(learned.len(), threads, |part| {
            let mut sums = (Mat::<f64>::zeros(FEATURES, FEATURES), Mat::<f64>::zeros(FEATURES, 1));
            for (from, to) in part.flat_map(|at| self.examples(learned[at])) {
                let (x, y) = (self.features(from, to), f64::from(self.score(from, to)));
                for (i, a) in x.iter().enumerate() {
                    sums.1[(i, 0)] += a * y;
                    for (j, b) in x.iter().enumerate() {
                        sums.0[(i, j)] += a * b;
                    }
                }
            }
            sums
        });
        let mut gram = Mat::<f64>::zeros(FEATURES, FEATURES);
        let mut right = Mat::<f64>::zeros(FEATURES, 1);
        for (a, b) in sums {
            gram += a;
            right += b;
        }
        let pairs = gram[(0, 0)];
        for i in 0..FEATURES {
            gram[(i, i)] += 1e-6 * pairs.max(1.0);
        }
        let Ok(solver) = gram.llt(Side::Lower) else { return (vec![0.0; FEATURES], 0.0) };
        let weights: Vec<f64> = solver.solve(right).col_as_slice(0).to_vec();
        let (mut n, mut sum, mut squares, mut errors) = (0.0, 0.0, 0.0, 0.0);
        let measured = (0..rows.len()).filter(|&at| is_measured(at)).map(|at| rows[at]);
        for (from, to) in measured.flat_map(|row| self.examples(row)) {
            let y = f64::from(self.score(from, to));
            let error = y - self.predicted(&weights, from, to);
            (n, sum, squares, errors) = (n + 1.0, sum + y, squares + y * y, errors + error * error);
        }
        let variance: f64 = squares - sum * sum / f64::max(n, 1.0);
        (weights, if variance > 0.0 { 1.0 - errors / variance } else { 0.0 })
    }

    fn predicted(&self, weights: &[f64], from: usize, to: usize) -> f64 {
        self.features(from, to).iter().zip(weights).map(|(x, w)| x * w).sum()
    }

    /// Raises the weights of items with vectors by their texts.
    fn raise(&self, rows: &mut [Vec<(u32, f32)>], how: ContentWeights, threads: usize) {
        let raised = in_rows(0..self.warm, threads, |row| {
            let mut own = rows[row].clone();
            for &other in self.near[row].iter().filter(|&&other| (other as usize) < self.warm) {
                let more = how.text_weight * self.cosine(row, other as usize).powi(2);
                match own.iter_mut().find(|(j, _)| *j == other) {
                    Some((_, weight)) => *weight += more,
                    None => own.push((other, more)),
                }
            }
            strongest(own, how.most)
        });
        rows.clone_from_slice(&raised);
    }

    /// Predicts the weights of the items without vectors: those that lead to them, and those from
    /// them.
    fn predict(
        &self,
        rows: &mut Vec<Vec<(u32, f32)>>,
        weights: &[f64],
        how: ContentWeights,
        threads: usize,
    ) {
        let cold = in_rows(self.warm..self.all(), threads, |row| {
            let near = || self.near[row].iter().map(|&other| other as usize);
            let of = |from: usize, to: usize| self.predicted(weights, from, to) as f32;
            let to: Vec<(u32, f32)> = near()
                .filter(|&other| other < self.warm)
                .map(|other| (other as u32, how.predicted_factor * of(other, row)))
                .collect();
            let from = near().map(|other| (other as u32, of(row, other))).collect();
            (strongest(to, how.predicted), strongest(from, how.predicted))
        });
        rows.resize(self.all(), Vec::new());
        for (row, (to, from)) in (self.warm..).zip(cold) {
            for (other, weight) in to.into_iter().filter(|&(_, weight)| weight > 0.0) {
                rows[other as usize].push((row as u32, weight));
            }
            rows[row] = from.into_iter().filter(|&(_, weight)| weight > 0.0).collect();
        }
    }
}

/// Calls `of` for each of `rows` on several threads.
fn in_rows<T: Send>(rows: Range<usize>, threads: usize, of: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let row = |at: usize| of(rows.start + at);
    let parts = map_parts(rows.len(), threads, |part| part.map(row).collect::<Vec<T>>());
    parts.into_iter().flatten().collect()
}

/// Returns the strongest of the weights.
fn strongest(mut all: Vec<(u32, f32)>, most: usize) -> Vec<(u32, f32)> {
    keep_strongest(&mut all, most);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use osusume_tables::Provenance;

    const WARM: u32 = 60;

    /// Items in ten series of seven, whose last has no vector. Text and scores follow the series.
    fn setting() -> (TrainOutput, Vec<Facts>, Vectors) {
        let series = |id: u32| id % 10;
        let of = |id: u32| {
            let angle = series(id) as f32 * 0.6;
            [angle.cos(), angle.sin(), 0.01 * (id / 10) as f32]
        };
        let vectors = |ids: Vec<u32>| Vectors {
            values: ids.iter().flat_map(|&id| of(id)).collect(),
            ids,
            dims: 3,
            provenance: Provenance::default(),
        };
        let warm = WARM as usize;
        let residual = Residual {
            factor: 0.2,
            offsets: (0..=WARM).collect(),
            rows: (0..WARM).map(|row| if row >= 10 { row - 10 } else { row + 10 }).collect(),
            weights: vec![0.3; warm],
        };
        let output = TrainOutput {
            vectors: vectors((0..WARM).collect()),
            exponent: 0.5,
            residual: Some(residual),
            counts: vec![9; warm],
            stopped: None,
        };
        let fact = |id| Facts {
            id,
            tags: vec![series(id)],
            group: Some(series(id)),
            people: Some(f64::from(id)),
            year: Some(2000.0),
        };
        (output, (0..WARM + 10).map(fact).collect(), vectors((0..WARM + 10).collect()))
    }

    fn how(text_weight: f32, predicted: usize, most: usize) -> ContentWeights {
        ContentWeights { text_weight, predicted, predicted_factor: 1.0, most }
    }

    #[test]
    fn items_without_a_vector_get_the_weights_of_their_kind() {
        let (mut output, facts, texts) = setting();
        let how = how(0.0, 3, 5);
        let before = output.clone();
        let report = add_content(&mut output, &facts, &texts, how, 2);
        assert_eq!(report.predicted, 10);
        assert!(report.explained > 0.5, "{report:?}");
        assert_eq!(output.vectors.ids, (0..WARM + 10).collect::<Vec<_>>());
        assert_eq!(output.counts[WARM as usize..], [0; 10]);
        assert!(output.vectors.row(WARM as usize).iter().all(|&value| value == 0.0));
        let residual = output.residual.clone().unwrap();
        let mut to = [0; 10];
        for row in 0..WARM as usize {
            let own: Vec<(u32, f32)> = residual.of(row).collect();
            assert!(own.is_sorted_by(|a, b| a.0 < b.0));
            for &(other, weight) in own.iter().filter(|(other, _)| *other >= WARM) {
                assert_eq!(other % 10, row as u32 % 10, "content of another series");
                assert!(weight > 0.0);
                to[(other - WARM) as usize] += 1;
            }
            let kept = |(other, _): &&(u32, f32)| *other < WARM;
            let old: Vec<(u32, f32)> = own.iter().filter(kept).copied().collect();
            assert_eq!(old, before.residual.as_ref().unwrap().of(row).collect::<Vec<_>>());
        }
        assert_eq!(to, [3; 10], "as many weights as asked for lead to each");
        for row in WARM as usize..WARM as usize + 10 {
            let from: Vec<u32> = residual.of(row).map(|(other, _)| other).collect();
            assert!(!from.is_empty() && from.len() <= 3 && !from.contains(&(row as u32)));
        }
        let mut alone = before.clone();
        assert_eq!(add_content(&mut alone, &facts, &texts, how, 1), report);
        assert_eq!(alone.residual, output.residual, "threads change nothing");

        let mut twice = before;
        let doubled = ContentWeights { predicted_factor: 2.0, ..how };
        add_content(&mut twice, &facts, &texts, doubled, 2);
        let twice = twice.residual.unwrap();
        for row in 0..WARM as usize + 10 {
            for (other, weight) in residual.of(row) {
                let is_predicted = row < WARM as usize && other >= WARM;
                let factor = if is_predicted { 2.0 } else { 1.0 };
                assert_eq!(twice.at(row, other), factor * weight);
            }
        }
    }

    #[test]
    fn texts_raise_weights_and_no_row_grows_beyond_its_limit() {
        let (mut output, facts, texts) = setting();
        let before = output.residual.clone().unwrap();
        let how = how(0.1, 0, 4);
        let report = add_content(&mut output, &facts, &texts, how, 1);
        assert_eq!((report, output.vectors.ids.len()), (ContentReport::default(), WARM as usize));
        let after = output.residual.unwrap();
        for row in 0..WARM as usize {
            let (old, weight) = before.of(row).next().unwrap();
            let own: Vec<(u32, f32)> = after.of(row).collect();
            assert_eq!(own.len(), 4);
            let raised = own.iter().find(|(other, _)| *other == old).unwrap().1;
            assert!((raised - weight - 0.1).abs() < 1e-3, "the same series: {raised}");
            assert!(own.iter().all(|(other, _)| other % 10 == row as u32 % 10));
        }
    }

    #[test]
    fn nothing_is_added_where_nothing_is_known() {
        let (mut output, facts, texts) = setting();
        let how = how(0.1, 3, 5);
        let none = Vectors { ids: Vec::new(), values: Vec::new(), ..texts.clone() };
        let before = output.clone();
        add_content(&mut output, &[], &none, how, 1);
        assert_eq!((&output.vectors, &output.counts), (&before.vectors, &before.counts));
        let rows = |output: &TrainOutput| output.residual.as_ref().unwrap().rows.clone();
        assert_eq!(rows(&output), rows(&before));
        let mut bare = TrainOutput { residual: None, ..before.clone() };
        assert_eq!(add_content(&mut bare, &facts, &texts, how, 1), ContentReport::default());
        assert_eq!(bare.vectors, before.vectors);
    }
}
