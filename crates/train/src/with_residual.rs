//! Vectors and residual together, as a model that ranks.
//!
//! Imports the residual, the fold-in and the trait of models that rank.

use super::fitted::Fitted;
use super::fold_in::FoldIn;
use super::item_vectors::ItemVectors;
use super::residual::{Residual, scaled};

/// Vectors with a residual, as they ship.
pub struct WithResidual {
    /// The vectors times the factor of their exponent.
    values: Vec<f32>,
    /// The vectors themselves.
    vectors: Vec<f32>,
    dims: usize,
    exponent: f32,
    residual: Residual,
    /// Scores users by the ridge instead of the sum.
    fold: Option<FoldIn>,
}

impl WithResidual {
    /// Joins vectors and residual.
    #[must_use]
    pub fn new(vectors: &ItemVectors<'_>, residual: Residual) -> Self {
        let (dims, exponent) = (vectors.dims, vectors.exponent);
        let (values, vectors) = (scaled(vectors), vectors.values.to_vec());
        Self { values, vectors, dims, exponent, residual, fold: None }
    }

    /// Returns a model of weights without vectors.
    #[must_use]
    pub fn weights_alone(residual: Residual) -> Self {
        let zeros = vec![0.0; residual.offsets.len() - 1];
        Self::new(&ItemVectors { values: &zeros, dims: 1, exponent: 1.0 }, residual)
    }

    /// Makes the query of a user by the ridge, as a release whose manifest says so.
    #[must_use]
    pub fn by_ridge(mut self) -> Self {
        self.fold = Some(FoldIn::new(&self.vectors, self.dims, 1.0, 3.0));
        self
    }

    /// Adds the weights of the items `own`.
    fn add_weights(&self, own: &[u32], out: &mut [f32]) {
        for &item in own {
            for (j, weight) in self.residual.of(item as usize) {
                out[j as usize] += weight;
            }
        }
    }

    /// Writes the scores for the sum of the items `own`.
    fn sum(&self, own: &[u32], out: &mut [f32]) {
        let mut query = vec![0.0; self.dims];
        for &item in own {
            for (sum, value) in
                query.iter_mut().zip(&self.values[item as usize * self.dims..][..self.dims])
            {
                *sum += value * self.residual.factor;
            }
        }
        ItemVectors { values: &self.values, dims: self.dims, exponent: 0.0 }.dots(&query, out);
        self.add_weights(own, out);
    }
}

impl Fitted for WithResidual {
    fn user(&self, _: usize, own: &[u32], out: &mut [f32]) {
        let Some(fold) = &self.fold else { return self.sum(own, out) };
        fold.score(own, out);
        for score in &mut *out {
            *score *= self.residual.factor;
        }
        self.add_weights(own, out);
    }

    fn item(&self, item: usize, out: &mut [f32]) {
        self.sum(&[item as u32], out);
    }

    /// Returns `None` for weights alone, which have no vector but zeros.
    fn vectors(&self) -> Option<ItemVectors<'_>> {
        let (values, dims, exponent) = (&self.vectors[..], self.dims, self.exponent);
        let has_vectors = values.iter().any(|&value| value != 0.0);
        has_vectors.then_some(ItemVectors { values, dims, exponent })
    }

    fn residual(&self) -> Option<&Residual> {
        Some(&self.residual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ridge_takes_the_place_of_the_sum_and_zeros_are_no_vectors() {
        let values = [1.0, 0.0, 0.5, 1.0, 0.0, 2.0];
        let vectors = ItemVectors { values: &values, dims: 2, exponent: 1.0 };
        let residual =
            Residual { factor: 0.5, offsets: vec![0, 1, 1, 1], rows: vec![2], weights: vec![3.0] };
        let model = WithResidual::new(&vectors, residual.clone()).by_ridge();
        let (mut found, mut wanted) = ([0.0; 3], [0.0; 3]);
        model.user(0, &[0], &mut found);
        FoldIn::new(&values, 2, 1.0, 3.0).score(&[0], &mut wanted);
        wanted = wanted.map(|score| score * 0.5);
        wanted[2] += 3.0;
        assert_eq!(found, wanted);
        model.item(0, &mut found);
        assert_eq!(found[0], 0.5, "an item's own cosine");
        assert!(model.vectors().is_some());
        let alone = ItemVectors { values: &[0.0; 6], ..vectors };
        assert!(WithResidual::new(&alone, residual).vectors().is_none());
    }
}
