//! Matrix factorisation with a softmax over the items of the batch, corrected for how often each is
//! drawn (Yi et al. 2019, "Sampling-bias-corrected neural modeling for large corpus item
//! recommendations", equations 3 to 5).
//!
//! Imports tables and sparse gradients; no other learner.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

use super::dot::dot;
use super::learner::{EpochInput, EpochStats, Learner, Scorer};
use super::optim::Adam;
use super::random::stream;
use super::sgd::{self, Batch, BatchLearner};
use super::sparse_gradients::SparseGradients;
use super::table::{Table, normal};

/// Each user of a batch has the other items of the batch as negatives: a batch of 256 gives 65,000
/// comparisons for 256 draws. Popular items are drawn more often, so the model subtracts the
/// logarithm of their share (log Q) from their logits.
#[derive(Debug)]
pub struct InBatch {
    users: Table,
    items: Table,
    adam: Adam,
    batch: usize,
    /// The temperature of cosines; `None` compares by dot product.
    temperature: Option<f32>,
    /// The logarithm of each item's interactions; empty before the first epoch.
    log_counts: Vec<f32>,
}

impl InBatch {
    /// Returns a model of small random vectors, normally distributed with `deviation`.
    #[must_use]
    pub fn new(
        (users, items, dims): (usize, usize, usize),
        deviation: f32,
        seed: u64,
        temperature: Option<f32>,
        adam: Adam,
        batch: usize,
    ) -> Self {
        let rng = |part| Pcg64Mcg::seed_from_u64(stream(seed, part));
        Self {
            users: Table::new(users, dims, normal(rng("users"), deviation)),
            items: Table::new(items, dims, normal(rng("items"), deviation)),
            adam,
            batch,
            temperature,
            log_counts: Vec::new(),
        }
    }
}

/// Buffers of one thread. Matrices are `dims × n`, one vector a column.
#[derive(Debug)]
pub struct Buffers {
    users: SparseGradients,
    items: SparseGradients,
    user_slots: Vec<usize>,
    item_slots: Vec<usize>,
    user_side: Side,
    item_side: Side,
    logits: Vec<f32>,
}

/// The vectors of one side of the product, users or items, with their gradients.
#[derive(Debug, Default)]
struct Side {
    values: Vec<f32>,
    lengths: Vec<f32>,
    gradients: Vec<f32>,
}

impl Side {
    fn clear(&mut self) {
        self.values.clear();
        self.lengths.clear();
    }

    /// Adds a column. For cosines its length becomes 1.
    fn push(&mut self, vector: &[f32], cosine: bool) {
        let length = if cosine { dot(vector, vector).sqrt().max(1e-12) } else { 1.0 };
        self.lengths.push(length);
        self.values.extend(vector.iter().map(|value| value / length));
    }

    fn columns(&self) -> usize {
        self.lengths.len()
    }

    fn view(&self, dims: usize) -> MatRef<'_, f32> {
        MatRef::from_column_major_slice(&self.values, dims, self.lengths.len())
    }

    /// Returns room for the gradients of all columns.
    fn gradients(&mut self, dims: usize) -> MatMut<'_, f32> {
        self.gradients.clear();
        self.gradients.resize(self.values.len(), 0.0);
        MatMut::from_column_major_slice_mut(&mut self.gradients, dims, self.lengths.len())
    }

    /// Adds the gradient of column n to `gradient`, taken back to the vector before its length
    /// became 1.
    fn pull(&self, n: usize, cosine: bool, gradient: &mut [f32]) {
        let dims = gradient.len();
        let column = n * dims..(n + 1) * dims;
        let (values, own) = (&self.values[column.clone()], &self.gradients[column]);
        let along = if cosine { dot(values, own) } else { 0.0 };
        for ((gradient, value), own) in gradient.iter_mut().zip(values).zip(own) {
            *gradient += (own - along * value) / self.lengths[n];
        }
    }
}

impl BatchLearner for InBatch {
    type Buffers = Buffers;

    fn negatives(&self) -> usize {
        0
    }

    fn buffers(&self) -> Buffers {
        Buffers {
            users: SparseGradients::new(&self.users, self.adam),
            items: SparseGradients::new(&self.items, self.adam),
            user_slots: Vec::new(),
            item_slots: Vec::new(),
            user_side: Side::default(),
            item_side: Side::default(),
            logits: Vec::new(),
        }
    }

    fn catch_up(&self, step: u32) {
        self.users.catch_up(&self.adam, step);
        self.items.catch_up(&self.adam, step);
    }

    fn learn(&self, buffers: &mut Buffers, batch: &Batch<'_>, step: u64) -> f32 {
        self.load(buffers, batch, step);
        self.fill_logits(buffers);
        let loss = self.softmax_gradients(buffers, batch);
        self.pull_back(buffers);
        buffers.users.apply(&self.users);
        buffers.items.apply(&self.items);
        loss
    }
}

impl InBatch {
    /// Loads the vectors of the batch: a column for each user, one for each distinct item.
    fn load(&self, buffers: &mut Buffers, batch: &Batch<'_>, step: u64) {
        let Buffers { users, items, user_slots, item_slots, user_side, item_side, .. } = buffers;
        let cosine = self.temperature.is_some();
        users.begin(step);
        items.begin(step);
        user_side.clear();
        item_side.clear();
        user_slots.clear();
        item_slots.clear();
        for (&user, &item) in batch.users.iter().zip(&batch.items) {
            let slot = users.touch(&self.users, user);
            user_side.push(users.values(slot), cosine);
            user_slots.push(slot);
            item_slots.push(items.touch(&self.items, item));
        }
        for slot in 0..items.rows().len() {
            item_side.push(items.values(slot), cosine);
        }
    }

    /// Compares every user of the batch with every item of it.
    fn fill_logits(&self, buffers: &mut Buffers) {
        let Buffers { user_side, item_side, logits, .. } = buffers;
        let dims = self.items.dims();
        let (columns, candidates) = (user_side.columns(), item_side.columns());
        logits.clear();
        logits.resize(columns * candidates, 0.0);
        let out = MatMut::from_column_major_slice_mut(logits, candidates, columns);
        let (p, q) = (user_side.view(dims), item_side.view(dims));
        matmul(out, Accum::Replace, q.transpose(), p, self.sharpness(), Par::Seq);
    }

    /// Replaces the logits by the gradients of the loss in them, and returns the loss.
    fn softmax_gradients(&self, buffers: &mut Buffers, batch: &Batch<'_>) -> f32 {
        let Buffers { items, item_slots, logits, .. } = buffers;
        let candidates = items.rows().len().max(1);
        let mut loss = 0.0;
        let scale = 1.0 / batch.users.len().max(1) as f32;
        for (((column, &own), &user), &weight) in logits
            .chunks_exact_mut(candidates)
            .zip(&*item_slots)
            .zip(&batch.users)
            .zip(&batch.sample_weights)
        {
            for (logit, &item) in column.iter_mut().zip(items.rows()) {
                *logit -= self.log_counts[item as usize];
            }
            let right = column[own];
            for &item in batch.data.of(user as usize) {
                if let Some(slot) = items.slot(item) {
                    column[slot] = f32::NEG_INFINITY;
                }
            }
            column[own] = right;
            let most = column.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum = exponentials(column, most);
            let scale = scale * weight;
            loss += (sum.ln() + most - right) * weight;
            for gradient in column.iter_mut() {
                *gradient *= scale / sum;
            }
            column[own] -= scale;
        }
        loss
    }

    /// Turns the gradients in the logits into gradients of the users' and items' vectors.
    fn pull_back(&self, buffers: &mut Buffers) {
        let Buffers { users, items, user_slots, user_side, item_side, logits, .. } = buffers;
        let (dims, cosine, sharpness) =
            (self.items.dims(), self.temperature.is_some(), self.sharpness());
        let (columns, candidates) = (user_side.columns(), item_side.columns());
        let logits = MatRef::from_column_major_slice(logits, candidates, columns);
        let (p, q) = (user_side.values.clone(), item_side.values.clone());
        let p = MatRef::from_column_major_slice(&p, dims, columns);
        let q = MatRef::from_column_major_slice(&q, dims, candidates);
        matmul(user_side.gradients(dims), Accum::Replace, q, logits, sharpness, Par::Seq);
        let by_item = logits.transpose();
        matmul(item_side.gradients(dims), Accum::Replace, p, by_item, sharpness, Par::Seq);
        for (n, &slot) in user_slots.iter().enumerate() {
            user_side.pull(n, cosine, users.values_and_gradients(slot).1);
        }
        for slot in 0..candidates {
            item_side.pull(slot, cosine, items.values_and_gradients(slot).1);
        }
    }

    /// The factor of every product of two vectors.
    fn sharpness(&self) -> f32 {
        self.temperature.map_or(1.0, f32::recip)
    }
}

/// Replaces each x by `e^(x - most)` and returns the sum. The error is about 2 in 10⁷. It has no
/// branches, so it vectorises: the `exp` of std took most of the time of a batch.
fn exponentials(values: &mut [f32], most: f32) -> f32 {
    /// 1.5 · 2²³: adding it leaves the nearest integer in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let mut lanes = [0.0_f32; 8];
    let mut chunks = values.chunks_exact_mut(8);
    let exponential = |x: f32| {
        let x = (x - most).max(-87.0);
        let shifted = x * std::f32::consts::LOG2_E + ROUND;
        let whole = shifted - ROUND;
        let rest = (x - whole * 0.693_359_4) + whole * 2.121_944_4e-4;
        let series = 1.987_569_1e-4_f32;
        let series = series * rest + 1.398_2e-3;
        let series = series * rest + 8.333_452e-3;
        let series = series * rest + 4.166_579_6e-2;
        let series = series * rest + 1.666_666_5e-1;
        let series = series * rest + 0.5;
        let series = series * rest * rest + rest + 1.0;
        series * f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000))
    };
    for chunk in &mut chunks {
        for (value, lane) in chunk.iter_mut().zip(&mut lanes) {
            *value = exponential(*value);
            *lane += *value;
        }
    }
    for (value, lane) in chunks.into_remainder().iter_mut().zip(&mut lanes) {
        *value = exponential(*value);
        *lane += *value;
    }
    lanes.iter().sum()
}

impl Scorer for InBatch {
    fn score(&self, user: u32, items: &[u32], out: &mut [f32]) {
        let dims = self.items.dims();
        let (mut p, mut q) = (vec![0.0; dims], vec![0.0; dims]);
        self.users.load(user, &mut p);
        for (&item, score) in items.iter().zip(out) {
            self.items.load(item, &mut q);
            let length =
                if self.temperature.is_some() { dot(&q, &q).sqrt().max(1e-12) } else { 1.0 };
            *score = dot(&p, &q) / length;
        }
    }
}

impl Learner for InBatch {
    fn train_epoch(&mut self, input: &EpochInput<'_>) -> EpochStats {
        if self.log_counts.is_empty() {
            self.log_counts =
                input.data.counts().into_iter().map(|n| (n.max(1) as f32).ln()).collect();
        }
        sgd::train_epoch(self, self.batch, input)
    }

    fn dims(&self) -> usize {
        self.items.dims()
    }

    fn item_vectors(&self) -> Vec<f32> {
        self.items.values()
    }

    fn tables(&self) -> Vec<&Table> {
        vec![&self.users, &self.items]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_are_near() {
        let mut values: Vec<f32> = (0..1001).map(|i| i as f32 * -0.085).collect();
        let wanted: Vec<f32> = values.iter().map(|x| (x - 0.5).exp()).collect();
        let sum = exponentials(&mut values, 0.5);
        for (found, wanted) in values.iter().zip(&wanted) {
            assert!((found - wanted).abs() <= 4e-7 * wanted, "{found} {wanted}");
        }
        assert!((sum - wanted.iter().sum::<f32>()).abs() < 1e-4);
        let mut lost = [f32::NEG_INFINITY];
        assert!(exponentials(&mut lost, 0.0) < 1e-37);
    }

    #[test]
    fn gradients_through_the_length_are_the_derivative() {
        let (vector, gradient) = ([0.3_f32, -1.0, 2.0], [0.5_f32, 0.25, -1.0]);
        let mut side = Side::default();
        side.push(&vector, true);
        side.gradients.extend(gradient);
        let mut found = [0.0; 3];
        side.pull(0, true, &mut found);
        for i in 0..3 {
            let value = |by: f32| {
                let mut moved = vector;
                moved[i] += by;
                dot(&moved, &gradient) / dot(&moved, &moved).sqrt()
            };
            assert!(((value(1e-2) - value(-1e-2)) / 2e-2 - found[i]).abs() < 1e-3, "{found:?}");
        }
    }
}
