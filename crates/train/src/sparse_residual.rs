//! The residual to sparse weights, found without a matrix of all pairs.
//!
//! Imports the residual and the sparse weights.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};

use super::dot::dot;
use super::item_vectors::ItemVectors;
use super::parallel::map_parts;
use super::residual::{Residual, keep_strongest, scaled};
use super::sparse_ease::SparseWeights;

/// Items whose products with all others are computed at a time.
const BLOCK: usize = 32;

impl Residual {
    /// Returns all weights that `target` has.
    #[must_use]
    pub fn whole(target: &SparseWeights) -> Self {
        let row = |item| {
            let mut weights = Vec::new();
            target.row(item, &mut weights);
            weights
        };
        Self::from_rows(1.0, (0..target.items()).map(row).collect())
    }

    /// Does the same as [`Residual::new`] for sparse weights: other pairs have the target 0. Returns
    /// `None` if it was cancelled.
    ///
    /// Computes all products of two vectors, a few rows at a time.
    #[must_use]
    pub fn of_sparse(
        target: &SparseWeights,
        vectors: &ItemVectors<'_>,
        most: usize,
        threads: usize,
        cancel: &AtomicBool,
    ) -> Option<Self> {
        let (items, dims) = (target.items(), vectors.dims);
        let scaled = scaled(vectors);
        let factor = factor(target, &scaled, dims);
        let all = MatRef::from_column_major_slice(&scaled, dims, items);
        let kept = map_parts(items, threads, |part| {
            let mut products = vec![0.0_f32; items * BLOCK];
            let mut rows = Vec::with_capacity(part.len());
            let mut weights = Vec::new();
            for start in part.clone().step_by(BLOCK) {
                if cancel.load(Relaxed) {
                    break;
                }
                let count = BLOCK.min(part.end - start);
                let block = MatRef::from_column_major_slice(
                    &scaled[start * dims..][..count * dims],
                    dims,
                    count,
                );
                let out = MatMut::from_column_major_slice_mut(
                    &mut products[..items * count],
                    items,
                    count,
                );
                matmul(out, Accum::Replace, all.transpose(), block, -factor, Par::Seq);
                for (item, missed) in (start..).zip(products.chunks_exact_mut(items).take(count)) {
                    target.row(item, &mut weights);
                    for &(j, weight) in &weights {
                        missed[j as usize] += weight;
                    }
                    missed[item] = 0.0;
                    rows.push(largest(missed, item, most));
                }
            }
            rows
        });
        let residual = Self::from_rows(factor, kept.into_iter().flatten().collect());
        (!cancel.load(Relaxed)).then_some(residual)
    }
}

/// Returns the factor that brings `V·Vᵀ` nearest to the target (least squares, without the
/// diagonal). The sum of all squared products is that of the entries of `VᵀV`.
fn factor(target: &SparseWeights, scaled: &[f32], dims: usize) -> f32 {
    let row = |i: usize| &scaled[i * dims..][..dims];
    let mut square = 0.0;
    let mut own = Mat::<f64>::zeros(dims, dims);
    let mut both = 0.0;
    let mut weights = Vec::new();
    for i in 0..target.items() {
        let v = row(i);
        square -= f64::from(dot(v, v)).powi(2);
        for (d, &value) in v.iter().enumerate() {
            for (cell, &other) in own.col_as_slice_mut(d).iter_mut().zip(v) {
                *cell += f64::from(value) * f64::from(other);
            }
        }
        target.row(i, &mut weights);
        for &(j, weight) in &weights {
            both += f64::from(dot(v, row(j as usize))) * f64::from(weight);
        }
    }
    square += own.squared_norm_l2();
    if square > 0.0 { (both / square) as f32 } else { 0.0 }
}

/// Returns the `most` values of largest magnitude without that of `own`: (row, value), in any
/// order.
fn largest(values: &[f32], own: usize, most: usize) -> Vec<(u32, f32)> {
    let mut found: Vec<(u32, f32)> = Vec::with_capacity(8 * most + 64);
    let mut bar = -1.0;
    for (j, &value) in (0..).zip(values) {
        if value.abs() > bar && j as usize != own {
            found.push((j, value));
            if found.len() == found.capacity() {
                keep_strongest(&mut found, most);
                bar = found.iter().map(|(_, value)| value.abs()).fold(f32::INFINITY, f32::min);
            }
        }
    }
    keep_strongest(&mut found, most);
    found
}
