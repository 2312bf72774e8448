//! The settings of a distillation. It imports nothing of the crate.

use serde::Deserialize;

/// The settings of a training. `osusume eval --protocol text` found the defaults, see
/// docs/notes/quality-trials.md.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Distil {
    /// The number of passes over all sentences.
    pub epochs: usize,
    /// The number of sentences per step.
    pub batch: usize,
    /// The first step size of Adam. It falls linearly to 0.
    pub rate: f32,
    /// The length of a rare piece's vector before training.
    pub start: f32,
    /// The a of `a / (a + p)`, the length of a piece with the share p of all uses, relative to
    /// `start`.
    pub rarity: f32,
    /// The random seed. It decides the order of the sentences.
    pub seed: u64,
    /// A word of several pieces that occurs in the sentences of texts at least this often gets a
    /// vector.
    pub word_uses: u32,
    /// A piece that occurs in no text gets a vector if it occurs in the other sentences at least
    /// this often.
    pub piece_uses: u32,
    /// The weight of the context loss, from which a sentence learns about the sentences around it.
    /// It multiplies the gradient of that loss times the temperature.
    pub context: f32,
    /// The temperature of the context loss: it divides the cosines with the contexts.
    pub temperature: f32,
}

impl Default for Distil {
    fn default() -> Self {
        Self {
            epochs: 12,
            batch: 256,
            rate: 0.005,
            start: 1.5,
            rarity: 5e-4,
            seed: 1,
            word_uses: 4,
            piece_uses: 3,
            context: 0.7,
            temperature: 0.05,
        }
    }
}
