//! The trait of models that rank: all that an evaluation needs.
//!
//! Imports item vectors, the residual and item-item weights; knows no model.

use super::ease::ItemWeights;
use super::item_vectors::ItemVectors;
use super::residual::Residual;

/// A model that ranks all items for a training user, and for an item.
pub trait Fitted: Sync {
    /// Writes the score of every item for a training user with the training items `own`.
    fn user(&self, user: usize, own: &[u32], out: &mut [f32]);

    /// Writes the score of every item by its similarity to `item`.
    fn item(&self, item: usize, out: &mut [f32]);

    /// Returns the item vectors that ship, with their exponent.
    fn vectors(&self) -> Option<ItemVectors<'_>>;

    /// Returns the residual that ships beside the vectors, if there is one.
    fn residual(&self) -> Option<&Residual> {
        None
    }

    /// Returns the weights of all pairs, if the model is nothing else.
    fn item_weights(&self) -> Option<&ItemWeights> {
        None
    }
}
