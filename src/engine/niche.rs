//! Niche: how the popularity of an item enters its score.
//!
//! Imports nothing of `engine`.

/// Returns the weight of popularity: from 1 at `niche` 0 down to -1 at `niche` 1.
pub(super) fn strength(niche: f32) -> f32 {
    1.0 - 2.0 * niche
}
