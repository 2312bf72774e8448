//! Liked and disliked items and a text, folded in: one query vector in the space of a model.
//!
//! Imports `model` and `deadline`.

use super::deadline::Deadline;
use super::model::{LoadedModel, ModelQuery, factor};
use crate::format::ProfileKind;

/// Weight of a disliked item against a liked one. As in Rocchio's relevance feedback (1971), a
/// dislike weighs less than a like.
const DISLIKE: f32 = 0.5;

impl LoadedModel {
    /// Returns the query of these items, liked and disliked by blob row and weight.
    ///
    /// One liked item alone is its own row, compared as the model compares items. Several items are
    /// a profile, made as the manifest says. It is either the sum `Σ w v factor(v)`, which with p =
    /// 1 has the direction of the mean of the unit vectors. Or it is the ridge solution `(a0 G + λ
    /// I + Σ_liked v vᵀ)⁻¹ Σ w v` of implicit-feedback fold-in (Hu, Koren and Volinsky 2008,
    /// section 4). There the rows are scaled to a mean squared length of 1, and G is their sum of
    /// outer products.
    ///
    /// The vectors of the words of `text` add up to a vector of length 1. A text weighs as much as
    /// all liked items together, or 1 if there are none. Only models of the kind `sum` may have a
    /// text encoder; the manifest ensures it.
    pub fn make_query(
        &self,
        liked: &[(u32, f32)],
        disliked: &[(u32, f32)],
        text: Vec<(String, Vec<f32>)>,
        deadline: Deadline<'_>,
    ) -> ModelQuery {
        let decoded =
            |row: u32| -> Vec<f32> { self.blob.row(row).iter().map(|v| v.to_f32()).collect() };
        if let ([(row, _)], [], []) = (liked, disliked, text.as_slice()) {
            let vector = decoded(*row);
            let exponent = self.exponent;
            let factor = self.factors[*row as usize];
            let (items, words, parts) = (vec![(*row, 1.0)], Vec::new(), vec![vector.clone()]);
            let scale = self.scale();
            return ModelQuery { items, parts, words, vector, exponent, factor, scale };
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
            ProfileKind::Ridge => self.ridge(liked, &items, deadline),
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
        let scale = match rule.kind {
            ProfileKind::Sum => self.scale(),
            // Its scores do not grow with the likes, as sums do.
            ProfileKind::Ridge => rule.scale * weight,
        };
        ModelQuery { items, parts, words, vector, exponent: rule.exponent, factor: 1.0, scale }
    }

    /// Returns each item's part of the ridge solution, scaled back to the rows as they are. After
    /// the deadline it solves no more.
    fn ridge(
        &self,
        liked: &[(u32, f32)],
        items: &[(u32, f32)],
        deadline: Deadline<'_>,
    ) -> Vec<Vec<f32>> {
        let dims = self.blob.dims() as usize;
        let (scale, gram) = self.gram.get_or_init(|| self.gram_matrix());
        let row = |row: u32| -> Vec<f64> {
            self.blob.row(row).iter().map(|v| v.to_f64() * scale).collect()
        };
        let mut matrix: Vec<f64> = gram.iter().map(|v| v * f64::from(self.profile.a0)).collect();
        for at in 0..dims {
            matrix[at * dims + at] += f64::from(self.profile.lambda);
        }
        for &(liked, _) in liked {
            if deadline.is_over() {
                break;
            }
            add_outer(&mut matrix, &row(liked));
        }
        let lower = cholesky(matrix, dims);
        let part = |&(item, weight): &(u32, f32)| {
            let mut part: Vec<f64> = row(item).iter().map(|v| v * f64::from(weight)).collect();
            if !deadline.is_over() {
                solve(&lower, dims, &mut part);
            }
            part.iter().map(|v| (v * scale) as f32).collect()
        };
        items.iter().map(part).collect()
    }

    /// Returns the scale that brings the rows with a vector to a mean squared length of 1, and their
    /// Gram matrix at that scale.
    fn gram_matrix(&self) -> (f64, Vec<f64>) {
        let dims = self.blob.dims() as usize;
        let squares: f64 = self.norms.iter().map(|&norm| f64::from(norm) * f64::from(norm)).sum();
        let rows = self.blob.rows_with_vector();
        let scale = if squares > 0.0 { (f64::from(rows) / squares).sqrt() } else { 1.0 };
        let mut gram = vec![0.0; dims * dims];
        for row in 0..rows {
            let row: Vec<f64> = self.blob.row(row).iter().map(|v| v.to_f64() * scale).collect();
            add_outer(&mut gram, &row);
        }
        (scale, gram)
    }
}

/// Adds `v vᵀ` to a square matrix, both triangles.
fn add_outer(matrix: &mut [f64], v: &[f64]) {
    for (row, &x) in matrix.chunks_exact_mut(v.len()).zip(v) {
        for (cell, &y) in row.iter_mut().zip(v) {
            *cell += x * y;
        }
    }
}

/// Returns L with `L Lᵀ` = the matrix. The matrix is symmetric, and positive definite because λ is
/// above 0.
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

/// Replaces b with the x of `L Lᵀ x = b`.
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
}
