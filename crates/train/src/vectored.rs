//! Item vectors as a model that ranks for users too.
//!
//! Imports the learners' trait and the fold-in; knows no learner.

use super::fitted::Fitted;
use super::fold_in::FoldIn;
use super::item_vectors::ItemVectors;
use super::learner::Learner;

/// Item vectors with something that scores for users: a trained learner, or the fold-in of a
/// profile.
pub struct Vectored<'a> {
    values: Vec<f32>,
    dims: usize,
    exponent: f32,
    scales: Vec<f32>,
    users: Users<'a>,
}

/// How users are scored.
enum Users<'a> {
    Learner(Box<dyn Learner + 'a>, Vec<u32>),
    FoldIn(FoldIn),
}

impl<'a> Vectored<'a> {
    /// Returns a trained model: `learner` scores users, `values` score items.
    #[must_use]
    pub(super) fn learned(
        learner: Box<dyn Learner + 'a>,
        values: Vec<f32>,
        dims: usize,
        exponent: f32,
    ) -> Self {
        let items = (0..(values.len() / dims) as u32).collect();
        Self::new(values, dims, exponent, Users::Learner(learner, items))
    }

    /// Returns vectors from anywhere; users are folded in by ridge regression.
    #[must_use]
    pub fn alone(values: Vec<f32>, dims: usize, exponent: f32) -> Self {
        let users = Users::FoldIn(FoldIn::new(&values, dims, 1.0, 3.0));
        Self::new(values, dims, exponent, users)
    }

    fn new(values: Vec<f32>, dims: usize, exponent: f32, users: Users<'a>) -> Self {
        let scales = ItemVectors { values: &values, dims, exponent }.scales();
        Self { values, dims, exponent, scales, users }
    }
}

impl Fitted for Vectored<'_> {
    fn user(&self, user: usize, own: &[u32], out: &mut [f32]) {
        match &self.users {
            Users::Learner(learner, items) => learner.score(user as u32, items, out),
            Users::FoldIn(fold) => fold.score(own, out),
        }
    }

    fn item(&self, item: usize, out: &mut [f32]) {
        let all = ItemVectors { values: &self.values, dims: self.dims, exponent: self.exponent };
        all.dots(&self.values[item * self.dims..][..self.dims], out);
        for (score, scale) in out.iter_mut().zip(&self.scales) {
            *score *= scale;
        }
    }

    fn vectors(&self) -> Option<ItemVectors<'_>> {
        Some(ItemVectors { values: &self.values, dims: self.dims, exponent: self.exponent })
    }
}
