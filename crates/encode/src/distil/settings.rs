//! The settings of a distillation. It imports nothing of the crate.

use serde::Deserialize;

/// How a table is trained. The defaults were found by `osusume eval --protocol text`, see docs/QUALITY.md.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Distil {
    /// Passes over all sentences.
    pub epochs: usize,
    /// Sentences a step.
    pub batch: usize,
    /// The first step size of Adam; it falls to 0 in a line.
    pub rate: f32,
    /// The length that a rare piece starts with.
    pub start: f32,
    /// The a of `a / (a + p)`.
    pub rarity: f32,
    /// Decides the order of the sentences.
    pub seed: u64,
    /// How often a word of several pieces stands in sentences of texts to get a vector of its own.
    pub word_uses: u32,
    /// How often a piece that no text has stands in the other sentences to get a vector.
    pub piece_uses: u32,
    /// How much a sentence learns from those around it, beside the transformer's vector of it: the slope of that loss times the
    /// temperature has this weight.
    pub context: f32,
    /// What the cosines with other texts' sentences are divided by for that.
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
