//! Adam on the rows that a batch touched.

use serde::{Deserialize, Serialize};

/// Adam (Kingma and Ba 2015, algorithm 1), applied to touched rows only ("lazy"): a row's moments rest while no
/// sample of a batch names it. The dense form costs (users + items) × dims a batch and ranks no better.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Adam {
    /// Step size.
    pub rate: f32,
    /// Decay of the first moment.
    pub beta1: f32,
    /// Decay of the second moment.
    pub beta2: f32,
    /// Keeps the quotient finite.
    pub epsilon: f32,
}

impl Adam {
    /// The paper's values, with the step size `rate`.
    #[must_use]
    pub const fn new(rate: f32) -> Self {
        Self { rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    /// Returns the step size of batch `step` (from 1), both bias corrections in it.
    #[must_use]
    pub fn rate_at(&self, step: u64) -> f32 {
        let step = step as f64;
        let first = 1.0 - f64::from(self.beta1).powf(step);
        let second = 1.0 - f64::from(self.beta2).powf(step);
        (f64::from(self.rate) * second.sqrt() / first) as f32
    }

    /// Moves `row` (values, first moments, second moments, each as long as `gradient`) against `gradient`.
    #[inline]
    pub fn apply(&self, rate: f32, row: &mut [f32], gradient: &[f32]) {
        let dims = gradient.len();
        let (values, moments) = row.split_at_mut(dims);
        let (first, second) = moments.split_at_mut(dims);
        for (((value, m), v), &g) in values.iter_mut().zip(first).zip(second).zip(gradient) {
            *m += (1.0 - self.beta1) * (g - *m);
            *v += (1.0 - self.beta2) * (g * g - *v);
            *value -= rate * *m / (v.sqrt() + self.epsilon);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_the_step_size() {
        let adam = Adam::new(0.01);
        let mut row = [1.0, 1.0, 0.0, 0.0, 0.0, 0.0];
        adam.apply(adam.rate_at(1), &mut row, &[0.5, -20.0]);
        assert!((row[0] - 0.99).abs() < 1e-5 && (row[1] - 1.01).abs() < 1e-5, "{row:?}");
    }

    #[test]
    fn it_finds_a_minimum() {
        let adam = Adam::new(0.05);
        let mut row = [3.0, 0.0, 0.0];
        for step in 1..2000 {
            let gradient = [2.0 * (row[0] - 1.0)];
            adam.apply(adam.rate_at(step), &mut row, &gradient);
        }
        assert!((row[0] - 1.0).abs() < 1e-3, "{row:?}");
    }
}
