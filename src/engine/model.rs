//! A loaded model: what it makes of liked items, and how it scores every row it covers.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::best::Best;
use crate::format::{ModelBlob, ModelEntry, Profile, ProfileKind, ResidualBlob};
use crate::kernel::{self, BLOCK, Codes};
use crate::topk::{Scored, top};

/// A model's vectors and how they are used.
///
/// The score of blob row v for the query u is `((u·v × factor(v)) × f) × s + r(v)`, where `factor(x)` is `1 / |x|^p`, f
/// the query's own factor, and `× s + r(v)` is left out for a model without a residual.
#[derive(Debug)]
pub(super) struct Model {
    pub blob: ModelBlob,
    /// Catalogue row of each blob row, ascending.
    pub item_rows: Vec<u32>,
    name: String,
    /// The p of `factor`.
    exponent: f32,
    profile: Profile,
    niche: f32,
    norms: Vec<f32>,
    /// `1 / |v|^p` with the model's own p; zeros up to a whole block of the codes.
    factors: Vec<f32>,
    pub residual: Option<(f32, ResidualBlob)>,
    /// Mean squared length of the rows, and their sum of outer products scaled to a mean squared length of 1; what the
    /// ridge solution needs, made when it is first asked for.
    gram: OnceLock<(f64, Vec<f64>)>,
    /// Mean of `factor(v) v` over the rows, for the model's own p and for that of profiles; made when first asked for.
    means: [OnceLock<Vec<f64>>; 2],
    /// The codes of each [`coded_at_once`] rows. One is made by each question from the second on, so that the first is
    /// answered early and none has all of them to make.
    codes: Vec<OnceLock<Codes>>,
    asked: AtomicBool,
}

/// Liked and disliked items as a model sees them.
#[derive(Debug)]
pub(super) struct Query {
    /// The items, by blob row, with their signed weights.
    pub items: Vec<(u32, f32)>,
    /// Each item's part of `vector`, and then each word's; `vector` is their sum.
    parts: Vec<Vec<f32>>,
    /// What was typed, word by word.
    pub words: Vec<String>,
    vector: Vec<f32>,
    exponent: f32,
    /// `1 / |vector|^p` of a single item; 1 for a profile, whose items have theirs in `parts`.
    factor: f32,
}

/// How much a disliked item counts against a liked one, as in Rocchio's relevance feedback (1971), where what is not
/// wanted weighs less than what is.
const DISLIKE: f32 = 0.5;

/// Rows whose codes one question makes, at least.
const CODED_AT_ONCE: usize = if cfg!(test) { 2 * BLOCK } else { 64 * BLOCK };

/// Questions that make codes, at most.
const CODING: usize = 8;

/// How many blocks are finished before all others, for each row that is wanted.
const AHEAD: usize = 2;

/// With so many rows in question they are scored, so that what the best score at least is known for those that come.
const CANDIDATES: usize = BLOCK;

/// How many of a model's rows have their codes made by one question.
fn coded_at_once(rows: u32) -> usize {
    (rows as usize).div_ceil(CODING).next_multiple_of(BLOCK).max(CODED_AT_ONCE)
}

impl Model {
    pub fn new(blob: ModelBlob, residual: Option<ResidualBlob>, entry: &ModelEntry) -> Self {
        let norms: Vec<f32> = (0..blob.rows()).map(|row| kernel::norm(blob.row(row))).collect();
        let factors = factors(&norms, entry.exponent);
        let item_rows = (0..blob.rows()).map(|row| blob.item_row(row)).collect();
        let residual =
            residual.zip(entry.residual.as_ref()).map(|(blob, entry)| (entry.factor, blob));
        let ModelEntry { name, exponent, profile, niche, .. } = entry;
        let parts = (blob.rows() as usize).div_ceil(coded_at_once(blob.rows()));
        Self {
            blob,
            item_rows,
            name: name.clone(),
            exponent: *exponent,
            profile: profile.clone(),
            niche: *niche,
            norms,
            factors,
            residual,
            gram: OnceLock::new(),
            means: Default::default(),
            codes: (0..parts).map(|_| OnceLock::new()).collect(),
            asked: AtomicBool::new(false),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// How strongly `niche` acts, in distances from the mean score to the best.
    pub fn niche(&self) -> f32 {
        self.niche
    }

    /// Returns the query of these items, liked and disliked by blob row and weight.
    ///
    /// One liked item alone is its own row, compared as the model compares items. Several are a profile, made as the
    /// manifest says: the sum `Σ w v factor(v)`, which with p = 1 is the mean of the unit vectors but for its length, or
    /// the ridge solution `(a0 G + λ I + Σ_liked v vᵀ)⁻¹ Σ w v` of implicit-feedback fold-in (Hu, Koren and Volinsky 2008,
    /// section 4), with the rows scaled to a mean squared length of 1 and G their sum of outer products.
    ///
    /// A text counts as much as all that is liked: its words' parts, which add up to a vector of length 1, times the sum of
    /// the liked items' weights, or times 1 where nothing is liked. The manifest lets only models of the kind `sum` have one.
    pub fn query(
        &self,
        liked: &[(u32, f32)],
        disliked: &[(u32, f32)],
        text: Vec<(String, Vec<f32>)>,
    ) -> Query {
        let decoded =
            |row: u32| -> Vec<f32> { self.blob.row(row).iter().map(|v| v.to_f32()).collect() };
        if let ([(row, _)], [], []) = (liked, disliked, text.as_slice()) {
            let vector = decoded(*row);
            let exponent = self.exponent;
            let factor = self.factors[*row as usize];
            let (items, words, parts) = (vec![(*row, 1.0)], Vec::new(), vec![vector.clone()]);
            return Query { items, parts, words, vector, exponent, factor };
        }
        let against = disliked.iter().map(|&(row, weight)| (row, -weight * DISLIKE));
        let items: Vec<(u32, f32)> = liked.iter().copied().chain(against).collect();
        let rule = &self.profile;
        let mut parts: Vec<Vec<f32>> = match rule.kind {
            ProfileKind::Sum => items
                .iter()
                .map(|&(row, weight)| {
                    let scale = factor(self.norms[row as usize], rule.exponent) * weight;
                    decoded(row).into_iter().map(|v| v * scale).collect()
                })
                .collect(),
            ProfileKind::Ridge => self.ridge(liked, &items),
        };
        let mut vector = vec![0.0_f64; self.blob.dims() as usize];
        let weight =
            if liked.is_empty() { 1.0 } else { liked.iter().map(|&(_, weight)| weight).sum() };
        let mut words = Vec::new();
        for (word, part) in text {
            words.push(word);
            let mut part: Vec<f32> = part.iter().map(|v| v * weight).collect();
            part.resize(vector.len(), 0.0); // the encoder may know the first dims only
            parts.push(part);
        }
        for part in &parts {
            vector.iter_mut().zip(part).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        let vector: Vec<f32> = vector.into_iter().map(|v| v as f32).collect();
        Query { items, parts, words, vector, exponent: rule.exponent, factor: 1.0 }
    }

    /// Each item's part of the ridge solution, scaled so that it meets the rows as they are.
    fn ridge(&self, liked: &[(u32, f32)], items: &[(u32, f32)]) -> Vec<Vec<f32>> {
        let dims = self.blob.dims() as usize;
        let (scale, gram) = self.gram.get_or_init(|| self.gram());
        let row = |row: u32| -> Vec<f64> {
            self.blob.row(row).iter().map(|v| v.to_f64() * scale).collect()
        };
        let mut matrix: Vec<f64> = gram.iter().map(|v| v * f64::from(self.profile.a0)).collect();
        for at in 0..dims {
            matrix[at * dims + at] += f64::from(self.profile.lambda);
        }
        for &(liked, _) in liked {
            add_outer(&mut matrix, &row(liked));
        }
        let lower = cholesky(matrix, dims);
        let part = |&(item, weight): &(u32, f32)| {
            let mut part: Vec<f64> = row(item).iter().map(|v| v * f64::from(weight)).collect();
            solve(&lower, dims, &mut part);
            part.iter().map(|v| (v * scale) as f32).collect()
        };
        items.iter().map(part).collect()
    }

    fn gram(&self) -> (f64, Vec<f64>) {
        let dims = self.blob.dims() as usize;
        let squares: f64 = self.norms.iter().map(|&norm| f64::from(norm) * f64::from(norm)).sum();
        let scale =
            if squares > 0.0 { (f64::from(self.blob.rows()) / squares).sqrt() } else { 1.0 };
        let mut gram = vec![0.0; dims * dims];
        for row in 0..self.blob.rows() {
            let row: Vec<f64> = self.blob.row(row).iter().map(|v| v.to_f64() * scale).collect();
            add_outer(&mut gram, &row);
        }
        (scale, gram)
    }

    /// Returns the score of a blob row.
    pub fn score(&self, query: &Query, row: u32) -> f32 {
        let mut score = self.without_residual(query, row);
        if let Some((_, residual)) = &self.residual {
            for &(item, weight) in &query.items {
                if let Some(value) = residual.at(item, row) {
                    score += weight * value;
                }
            }
        }
        score
    }

    fn without_residual(&self, query: &Query, row: u32) -> f32 {
        let own = self.exponent == query.exponent;
        let at = row as usize;
        let factor = if own { self.factors[at] } else { factor(self.norms[at], query.exponent) };
        let [f, s] = self.times(query);
        let mut dot = [0.0];
        kernel::dots(&query.vector, self.blob.row(row), &mut dot);
        dot[0] * factor * f * s
    }

    /// What every score is multiplied by: the query's own factor, and the s of a residual.
    fn times(&self, query: &Query) -> [f32; 2] {
        [query.factor, self.residual.as_ref().map_or(1.0, |(s, _)| *s)]
    }

    /// Returns the rows that a residual speaks of, ascending, and their scores.
    fn paired(&self, query: &Query) -> Vec<(u32, f32)> {
        let Some((_, residual)) = &self.residual else { return Vec::new() };
        let mut scores = vec![f32::NAN; self.norms.len()];
        let mut rows = Vec::new();
        for &(item, weight) in &query.items {
            for (row, value) in residual.of(item) {
                let score = &mut scores[row as usize];
                if score.is_nan() {
                    *score = self.without_residual(query, row);
                    rows.push(row);
                }
                *score += weight * value;
            }
        }
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter().map(|row| (row, scores[row as usize])).collect()
    }

    /// Offers `best` every row that passes and may be among the best, by catalogue row and with its exact score.
    ///
    /// Where `bounds` is there, it has a place for each blob row and gets a number that its score does not exceed.
    ///
    /// This is the one place that chooses how rows are scored: by their codes first, and exactly where these leave a row
    /// in question, or exactly at once; `fast` says whether codes may be used. The answer is the same.
    pub fn search(
        &self,
        query: &Query,
        best: &mut Best<'_>,
        passes: &dyn Fn(u32) -> bool,
        mut bounds: Option<&mut [f32]>,
        fast: bool,
    ) {
        let (factors, times) = (self.factors(query.exponent), self.times(query));
        // Where a good part of the rows are among the best, codes leave too many in question.
        let fast = fast && best.wanted() < self.item_rows.len() / 16;
        let again = fast && self.asked.swap(true, Ordering::Relaxed);
        let (dims, at_once) = (query.vector.len(), coded_at_once(self.blob.rows()));
        if again && let Some(part) = self.codes.iter().position(|codes| codes.get().is_none()) {
            let values = self.blob.values().chunks(at_once * dims).nth(part).unwrap_or_default();
            self.codes[part].get_or_init(|| Codes::new(values, dims));
        }
        // Another thread may make more codes meanwhile. This search must not use those: it has no
        // first stage of them and would leave their rows out.
        let made: Vec<Option<&Codes>> = self.codes.iter().map(OnceLock::get).collect();
        let first = made.first().filter(|_| again).copied().flatten();
        let question = first.and_then(|codes| codes.query(&query.vector, times));
        let blocks = self.item_rows.len().div_ceil(BLOCK);
        let coded = |block: usize| {
            let (part, within) = (block * BLOCK / at_once, block * BLOCK % at_once / BLOCK);
            Some((made[part]?, question.as_ref()?, within, &factors[part * at_once..]))
        };
        let score = |item: u32| self.without_residual(query, self.blob.row_of(item).unwrap_or(0));
        let mut upper = [0.0; BLOCK];
        // The scores of the rows that a residual speaks of are known; what the vectors alone say of them is not the score.
        let known = self.paired(query);
        let is_known =
            |row: usize| known.binary_search_by_key(&(row as u32), |&(row, _)| row).is_ok();
        for &(row, score) in &known {
            let row = self.item_rows[row as usize];
            if passes(row) {
                best.offer(Scored { row, score });
            }
        }
        best.prune();
        // The largest bound of each block by its first stage. Those with the largest are finished first.
        let mut begun = Vec::new();
        for block in 0..if question.is_some() { blocks } else { 0 } {
            let mut sums = [0; BLOCK];
            let most = coded(block).map_or(f32::NEG_INFINITY, |(codes, query, block, factors)| {
                codes.begin(query, block, factors, &mut sums)
            });
            begun.push((most, sums));
        }
        let firsts = (0..).zip(&begun).map(|(row, &(score, _))| Scored { row, score });
        let firsts = top(AHEAD * best.wanted(), firsts);
        let mut done = vec![false; blocks];
        let mut candidates = Vec::new();
        for block in firsts.iter().map(|first| first.row as usize).chain(0..blocks) {
            if std::mem::replace(&mut done[block], true) {
                continue;
            }
            let first = block * BLOCK;
            let least = if bounds.is_some() { f32::NEG_INFINITY } else { best.least() };
            let rows = &self.item_rows[first..self.item_rows.len().min(first + BLOCK)];
            let by_codes = coded(block);
            let most = if let Some((codes, query, within, factors)) = by_codes {
                let (most, sums) = &mut begun[block];
                if *most < least {
                    continue;
                }
                codes.finish(query, within, factors, least, sums, &mut upper)
            } else {
                let values = &self.blob.values()[first * dims..][..rows.len() * dims];
                kernel::dots(&query.vector, values, &mut upper[..rows.len()]);
                for (score, factor) in upper.iter_mut().zip(&factors[first..]).take(rows.len()) {
                    *score = *score * factor * times[0] * times[1];
                }
                f32::INFINITY
            };
            if let Some(bounds) = &mut bounds {
                bounds[first..][..rows.len()].copy_from_slice(&upper[..rows.len()]);
            }
            if most >= best.least() {
                for ((model_row, &row), &score) in (first..).zip(rows).zip(&upper) {
                    if score < best.least() || is_known(model_row) {
                        continue;
                    }
                    if by_codes.is_some() {
                        candidates.push(Scored { row, score });
                    } else if passes(row) {
                        best.offer(Scored { row, score });
                    }
                }
            }
            if candidates.len() >= CANDIDATES {
                best.offer_bounded(&candidates, passes, &score);
                candidates.clear();
            }
        }
        best.offer_bounded(&candidates, passes, &score);
        if let Some(bounds) = &mut bounds {
            for (row, score) in known {
                bounds[row as usize] = score;
            }
        }
    }

    /// Returns the mean of the scores over all rows: the score of the mean row.
    pub fn mean(&self, query: &Query) -> f64 {
        let rows = f64::from(self.blob.rows());
        let place = usize::from(query.exponent != self.exponent);
        let mean = self.means[place].get_or_init(|| {
            let mut sum = vec![0.0; self.blob.dims() as usize];
            let mut decoded = vec![0.0; sum.len()];
            for (row, &factor) in (0..self.blob.rows()).zip(&*self.factors(query.exponent)) {
                kernel::decode(self.blob.row(row), &mut decoded);
                for (sum, &value) in sum.iter_mut().zip(&decoded) {
                    *sum += f64::from(value) * f64::from(factor);
                }
            }
            sum.iter().map(|sum| sum / rows).collect()
        });
        let dot: f64 = mean.iter().zip(&query.vector).map(|(&mean, &q)| mean * f64::from(q)).sum();
        let mut score = dot * f64::from(query.factor);
        if let Some((s, residual)) = &self.residual {
            score *= f64::from(*s);
            for &(item, weight) in &query.items {
                let sum: f64 = residual.of(item).map(|(_, value)| f64::from(value)).sum();
                score += f64::from(weight) * sum / rows;
            }
        }
        score
    }

    /// Returns what each item of the query, and then each word, contributes to the score of blob row `row`; their sum is the
    /// score, but for rounding.
    pub fn contributions(&self, query: &Query, row: u32) -> Vec<f64> {
        let own = factor(self.norms[row as usize], query.exponent);
        let common = f64::from(own) * f64::from(query.factor);
        let items = query.items.iter().map(Some).chain(std::iter::repeat(None));
        let of = |(part, item): (&Vec<f32>, Option<&(u32, f32)>)| {
            let mut dot = [0.0];
            kernel::dots(part, self.blob.row(row), &mut dot);
            let product = f64::from(dot[0]) * common;
            let Some((s, residual)) = &self.residual else { return product };
            let sparse = item.map_or(0.0, |&(item, weight)| {
                f64::from(weight) * f64::from(residual.at(item, row).unwrap_or(0.0))
            });
            f64::from(*s) * product + sparse
        };
        query.parts.iter().zip(items).map(of).collect()
    }

    /// Returns the cosine of two rows; 0 where one is all zeros.
    pub fn cosine(&self, row: u32, vector: &[f32]) -> f32 {
        let mut dot = [0.0];
        kernel::dots(vector, self.blob.row(row), &mut dot);
        dot[0] * factor(self.norms[row as usize], 1.0)
    }

    /// Returns a row divided by its length.
    pub fn unit(&self, row: u32) -> Vec<f32> {
        let scale = factor(self.norms[row as usize], 1.0);
        self.blob.row(row).iter().map(|v| v.to_f32() * scale).collect()
    }

    fn factors(&self, exponent: f32) -> Cow<'_, [f32]> {
        if exponent == self.exponent {
            Cow::Borrowed(&self.factors)
        } else {
            Cow::Owned(factors(&self.norms, exponent))
        }
    }
}

/// Returns the factor of each row, and zeros up to a whole block of the codes.
fn factors(norms: &[f32], exponent: f32) -> Vec<f32> {
    let mut factors: Vec<f32> = norms.iter().map(|&norm| factor(norm, exponent)).collect();
    factors.resize(factors.len().next_multiple_of(BLOCK), 0.0);
    factors
}

/// Returns `1 / norm^exponent`, and 0 for a norm of 0. `pow` is libm's on every target, since std's differ.
fn factor(norm: f32, exponent: f32) -> f32 {
    if norm == 0.0 {
        0.0
    } else if exponent == 0.0 {
        1.0
    } else if exponent == 1.0 {
        1.0 / norm
    } else {
        libm::powf(norm, -exponent)
    }
}

/// Adds `v vᵀ` to a square matrix, whole.
fn add_outer(matrix: &mut [f64], v: &[f64]) {
    for (row, &x) in matrix.chunks_exact_mut(v.len()).zip(v) {
        for (cell, &y) in row.iter_mut().zip(v) {
            *cell += x * y;
        }
    }
}

/// Returns L with `L Lᵀ` = the matrix, which is symmetric and positive definite since λ is above 0.
fn cholesky(mut matrix: Vec<f64>, dims: usize) -> Vec<f64> {
    for column in 0..dims {
        for row in column..dims {
            let (done, rest) = matrix.split_at_mut(row * dims);
            let above =
                if row == column { &rest[..column] } else { &done[column * dims..][..column] };
            let sum: f64 = rest[..column].iter().zip(above).map(|(a, b)| a * b).sum();
            let value = rest[column] - sum;
            rest[column] = if row == column {
                value.max(f64::MIN_POSITIVE).sqrt()
            } else {
                value / done[column * dims + column]
            };
        }
    }
    matrix
}

/// Replaces b by the x of `L Lᵀ x = b`.
fn solve(lower: &[f64], dims: usize, b: &mut [f64]) {
    for row in 0..dims {
        let sum: f64 = (0..row).map(|k| lower[row * dims + k] * b[k]).sum();
        b[row] = (b[row] - sum) / lower[row * dims + row];
    }
    for row in (0..dims).rev() {
        let sum: f64 = (row + 1..dims).map(|k| lower[k * dims + row] * b[k]).sum();
        b[row] = (b[row] - sum) / lower[row * dims + row];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_solution_solves() {
        let dims = 5;
        let mut matrix = vec![0.0; dims * dims];
        for seed in 1..9 {
            let v: Vec<f64> =
                (0..dims).map(|i| f64::from((seed * 7 + i as u32 * 3) % 11) - 5.0).collect();
            add_outer(&mut matrix, &v);
        }
        (0..dims).for_each(|at| matrix[at * dims + at] += 3.0);
        let b: Vec<f64> = (0..dims).map(|i| i as f64 - 1.5).collect();
        let mut x = b.clone();
        solve(&cholesky(matrix.clone(), dims), dims, &mut x);
        for (row, want) in matrix.chunks_exact(dims).zip(b) {
            let got: f64 = row.iter().zip(&x).map(|(a, b)| a * b).sum();
            assert!((got - want).abs() < 1e-12, "{got} {want}");
        }
    }

    #[test]
    fn factors_are_powers_of_the_length() {
        assert_eq!(factor(0.0, 0.5), 0.0);
        assert_eq!(factor(4.0, 0.0), 1.0);
        assert_eq!(factor(4.0, 0.5), 0.5);
        assert_eq!(factor(4.0, 1.0), 0.25);
    }
}
