//! Objectives: the loss of one positive and its negatives, and its gradients.
//!
//! Imports nothing of this crate.

/// Turns the logits of one positive (first) and its sampled negatives into gradients of a loss.
pub trait Objective: Sync {
    /// Negatives per positive.
    fn negatives(&self) -> usize;

    /// Replaces each logit by the gradient of the loss in it and returns the loss, summed over the
    /// group.
    fn gradients(&self, logits: &mut [f32]) -> f32;

    /// Does the same for a positive that counts `weight` times and has the target `target`. Only
    /// binary cross-entropy takes a target other than 1.
    #[inline]
    fn weighted_gradients(&self, logits: &mut [f32], weight: f32, target: f32) -> f32 {
        let positive = logits[0];
        let mut loss = self.gradients(logits);
        if target != 1.0 {
            loss += (1.0 - target) * positive;
            logits[0] += 1.0 - target;
        }
        if weight != 1.0 {
            loss *= weight;
            for gradient in logits {
                *gradient *= weight;
            }
        }
        loss
    }
}

/// Binary cross-entropy with 1 for every interaction and 0 for every sampled negative (He et al.
/// 2017, equation 7).
///
/// Targets must lie between 0 and 1: with ratings of 1 to 10 as targets the minimum is minus
/// infinity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BinaryCrossEntropy {
    /// Negatives per positive; the paper finds 3 to 6 good (section 4.3).
    pub negatives: usize,
}

impl Objective for BinaryCrossEntropy {
    fn negatives(&self) -> usize {
        self.negatives
    }

    #[inline]
    fn gradients(&self, logits: &mut [f32]) -> f32 {
        let mut loss = 0.0;
        for (i, logit) in logits.iter_mut().enumerate() {
            let target = if i == 0 { 1.0 } else { 0.0 };
            // ln(1 + e^x) - target·x, without overflow at either end.
            let decay = (-logit.abs()).exp();
            loss += logit.max(0.0) + decay.ln_1p() - target * *logit;
            let probability =
                if *logit >= 0.0 { 1.0 / (1.0 + decay) } else { decay / (1.0 + decay) };
            *logit = probability - target;
        }
        loss
    }
}

/// Bayesian personalised ranking (Rendle et al. 2009, section 4): the positive ranks before each
/// negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranking {
    /// Negatives per positive; the paper has 1.
    pub negatives: usize,
}

impl Objective for Ranking {
    fn negatives(&self) -> usize {
        self.negatives
    }

    #[inline]
    fn gradients(&self, logits: &mut [f32]) -> f32 {
        let Some((positive, negatives)) = logits.split_first_mut() else { return 0.0 };
        let (mut loss, mut pull) = (0.0, 0.0);
        for negative in negatives {
            let behind = *negative - *positive;
            let decay = (-behind.abs()).exp();
            loss += behind.max(0.0) + decay.ln_1p();
            *negative = if behind >= 0.0 { 1.0 / (1.0 + decay) } else { decay / (1.0 + decay) };
            pull -= *negative;
        }
        *positive = pull;
        loss
    }
}

/// Softmax over the positive and its sampled negatives: the positive ranks before all of them
/// together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampledSoftmax {
    /// Negatives per positive; 50 is usual.
    pub negatives: usize,
}

impl Objective for SampledSoftmax {
    fn negatives(&self) -> usize {
        self.negatives
    }

    #[inline]
    fn gradients(&self, logits: &mut [f32]) -> f32 {
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let positive = logits[0];
        let mut sum = 0.0;
        for logit in logits.iter_mut() {
            *logit = (*logit - most).exp();
            sum += *logit;
        }
        for logit in logits.iter_mut() {
            *logit /= sum;
        }
        logits[0] -= 1.0;
        sum.ln() + most - positive
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares the gradients with finite differences of the loss.
    fn check(objective: &impl Objective, logits: &[f32], (weight, target): (f32, f32)) {
        let mut gradients = logits.to_vec();
        objective.weighted_gradients(&mut gradients, weight, target);
        for i in 0..logits.len() {
            let loss = |by: f32| {
                let mut moved = logits.to_vec();
                moved[i] += by;
                f64::from(objective.weighted_gradients(&mut moved, weight, target))
            };
            let gradient = (loss(1e-2) - loss(-1e-2)) / 2e-2;
            assert!(
                (gradient - f64::from(gradients[i])).abs() < 1e-3,
                "{gradients:?} at {i}: {gradient}"
            );
        }
    }

    #[test]
    fn gradients_are_the_derivative() {
        let logits = [0.3, -1.2, 2.0, 0.0];
        for weight in [1.0, 0.4] {
            check(&BinaryCrossEntropy { negatives: 3 }, &logits, (weight, 1.0));
            check(&BinaryCrossEntropy { negatives: 3 }, &logits, (weight, 0.3));
            check(&Ranking { negatives: 3 }, &logits, (weight, 1.0));
            check(&SampledSoftmax { negatives: 3 }, &logits, (weight, 1.0));
        }
    }

    #[test]
    fn extreme_logits_stay_finite() {
        let mut logits = [-500.0, 500.0];
        let loss = BinaryCrossEntropy { negatives: 1 }.gradients(&mut logits);
        assert!((loss - 1000.0).abs() < 1e-3);
        assert_eq!(logits.map(f32::to_bits), [-1.0_f32, 1.0].map(f32::to_bits));
    }
}
