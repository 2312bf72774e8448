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
use super::recipe::{EaseMatrix, Feedback, Recipe, VectorForm};
use super::residual::Residual;
use super::sparse_ease::SparseWeights;
use super::vectored::Vectored;
use super::with_residual::WithResidual;

/// Most items whose EASE is dense unless the recipe says otherwise: 2.3 GB for a moment.
const DENSE_ITEMS: usize = 12_000;

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
        Ok(match self.residual_of(data, &vectors, threads, &cancel)? {
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
        cancel: &AtomicBool,
    ) -> Result<Option<Residual>, TrainError> {
        let (most, lambda) = (self.residual, self.ease_lambda);
        if most == 0 {
            return Ok(None);
        }
        if self.ease_matrix_for(data.items()) == EaseMatrix::Dense {
            let target = ItemWeights::ease(data, lambda);
            return Ok(target.map(|target| Residual::new(&target, vectors, most, threads)));
        }
        SparseWeights::ease(data, lambda, threads, cancel)
            .and_then(|target| Residual::of_sparse(&target, vectors, most, threads, cancel))
            .map_or(Err(TrainError::Cancelled), |residual| Ok(Some(residual)))
    }

    /// Returns how EASE is computed for so many items.
    #[must_use]
    pub fn ease_matrix_for(&self, items: usize) -> EaseMatrix {
        let by_size = if items > DENSE_ITEMS { EaseMatrix::Sparse } else { EaseMatrix::Dense };
        self.ease_matrix.unwrap_or(by_size)
    }

    /// Returns the data without rare items, or an error if too little is left to train on.
    pub(super) fn enough_of(&self, data: Interactions) -> Result<Interactions, TrainError> {
        let (rows, min_interactions) = (data.len(), self.min_interactions);
        let data = data.weigh(self.feedback)?.core(min_interactions, 1);
        let (users, items) = (data.users(), data.items());
        if users < 2 || items < 2 {
            return Err(TrainError::TooFew { users, items, rows, min_interactions });
        }
        let is_dense = self.residual > 0 && self.ease_matrix_for(items) == EaseMatrix::Dense;
        if is_dense && items > ItemWeights::MOST_ITEMS {
            let value = format!("dense for {items} items");
            let expected = "sparse for more than 20,000 items: dense needs 16 bytes × items²";
            return Err(TrainError::Setting { name: "ease_matrix", value, expected });
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
