//! One pass of stochastic gradient descent: positives in a random order, fresh negatives, one batch a thread.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::data::Interactions;
use super::model::{Pass, Passed, Table};
use super::optim::Adam;

/// Positives with their negatives: group `g` is `users[g]` with `items[g * group..][..group]`, the positive first.
#[derive(Debug)]
pub struct Batch<'a> {
    /// What they are drawn from.
    pub data: &'a Interactions,
    /// The user of each group.
    pub users: Vec<u32>,
    /// The items, `group` for each user.
    pub items: Vec<u32>,
    /// How much each positive counts and what its target is.
    pub says: Vec<(f32, f32)>,
    /// Items per user: 1 + negatives.
    pub group: usize,
}

/// A model that learns a batch at a time.
pub trait Stochastic: Sync {
    /// What one thread needs: buffers.
    type Work: Send;

    /// Negatives to draw for each positive.
    fn negatives(&self) -> usize;

    /// Returns the buffers of one thread.
    fn work(&self) -> Self::Work;

    /// Catches up with `step`, the last of a pass; nothing to do unless Adam is dense.
    fn settle(&self, step: u32);

    /// Learns one batch, the `step`th of the training (from 1), and returns its summed loss.
    fn learn(&self, work: &mut Self::Work, batch: &Batch<'_>, step: u64) -> f32;
}

/// Makes one pass over the interactions, `batch` samples at a time.
///
/// Threads take whole batches from a counter and never wait for each other. What a batch holds depends on its number
/// alone, not on the thread that takes it.
pub fn pass<M: Stochastic>(model: &M, batch: usize, pass: &Pass<'_>) -> Passed {
    let passed = run(model, batch, pass);
    let positives = (batch / (1 + model.negatives())).max(1);
    let steps = u64::from(pass.epoch + 1) * pass.data.len().div_ceil(positives) as u64;
    model.settle(steps as u32);
    passed
}

fn run<M: Stochastic>(model: &M, batch: usize, pass: &Pass<'_>) -> Passed {
    let data = pass.data;
    let group = 1 + model.negatives();
    let positives = (batch / group).max(1);
    let batches = data.len().div_ceil(positives);
    let shuffle =
        Shuffle::new(data.len() as u64, mix(stream(pass.seed, "order"), u64::from(pass.epoch)));
    let seed = stream(pass.seed, "negatives");
    let next = AtomicUsize::new(0);
    let run = || {
        let mut work = model.work();
        let mut batch =
            Batch { data, group, users: Vec::new(), items: Vec::new(), says: Vec::new() };
        let mut passed = Passed::default();
        loop {
            let number = next.fetch_add(1, Relaxed);
            if number >= batches || pass.cancel.load(Relaxed) {
                return passed;
            }
            let step = u64::from(pass.epoch) * batches as u64 + number as u64 + 1;
            let mut rng = Pcg64Mcg::seed_from_u64(mix(seed, step));
            batch.users.clear();
            batch.items.clear();
            batch.says.clear();
            for at in number * positives..((number + 1) * positives).min(data.len()) {
                let at = shuffle.at(at as u64) as usize;
                let (user, item) = data.pair(at);
                if data.of(user as usize).len() < data.items() {
                    batch.users.push(user);
                    batch.items.push(item);
                    batch.says.push(data.says(at));
                    batch.items.extend((1..group).map(|_| negative(data, user as usize, &mut rng)));
                }
            }
            passed.loss += f64::from(model.learn(&mut work, &batch, step));
            passed.samples += batch.items.len() as u64;
        }
    };
    if pass.threads < 2 {
        return run();
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..pass.threads).map(|_| scope.spawn(run)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).fold(
            Passed::default(),
            |sum, one| Passed { loss: sum.loss + one.loss, samples: sum.samples + one.samples },
        )
    })
}

/// Draws uniformly from the items that are not the user's training items; the user must lack one.
pub fn negative(data: &Interactions, user: usize, rng: &mut impl Rng) -> u32 {
    let items = data.items() as u32;
    for _ in 0..32 {
        let item = rng.random_range(0..items);
        if !data.has(user, item) {
            return item;
        }
    }
    // A user of nearly everything: take the n-th of the free items.
    let own = data.of(user);
    let mut item = rng.random_range(0..items - own.len() as u32);
    for &taken in own {
        item += u32::from(taken <= item);
    }
    item
}

/// Mixes two numbers into a seed (the finaliser of `SplitMix64`).
#[must_use]
pub fn mix(a: u64, b: u64) -> u64 {
    let mut x = a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b.wrapping_add(0x632b_e59b_d9b4_e019);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Returns the seed of one use of randomness, so that no two uses draw the same numbers: a question drawn like the
/// answer was would find its neighbour in the list.
#[must_use]
pub fn stream(seed: u64, purpose: &str) -> u64 {
    purpose.bytes().fold(seed, |seed, byte| mix(seed, u64::from(byte)))
}

/// A random order of `0..len` that needs no memory: a Feistel network, walked until it lands inside.
#[derive(Debug, Clone, Copy)]
pub struct Shuffle {
    len: u64,
    half: u32,
    key: u64,
}

impl Shuffle {
    /// Returns the order that `key` gives.
    #[must_use]
    pub fn new(len: u64, key: u64) -> Self {
        let bits = 64 - len.saturating_sub(1).leading_zeros();
        Self { len, half: bits.div_ceil(2).max(1), key }
    }

    /// Returns the `at`th of the order; `at` must be below `len`.
    #[must_use]
    #[inline]
    pub fn at(&self, at: u64) -> u64 {
        let mask = (1 << self.half) - 1;
        let mut x = at;
        loop {
            let (mut left, mut right) = (x >> self.half, x & mask);
            for round in 0..4 {
                (left, right) = (right, left ^ (mix(self.key.wrapping_add(round), right) & mask));
            }
            x = left << self.half | right;
            if x < self.len {
                return x;
            }
        }
    }
}

/// The distinct rows of a table that a batch touches: their values as they were at first touch, and their gradients.
#[derive(Debug)]
pub struct Touched {
    dims: usize,
    adam: Adam,
    step: u32,
    /// Slot of a row; valid only if `rows` says the same.
    slot_of: Vec<u32>,
    rows: Vec<u32>,
    values: Vec<f32>,
    gradients: Vec<f32>,
    row: Vec<f32>,
}

impl Touched {
    /// Returns the buffers for a table.
    #[must_use]
    pub fn new(table: &Table, adam: Adam) -> Self {
        let dims = table.dims();
        Self {
            dims,
            adam,
            step: 0,
            slot_of: vec![0; table.rows()],
            rows: Vec::new(),
            values: Vec::new(),
            gradients: Vec::new(),
            row: vec![0.0; dims * 3],
        }
    }

    /// Forgets the last batch and begins the one of `step`.
    pub fn begin(&mut self, step: u64) {
        self.step = step as u32;
        self.rows.clear();
        self.values.clear();
        self.gradients.clear();
    }

    /// Returns the slot of a row, loaded if this batch has not touched it yet.
    #[inline]
    pub fn touch(&mut self, table: &Table, row: u32) -> usize {
        if let Some(slot) = self.slot(row) {
            return slot;
        }
        let slot = self.rows.len();
        self.slot_of[row as usize] = slot as u32;
        self.rows.push(row);
        self.values.resize((slot + 1) * self.dims, 0.0);
        self.gradients.resize((slot + 1) * self.dims, 0.0);
        if self.adam.dense {
            table.load_at(row, &self.adam, self.step, &mut self.row);
            self.values[slot * self.dims..].copy_from_slice(&self.row[..self.dims]);
        } else {
            table.load(row, &mut self.values[slot * self.dims..]);
        }
        slot
    }

    /// The rows, by slot.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The slot of a row that this batch has touched.
    #[must_use]
    #[inline]
    pub fn slot(&self, row: u32) -> Option<usize> {
        let slot = self.slot_of[row as usize] as usize;
        (self.rows.get(slot) == Some(&row)).then_some(slot)
    }

    /// The values of a slot.
    #[must_use]
    #[inline]
    pub fn values(&self, slot: usize) -> &[f32] {
        &self.values[slot * self.dims..][..self.dims]
    }

    /// The values and the gradient of a slot.
    #[inline]
    pub fn both(&mut self, slot: usize) -> (&[f32], &mut [f32]) {
        let at = slot * self.dims..(slot + 1) * self.dims;
        (&self.values[at.clone()], &mut self.gradients[at])
    }

    /// Gives every touched row, as it is now in the table, one step of the optimiser.
    pub fn apply(&mut self, table: &Table) {
        let rate = self.adam.rate_at(u64::from(self.step));
        for (&row, gradient) in self.rows.iter().zip(self.gradients.chunks_exact(self.dims.max(1)))
        {
            table.load_at(row, &self.adam, self.step, &mut self.row);
            self.adam.apply(rate, &mut self.row, gradient);
            table.store_at(row, self.step, &self.row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Builder, Keep};
    use osusume_tables::Rating;

    #[test]
    fn a_shuffle_is_an_order_of_all() {
        for len in [1, 2, 3, 100, 1000] {
            let shuffle = Shuffle::new(len, 7);
            let mut all: Vec<u64> = (0..len).map(|at| shuffle.at(at)).collect();
            if len == 1000 {
                assert!(all.windows(2).filter(|pair| pair[1] == pair[0] + 1).count() < 10);
            }
            all.sort_unstable();
            assert!(all.into_iter().eq(0..len));
        }
    }

    #[test]
    fn negatives_are_uniform_over_the_rest() {
        for own in [vec![1, 3, 4], (0..100).filter(|i| *i != 50 && *i != 7).collect()] {
            let mut builder = Builder::new(Keep::default());
            for item in 0..100 {
                builder.push(Rating { user: 1, item, rating: None, timestamp: 0 });
            }
            for &item in &own {
                builder.push(Rating { user: 0, item, rating: None, timestamp: 0 });
            }
            let (data, _) = builder.finish(&[0, 1]);
            let mut rng = Pcg64Mcg::seed_from_u64(1);
            let mut counts = [0; 100];
            let free = 100 - own.len() as u32;
            for _ in 0..free * 1000 {
                counts[negative(&data, 0, &mut rng) as usize] += 1;
            }
            for (item, &count) in (0..).zip(&counts) {
                let want = if own.contains(&item) { 0..1 } else { 850..1150 };
                assert!(want.contains(&count), "item {item}: {count}");
            }
        }
    }
}
