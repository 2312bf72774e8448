//! Models that can be asked: what evaluation needs of anything that ranks.

use super::baselines::FoldIn;
use super::model::{Learner, dot};
use super::residual::Residual;

/// A model that ranks all items, for a user it was trained on and for an item.
pub trait Fitted: Sync {
    /// Writes the score of every item for a training user, whose training items are `own`.
    fn user(&self, user: usize, own: &[u32], out: &mut [f32]);

    /// Writes the score of every item by its likeness to `item`.
    fn item(&self, item: usize, out: &mut [f32]);

    /// Returns what ships: item vectors, with their exponent.
    fn vectors(&self) -> Option<ItemVectors<'_>>;

    /// Returns what ships beside the vectors, if anything does.
    fn residual(&self) -> Option<&Residual> {
        None
    }
}

/// Item vectors, compared by `q·v / (|q||v|)^p`.
#[derive(Debug, Clone, Copy)]
pub struct ItemVectors<'a> {
    /// `items × dims` values.
    pub values: &'a [f32],
    /// Values per vector.
    pub dims: usize,
    /// The exponent p: 0 is the dot product, 1 the cosine.
    pub exponent: f32,
}

impl ItemVectors<'_> {
    /// Returns the factor of each row, `|v|^-p`; 0 for a vector of zeros.
    #[must_use]
    pub fn scales(&self) -> Vec<f32> {
        let norms = self.values.chunks_exact(self.dims).map(|v| dot(v, v).sqrt());
        norms.map(|norm| if norm > 0.0 { norm.powf(-self.exponent) } else { 0.0 }).collect()
    }

    /// Writes `query · v` for every row v.
    pub fn dots(&self, query: &[f32], out: &mut [f32]) {
        for (score, v) in out.iter_mut().zip(self.values.chunks_exact(self.dims)) {
            *score = dot(query, v);
        }
    }
}

/// Item vectors with something that scores for users: a trained network, user vectors, or a profile.
pub struct Vectored<'a> {
    values: Vec<f32>,
    dims: usize,
    exponent: f32,
    scales: Vec<f32>,
    users: Users<'a>,
}

enum Users<'a> {
    Learner(Box<dyn Learner + 'a>, Vec<u32>),
    FoldIn(FoldIn),
}

impl<'a> Vectored<'a> {
    /// Returns a trained model: users are scored as it was trained to, items by the vectors given.
    #[must_use]
    pub fn learned(
        learner: Box<dyn Learner + 'a>,
        values: Vec<f32>,
        dims: usize,
        exponent: f32,
    ) -> Self {
        let items = (0..(values.len() / dims) as u32).collect();
        Self::new(values, dims, exponent, Users::Learner(learner, items))
    }

    /// Returns vectors from anywhere: users are folded in (see [`FoldIn`]).
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
