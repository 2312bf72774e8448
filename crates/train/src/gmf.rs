//! Generalised matrix factorisation (He et al. 2017, section 3.2).

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::dot::dot;
use super::model::{Learner, Pass, Passed, Scorer};
use super::objective::Objective;
use super::optim::Adam;
use super::random::stream;
use super::sgd::{self, Batch, Stochastic};
use super::sparse_gradients::Touched;
use super::table::{Table, normal};

/// The logit of a user and an item is `h·(p ⊙ q) + b` (equations 8 and 9 with the sigmoid in the loss, and a bias as
/// in the authors' code).
#[derive(Debug)]
pub struct Gmf<O> {
    users: Table,
    items: Table,
    /// `h` and, last, `b`.
    output: Table,
    /// Whether `h` and `b` are learnt; else they stay 1 and 0.
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

/// One thread's buffers.
#[derive(Debug)]
pub struct Work {
    users: Touched,
    items: Touched,
    /// `h`, `b` and their moments, then their gradient.
    output: Vec<f32>,
    slope: Vec<f32>,
    /// `h ⊙ p` of the user at hand, then the slope in it.
    weighted: Vec<f32>,
    pulled: Vec<f32>,
    slots: Vec<usize>,
    logits: Vec<f32>,
}

impl<O: Objective> Stochastic for Gmf<O> {
    type Work = Work;

    fn negatives(&self) -> usize {
        self.objective.negatives()
    }

    fn work(&self) -> Work {
        let dims = self.items.dims();
        Work {
            users: Touched::new(&self.users, self.adam),
            items: Touched::new(&self.items, self.adam),
            output: vec![0.0; (dims + 1) * 3],
            slope: vec![0.0; dims + 1],
            weighted: vec![0.0; dims],
            pulled: vec![0.0; dims],
            slots: Vec::new(),
            logits: Vec::new(),
        }
    }

    fn settle(&self, step: u32) {
        self.users.settle(&self.adam, step);
        self.items.settle(&self.adam, step);
    }

    fn learn(&self, work: &mut Work, batch: &Batch<'_>, step: u64) -> f32 {
        let dims = self.items.dims();
        let Work { users, items, output, slope, weighted, pulled, slots, logits } = work;
        users.begin(step);
        items.begin(step);
        slope.fill(0.0);
        self.output.load(0, output);
        let (h, bias) = (&output[..dims], output[dims]);
        let scale = 1.0 / batch.items.len().max(1) as f32;
        let mut loss = 0.0;
        for ((&user, &says), group) in
            batch.users.iter().zip(&batch.says).zip(batch.items.chunks_exact(batch.group))
        {
            let user = users.touch(&self.users, user);
            let (p, p_slope) = users.both(user);
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
            loss += self.objective.slopes_for(logits, says);
            pulled.fill(0.0);
            for (&slot, slope_of_logit) in slots.iter().zip(&*logits) {
                let slope_here = slope_of_logit * scale;
                let (q, q_slope) = items.both(slot);
                for (((g, q), w), pull) in
                    q_slope.iter_mut().zip(q).zip(&*weighted).zip(&mut *pulled)
                {
                    *g += slope_here * w;
                    *pull += slope_here * q;
                }
                slope[dims] += slope_here;
            }
            for ((((p_slope, p), h), h_slope), pull) in
                p_slope.iter_mut().zip(p).zip(h).zip(&mut *slope).zip(&*pulled)
            {
                *p_slope += h * pull;
                *h_slope += p * pull;
            }
        }
        let rate = self.adam.rate_at(step);
        users.apply(&self.users);
        items.apply(&self.items);
        if self.weighted {
            self.output.load(0, output);
            self.adam.apply(rate, output, slope);
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
    fn pass(&mut self, pass: &Pass<'_>) -> Passed {
        sgd::pass(self, self.batch, pass)
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
