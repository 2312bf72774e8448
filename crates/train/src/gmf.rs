//! Generalised matrix factorisation (He et al. 2017, section 3.2).
//!
//! Imports tables, sparse gradients and objectives; no other learner.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::dot::dot;
use super::learner::{EpochInput, EpochStats, Learner, Scorer};
use super::objective::Objective;
use super::optim::Adam;
use super::random::stream;
use super::sgd::{self, Batch, BatchLearner};
use super::sparse_gradients::SparseGradients;
use super::table::{Table, normal};

/// The logit of a user and an item is `h·(p ⊙ q) + b`: equations 8 and 9 with the sigmoid in the
/// loss, and a bias as in the authors' code.
#[derive(Debug)]
pub struct Gmf<O> {
    users: Table,
    items: Table,
    /// `h` and, last, `b`.
    output: Table,
    /// Whether the model learns `h` and `b`; otherwise they stay 1 and 0.
    weighted: bool,
    objective: O,
    adam: Adam,
    batch: usize,
}

impl<O: Objective> Gmf<O> {
    /// Returns a model of small random vectors, normally distributed with `deviation`.
    #[must_use]
    pub fn new(
        (users, items, dims): (usize, usize, usize),
        deviation: f32,
        seed: u64,
        weighted: bool,
        objective: O,
        adam: Adam,
        batch: usize,
    ) -> Self {
        let rng = |part| Pcg64Mcg::seed_from_u64(stream(seed, part));
        let (mut output_rng, bound) = (rng("output"), (3.0 / dims as f32).sqrt());
        let mut left = dims;
        let output = Table::new(1, dims + 1, || {
            // LeCun's uniform distribution for h, zero for b.
            let value = match left {
                0 => 0.0,
                _ if weighted => output_rng.random_range(-bound..bound),
                _ => 1.0,
            };
            left = left.saturating_sub(1);
            value
        });
        Self {
            users: Table::new(users, dims, normal(rng("users"), deviation)),
            items: Table::new(items, dims, normal(rng("items"), deviation)),
            output,
            weighted,
            objective,
            adam,
            batch,
        }
    }
}

/// Buffers of one thread.
#[derive(Debug)]
pub struct Buffers {
    users: SparseGradients,
    items: SparseGradients,
    /// `h`, `b` and their moments.
    output: Vec<f32>,
    /// Gradients of `h` and `b`.
    output_gradient: Vec<f32>,
    /// `h ⊙ p` of the current user.
    weighted: Vec<f32>,
    /// Gradient in `h ⊙ p`.
    pulled: Vec<f32>,
    slots: Vec<usize>,
    logits: Vec<f32>,
}

impl<O: Objective> BatchLearner for Gmf<O> {
    type Buffers = Buffers;

    fn negatives(&self) -> usize {
        self.objective.negatives()
    }

    fn buffers(&self) -> Buffers {
        let dims = self.items.dims();
        Buffers {
            users: SparseGradients::new(&self.users, self.adam),
            items: SparseGradients::new(&self.items, self.adam),
            output: vec![0.0; (dims + 1) * 3],
            output_gradient: vec![0.0; dims + 1],
            weighted: vec![0.0; dims],
            pulled: vec![0.0; dims],
            slots: Vec::new(),
            logits: Vec::new(),
        }
    }

    fn catch_up(&self, step: u32) {
        self.users.catch_up(&self.adam, step);
        self.items.catch_up(&self.adam, step);
    }

    fn learn(&self, buffers: &mut Buffers, batch: &Batch<'_>, step: u64) -> f32 {
        let dims = self.items.dims();
        let Buffers { users, items, output, output_gradient, weighted, pulled, slots, logits } =
            buffers;
        users.begin(step);
        items.begin(step);
        output_gradient.fill(0.0);
        self.output.load(0, output);
        let (h, bias) = (&output[..dims], output[dims]);
        let scale = 1.0 / batch.items.len().max(1) as f32;
        let mut loss = 0.0;
        let samples = batch.users.iter().zip(&batch.sample_weights).zip(&batch.targets);
        for (((&user, &weight), &target), group) in
            samples.zip(batch.items.chunks_exact(batch.group))
        {
            let user = users.touch(&self.users, user);
            let (p, p_gradient) = users.values_and_gradients(user);
            for ((w, h), p) in weighted.iter_mut().zip(h).zip(p) {
                *w = h * p;
            }
            slots.clear();
            logits.clear();
            for &item in group {
                let slot = items.touch(&self.items, item);
                slots.push(slot);
                logits.push(dot(weighted, items.values(slot)) + bias);
            }
            loss += self.objective.weighted_gradients(logits, weight, target);
            pulled.fill(0.0);
            for (&slot, of_logit) in slots.iter().zip(&*logits) {
                let gradient = of_logit * scale;
                let (q, q_gradient) = items.values_and_gradients(slot);
                for (((g, q), w), pull) in
                    q_gradient.iter_mut().zip(q).zip(&*weighted).zip(&mut *pulled)
                {
                    *g += gradient * w;
                    *pull += gradient * q;
                }
                output_gradient[dims] += gradient;
            }
            for ((((p_gradient, p), h), h_gradient), pull) in
                p_gradient.iter_mut().zip(p).zip(h).zip(&mut *output_gradient).zip(&*pulled)
            {
                *p_gradient += h * pull;
                *h_gradient += p * pull;
            }
        }
        let rate = self.adam.rate_at(step);
        users.apply(&self.users);
        items.apply(&self.items);
        if self.weighted {
            self.output.load(0, output);
            self.adam.apply(rate, output, output_gradient);
            self.output.store(0, output);
        }
        loss
    }
}

impl<O: Objective> Scorer for Gmf<O> {
    fn score(&self, user: u32, items: &[u32], out: &mut [f32]) {
        let dims = self.items.dims();
        let mut h = vec![0.0; dims + 1];
        let (mut p, mut q) = (vec![0.0; dims], vec![0.0; dims]);
        self.output.load(0, &mut h);
        self.users.load(user, &mut p);
        for (p, h) in p.iter_mut().zip(&h) {
            *p *= h;
        }
        for (&item, score) in items.iter().zip(out) {
            self.items.load(item, &mut q);
            *score = dot(&p, &q) + h[dims];
        }
    }
}

impl<O: Objective> Learner for Gmf<O> {
    fn train_epoch(&mut self, input: &EpochInput<'_>) -> EpochStats {
        sgd::train_epoch(self, self.batch, input)
    }

    fn dims(&self) -> usize {
        self.items.dims()
    }

    fn item_vectors(&self) -> Vec<f32> {
        self.items.values()
    }

    fn tables(&self) -> Vec<&Table> {
        vec![&self.users, &self.items, &self.output]
    }
}
