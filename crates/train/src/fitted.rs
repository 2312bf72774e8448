//! Models that can be asked: what evaluation needs of anything that ranks.

use super::item_vectors::ItemVectors;
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
