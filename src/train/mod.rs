//! Ratings to item vectors: neural collaborative filtering.
//!
//! Data, model, objective, optimiser and evaluation stand apart: [`Interactions`] hold who touched what, a
//! [`Learner`] (one file each) makes passes over them, an objective says what to get right, [`LeaveOneOut`] and
//! [`sampled`] how well it went. [`train`] puts them together as a [`Recipe`] says.

mod baselines;
mod data;
mod error;
mod eval;
mod fitted;
mod gmf;
mod model;
mod objective;
mod optim;
mod recipe;
mod sgd;
mod split;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

pub use baselines::{FoldIn, ItemWeights, Popularity, PureSvd};
pub use data::{Builder, Interactions, Keep, NONE};
pub use error::TrainError;
pub use eval::{Lists, Quality, Ranks, Report, TenthReport, leave_one_out, pairs, sampled, tenth};
pub use fitted::{Fitted, ItemVectors, Vectored};
pub use gmf::Gmf;
pub use model::{Learner, Pass, Passed, Scorer, Table};
pub use objective::{BinaryCrossEntropy, Objective};
pub use optim::Adam;
pub use recipe::{Feedback, Model, Recipe, VectorForm};
pub use split::{LeaveOneOut, Tenth};

use crate::tables::{Provenance, Vectors};

/// How an epoch went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epoch {
    /// From 1.
    pub epoch: u32,
    /// Epochs planned.
    pub epochs: u32,
    /// Mean loss of a sample.
    pub loss: f64,
    /// HR@10 of the held-out items among 99 negatives.
    pub hr10: f64,
    /// NDCG@10 of the same.
    pub ndcg10: f64,
    /// Training speed, negatives counted, evaluation left out.
    pub samples_per_s: f64,
}

/// Why training ended before its last epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// Asked to.
    Cancelled,
    /// The loss of this epoch was no number; the vectors are those of the epoch before.
    Diverged(u32),
}

/// What training gives.
#[derive(Debug, Clone)]
pub struct TrainOutput {
    /// The item vectors, by ascending id, provenance filled but for the data's name and the date.
    pub vectors: Vectors,
    /// The exponent p for which `q·v / (|q||v|)^p` ranks best; also in the provenance.
    pub exponent: f32,
    /// Interactions of each item of `vectors`, those held out included.
    pub counts: Vec<u32>,
    /// Why it ended early, if it did.
    pub stopped: Option<Stopped>,
}

/// How a training is watched and stopped.
pub struct Control<'a> {
    /// Called after every epoch.
    pub progress: &'a mut dyn FnMut(&Epoch),
    /// Set from outside to stop within a batch.
    pub cancel: &'a AtomicBool,
    /// Threads, at least 1. One thread gives the same bytes for the same seed; more give the same quality.
    pub threads: usize,
}

/// Exponents that are tried.
const EXPONENTS: [f32; 4] = [0.0, 0.5, 0.75, 1.0];

/// Trains item vectors on the interactions as the recipe says.
///
/// One interaction of each user is held out to measure by and never trained on.
pub fn train(
    data: Interactions,
    recipe: &Recipe,
    control: &mut Control<'_>,
) -> Result<TrainOutput, TrainError> {
    recipe.check()?;
    let rows = data.len();
    let data = data.core(recipe.min_interactions, 1);
    if data.users() < 2 || data.items() < 2 {
        return Err(TrainError::TooFew {
            users: data.users(),
            items: data.items(),
            rows,
            min_interactions: recipe.min_interactions,
        });
    }
    let (counts, seed) = (data.counts(), recipe.seed);
    let interactions = data.len();
    let split = LeaveOneOut::new(data, seed);
    if split.tested() == 0 {
        return Err(TrainError::NothingToLearn { users: split.train.users() });
    }
    let objective = BinaryCrossEntropy { negatives: recipe.negatives };
    let shape = (split.train.users(), split.train.items(), recipe.dims);
    let adam = Adam::new(recipe.learning_rate);
    let mut learner: Box<dyn Learner> = match recipe.model {
        Model::Gmf => Box::new(Gmf::new(shape, recipe.deviation(), seed, objective, adam, recipe.batch)),
    };

    let mut good: Option<(Vec<f32>, Quality)> = None;
    let mut stopped = None;
    for epoch in 0..recipe.epochs {
        let start = Instant::now();
        let (threads, cancel) = (control.threads.max(1), control.cancel);
        let passed = learner.pass(&Pass { data: &split.train, epoch, seed, threads, cancel });
        let seconds = start.elapsed().as_secs_f64();
        if control.cancel.load(Relaxed) {
            stopped = Some(Stopped::Cancelled);
            break;
        }
        let vectors = learner.item_vectors();
        if !passed.loss.is_finite() || vectors.iter().any(|v| !v.is_finite()) {
            stopped = Some(Stopped::Diverged(epoch + 1));
            break;
        }
        let quality = sampled(&*learner, &split, seed, threads);
        (control.progress)(&Epoch {
            epoch: epoch + 1,
            epochs: recipe.epochs,
            loss: passed.loss / passed.samples.max(1) as f64,
            hr10: quality.hr10,
            ndcg10: quality.ndcg10,
            samples_per_s: passed.samples as f64 / seconds.max(1e-9),
        });
        good = Some((vectors, quality));
    }
    let Some((mut values, quality)) = good else {
        return Err(match stopped {
            Some(Stopped::Diverged(epoch)) => TrainError::Diverged { epoch, rate: recipe.learning_rate },
            _ => TrainError::Cancelled,
        });
    };
    if recipe.vector == VectorForm::Centred {
        centre(&mut values, recipe.dims);
    }
    let (exponent, found) = best_exponent(&values, recipe.dims, &split, seed, control.threads);
    let measured = [("hr@10", quality.hr10), ("ndcg@10", quality.ndcg10), ("pairs_macro_hr@10", found)];
    let provenance = Provenance {
        data: format!("{interactions} interactions of {} users and {} items", shape.0, shape.1),
        recipe: recipe.to_string(),
        seed: Some(seed),
        date: None,
        quality: measured
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
        exponent: Some(exponent),
    };
    let vectors = Vectors { ids: split.train.ids().to_vec(), dims: recipe.dims, values, provenance };
    Ok(TrainOutput { vectors, exponent, counts, stopped })
}

/// Subtracts the mean vector: up to a third of the squared length of vectors trained with binary cross-entropy lies
/// in it and says nothing about an item.
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

fn best_exponent(values: &[f32], dims: usize, split: &LeaveOneOut, seed: u64, threads: usize) -> (f32, f64) {
    let mut best = (1.0, -1.0);
    for exponent in EXPONENTS {
        let found = pairs(values, dims, exponent, split, seed, threads);
        if found >= best.1 {
            best = (exponent, found);
        }
    }
    best
}

#[cfg(test)]
mod tests;
