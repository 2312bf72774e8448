//! Models to measure others by: popularity, item-kNN, EASE, `PureSVD`; and ridge fold-in of a profile.

use super::data::Interactions;
use super::fitted::Fitted;
use super::fold_in::sum;
use super::gram::{gram, leading};
use super::item_vectors::ItemVectors;
use super::item_weights::ItemWeights;

/// Everybody gets what most have.
#[derive(Debug, Clone)]
pub struct Popularity(Vec<f32>);

impl Popularity {
    /// Counts.
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
}

/// `PureSVD` (Cremonesi et al. 2010): the interactions' leading right singular vectors, uncentred.
#[derive(Debug, Clone)]
pub struct PureSvd {
    dims: usize,
    /// V.
    basis: Vec<f32>,
    /// V·S, compared by cosine.
    scaled: Vec<f32>,
}

impl PureSvd {
    /// Decomposes; at most as many dims as items.
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
