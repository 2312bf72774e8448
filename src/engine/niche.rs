//! Niche: how the popularity of an item enters its score.
//!
//! Imports nothing of `engine`.

/// Returns the weight of popularity: from 1 at `niche` 0 down to -1 at `niche` 1.
pub(super) fn strength(niche: f32) -> f32 {
    1.0 - 2.0 * niche
}

/// The most that popularity takes of a score's distance: all of it would make the best known of the
/// items that go with the likes equal to any item.
const MOST_TAKEN: f32 = 0.8;

/// The rule by which popularity changes a score. It is increasing in the score, rounding included.
pub struct Niche<'a> {
    /// The popularity of each catalogue row, 0 to 1.
    popularity: &'a [f32],
    /// What the most popular item gets; 0 if it loses.
    added: f32,
    /// The part that the most popular item loses of what it scores above `typical`, 0 to 1.
    taken: f32,
    /// The score of a typical item.
    typical: f32,
}

impl<'a> Niche<'a> {
    /// Returns the rule for a strength of -1 to 1 times the model's own. `span` is asked for the
    /// distance from a typical item to the best if it is needed.
    pub fn new(
        popularity: &'a [f32],
        strength: f32,
        typical: f32,
        span: impl FnOnce() -> f32,
    ) -> Self {
        let added = if strength > 0.0 { strength * span() } else { 0.0 };
        Self { popularity, added, taken: MOST_TAKEN * (-strength).clamp(0.0, 1.0), typical }
    }

    /// Returns the changed score of a catalogue row.
    #[must_use]
    pub fn of(&self, row: u32, score: f32) -> f32 {
        let popularity = self.popularity[row as usize];
        if self.taken > 0.0 && score > self.typical {
            self.typical + (score - self.typical) * (1.0 - self.taken * popularity)
        } else {
            score + self.added * popularity
        }
    }
}
