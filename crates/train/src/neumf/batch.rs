//! How the network learns one batch: forward, backward, one step of the optimiser.
//!
//! Imports the network itself; the network's file only calls its methods.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

use super::NeuMf;
use crate::dot::dot;
use crate::objective::Objective;
use crate::optim::Adam;
use crate::sgd::{Batch, BatchLearner};
use crate::sparse_gradients::SparseGradients;
use crate::table::Table;

/// Buffers of one thread. Activations are `width × samples`, one sample a column.
#[derive(Debug)]
pub struct Buffers {
    gmf: [SparseGradients; 2],
    mlp: [SparseGradients; 2],
    /// The row of each layer with its moments.
    weights: Vec<Vec<f32>>,
    /// Gradients of each layer's weights and biases.
    layer_gradients: Vec<Vec<f32>>,
    output: Vec<f32>,
    output_gradient: Vec<f32>,
    activations: Vec<Vec<f32>>,
    /// Gradients in the activations of the layer at hand.
    gradients: Vec<f32>,
    next_gradients: Vec<f32>,
    pub(super) logits: Vec<f32>,
    slots: Vec<[usize; 4]>,
}

/// Runs the perceptron on `activations[0]` and fills the others.
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
    /// Turns the gradients in the last activations into gradients of the layers and of the input.
    fn backward(&self, buffers: &mut Buffers, samples: usize) {
        for (n, widths) in self.shape.layers.windows(2).enumerate().rev() {
            let (input, output) = (widths[0], widths[1]);
            for (gradient, value) in buffers.gradients.iter_mut().zip(&buffers.activations[n + 1]) {
                if *value <= 0.0 {
                    *gradient = 0.0;
                }
            }
            let (kernel, bias) = buffers.layer_gradients[n].split_at_mut(input * output);
            for column in buffers.gradients.chunks_exact(output) {
                for (sum, gradient) in bias.iter_mut().zip(column) {
                    *sum += gradient;
                }
            }
            let gradients = MatRef::from_column_major_slice(&buffers.gradients, output, samples);
            let from = MatRef::from_column_major_slice(&buffers.activations[n], input, samples);
            let kernel = MatMut::from_column_major_slice_mut(kernel, output, input);
            matmul(kernel, Accum::Replace, gradients, from.transpose(), 1.0, Par::Seq);
            let weights = MatRef::from_column_major_slice(
                &buffers.weights[n][..input * output],
                output,
                input,
            );
            buffers.next_gradients.clear();
            buffers.next_gradients.resize(input * samples, 0.0);
            let next =
                MatMut::from_column_major_slice_mut(&mut buffers.next_gradients, input, samples);
            matmul(next, Accum::Replace, weights.transpose(), gradients, 1.0, Par::Seq);
            std::mem::swap(&mut buffers.gradients, &mut buffers.next_gradients);
        }
    }

    /// Returns buffers whose rows `adam` catches up.
    pub(super) fn buffers_with(&self, adam: Adam) -> Buffers {
        let row = |table: &Table, times: usize| vec![0.0; table.dims() * times];
        Buffers {
            gmf: [
                SparseGradients::new(&self.gmf[0], adam),
                SparseGradients::new(&self.gmf[1], adam),
            ],
            mlp: [
                SparseGradients::new(&self.mlp[0], adam),
                SparseGradients::new(&self.mlp[1], adam),
            ],
            weights: self.layers.iter().map(|table| row(table, 3)).collect(),
            layer_gradients: self.layers.iter().map(|table| row(table, 1)).collect(),
            output: row(&self.output, 3),
            output_gradient: row(&self.output, 1),
            activations: vec![Vec::new(); self.shape.layers.len().max(1)],
            gradients: Vec::new(),
            next_gradients: Vec::new(),
            logits: Vec::new(),
            slots: Vec::new(),
        }
    }

    /// Loads the parameters that all samples share.
    pub(super) fn load(&self, buffers: &mut Buffers, step: u64) {
        for (weights, table) in buffers.weights.iter_mut().zip(&self.layers) {
            table.load(0, weights);
        }
        self.output.load(0, &mut buffers.output);
        buffers.output_gradient.fill(0.0);
        for gradient in &mut buffers.layer_gradients {
            gradient.fill(0.0);
        }
        for rows in buffers.gmf.iter_mut().chain(&mut buffers.mlp) {
            rows.begin(step);
        }
    }

    /// Writes the logits of the batch.
    pub(super) fn fill_logits(&self, buffers: &mut Buffers, batch: &Batch<'_>) {
        let (factors, half) = (self.shape.factors, self.half());
        buffers.slots.clear();
        buffers.activations[0].clear();
        for (&user, group) in batch.users.iter().zip(batch.items.chunks_exact(batch.group)) {
            for &item in group {
                let mut slots = [0; 4];
                if factors > 0 {
                    slots[0] = buffers.gmf[0].touch(&self.gmf[0], user);
                    slots[1] = buffers.gmf[1].touch(&self.gmf[1], item);
                }
                if half > 0 {
                    slots[2] = buffers.mlp[0].touch(&self.mlp[0], user);
                    slots[3] = buffers.mlp[1].touch(&self.mlp[1], item);
                    buffers.activations[0].extend_from_slice(buffers.mlp[0].values(slots[2]));
                    buffers.activations[0].extend_from_slice(buffers.mlp[1].values(slots[3]));
                }
                buffers.slots.push(slots);
            }
        }
        let samples = buffers.slots.len();
        forward(&self.shape.layers, &buffers.weights, &mut buffers.activations, samples);
        let last = self.shape.layers.last().copied().unwrap_or(0);
        let (gmf_weights, rest) = buffers.output.split_at(factors);
        let (mlp_weights, bias) = (&rest[..last], rest[last]);
        let top = buffers.activations.last();
        buffers.logits.clear();
        for (n, slots) in buffers.slots.iter().enumerate() {
            let mut logit = bias;
            if factors > 0 {
                let (p, q) = (buffers.gmf[0].values(slots[0]), buffers.gmf[1].values(slots[1]));
                logit += p.iter().zip(q).zip(gmf_weights).map(|((p, q), h)| p * q * h).sum::<f32>();
            }
            if let Some(top) = top
                && last > 0
            {
                logit += dot(&top[n * last..][..last], mlp_weights);
            }
            buffers.logits.push(logit);
        }
    }
}

impl<O: Objective + Copy> BatchLearner for NeuMf<O> {
    type Buffers = Buffers;

    fn negatives(&self) -> usize {
        self.objective.negatives()
    }

    fn buffers(&self) -> Buffers {
        self.buffers_with(self.adam)
    }

    fn catch_up(&self, step: u32) {
        for table in self.gmf.iter().chain(&self.mlp) {
            table.catch_up(&self.adam, step);
        }
    }

    fn learn(&self, buffers: &mut Buffers, batch: &Batch<'_>, step: u64) -> f32 {
        self.load(buffers, step);
        self.fill_logits(buffers, batch);
        let mut loss = 0.0;
        for ((group, &weight), &target) in buffers
            .logits
            .chunks_exact_mut(batch.group)
            .zip(&batch.sample_weights)
            .zip(&batch.targets)
        {
            loss += self.objective.weighted_gradients(group, weight, target);
        }
        self.output_gradients(buffers);
        if self.half() > 0 {
            self.backward(buffers, batch.items.len());
            self.input_gradients(buffers);
        }
        self.apply(buffers, step);
        loss
    }
}

impl<O: Objective + Copy> NeuMf<O> {
    /// Turns the gradients in the logits into gradients of the output layer, of the GMF part and
    /// of the perceptron's last activations.
    fn output_gradients(&self, buffers: &mut Buffers) {
        let factors = self.shape.factors;
        let last = self.shape.layers.last().copied().unwrap_or(0);
        let scale = 1.0 / buffers.logits.len().max(1) as f32;
        buffers.gradients.clear();
        for (n, slots) in buffers.slots.iter().enumerate() {
            let gradient = buffers.logits[n] * scale;
            let (gmf_weights, mlp_weights) = buffers.output.split_at(factors);
            let (gmf_gradient, mlp_gradient) = buffers.output_gradient.split_at_mut(factors);
            if factors > 0 {
                let [users, items] = &mut buffers.gmf;
                let (p, p_gradient) = users.values_and_gradients(slots[0]);
                let (q, q_gradient) = items.values_and_gradients(slots[1]);
                for d in 0..factors {
                    p_gradient[d] += gradient * gmf_weights[d] * q[d];
                    q_gradient[d] += gradient * gmf_weights[d] * p[d];
                    gmf_gradient[d] += gradient * p[d] * q[d];
                }
            }
            if last > 0
                && let Some(top) = buffers.activations.last()
            {
                for (sum, value) in mlp_gradient.iter_mut().zip(&top[n * last..][..last]) {
                    *sum += gradient * value;
                }
                buffers.gradients.extend(mlp_weights[..last].iter().map(|h| gradient * h));
            }
            mlp_gradient[last] += gradient;
        }
    }

    /// Adds the gradients in the perceptron's input to those of its user and item vectors.
    fn input_gradients(&self, buffers: &mut Buffers) {
        let half = self.half();
        for (slots, inputs) in buffers.slots.iter().zip(buffers.gradients.chunks_exact(half * 2)) {
            let (user, item) = inputs.split_at(half);
            for (rows, (slot, inputs)) in
                buffers.mlp.iter_mut().zip([(slots[2], user), (slots[3], item)])
            {
                for (sum, input) in rows.values_and_gradients(slot).1.iter_mut().zip(inputs) {
                    *sum += input;
                }
            }
        }
    }

    /// Gives every parameter of the batch one step of the optimiser.
    fn apply(&self, buffers: &mut Buffers, step: u64) {
        let rate = self.adam.rate_at(step);
        let apply = |row: &mut [f32], gradient: &[f32]| self.adam.apply(rate, row, gradient);
        for (rows, table) in
            buffers.gmf.iter_mut().zip(&self.gmf).chain(buffers.mlp.iter_mut().zip(&self.mlp))
        {
            rows.apply(table);
        }
        for ((weights, gradient), table) in
            buffers.weights.iter_mut().zip(&buffers.layer_gradients).zip(&self.layers)
        {
            table.load(0, weights);
            apply(weights, gradient);
            table.store(0, weights);
        }
        self.output.load(0, &mut buffers.output);
        apply(&mut buffers.output, &buffers.output_gradient);
        self.output.store(0, &buffers.output);
    }
}
