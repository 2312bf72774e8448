//! A user vector for a profile: ridge fold-in, or a plain sum.
//!
//! Imports the item vectors alone.

use faer::linalg::solvers::Solve;
use faer::{Col, Mat, Side};

use super::item_vectors::ItemVectors;

/// Ridge fold-in: the user vector of a profile by one least-squares step, `u = (a·VᵀV + Σ v vᵀ +
/// λI)⁻¹ Σ v`. The sums are over the items of the profile; V is scaled to a mean square norm of 1.
#[derive(Debug, Clone)]
pub struct FoldIn {
    dims: usize,
    values: Vec<f32>,
    base: Mat<f64>,
}

impl FoldIn {
    /// Prepares the part that all profiles share. `unseen` is a and `ridge` is λ; 1 and 3 did best
    /// on both data sets.
    #[must_use]
    pub fn new(values: &[f32], dims: usize, unseen: f64, ridge: f64) -> Self {
        let square: f64 = values.iter().map(|v| f64::from(*v).powi(2)).sum();
        let rows = (values.len() / dims).max(1) as f64;
        let scale = if square > 0.0 { (rows / square).sqrt() } else { 1.0 };
        let values: Vec<f32> = values.iter().map(|v| (f64::from(*v) * scale) as f32).collect();
        let mut base = Mat::<f64>::zeros(dims, dims);
        add_outer(&mut base, values.chunks_exact(dims), unseen);
        for d in 0..dims {
            base[(d, d)] += ridge;
        }
        Self { dims, values, base }
    }

    /// Returns the user vector of a profile; zeros if the system is singular.
    #[must_use]
    pub fn user_vector(&self, own: &[u32]) -> Vec<f32> {
        let mut matrix = self.base.clone();
        add_outer(
            &mut matrix,
            own.iter().map(|&item| &self.values[item as usize * self.dims..][..self.dims]),
            1.0,
        );
        let sum = sum(&self.values, self.dims, own);
        let right = Col::<f64>::from_fn(self.dims, |d| f64::from(sum[d]));
        match matrix.llt(Side::Lower) {
            Ok(llt) => llt.solve(&right).iter().map(|v| *v as f32).collect(),
            Err(_) => vec![0.0; self.dims],
        }
    }

    /// Writes the score of every item for a profile.
    pub fn score(&self, own: &[u32], out: &mut [f32]) {
        ItemVectors { values: &self.values, dims: self.dims, exponent: 0.0 }
            .dots(&self.user_vector(own), out);
    }
}

/// Adds `weight · v vᵀ` of every row v.
fn add_outer<'a>(matrix: &mut Mat<f64>, rows: impl Iterator<Item = &'a [f32]>, weight: f64) {
    for v in rows {
        for (j, &b) in v.iter().enumerate() {
            let by = weight * f64::from(b);
            for (cell, &a) in matrix.col_as_slice_mut(j).iter_mut().zip(v) {
                *cell += by * f64::from(a);
            }
        }
    }
}

/// Writes the scores of `Σ v/|v|^p` over a profile against `v/|v|^p`; `scales` holds the `1/|v|^p`.
/// With p = 1 they are those of the mean of normalised vectors, except for its length.
pub fn score_by_sum(vectors: &ItemVectors<'_>, scales: &[f32], own: &[u32], out: &mut [f32]) {
    let mut query = vec![0.0; vectors.dims];
    for &item in own {
        let v = &vectors.values[item as usize * vectors.dims..][..vectors.dims];
        for (sum, value) in query.iter_mut().zip(v) {
            *sum += value * scales[item as usize];
        }
    }
    vectors.dots(&query, out);
    for (score, scale) in out.iter_mut().zip(scales) {
        *score *= scale;
    }
}

/// Returns the sum of the vectors of a profile.
pub(super) fn sum(values: &[f32], dims: usize, own: &[u32]) -> Vec<f32> {
    let mut sum = vec![0.0; dims];
    for &item in own {
        for (sum, value) in sum.iter_mut().zip(&values[item as usize * dims..][..dims]) {
            *sum += value;
        }
    }
    sum
}
