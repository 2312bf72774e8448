//! The multi-layer perceptron and neural matrix factorisation (He et al. 2017, sections 3.3 and
//! 3.4).
//!
//! Imports tables, objectives and averaging; no other learner.

mod batch;

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::average::Averaged;
use super::data::Interactions;
use super::dot::dot;
use super::learner::{EpochInput, EpochStats, Learner, Scorer};
use super::objective::Objective;
use super::optim::Adam;
use super::random::stream;
use super::sgd::{self, Batch};
use super::table::{Table, normal};

/// The parts of a network and their sizes.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkShape {
    /// Number of users.
    pub users: usize,
    /// Number of items.
    pub items: usize,
    /// Values of a vector of the GMF part; 0 for no such part.
    pub factors: usize,
    /// Widths of the perceptron, first the input (half user, half item); empty for no such part.
    /// The widths of the paper halve: 64, 32, 16, 8 (section 3.3).
    pub layers: Vec<usize>,
}

/// How the parts are trained alone before they are joined (section 3.4.1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pretraining {
    /// Epochs for each part alone; 0 for none.
    pub epochs: u32,
    /// Adam's step size for the joined network.
    pub rate: f32,
    /// Each part becomes its mean over this many of its last epochs; 0 or 1 take it as it is after
    /// the last.
    pub average: u32,
}

/// GMF and a perceptron side by side, with vectors of their own and one output layer (equation 12).
/// Either part may be missing: this is also the perceptron alone (equation 10) and GMF alone.
#[derive(Debug)]
pub struct NeuMf<O> {
    shape: NetworkShape,
    gmf: [Table; 2],
    mlp: [Table; 2],
    /// One row for each layer: weights, one column for each input, then biases.
    layers: Vec<Table>,
    /// `h` of the GMF part, `h` of the perceptron, bias.
    output: Table,
    objective: O,
    adam: Adam,
    batch: usize,
    pretraining: Pretraining,
    deviation: f32,
    seed: u64,
}

impl<O: Objective + Copy> NeuMf<O> {
    /// Returns a network of small random vectors, normally distributed with `deviation`. Weights
    /// are as in the authors' code: Glorot's uniform distribution and, for the output, that of
    /// `LeCun`.
    #[must_use]
    pub fn new(
        shape: NetworkShape,
        deviation: f32,
        seed: u64,
        objective: O,
        adam: Adam,
        batch: usize,
        pretraining: Pretraining,
    ) -> Self {
        let rng = |part: &str| Pcg64Mcg::seed_from_u64(stream(seed, part));
        let half = shape.layers.first().map_or(0, |width| width / 2);
        let tables = |dims: usize, part: &str| {
            [(shape.users, "users"), (shape.items, "items")].map(|(rows, side)| {
                Table::new(rows, dims, normal(rng(&format!("{part} {side}")), deviation))
            })
        };
        let layers = shape.layers.windows(2).enumerate().map(|(n, widths)| {
            let (input, output) = (widths[0], widths[1]);
            let bound = (6.0 / (input + output) as f32).sqrt();
            uniform(input * output, output, bound, rng(&format!("layer {n}")))
        });
        let joined = shape.factors + shape.layers.last().copied().unwrap_or(0);
        Self {
            gmf: tables(shape.factors, "gmf"),
            mlp: tables(half, "mlp"),
            layers: layers.collect(),
            output: uniform(joined, 1, (3.0 / joined.max(1) as f32).sqrt(), rng("output")),
            shape,
            objective,
            adam,
            batch,
            pretraining,
            deviation,
            seed,
        }
    }

    /// Trains the parts alone and joins them; each contributes half (α = 0.5, equation 13).
    fn pretrain(&mut self, input: &EpochInput<'_>) {
        let none = Pretraining { epochs: 0, ..self.pretraining };
        let part = |shape: NetworkShape, purpose| {
            let seed = stream(self.seed, purpose);
            let net =
                Self::new(shape, self.deviation, seed, self.objective, self.adam, self.batch, none);
            let mut net =
                Averaged::new(net, self.pretraining.average.max(1), self.pretraining.epochs);
            for epoch in 0..self.pretraining.epochs {
                net.train_epoch(&EpochInput { epoch, seed, ..*input });
            }
            net.into_inner()
        };
        let gmf = part(NetworkShape { layers: Vec::new(), ..self.shape.clone() }, "pretrain gmf");
        let mlp = part(NetworkShape { factors: 0, ..self.shape.clone() }, "pretrain mlp");
        let (left, right) = (gmf.output.values(), mlp.output.values());
        let (left, left_bias) = left.split_at(self.shape.factors);
        let (right, right_bias) = right.split_at(right.len() - 1);
        let mut halves = left
            .iter()
            .chain(right)
            .map(|h| h / 2.0)
            .chain([f32::midpoint(left_bias[0], right_bias[0])]);
        // Moments start at zero: they belong to the parts' own losses.
        self.output = Table::new(1, left.len() + right.len() + 1, || halves.next().unwrap_or(0.0));
        self.gmf = gmf.gmf.map(|table| table.without_moments());
        self.mlp = mlp.mlp.map(|table| table.without_moments());
        self.layers = mlp.layers.iter().map(Table::without_moments).collect();
    }

    /// Width of the user's or the item's half of the perceptron's input.
    fn half(&self) -> usize {
        self.mlp[0].dims()
    }
}

/// A table of one row: `weights` uniform values and `biases` zeros.
fn uniform(weights: usize, biases: usize, bound: f32, mut rng: Pcg64Mcg) -> Table {
    let mut left = weights;
    Table::new(1, weights + biases, || {
        if left == 0 {
            return 0.0;
        }
        left -= 1;
        rng.random_range(-bound..bound)
    })
}

impl<O: Objective + Copy> Scorer for NeuMf<O> {
    fn score(&self, user: u32, items: &[u32], out: &mut [f32]) {
        let data = Interactions::default();
        // Between epochs rows are caught up, so Adam has nothing to add.
        let mut buffers = self.buffers_with(Adam { dense: false, ..self.adam });
        self.load(&mut buffers, 0);
        // Samples at a time: the activations of one block stay in the cache.
        for (items, out) in items.chunks(256).zip(out.chunks_mut(256)) {
            let batch = Batch {
                data: &data,
                users: vec![user],
                items: items.to_vec(),
                sample_weights: vec![1.0],
                targets: vec![1.0],
                group: items.len(),
            };
            self.fill_logits(&mut buffers, &batch);
            out.copy_from_slice(&buffers.logits);
        }
    }
}

impl<O: Objective + Copy> Learner for NeuMf<O> {
    fn train_epoch(&mut self, input: &EpochInput<'_>) -> EpochStats {
        if self.pretraining.epochs > 0 {
            if input.epoch == 0 {
                self.pretrain(input);
            }
            self.adam.rate = self.pretraining.rate;
        }
        sgd::train_epoch(self, self.batch, input)
    }

    fn dims(&self) -> usize {
        self.shape.factors + self.half()
    }

    /// Returns the vectors of both parts side by side, each scaled to a mean square length of one.
    /// Neither part is enough alone: HR@10 item to item on ml-100k is 0.081 for GMF, 0.030 for the
    /// perceptron and 0.111 for both.
    fn item_vectors(&self) -> Vec<f32> {
        let parts = [&self.gmf[1], &self.mlp[1]].map(|table| {
            let values = table.values();
            let square: f32 = dot(&values, &values);
            let scale = if square > 0.0 { (self.shape.items as f32 / square).sqrt() } else { 1.0 };
            (values.into_iter().map(|value| value * scale).collect::<Vec<_>>(), table.dims())
        });
        let mut out = Vec::with_capacity(self.shape.items * self.dims());
        for item in 0..self.shape.items {
            for (values, dims) in &parts {
                out.extend_from_slice(&values[item * dims..][..*dims]);
            }
        }
        out
    }

    fn tables(&self) -> Vec<&Table> {
        self.gmf.iter().chain(&self.mlp).chain(&self.layers).chain([&self.output]).collect()
    }
}
