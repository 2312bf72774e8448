//! Models to compare with: popularity, item-item weights, `PureSVD`.
//!
//! Imports the Gram matrix and the trait of models that rank.

use super::data::Interactions;
use super::ease::ItemWeights;
use super::fitted::Fitted;
use super::fold_in::sum;
use super::gram::{gram, leading};
use super::item_vectors::ItemVectors;

/// Ranks every item by its number of interactions, the same for everybody.
#[derive(Debug, Clone)]
pub struct Popularity(Vec<f32>);

impl Popularity {
    /// Counts the interactions of each item.
    #[must_use]
    pub fn new(data: &Interactions) -> Self {
        Self(data.counts().into_iter().map(|count| count as f32).collect())
    }
}

impl Fitted for Popularity {
    fn user(&self, _: usize, _: &[u32], out: &mut [f32]) {
        out.copy_from_slice(&self.0);
    }

    fn item(&self, _: usize, out: &mut [f32]) {
        out.copy_from_slice(&self.0);
    }

    fn vectors(&self) -> Option<ItemVectors<'_>> {
        None
    }
}

impl Fitted for ItemWeights {
    fn user(&self, _: usize, own: &[u32], out: &mut [f32]) {
        self.profile(own, out);
    }

    fn item(&self, item: usize, out: &mut [f32]) {
        out.copy_from_slice(self.row(item));
    }

    fn vectors(&self) -> Option<ItemVectors<'_>> {
        None
    }

    fn item_weights(&self) -> Option<&ItemWeights> {
        Some(self)
    }
}

/// `PureSVD` (Cremonesi et al. 2010): the leading right singular vectors of the interactions, not
/// centred.
#[derive(Debug, Clone)]
pub struct PureSvd {
    dims: usize,
    /// V.
    basis: Vec<f32>,
    /// V·S, compared by cosine.
    scaled: Vec<f32>,
}

impl PureSvd {
    /// Decomposes the interactions into at most `dims` vectors, and no more than items.
    #[must_use]
    pub fn new(data: &Interactions, dims: usize) -> Self {
        let items = data.items();
        let (values, vectors) = leading(&gram(data), dims);
        let dims = values.len();
        let mut basis = vec![0.0; items * dims];
        let mut scaled = basis.clone();
        for item in 0..items {
            for d in 0..dims {
                basis[item * dims + d] = vectors[(item, d)] as f32;
                scaled[item * dims + d] = (vectors[(item, d)] * values[d].max(0.0).sqrt()) as f32;
            }
        }
        Self { dims, basis, scaled }
    }
}

impl Fitted for PureSvd {
    fn user(&self, _: usize, own: &[u32], out: &mut [f32]) {
        let basis = ItemVectors { values: &self.basis, dims: self.dims, exponent: 0.0 };
        basis.dots(&sum(&self.basis, self.dims, own), out);
    }

    fn item(&self, item: usize, out: &mut [f32]) {
        let vectors = ItemVectors { values: &self.scaled, dims: self.dims, exponent: 1.0 };
        vectors.dots(&self.scaled[item * self.dims..][..self.dims], out);
        for (score, scale) in out.iter_mut().zip(vectors.scales()) {
            *score *= scale;
        }
    }

    fn vectors(&self) -> Option<ItemVectors<'_>> {
        Some(ItemVectors { values: &self.scaled, dims: self.dims, exponent: 1.0 })
    }
}
