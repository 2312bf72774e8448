//! Adam on the rows that a batch uses, lazy or dense.
//!
//! Imports nothing of this crate.

/// Adam (Kingma and Ba 2015, algorithm 1) on the rows that a batch uses.
///
/// In the lazy form the moments of a row rest while no sample names it. In the dense form a row
/// goes on moving by its decaying first moment, as in the paper's code. Moving every row at every
/// batch would cost (users + items) × dims; so a row makes up for the missed steps when a batch
/// next needs it ([`Adam::catch_up`]), which costs no more than the lazy form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// Step size.
    pub rate: f32,
    /// Decay of the first moment.
    pub beta1: f32,
    /// Decay of the second moment.
    pub beta2: f32,
    /// Keeps the quotient finite.
    pub epsilon: f32,
    /// Whether rows move between the batches that use them.
    pub dense: bool,
}

impl Adam {
    /// Returns the paper's values with the step size `rate`.
    #[must_use]
    pub const fn new(rate: f32) -> Self {
        Self { rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, dense: false }
    }

    /// Returns the step size of batch `step` (from 1) with both bias corrections.
    #[must_use]
    pub fn rate_at(&self, step: u64) -> f32 {
        let step = step as f64;
        let first = 1.0 - f64::from(self.beta1).powf(step);
        let second = 1.0 - f64::from(self.beta2).powf(step);
        (f64::from(self.rate) * second.sqrt() / first) as f32
    }

    /// Moves `row` as `missed` steps with gradient zero after step `last` would. These form a
    /// geometric series except for the bias corrections, which hardly change within the ten steps
    /// that matter.
    #[inline]
    pub fn catch_up(&self, row: &mut [f32], last: u32, missed: u32) {
        if last == 0 || missed == 0 {
            return;
        }
        let ratio = self.beta1 / self.beta2.sqrt();
        let steps = missed.min(10_000).cast_signed();
        let series =
            ratio * (1.0 - ratio.powi(steps)) / (1.0 - ratio) * self.rate_at(u64::from(last) + 1);
        let (decay1, decay2) = (self.beta1.powi(steps), self.beta2.powi(steps));
        let dims = row.len() / 3;
        let (values, moments) = row.split_at_mut(dims);
        let (first, second) = moments.split_at_mut(dims);
        for ((value, m), v) in values.iter_mut().zip(first).zip(second) {
            *value -= series * *m / (v.sqrt() + self.epsilon);
            *m *= decay1;
            *v *= decay2;
        }
    }

    /// Moves `row` (values, first moments, second moments, each as long as `gradient`) against
    /// `gradient`.
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
    fn catching_up_is_stepping_with_gradient_zero() {
        let adam = Adam::new(0.01);
        let mut stepped = [1.0, 0.02, 0.003];
        let mut caught = stepped;
        for step in 5001..5041 {
            adam.apply(adam.rate_at(step), &mut stepped, &[0.0]);
        }
        adam.catch_up(&mut caught, 5000, 40);
        for (a, b) in stepped.iter().zip(&caught) {
            assert!((a - b).abs() < 1e-4 * a.abs().max(1e-2), "{stepped:?} {caught:?}");
        }
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
