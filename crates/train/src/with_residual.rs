//! Vectors and residual together, as a model that ranks.
//!
//! Imports the residual and the trait of models that rank.

use super::fitted::Fitted;
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
}

impl WithResidual {
    /// Joins vectors and residual.
    #[must_use]
    pub fn new(vectors: &ItemVectors<'_>, residual: Residual) -> Self {
        let (dims, exponent) = (vectors.dims, vectors.exponent);
        Self { values: scaled(vectors), vectors: vectors.values.to_vec(), dims, exponent, residual }
    }
}

impl Fitted for WithResidual {
    fn user(&self, _: usize, own: &[u32], out: &mut [f32]) {
        let mut query = vec![0.0; self.dims];
        for &item in own {
            for (sum, value) in
                query.iter_mut().zip(&self.values[item as usize * self.dims..][..self.dims])
            {
                *sum += value * self.residual.factor;
            }
        }
        ItemVectors { values: &self.values, dims: self.dims, exponent: 0.0 }.dots(&query, out);
        for &item in own {
            for (j, weight) in self.residual.of(item as usize) {
                out[j as usize] += weight;
            }
        }
    }

    fn item(&self, item: usize, out: &mut [f32]) {
        self.user(0, &[item as u32], out);
    }

    fn vectors(&self) -> Option<ItemVectors<'_>> {
        Some(ItemVectors { values: &self.vectors, dims: self.dims, exponent: self.exponent })
    }

    fn residual(&self) -> Option<&Residual> {
        Some(&self.residual)
    }
}
