//! What every trainable model is to the loop around it, and the shared tables that threads write without locks.

use std::sync::atomic::AtomicBool;

use super::data::Interactions;
use super::table::Table;

/// Gives scores; higher ranks before lower.
pub trait Scorer: Sync {
    /// Writes the score of each of `items` (rows) for `user` to `out`, which is as long.
    fn score(&self, user: u32, items: &[u32], out: &mut [f32]);
}

/// One pass over the training interactions.
#[derive(Debug, Clone, Copy)]
pub struct EpochInput<'a> {
    /// What to learn.
    pub data: &'a Interactions,
    /// From 0.
    pub epoch: u32,
    /// Seed of the whole training; with one thread, equal seeds give equal bytes.
    pub seed: u64,
    /// Threads to use, at least 1.
    pub threads: usize,
    /// Set from outside to stop between two batches.
    pub cancel: &'a AtomicBool,
}

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct EpochStats {
    /// Sum of the loss over the samples.
    pub loss: f64,
    /// Samples seen, negatives included.
    pub samples: u64,
}

/// A model that learns by passes over the interactions. Each kind has a file of its own.
pub trait Learner: Scorer {
    /// Makes one pass.
    fn train_epoch(&mut self, input: &EpochInput<'_>) -> EpochStats;

    /// Values per item vector.
    fn dims(&self) -> usize;

    /// Returns `items × dims` values: the item vectors that may ship.
    fn item_vectors(&self) -> Vec<f32>;

    /// Returns the tables that passes change, in an order that is always the same.
    fn tables(&self) -> Vec<&Table> {
        Vec::new()
    }

    /// Returns all that the next pass needs to know of those before it, as raw words; of a model without tables its own way.
    fn state(&self) -> Vec<Vec<u32>> {
        self.tables().into_iter().map(Table::words).collect()
    }

    /// Puts back what [`Learner::state`] of a model of the same shape gave.
    fn restore(&mut self, state: &[Vec<u32>]) {
        for (table, words) in self.tables().into_iter().zip(state) {
            table.put_words(words);
        }
    }
}
