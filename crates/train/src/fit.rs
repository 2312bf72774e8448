//! Fits a recipe to all of its data, without measuring; the steps that [`train()`](super::train())
//! shares stand here too.
//!
//! Imports the learners' trait and the models that rank; knows no learner.

use std::sync::atomic::AtomicBool;

use super::data::Interactions;
use super::ease::ItemWeights;
use super::error::TrainError;
use super::fitted::Fitted;
use super::item_vectors::ItemVectors;
use super::learner::EpochInput;
use super::recipe::{Feedback, Recipe, VectorForm};
use super::residual::Residual;
use super::vectored::Vectored;
use super::with_residual::WithResidual;

/// Most items for which a residual is computed: EASE takes 8 GB for a moment.
const RESIDUAL_ITEMS: usize = 20_000;

impl Recipe {
    /// Trains on all of `data` without measuring and returns the model, ready to rank.
    pub fn fit(&self, data: &Interactions, threads: usize) -> Result<Box<dyn Fitted>, TrainError> {
        let weighed;
        let data = if self.feedback == Feedback::Implicit {
            data
        } else {
            weighed = data.clone().weigh(self.feedback)?;
            &weighed
        };
        let mut learner = self.learner(data.users(), data.items());
        let cancel = AtomicBool::new(false);
        for epoch in 0..self.epochs {
            let input = EpochInput { data, epoch, seed: self.seed, threads, cancel: &cancel };
            if !learner.train_epoch(&input).loss.is_finite() {
                return Err(TrainError::Diverged { epoch: epoch + 1, rate: self.learning_rate });
            }
        }
        let (mut values, dims) = (learner.item_vectors(), learner.dims());
        self.form(&mut values, dims);
        let exponent = self.exponent.unwrap_or(1.0);
        let vectors = ItemVectors { values: &values, dims, exponent };
        Ok(match self.residual_of(data, &vectors, threads) {
            Some(residual) => Box::new(WithResidual::new(&vectors, residual)),
            None => Box::new(Vectored::learned(learner, values, dims, exponent)),
        })
    }

    /// Returns the residual of the vectors to EASE, if the recipe wants one.
    pub(super) fn residual_of(
        &self,
        data: &Interactions,
        vectors: &ItemVectors<'_>,
        threads: usize,
    ) -> Option<Residual> {
        let target = (self.residual > 0).then(|| ItemWeights::ease(data, self.ease_lambda))??;
        Some(Residual::new(&target, vectors, self.residual, threads))
    }

    /// Returns the data without rare items, or an error if too little is left to train on.
    pub(super) fn enough_of(&self, data: Interactions) -> Result<Interactions, TrainError> {
        let (rows, min_interactions) = (data.len(), self.min_interactions);
        let data = data.weigh(self.feedback)?.core(min_interactions, 1);
        let (users, items) = (data.users(), data.items());
        if users < 2 || items < 2 {
            return Err(TrainError::TooFew { users, items, rows, min_interactions });
        }
        if self.residual > 0 && items > RESIDUAL_ITEMS {
            let value = format!("{} for {items} items", self.residual);
            let expected = "0 for more than 20,000 items: EASE needs 20 bytes × items² of memory";
            return Err(TrainError::Setting { name: "residual", value, expected });
        }
        Ok(data)
    }

    /// Brings item vectors into the form that the recipe wants written.
    pub(super) fn form(&self, values: &mut [f32], dims: usize) {
        if self.vector == VectorForm::Centred {
            centre(values, dims);
        }
    }
}

/// Subtracts the mean vector. In vectors trained with binary cross-entropy up to a third of the
/// squared length lies in the mean, which tells nothing about an item.
fn centre(values: &mut [f32], dims: usize) {
    let rows = values.len() / dims;
    let mut mean = vec![0.0_f64; dims];
    for row in values.chunks_exact(dims) {
        for (sum, &value) in mean.iter_mut().zip(row) {
            *sum += f64::from(value);
        }
    }
    for row in values.chunks_exact_mut(dims) {
        for (value, sum) in row.iter_mut().zip(&mean) {
            *value -= (sum / rows as f64) as f32;
        }
    }
}
