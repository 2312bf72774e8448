//! The traits of a trainable model, and the inputs and statistics of an epoch.
//!
//! Imports the data and the tables; knows no learner.

use std::sync::atomic::AtomicBool;

use super::data::Interactions;
use super::table::Table;

/// Scores items for a user; a higher score ranks first.
pub trait Scorer: Sync {
    /// Writes the score of each of `items` (rows) for `user` to `out`, which has the same length.
    fn score(&self, user: u32, items: &[u32], out: &mut [f32]);
}

/// The inputs of one epoch over the training interactions.
#[derive(Debug, Clone, Copy)]
pub struct EpochInput<'a> {
    /// The interactions to learn.
    pub data: &'a Interactions,
    /// Number of the epoch, from 0.
    pub epoch: u32,
    /// Random seed of the whole training. With one thread, equal seeds give equal bytes.
    pub seed: u64,
    /// Number of threads, at least 1.
    pub threads: usize,
    /// The caller sets this to stop the epoch between two batches.
    pub cancel: &'a AtomicBool,
}

/// Loss and size of one epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct EpochStats {
    /// Sum of the loss over the samples.
    pub loss: f64,
    /// Number of samples, negatives included.
    pub samples: u64,
}

/// A model that learns in epochs over the interactions. Each kind has its own file.
pub trait Learner: Scorer {
    /// Trains one epoch.
    fn train_epoch(&mut self, input: &EpochInput<'_>) -> EpochStats;

    /// Values per item vector.
    fn dims(&self) -> usize;

    /// Returns the item vectors that may ship: `items × dims` values.
    fn item_vectors(&self) -> Vec<f32>;

    /// Returns the tables that an epoch changes, always in the same order.
    fn tables(&self) -> Vec<&Table> {
        Vec::new()
    }

    /// Returns everything that the next epoch needs of the earlier ones, as raw words. A model
    /// without tables overrides this.
    fn state(&self) -> Vec<Vec<u32>> {
        self.tables().into_iter().map(Table::to_words).collect()
    }

    /// Restores the result of [`Learner::state`] of a model of the same shape.
    fn restore(&mut self, state: &[Vec<u32>]) {
        for (table, words) in self.tables().into_iter().zip(state) {
            table.restore_words(words);
        }
    }
}
