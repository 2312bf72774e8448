//! Item-item weights: item-kNN and EASE.
//!
//! Imports the interactions and their Gram matrix.

use faer::Side;
use faer::linalg::solvers::DenseSolveCore;

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
    /// Most items that a matrix is made for: EASE takes 8 GB for a moment. The caller checks it.
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
    /// `B = I - P diag(1/P)` with `P = (XᵀX + λI)⁻¹`. Needs 8 bytes × items² three times. Returns
    /// `None` if the matrix is singular (λ = 0).
    #[must_use]
    pub fn ease(data: &Interactions, lambda: f64) -> Option<Self> {
        let items = data.items();
        let mut gram = gram(data);
        for i in 0..items {
            gram[(i, i)] += lambda;
        }
        let inverse = gram.llt(Side::Lower).ok()?.inverse();
        drop(gram);
        let mut weights = vec![0.0; items * items];
        for j in 0..items {
            let own = inverse[(j, j)];
            for q in 0..items {
                if q != j {
                    weights[q * items + j] = (-inverse[(q, j)] / own) as f32;
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
