//! One epoch of stochastic gradient descent: positives in a random order, fresh negatives, batches
//! on several threads.
//!
//! Imports the data and random streams; knows no learner.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

use super::data::Interactions;
use super::learner::{EpochInput, EpochStats};
use super::negatives::negative;
use super::parallel::join;
use super::random::{Shuffle, mix, stream};

/// Positives with their negatives. Group `g` is `users[g]` with `items[g * group..][..group]`; the
/// positive is its first item.
#[derive(Debug)]
pub struct Batch<'a> {
    /// The interactions of the samples.
    pub data: &'a Interactions,
    /// The user of each group.
    pub users: Vec<u32>,
    /// The items, `group` for each user.
    pub items: Vec<u32>,
    /// How much each positive counts.
    pub sample_weights: Vec<f32>,
    /// The target of each positive.
    pub targets: Vec<f32>,
    /// Items per user: 1 + negatives.
    pub group: usize,
}

/// A model that learns one batch at a time.
pub trait BatchLearner: Sync {
    /// Buffers of one thread.
    type Buffers: Send;

    /// Number of negatives for each positive.
    fn negatives(&self) -> usize;

    /// Returns the buffers of one thread.
    fn buffers(&self) -> Self::Buffers;

    /// Catches up with `step`, the last step of an epoch. Does nothing unless Adam is dense.
    fn catch_up(&self, step: u32);

    /// Learns one batch and returns its summed loss. `step` counts the batches of the training,
    /// from 1.
    fn learn(&self, buffers: &mut Self::Buffers, batch: &Batch<'_>, step: u64) -> f32;
}

/// Trains one epoch over the interactions, `batch` samples at a time.
///
/// Threads take whole batches from a counter and never wait for each other. The samples of a batch
/// depend on its number alone, not on the thread that takes it.
pub fn train_epoch<M: BatchLearner>(model: &M, batch: usize, input: &EpochInput<'_>) -> EpochStats {
    let stats = run(model, batch, input);
    let positives = (batch / (1 + model.negatives())).max(1);
    let steps = u64::from(input.epoch + 1) * input.data.len().div_ceil(positives) as u64;
    model.catch_up(steps as u32);
    stats
}

fn run<M: BatchLearner>(model: &M, batch: usize, input: &EpochInput<'_>) -> EpochStats {
    let data = input.data;
    let group = 1 + model.negatives();
    let positives = (batch / group).max(1);
    let batches = data.len().div_ceil(positives);
    let shuffle =
        Shuffle::new(data.len() as u64, mix(stream(input.seed, "order"), u64::from(input.epoch)));
    let seed = stream(input.seed, "negatives");
    let next = AtomicUsize::new(0);
    let run = || {
        let mut buffers = model.buffers();
        let mut batch = Batch {
            data,
            group,
            users: Vec::new(),
            items: Vec::new(),
            sample_weights: Vec::new(),
            targets: Vec::new(),
        };
        let mut stats = EpochStats::default();
        loop {
            let number = next.fetch_add(1, Relaxed);
            if number >= batches || input.cancel.load(Relaxed) {
                return stats;
            }
            let step = u64::from(input.epoch) * batches as u64 + number as u64 + 1;
            let mut rng = Pcg64Mcg::seed_from_u64(mix(seed, step));
            batch.users.clear();
            batch.items.clear();
            batch.sample_weights.clear();
            batch.targets.clear();
            for at in number * positives..((number + 1) * positives).min(data.len()) {
                let at = shuffle.at(at as u64) as usize;
                let (user, item) = data.pair(at);
                if data.of(user as usize).len() < data.items() {
                    batch.users.push(user);
                    batch.items.push(item);
                    batch.sample_weights.push(data.sample_weight(user, at));
                    batch.targets.push(data.target(at));
                    batch.items.extend((1..group).map(|_| negative(data, user as usize, &mut rng)));
                }
            }
            stats.loss += f64::from(model.learn(&mut buffers, &batch, step));
            stats.samples += batch.items.len() as u64;
        }
    };
    if input.threads < 2 {
        return run();
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..input.threads).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(join).fold(EpochStats::default(), |sum, one| EpochStats {
            loss: sum.loss + one.loss,
            samples: sum.samples + one.samples,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Builder, Keep};
    use osusume_tables::Rating;

    /// Panics in the third batch.
    struct Broken;

    impl BatchLearner for Broken {
        type Buffers = ();

        fn negatives(&self) -> usize {
            1
        }

        fn buffers(&self) {}

        fn catch_up(&self, _: u32) {}

        fn learn(&self, (): &mut (), _: &Batch<'_>, step: u64) -> f32 {
            assert_ne!(step, 3, "batch 3 is broken");
            0.0
        }
    }

    #[test]
    #[should_panic(expected = "batch 3 is broken")]
    fn a_thread_that_panics_ends_the_epoch() {
        let mut builder = Builder::new(Keep::default());
        for (user, item) in (0..8).flat_map(|user| (0..4).map(move |n| (user, (user + n) % 8))) {
            builder.push(Rating { user, item, ..Rating::default() });
        }
        let (data, _) = builder.finish(&(0..8).collect::<Vec<_>>());
        let cancel = std::sync::atomic::AtomicBool::new(false);
        train_epoch(
            &Broken,
            4,
            &EpochInput { data: &data, epoch: 0, seed: 1, threads: 2, cancel: &cancel },
        );
    }
}
