//! Item-item weights: item-kNN and EASE.
//!
//! Imports the interactions and their Gram matrix.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{
    LltRegularization, cholesky_in_place, cholesky_in_place_scratch,
};
use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::{Accum, Mat, Par, Spec};

use super::data::Interactions;
use super::gram::gram;

/// A weight for each pair of items. A profile's score of an item is the sum of the weights from the
/// profile's items.
#[derive(Debug, Clone)]
pub struct ItemWeights {
    items: usize,
    /// `items × items`, row by row; row q holds what q adds to the score of each item.
    weights: Vec<f32>,
}

impl ItemWeights {
    /// Most items that a matrix is made for: EASE takes 6.4 GB for a moment. The caller checks it.
    pub const MOST_ITEMS: usize = 20_000;

    /// Item-kNN with all neighbours: the cosine of two items' sets of users.
    #[must_use]
    pub fn cosine(data: &Interactions) -> Self {
        let (items, gram) = (data.items(), gram(data));
        let lengths: Vec<f64> = (0..items).map(|i| gram[(i, i)].sqrt()).collect();
        let weight = |q: usize, j: usize| match lengths[q] * lengths[j] {
            length if q != j && length > 0.0 => (gram[(q, j)] / length) as f32,
            _ => 0.0,
        };
        Self {
            items,
            weights: (0..items * items).map(|at| weight(at / items, at % items)).collect(),
        }
    }

    /// EASE (Steck 2019, "Embarrassingly shallow autoencoders for sparse data", equation 8).
    ///
    /// `B = I - P diag(1/P)` with `P = (XᵀX + λI)⁻¹`. Needs 8 bytes × items² twice. Returns
    /// `None` if the matrix is singular (λ = 0).
    #[must_use]
    pub fn ease(data: &Interactions, lambda: f64) -> Option<Self> {
        let items = data.items();
        let mut gram = gram(data);
        for i in 0..items {
            gram[(i, i)] += lambda;
        }
        let inverse = inverse(gram)?;
        let mut weights = vec![0.0; items * items];
        for j in 0..items {
            let own = inverse[(j, j)];
            for q in 0..items {
                if q != j {
                    weights[q * items + j] = (-inverse[(q.max(j), q.min(j))] / own) as f32;
                }
            }
        }
        Some(Self { items, weights })
    }

    /// Returns row `item`: what the item adds to the score of each item.
    #[must_use]
    pub fn row(&self, item: usize) -> &[f32] {
        &self.weights[item * self.items..][..self.items]
    }

    /// Number of items.
    #[must_use]
    pub fn items(&self) -> usize {
        self.items
    }

    /// Writes the score of every item for a profile.
    pub fn profile(&self, own: &[u32], out: &mut [f32]) {
        out.fill(0.0);
        for &q in own {
            for (score, weight) in out.iter_mut().zip(self.row(q as usize)) {
                *score += weight;
            }
        }
    }
}

/// Returns the inverse of a symmetric matrix, or `None` if it is not positive definite. The lower
/// triangle alone is read and written. The factor is made in the place of the matrix and the inverse
/// in that of the factor: the convenient methods hold four matrices.
fn inverse(mut matrix: Mat<f64>) -> Option<Mat<f64>> {
    let size = matrix.nrows();
    let scratch = cholesky_in_place_scratch::<f64>(size, Par::Seq, Spec::default());
    let mut memory = MemBuffer::new(scratch);
    let stack = MemStack::new(&mut memory);
    let regularization = LltRegularization::default();
    cholesky_in_place(matrix.as_mut(), regularization, Par::Seq, stack, Spec::default()).ok()?;
    let mut inverse_factor = Mat::<f64>::zeros(size, size);
    invert_lower_triangular(inverse_factor.as_mut(), matrix.as_ref(), Par::Seq);
    matmul(
        matrix.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Replace,
        inverse_factor.transpose(),
        BlockStructure::TriangularUpper,
        inverse_factor.as_ref(),
        BlockStructure::TriangularLower,
        1.0,
        Par::Seq,
    );
    Some(matrix)
}
