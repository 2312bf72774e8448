//! Trains the table by Adam (Kingma and Ba 2015). A step changes only the rows of its sentences.
//! It imports the examples and the settings.
//!
//! A sentence also learns to find its context: the inverse cloze task of Lee, Chang and Toutanova
//! 2019, "Latent retrieval for weakly supervised open domain question answering", section 4.
//! Training does not change the vectors of the contexts, which are the transformer's.

use std::panic::resume_unwind;

use osusume_tables::{Cancel, Cancelled};

use super::examples::Examples;
use super::settings::Distil;
use crate::math::{Random, add};

/// The state of Adam: moments and step counts of each row, and the gradients of the current step.
struct Adam {
    dims: usize,
    first: Vec<f32>,
    second: Vec<f32>,
    steps: Vec<i32>,
    gradients: Vec<f32>,
    has_gradient: Vec<bool>,
    changed: Vec<usize>,
}

impl Adam {
    fn new(values: usize, dims: usize) -> Self {
        let rows = values / dims;
        Self {
            dims,
            first: vec![0.0; values],
            second: vec![0.0; values],
            steps: vec![0; rows],
            gradients: vec![0.0; values],
            has_gradient: vec![false; rows],
            changed: Vec::new(),
        }
    }

    /// Adds `by` times `gradient` to the gradient of a row.
    fn add(&mut self, row: usize, by: f32, gradient: &[f32]) {
        if !std::mem::replace(&mut self.has_gradient[row], true) {
            self.changed.push(row);
        }
        add(by, gradient, &mut self.gradients[row * self.dims..][..self.dims]);
    }

    /// Updates the rows with a gradient and clears their gradients.
    fn step(&mut self, values: &mut [f32], rate: f32) {
        for row in std::mem::take(&mut self.changed) {
            self.has_gradient[row] = false;
            self.steps[row] += 1;
            let steps = self.steps[row];
            let (bias1, bias2) = (1.0 - 0.9_f32.powi(steps), 1.0 - 0.999_f32.powi(steps));
            let part = row * self.dims..(row + 1) * self.dims;
            let moments = self.first[part.clone()].iter_mut().zip(&mut self.second[part.clone()]);
            let both = values[part.clone()].iter_mut().zip(&mut self.gradients[part]);
            for ((value, gradient), (first, second)) in both.zip(moments) {
                *first = 0.9 * *first + 0.1 * *gradient;
                *second = 0.999 * *second + 0.001 * *gradient * *gradient;
                *value -= rate * (*first / bias1) / ((*second / bias2).sqrt() + 1e-8);
                *gradient = 0.0;
            }
        }
    }
}

/// Trains `values`, the rows of the table, until the epochs are over or the run is cancelled.
///
/// The same input gives the same bytes on any number of threads.
pub(super) fn train(
    values: &mut [f32],
    examples: &Examples<'_>,
    settings: &Distil,
    progress: &mut dyn FnMut(usize, usize),
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let rows = examples.rows;
    let mut order: Vec<usize> = (0..rows.len()).filter(|&at| !rows[at].is_empty()).collect();
    let mut adam = Adam::new(values.len(), examples.dims);
    let batch = settings.batch.min(order.len()).max(1);
    let steps = settings.epochs * (order.len() / batch);
    let mut random = Random::new(settings.seed);
    let mut step = 0;
    for _ in 0..settings.epochs {
        random.shuffle(&mut order);
        for batch in order.chunks_exact(batch) {
            cancel.check()?;
            let rate = settings.rate * (1.0 - step as f32 / steps as f32);
            let gradients = gradients(batch, |at| examples.gradient(at, values, batch, settings));
            for (&at, (length, gradient)) in batch.iter().zip(gradients) {
                let share = 1.0 / (length * batch.len() as f32);
                for &row in &rows[at] {
                    adam.add(row as usize, share, &gradient);
                }
            }
            adam.step(values, rate);
            step += 1;
            progress(step, steps);
        }
    }
    Ok(())
}

/// Returns `gradient` of each sentence of a batch, in order, computed on every core.
///
/// # Panics
///
/// If `gradient` panics: a batch without some of its sentences would train another table.
fn gradients<T: Send>(batch: &[usize], gradient: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let gradient = &gradient;
    std::thread::scope(|scope| {
        let parts: Vec<_> = batch
            .chunks(batch.len().div_ceil(threads))
            .map(|part| scope.spawn(move || part.iter().map(|&at| gradient(at)).collect()))
            .collect();
        let join = |part: std::thread::ScopedJoinHandle<'_, Vec<T>>| {
            part.join().unwrap_or_else(|panic| resume_unwind(panic))
        };
        parts.into_iter().flat_map(join).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::dot;

    #[test]
    fn sums_learn_the_directions_of_their_targets() {
        let dims = 20;
        let axis = |at: usize| (0..dims).map(move |d| f32::from(u8::from(d == at)));
        // The target of rows 0 and 1 together is axis 3. The target of row 1 alone is axis 4.
        let texts = [vec![0, 1], vec![1]];
        let targets: Vec<f32> = axis(3).chain(axis(4)).collect();
        let settings = Distil { epochs: 400, batch: 2, rate: 0.05, ..Distil::default() };
        let run = |contexts: &[f32]| {
            let mut values: Vec<f32> = (0..2 * dims).map(|at| (at % 7) as f32 * 0.01).collect();
            let examples = Examples { rows: &texts, targets: &targets, contexts, dims };
            train(&mut values, &examples, &settings, &mut |_, _| {}, &Cancel::new()).unwrap();
            values
        };
        let values = run(&vec![0.0; 2 * dims]);
        let sum = |values: &[f32]| -> Vec<f32> {
            values[..dims].iter().zip(&values[dims..]).map(|(a, b)| a + b).collect()
        };
        let cosine = |v: &[f32], axis: usize| v[axis] / dot(v, v).sqrt();
        assert!(cosine(&sum(&values), 3) > 0.99 && cosine(&values[dims..], 4) > 0.99, "{values:?}");
        assert_eq!(values, run(&vec![0.0; 2 * dims]), "the same bytes");
        // With contexts, both sums turn to their own context and away from the other one.
        let values = run(&axis(5).chain(axis(6)).collect::<Vec<f32>>());
        let (both, one) = (sum(&values), &values[dims..]);
        let turned = [cosine(&both, 5), -cosine(&both, 6), cosine(one, 6), -cosine(one, 5)];
        assert!(turned.iter().all(|&turned| turned > 0.02), "{turned:?}");
        assert!(cosine(&both, 3) > 0.5 && cosine(one, 4) > 0.5);
    }

    #[test]
    #[should_panic(expected = "sentence 3")]
    fn a_thread_that_panics_ends_the_training() {
        gradients(&[1, 2, 3, 4], |at| assert!(at != 3, "sentence {at}"));
    }
}
