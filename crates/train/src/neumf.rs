//! The multi-layer perceptron and neural matrix factorisation (He et al. 2017, sections 3.3 and 3.4).

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::average::Averaged;
use super::dot::dot;
use super::model::{Learner, Pass, Passed, Scorer};
use super::objective::Objective;
use super::optim::Adam;
use super::random::stream;
use super::sgd::{self, Batch, Stochastic};
use super::sparse_gradients::Touched;
use super::table::{Table, normal};

/// Which parts a network has, and how large they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Number of users.
    pub users: usize,
    /// Number of items.
    pub items: usize,
    /// Values of a vector of the GMF part; 0 for none.
    pub factors: usize,
    /// Widths of the perceptron, first the input (half user, half item); empty for none. The paper's towers halve:
    /// 64, 32, 16, 8 (section 3.3).
    pub layers: Vec<usize>,
}

/// How the parts are trained before they are joined (section 3.4.1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pretraining {
    /// Passes over the data for each part alone; 0 for none.
    pub epochs: u32,
    /// Adam's step size for the joined network.
    pub rate: f32,
    /// Each part is the mean of itself after this many of its last passes; 0 or 1 for as it is after the last.
    pub average: u32,
}

/// GMF and a perceptron side by side on vectors of their own, joined by one output layer (equation 12); either part
/// may be missing, so that this is the perceptron alone (equation 10) and GMF alone as well.
#[derive(Debug)]
pub struct NeuMf<O> {
    shape: Shape,
    gmf: [Table; 2],
    mlp: [Table; 2],
    /// One row a layer: weights, a column per input, then biases.
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
    /// Returns a network of small random vectors, normally distributed with `deviation`; weights as in the authors'
    /// code (Glorot's and, for the output, the `LeCun` uniform distribution).
    #[must_use]
    pub fn new(
        shape: Shape,
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

    /// Trains the parts alone and puts them together, each having half a say (α = 0.5, equation 13).
    fn pretrain(&mut self, pass: &Pass<'_>) {
        let none = Pretraining { epochs: 0, ..self.pretraining };
        let part = |shape: Shape, purpose| {
            let seed = stream(self.seed, purpose);
            let net =
                Self::new(shape, self.deviation, seed, self.objective, self.adam, self.batch, none);
            let mut net =
                Averaged::new(net, self.pretraining.average.max(1), self.pretraining.epochs);
            for epoch in 0..self.pretraining.epochs {
                net.pass(&Pass { epoch, seed, ..*pass });
            }
            net.into_inner()
        };
        let gmf = part(Shape { layers: Vec::new(), ..self.shape.clone() }, "pretrain gmf");
        let mlp = part(Shape { factors: 0, ..self.shape.clone() }, "pretrain mlp");
        let (left, right) = (gmf.output.values(), mlp.output.values());
        let (left, left_bias) = left.split_at(self.shape.factors);
        let (right, right_bias) = right.split_at(right.len() - 1);
        let mut halves = left
            .iter()
            .chain(right)
            .map(|h| h / 2.0)
            .chain([f32::midpoint(left_bias[0], right_bias[0])]);
        // Moments start anew: they belong to the parts' own losses.
        self.output = Table::new(1, left.len() + right.len() + 1, || halves.next().unwrap_or(0.0));
        self.gmf = gmf.gmf.map(|table| table.rested());
        self.mlp = mlp.mlp.map(|table| table.rested());
        self.layers = mlp.layers.iter().map(Table::rested).collect();
    }

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

/// One thread's buffers; activations are `width × samples`, a sample a column.
#[derive(Debug)]
pub struct Work {
    gmf: [Touched; 2],
    mlp: [Touched; 2],
    /// Each layer's row with its moments.
    weights: Vec<Vec<f32>>,
    gradients: Vec<Vec<f32>>,
    output: Vec<f32>,
    output_gradient: Vec<f32>,
    activations: Vec<Vec<f32>>,
    slopes: Vec<f32>,
    next_slopes: Vec<f32>,
    logits: Vec<f32>,
    slots: Vec<[usize; 4]>,
}

/// Runs the perceptron on `activations[0]`, filling the others.
fn forward(layers: &[usize], weights: &[Vec<f32>], activations: &mut [Vec<f32>], samples: usize) {
    for (n, widths) in layers.windows(2).enumerate() {
        let (input, output) = (widths[0], widths[1]);
        let (before, after) = activations.split_at_mut(n + 1);
        let (from, to) = (&before[n], &mut after[0]);
        to.clear();
        to.resize(output * samples, 0.0);
        let (kernel, bias) = weights[n].split_at(input * output);
        matmul(
            MatMut::from_column_major_slice_mut(to, output, samples),
            Accum::Replace,
            MatRef::from_column_major_slice(kernel, output, input),
            MatRef::from_column_major_slice(from, input, samples),
            1.0,
            Par::Seq,
        );
        for column in to.chunks_exact_mut(output) {
            for (value, bias) in column.iter_mut().zip(bias) {
                *value = (*value + bias).max(0.0);
            }
        }
    }
}

impl<O: Objective + Copy> NeuMf<O> {
    /// Turns the slopes in the last activations into gradients of the layers and slopes in the input.
    fn backward(&self, work: &mut Work, samples: usize) {
        for (n, widths) in self.shape.layers.windows(2).enumerate().rev() {
            let (input, output) = (widths[0], widths[1]);
            for (slope, value) in work.slopes.iter_mut().zip(&work.activations[n + 1]) {
                if *value <= 0.0 {
                    *slope = 0.0;
                }
            }
            let (kernel, bias) = work.gradients[n].split_at_mut(input * output);
            for column in work.slopes.chunks_exact(output) {
                for (sum, slope) in bias.iter_mut().zip(column) {
                    *sum += slope;
                }
            }
            let slopes = MatRef::from_column_major_slice(&work.slopes, output, samples);
            let from = MatRef::from_column_major_slice(&work.activations[n], input, samples);
            let kernel = MatMut::from_column_major_slice_mut(kernel, output, input);
            matmul(kernel, Accum::Replace, slopes, from.transpose(), 1.0, Par::Seq);
            let weights =
                MatRef::from_column_major_slice(&work.weights[n][..input * output], output, input);
            work.next_slopes.clear();
            work.next_slopes.resize(input * samples, 0.0);
            let next = MatMut::from_column_major_slice_mut(&mut work.next_slopes, input, samples);
            matmul(next, Accum::Replace, weights.transpose(), slopes, 1.0, Par::Seq);
            std::mem::swap(&mut work.slopes, &mut work.next_slopes);
        }
    }

    fn buffers(&self, adam: Adam) -> Work {
        let row = |table: &Table, times: usize| vec![0.0; table.dims() * times];
        Work {
            gmf: [Touched::new(&self.gmf[0], adam), Touched::new(&self.gmf[1], adam)],
            mlp: [Touched::new(&self.mlp[0], adam), Touched::new(&self.mlp[1], adam)],
            weights: self.layers.iter().map(|table| row(table, 3)).collect(),
            gradients: self.layers.iter().map(|table| row(table, 1)).collect(),
            output: row(&self.output, 3),
            output_gradient: row(&self.output, 1),
            activations: vec![Vec::new(); self.shape.layers.len().max(1)],
            slopes: Vec::new(),
            next_slopes: Vec::new(),
            logits: Vec::new(),
            slots: Vec::new(),
        }
    }

    /// Loads what all samples share.
    fn load(&self, work: &mut Work, step: u64) {
        for (weights, table) in work.weights.iter_mut().zip(&self.layers) {
            table.load(0, weights);
        }
        self.output.load(0, &mut work.output);
        work.output_gradient.fill(0.0);
        for gradient in &mut work.gradients {
            gradient.fill(0.0);
        }
        for touched in work.gmf.iter_mut().chain(&mut work.mlp) {
            touched.begin(step);
        }
    }

    /// Writes the logits of the batch.
    fn logits(&self, work: &mut Work, batch: &Batch<'_>) {
        let (factors, half) = (self.shape.factors, self.half());
        work.slots.clear();
        work.activations[0].clear();
        for (&user, group) in batch.users.iter().zip(batch.items.chunks_exact(batch.group)) {
            for &item in group {
                let mut slots = [0; 4];
                if factors > 0 {
                    slots[0] = work.gmf[0].touch(&self.gmf[0], user);
                    slots[1] = work.gmf[1].touch(&self.gmf[1], item);
                }
                if half > 0 {
                    slots[2] = work.mlp[0].touch(&self.mlp[0], user);
                    slots[3] = work.mlp[1].touch(&self.mlp[1], item);
                    work.activations[0].extend_from_slice(work.mlp[0].values(slots[2]));
                    work.activations[0].extend_from_slice(work.mlp[1].values(slots[3]));
                }
                work.slots.push(slots);
            }
        }
        let samples = work.slots.len();
        forward(&self.shape.layers, &work.weights, &mut work.activations, samples);
        let last = self.shape.layers.last().copied().unwrap_or(0);
        let (gmf_weights, rest) = work.output.split_at(factors);
        let (mlp_weights, bias) = (&rest[..last], rest[last]);
        let top = work.activations.last();
        work.logits.clear();
        for (n, slots) in work.slots.iter().enumerate() {
            let mut logit = bias;
            if factors > 0 {
                let (p, q) = (work.gmf[0].values(slots[0]), work.gmf[1].values(slots[1]));
                logit += p.iter().zip(q).zip(gmf_weights).map(|((p, q), h)| p * q * h).sum::<f32>();
            }
            if let Some(top) = top
                && last > 0
            {
                logit += dot(&top[n * last..][..last], mlp_weights);
            }
            work.logits.push(logit);
        }
    }
}

impl<O: Objective + Copy> Stochastic for NeuMf<O> {
    type Work = Work;

    fn negatives(&self) -> usize {
        self.objective.negatives()
    }

    fn work(&self) -> Work {
        self.buffers(self.adam)
    }

    fn settle(&self, step: u32) {
        for table in self.gmf.iter().chain(&self.mlp) {
            table.settle(&self.adam, step);
        }
    }

    fn learn(&self, work: &mut Work, batch: &Batch<'_>, step: u64) -> f32 {
        let (factors, half) = (self.shape.factors, self.half());
        let last = self.shape.layers.last().copied().unwrap_or(0);
        self.load(work, step);
        self.logits(work, batch);
        let samples = work.logits.len();
        let mut loss = 0.0;
        for (group, &says) in work.logits.chunks_exact_mut(batch.group).zip(&batch.says) {
            loss += self.objective.slopes_for(group, says);
        }
        let scale = 1.0 / samples.max(1) as f32;
        work.slopes.clear();
        for (n, slots) in work.slots.iter().enumerate() {
            let slope = work.logits[n] * scale;
            let (gmf_weights, mlp_weights) = work.output.split_at(factors);
            let (gmf_gradient, mlp_gradient) = work.output_gradient.split_at_mut(factors);
            if factors > 0 {
                let [users, items] = &mut work.gmf;
                let ((p, p_slope), (q, q_slope)) = (users.both(slots[0]), items.both(slots[1]));
                for d in 0..factors {
                    p_slope[d] += slope * gmf_weights[d] * q[d];
                    q_slope[d] += slope * gmf_weights[d] * p[d];
                    gmf_gradient[d] += slope * p[d] * q[d];
                }
            }
            if last > 0
                && let Some(top) = work.activations.last()
            {
                for (sum, value) in mlp_gradient.iter_mut().zip(&top[n * last..][..last]) {
                    *sum += slope * value;
                }
                work.slopes.extend(mlp_weights[..last].iter().map(|h| slope * h));
            }
            mlp_gradient[last] += slope;
        }
        if half > 0 {
            self.backward(work, samples);
            for (slots, slopes) in work.slots.iter().zip(work.slopes.chunks_exact(half * 2)) {
                let (user, item) = slopes.split_at(half);
                for (touched, (slot, slopes)) in
                    work.mlp.iter_mut().zip([(slots[2], user), (slots[3], item)])
                {
                    for (sum, slope) in touched.both(slot).1.iter_mut().zip(slopes) {
                        *sum += slope;
                    }
                }
            }
        }
        let rate = self.adam.rate_at(step);
        let apply = |row: &mut [f32], gradient: &[f32]| self.adam.apply(rate, row, gradient);
        for (touched, table) in
            work.gmf.iter_mut().zip(&self.gmf).chain(work.mlp.iter_mut().zip(&self.mlp))
        {
            touched.apply(table);
        }
        for ((weights, gradient), table) in
            work.weights.iter_mut().zip(&work.gradients).zip(&self.layers)
        {
            table.load(0, weights);
            apply(weights, gradient);
            table.store(0, weights);
        }
        self.output.load(0, &mut work.output);
        apply(&mut work.output, &work.output_gradient);
        self.output.store(0, &work.output);
        loss
    }
}

impl<O: Objective + Copy> Scorer for NeuMf<O> {
    fn score(&self, user: u32, items: &[u32], out: &mut [f32]) {
        let data = super::data::Interactions::default();
        // Between passes rows are settled; there is nothing to catch up with.
        let mut work = self.buffers(Adam { dense: false, ..self.adam });
        self.load(&mut work, 0);
        // Samples at a time: the activations of one block stay in the cache.
        for (items, out) in items.chunks(256).zip(out.chunks_mut(256)) {
            let (users, says) = (vec![user], vec![(1.0, 1.0)]);
            let batch =
                Batch { data: &data, users, items: items.to_vec(), says, group: items.len() };
            self.logits(&mut work, &batch);
            out.copy_from_slice(&work.logits);
        }
    }
}

impl<O: Objective + Copy> Learner for NeuMf<O> {
    fn pass(&mut self, pass: &Pass<'_>) -> Passed {
        if self.pretraining.epochs > 0 {
            if pass.epoch == 0 {
                self.pretrain(pass);
            }
            self.adam.rate = self.pretraining.rate;
        }
        sgd::pass(self, self.batch, pass)
    }

    fn dims(&self) -> usize {
        self.shape.factors + self.half()
    }

    /// The vectors of both parts side by side, each part brought to a mean square length of 1: neither alone serves
    /// (HR@10 item to item on ml-100k: GMF part 0.081, perceptron part 0.030, both 0.111).
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
