//! The training examples of the distillation and the gradient of their loss.
//! It imports the settings, the sentences and the vector arithmetic.

use std::collections::HashMap;

use super::sentences::Sentence;
use super::settings::Distil;
use crate::math::{add, dot};

/// Returns for each sentence the unit vector of its context: the other sentences of its text.
///
/// A sentence without a context has zeros.
pub(super) fn contexts(sentences: &[Sentence<'_>], targets: &[f32], dims: usize) -> Vec<f32> {
    let mut sums: HashMap<u32, Vec<f32>> = HashMap::new();
    for (sentence, target) in sentences.iter().zip(targets.chunks_exact(dims)) {
        if let Some(of) = sentence.of {
            add(1.0, target, sums.entry(of).or_insert_with(|| vec![0.0; dims]));
        }
    }
    let mut contexts = Vec::with_capacity(targets.len());
    for (sentence, target) in sentences.iter().zip(targets.chunks_exact(dims)) {
        let mut others = sentence.of.map_or_else(|| vec![0.0; dims], |of| sums[&of].clone());
        if sentence.of.is_some() {
            add(-1.0, target, &mut others);
        }
        let length = dot(&others, &others).sqrt();
        // For a text of one sentence, only the rounding error of the subtraction remains.
        let scale = if length > 1e-3 { 1.0 / length } else { 0.0 };
        contexts.extend(others.iter().map(|v| v * scale));
    }
    contexts
}

/// The training examples: for each sentence its table rows, the transformer's vector and its
/// context.
pub(super) struct Examples<'a> {
    /// Table rows.
    pub rows: &'a [Vec<u32>],
    /// The transformer's vectors, `sentences × dims`.
    pub targets: &'a [f32],
    /// The vectors of the contexts, `sentences × dims`.
    pub contexts: &'a [f32],
    /// Values per vector.
    pub dims: usize,
}

impl Examples<'_> {
    /// Returns the transformer's vector of a sentence.
    fn target(&self, at: usize) -> &[f32] {
        &self.targets[at * self.dims..][..self.dims]
    }

    /// Returns the context of a sentence, if it has one.
    fn context(&self, at: usize) -> Option<&[f32]> {
        let context = &self.contexts[at * self.dims..][..self.dims];
        context.iter().any(|&v| v != 0.0).then_some(context)
    }

    /// Returns the gradient of the loss at `unit`, the direction of the sum of the rows of sentence
    /// `at`.
    ///
    /// The loss is `1 − cosine` with the target, plus the cross-entropy of finding the sentence's
    /// own context by its cosine among all contexts of the batch.
    fn loss_gradient(
        &self,
        at: usize,
        unit: &[f32],
        batch: &[usize],
        settings: &Distil,
    ) -> Vec<f32> {
        let mut gradient: Vec<f32> = self.target(at).iter().map(|target| -target).collect();
        if settings.context > 0.0 && self.context(at).is_some() {
            let contexts = batch.iter().filter_map(|&other| Some((other, self.context(other)?)));
            let scored: Vec<(usize, &[f32], f32)> = contexts
                .map(|(other, context)| (other, context, dot(unit, context) / settings.temperature))
                .collect();
            let most = scored.iter().fold(f32::MIN, |most, scored| most.max(scored.2));
            let total: f32 = scored.iter().map(|scored| (scored.2 - most).exp()).sum();
            for (other, context, score) in scored {
                let own = f32::from(u8::from(other == at));
                let share = (score - most).exp() / total - own;
                // Most contexts are far away. All of these together weigh less than a hundredth.
                if share.abs() > 1e-5 {
                    add(settings.context * share, context, &mut gradient);
                }
            }
        }
        gradient
    }

    /// Returns the length of the sum of the rows of sentence `at`, and the gradient of the loss at
    /// the sum, times that length.
    pub fn gradient(
        &self,
        at: usize,
        values: &[f32],
        batch: &[usize],
        settings: &Distil,
    ) -> (f32, Vec<f32>) {
        let mut unit = vec![0.0_f32; self.dims];
        for &row in &self.rows[at] {
            add(1.0, &values[row as usize * self.dims..][..self.dims], &mut unit);
        }
        let length = dot(&unit, &unit).sqrt().max(1e-6);
        for v in &mut unit {
            *v /= length;
        }
        let mut gradient = self.loss_gradient(at, &unit, batch, settings);
        // The loss depends on the direction alone.
        let along = dot(&gradient, &unit);
        add(-along, &unit, &mut gradient);
        (length, gradient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let dims = 16;
        let unit = |from: usize| -> Vec<f32> {
            let v: Vec<f32> = (0..dims).map(|d| ((from * 31 + d * 17) % 13) as f32 - 6.0).collect();
            let length = dot(&v, &v).sqrt();
            v.iter().map(|v| v / length).collect()
        };
        let targets: Vec<f32> = (0..3).flat_map(unit).collect();
        let contexts: Vec<f32> = (3..5).flat_map(unit).chain(vec![0.0; dims]).collect();
        let examples = Examples { rows: &[], targets: &targets, contexts: &contexts, dims };
        let settings = Distil { context: 0.7, temperature: 0.5, ..Distil::default() };
        let loss = |at: usize, u: &[f32]| {
            let scores =
                [0, 1].map(|other| dot(u, examples.context(other).unwrap()) / settings.temperature);
            let total: f32 = scores.iter().map(|score| score.exp()).sum();
            let found = if at == 2 {
                0.0
            } else {
                settings.context * settings.temperature * (total.ln() - scores[at])
            };
            1.0 - dot(u, examples.target(at)) + found
        };
        for at in 0..3 {
            let u = unit(7);
            let gradient = examples.loss_gradient(at, &u, &[0, 1, 2], &settings);
            for (d, gradient) in gradient.into_iter().enumerate() {
                let moved = |by: f32| {
                    loss(
                        at,
                        &u.iter()
                            .enumerate()
                            .map(|(at, v)| v + by * f32::from(u8::from(at == d)))
                            .collect::<Vec<_>>(),
                    )
                };
                let want = (moved(1e-2) - moved(-1e-2)) / 2e-2;
                assert!((gradient - want).abs() < 2e-3, "{at} {d}: {gradient} {want}");
            }
        }
    }

    #[test]
    fn contexts_are_the_other_sentences() {
        let sentence = |of| Sentence { text: "", of };
        let sentences = [Some(4), None, Some(4), Some(5), Some(4)].map(sentence);
        let targets = [1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0];
        let half = std::f32::consts::FRAC_1_SQRT_2;
        let want = [0.0, 1.0, 0.0, 0.0, half, half, 0.0, 0.0, half, half];
        let found = contexts(&sentences, &targets, 2);
        assert!(
            found.iter().zip(want).all(|(found, want)| (found - want).abs() < 1e-6),
            "{found:?}"
        );
    }
}
