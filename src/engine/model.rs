//! A loaded model: its vectors, and how it scores one row.
//!
//! Imports `format` and `kernel`. `fold_in` makes its queries; `search` scores all rows.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use crate::format::{ModelBlob, ModelEntry, ProfileRule, ResidualBlob};
use crate::kernel::{self, BLOCK, QuantizedRows};

/// A model's vectors and how they are used.
///
/// The score of blob row v for the query u is `((u·v × factor(v)) × f) × s + r(v)`. Here
/// `factor(x)` is `1 / |x|^p`, f is the query's own factor, and `× s + r(v)` is the residual, if
/// the model has one.
#[derive(Debug)]
pub(super) struct LoadedModel {
    pub blob: ModelBlob,
    /// Catalogue row of each blob row: ascending among the rows with a vector, which come first, and
    /// among the others.
    pub item_rows: Vec<u32>,
    name: String,
    /// The p of `factor`.
    pub exponent: f32,
    /// How several items become one query.
    pub profile: ProfileRule,
    niche: f32,
    scale: f32,
    pub norms: Vec<f32>,
    /// `1 / |v|^p` with the model's own p; zeros up to a whole block of the codes.
    pub factors: Vec<f32>,
    pub residual: Option<(f32, ResidualBlob)>,
    /// The Gram matrix that the ridge solution needs, made for the first such query: the scale that
    /// brings the rows to a mean squared length of 1, and the sum of their outer products at that
    /// scale.
    pub gram: OnceLock<(f64, Vec<f64>)>,
    /// Mean of `factor(v) v` over the rows, for the model's own p and for that of profiles. Each is
    /// made for the first query that needs it.
    means: [OnceLock<Vec<f64>>; 2],
    /// The codes of the rows, in parts of [`rows_per_part`] rows. Each search from the second on
    /// makes one part: the first answer comes early, and no request has to make all parts.
    pub codes: Vec<OnceLock<QuantizedRows>>,
    /// Whether a search ran that could have used codes.
    pub was_searched: AtomicBool,
}

/// Liked and disliked items and a text, in the space of one model.
#[derive(Debug)]
pub(super) struct ModelQuery {
    /// The items, by blob row, with their signed weights.
    pub items: Vec<(u32, f32)>,
    /// Each item's part of `vector`, and then each word's; `vector` is their sum.
    pub parts: Vec<Vec<f32>>,
    /// The words of the text.
    pub words: Vec<String>,
    pub vector: Vec<f32>,
    pub exponent: f32,
    /// `1 / |vector|^p` of a single item. It is 1 for a profile, whose `parts` contain the factors
    /// of the items.
    pub factor: f32,
    /// A blend multiplies the scores by it.
    pub scale: f32,
}

/// Least number of rows whose codes one search makes.
const MIN_ROWS_PER_PART: usize = if cfg!(test) { 2 * BLOCK } else { 64 * BLOCK };

/// Largest number of searches that make codes.
const MAX_PARTS: usize = 8;

/// Returns how many of a model's rows have their codes made by one search.
pub(super) fn rows_per_part(rows: u32) -> usize {
    (rows as usize).div_ceil(MAX_PARTS).next_multiple_of(BLOCK).max(MIN_ROWS_PER_PART)
}

impl LoadedModel {
    pub fn new(blob: ModelBlob, residual: Option<ResidualBlob>, entry: &ModelEntry) -> Self {
        let norms: Vec<f32> = (0..blob.rows()).map(|row| kernel::norm(blob.row(row))).collect();
        let factors = factors(&norms, entry.exponent);
        let item_rows = (0..blob.rows()).map(|row| blob.item_row(row)).collect();
        let residual =
            residual.zip(entry.residual.as_ref()).map(|(blob, entry)| (entry.factor, blob));
        let ModelEntry { name, exponent, profile, niche, scale, .. } = entry;
        let coded = blob.rows_with_vector();
        let parts = (coded as usize).div_ceil(rows_per_part(coded));
        Self {
            blob,
            item_rows,
            name: name.clone(),
            exponent: *exponent,
            profile: profile.clone(),
            niche: *niche,
            scale: *scale,
            norms,
            factors,
            residual,
            gram: OnceLock::new(),
            means: Default::default(),
            codes: (0..parts).map(|_| OnceLock::new()).collect(),
            was_searched: AtomicBool::new(false),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how strongly `niche` acts, in distances from the mean score to the best.
    pub fn niche(&self) -> f32 {
        self.niche
    }

    /// Returns what a blend multiplies the scores by.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// Sets what a blend multiplies the scores by: alone, and by the ridge solution.
    pub fn set_scales(&mut self, [alone, ridge]: [f32; 2]) {
        (self.scale, self.profile.scale) = (alone, ridge);
    }

    /// Returns the score of a blob row.
    pub fn score(&self, query: &ModelQuery, row: u32) -> f32 {
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

    /// Returns the score of a blob row by its vector alone.
    pub fn without_residual(&self, query: &ModelQuery, row: u32) -> f32 {
        let own = self.exponent == query.exponent;
        let at = row as usize;
        let factor = if own { self.factors[at] } else { factor(self.norms[at], query.exponent) };
        let [f, s] = self.multipliers(query);
        let mut dot = [0.0];
        kernel::dots(&query.vector, self.blob.row(row), &mut dot);
        dot[0] * factor * f * s
    }

    /// Returns the multipliers of every score: the query's own factor, and the s of a residual.
    pub fn multipliers(&self, query: &ModelQuery) -> [f32; 2] {
        [query.factor, self.residual.as_ref().map_or(1.0, |(s, _)| *s)]
    }

    /// Returns the mean of the scores over all rows, which is the score of the mean row.
    pub fn mean(&self, query: &ModelQuery) -> f64 {
        let rows = f64::from(self.blob.rows());
        let place = usize::from(query.exponent != self.exponent);
        let mean = self.means[place].get_or_init(|| {
            let mut sum = vec![0.0; self.blob.dims() as usize];
            let mut decoded = vec![0.0; sum.len()];
            let with_vector = 0..self.blob.rows_with_vector();
            for (row, &factor) in with_vector.zip(&*self.factors(query.exponent)) {
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

    /// Returns the contribution of each item of the query, and then of each word, to the score of
    /// blob row `row`. Up to rounding, their sum is the score.
    pub fn contributions(&self, query: &ModelQuery, row: u32) -> Vec<f64> {
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

    /// Returns the cosine of a row and a vector of length 1, and 0 if the row is all zeros.
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

    /// Returns the factor of each row for the exponent of a query.
    pub fn factors(&self, exponent: f32) -> Cow<'_, [f32]> {
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

/// Returns `1 / norm^exponent`, and 0 for a norm of 0. Every target uses libm's `powf`, because
/// std's differ.
pub(super) fn factor(norm: f32, exponent: f32) -> f32 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_powers_of_the_length() {
        assert_eq!(factor(0.0, 0.5), 0.0);
        assert_eq!(factor(4.0, 0.0), 1.0);
        assert_eq!(factor(4.0, 0.5), 0.5);
        assert_eq!(factor(4.0, 1.0), 0.25);
    }
}
