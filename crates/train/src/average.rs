//! A model that is the mean of itself after its last epochs.
//!
//! Imports the learners' trait; knows no learner.

use super::learner::{EpochInput, EpochStats, Learner, Scorer};

/// Shows the mean of the parameters after each of the last epochs (Polyak and Juditsky 1992;
/// Izmailov et al. 2018, algorithm 1 with one cycle an epoch). The mean ranks better than any
/// single epoch because single steps are noisy. The next epoch starts from the last parameters, not
/// from the mean.
#[derive(Debug)]
pub struct Averaged<L> {
    learner: L,
    /// The first epoch that counts, from 0.
    from: u32,
    /// The latest parameters, table by table, while the tables hold the mean.
    latest: Vec<Vec<f32>>,
}

impl<L: Learner> Averaged<L> {
    /// Averages over the last `average` of `epochs` epochs.
    #[must_use]
    pub fn new(learner: L, average: u32, epochs: u32) -> Self {
        let latest = learner
            .tables()
            .into_iter()
            .map(|table| vec![0.0; table.rows() * table.dims()])
            .collect();
        Self { learner, from: epochs.saturating_sub(average), latest }
    }

    /// Returns the model with the mean as its parameters.
    pub fn into_inner(self) -> L {
        self.learner
    }

    /// Exchanges the mean and the latest parameters.
    fn swap(&mut self) {
        for (table, latest) in self.learner.tables().into_iter().zip(&mut self.latest) {
            table.swap(latest);
        }
    }
}

impl<L: Learner> Scorer for Averaged<L> {
    fn score(&self, user: u32, items: &[u32], out: &mut [f32]) {
        self.learner.score(user, items, out);
    }
}

impl<L: Learner> Learner for Averaged<L> {
    fn train_epoch(&mut self, input: &EpochInput<'_>) -> EpochStats {
        if input.epoch <= self.from {
            let stats = self.learner.train_epoch(input);
            for (table, latest) in self.learner.tables().into_iter().zip(&mut self.latest) {
                *latest = table.values();
            }
            return stats;
        }
        self.swap();
        let stats = self.learner.train_epoch(input);
        let counted = (input.epoch - self.from + 1) as f32;
        for (table, mean) in self.learner.tables().into_iter().zip(&mut self.latest) {
            for (mean, value) in mean.iter_mut().zip(table.values()) {
                *mean += (value - *mean) / counted;
            }
        }
        self.swap();
        stats
    }

    fn dims(&self) -> usize {
        self.learner.dims()
    }

    fn item_vectors(&self) -> Vec<f32> {
        self.learner.item_vectors()
    }

    fn state(&self) -> Vec<Vec<u32>> {
        let latest =
            self.latest.iter().map(|values| values.iter().map(|value| value.to_bits()).collect());
        self.learner.state().into_iter().chain(latest).collect()
    }

    fn restore(&mut self, state: &[Vec<u32>]) {
        let (tables, latest) = state.split_at(state.len() - self.latest.len());
        self.learner.restore(tables);
        for (values, words) in self.latest.iter_mut().zip(latest) {
            *values = words.iter().map(|word| f32::from_bits(*word)).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::data::{Builder, Keep};
    use crate::gmf::Gmf;
    use crate::objective::BinaryCrossEntropy;
    use crate::optim::Adam;
    use osusume_tables::Rating;

    #[test]
    fn it_is_the_mean_of_the_last_epochs_and_trains_on_as_without() {
        let mut builder = Builder::new(Keep::default());
        for (user, item) in
            (0..20).flat_map(|user| (0..5).map(move |n| (user, (user * 3 + n) % 12)))
        {
            builder.push(Rating { user, item, ..Rating::default() });
        }
        let data = builder.finish(&(0..20).collect::<Vec<_>>()).0;
        let cancel = AtomicBool::new(false);
        let adam = Adam { dense: true, ..Adam::new(0.01) };
        let make = || {
            let shape = (data.users(), data.items(), 4);
            Gmf::new(shape, 0.1, 1, true, BinaryCrossEntropy { negatives: 2 }, adam, 16)
        };
        let (mut plain, mut averaged) = (make(), Averaged::new(make(), 3, 5));
        let mut walk = Vec::new();
        for epoch in 0..5 {
            let input = EpochInput { data: &data, epoch, seed: 1, threads: 1, cancel: &cancel };
            assert_eq!(plain.train_epoch(&input), averaged.train_epoch(&input), "epoch {epoch}");
            walk.push(plain.item_vectors());
            let last = &walk[2.min(walk.len() - 1)..];
            for (at, found) in averaged.item_vectors().into_iter().enumerate() {
                let want = last.iter().map(|values| values[at]).sum::<f32>() / last.len() as f32;
                assert!((found - want).abs() < 1e-6, "epoch {epoch}: {found} {want}");
            }
        }
        assert_ne!(walk[4], averaged.item_vectors());
    }
}
