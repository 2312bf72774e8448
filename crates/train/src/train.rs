//! Trains item vectors: epochs until the end, then exponent, residual and measures.
//!
//! Imports the learners' trait, the evaluations and the checkpoint; knows no learner.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use super::checkpoint::Checkpoint;
use super::control::{Control, Epoch, Resume, Stopped};
use super::data::Interactions;
use super::error::TrainError;
use super::eval::{Quality, leave_one_out, pairs, sampled};
use super::fitted::Fitted;
use super::item_vectors::ItemVectors;
use super::learner::{EpochInput, Learner};
use super::recipe::Recipe;
use super::residual::Residual;
use super::split::LeaveOneOut;
use super::vectored::Vectored;
use super::with_residual::WithResidual;
use osusume::format::ProfileKind;
use osusume_tables::{Provenance, Vectors};

/// Most users × items for which training measures the full ranking of every user at its end.
/// Below this it takes seconds, above it minutes.
const RANKED_IN_FULL: usize = 100_000_000;

/// Exponents that training tries.
const EXPONENTS: [f32; 4] = [0.0, 0.5, 0.75, 1.0];

/// The result of a training.
#[derive(Debug, Clone)]
pub struct TrainOutput {
    /// The item vectors, by ascending id. The provenance lacks the name of the data and the date.
    pub vectors: Vectors,
    /// The exponent p for which `q·v / (|q||v|)^p` ranks best; the provenance holds it too.
    pub exponent: f32,
    /// The residual of the vectors to EASE, if the recipe wants one; its rows are those of
    /// `vectors`.
    pub residual: Option<Residual>,
    /// Number of interactions of each item of `vectors`, the held-out ones included.
    pub counts: Vec<u32>,
    /// Why training ended early; `None` if it did not.
    pub stopped: Option<Stopped>,
}

/// Trains item vectors on the interactions as the recipe says.
///
/// One interaction of each user is held out: training measures by it and never learns from it.
pub fn train(
    data: Interactions,
    recipe: &Recipe,
    control: &mut Control<'_>,
) -> Result<TrainOutput, TrainError> {
    recipe.check()?;
    let data = recipe.enough_of(data)?;
    let learner = |data: &Interactions| recipe.learner(data.users(), data.items());
    train_with(data, recipe, control, learner)
}

/// Trains the model that `learner` makes for the training part of `data`. The recipe has already
/// checked `data`.
pub(super) fn train_with(
    data: Interactions,
    recipe: &Recipe,
    control: &mut Control<'_>,
    learner: impl FnOnce(&Interactions) -> Box<dyn Learner>,
) -> Result<TrainOutput, TrainError> {
    let (counts, interactions) = (data.counts(), data.len());
    let split = LeaveOneOut::new(data, recipe.seed);
    if split.tested() == 0 {
        return Err(TrainError::NothingToLearn { users: split.train.users() });
    }
    let learner = learner(&split.train);
    let trained = run_epochs(learner, &split, recipe, control)?;
    trained.finish(&split, recipe, control, counts, interactions)
}

/// A model after its last good epoch.
struct Trained {
    /// The model; after a diverged epoch its tables hold that epoch.
    learner: Box<dyn Learner>,
    /// Item vectors of the last good epoch.
    values: Vec<f32>,
    /// Quality of the last good epoch.
    quality: Quality,
    stopped: Option<Stopped>,
}

/// Runs the epochs that the checkpoint, if there is one, has not run yet.
fn run_epochs(
    mut learner: Box<dyn Learner>,
    split: &LeaveOneOut,
    recipe: &Recipe,
    control: &mut Control<'_>,
) -> Result<Trained, TrainError> {
    let (seed, threads) = (recipe.seed, control.threads.max(1));
    let resume = control.resume.as_mut();
    let mut checkpoint =
        resume.map(|Resume { path, warn }| (Checkpoint::new(path, recipe, &split.train), warn));
    let done =
        checkpoint.as_ref().map_or(Ok(0), |(checkpoint, _)| checkpoint.restore(&mut *learner))?;
    let mut good =
        (done > 0).then(|| (learner.item_vectors(), sampled(&*learner, split, seed, threads)));
    let mut stopped = None;
    for epoch in done..recipe.epochs {
        let start = Instant::now();
        let stats = learner.train_epoch(&EpochInput {
            data: &split.train,
            epoch,
            seed,
            threads,
            cancel: control.cancel,
        });
        let seconds = start.elapsed().as_secs_f64();
        check_cancelled(control.cancel)?;
        let vectors = learner.item_vectors();
        if !stats.loss.is_finite() || vectors.iter().any(|v| !v.is_finite()) {
            stopped = Some(Stopped::Diverged(epoch + 1));
            break;
        }
        let quality = sampled(&*learner, split, seed, threads);
        (control.progress)(&Epoch {
            epoch: epoch + 1,
            epochs: recipe.epochs,
            loss: stats.loss / stats.samples.max(1) as f64,
            hr10: quality.hr10,
            ndcg10: quality.ndcg10,
            samples_per_s: stats.samples as f64 / seconds.max(1e-9),
        });
        good = Some((vectors, quality));
        if let Some((checkpoint, warn)) = &mut checkpoint
            && let Err(error) = checkpoint.keep(&*learner, epoch + 1)
        {
            warn(error.to_string());
        }
    }
    check_cancelled(control.cancel)?;
    match (good, stopped) {
        (Some((values, quality)), _) => Ok(Trained { learner, values, quality, stopped }),
        (None, Some(Stopped::Diverged(epoch))) => {
            Err(TrainError::Diverged { epoch, rate: recipe.learning_rate })
        }
        (None, _) => Err(TrainError::Cancelled),
    }
}

/// Returns an error if the training is to stop. Its checkpoint stays for the next run.
fn check_cancelled(cancel: &AtomicBool) -> Result<(), TrainError> {
    if cancel.load(Relaxed) { Err(TrainError::Cancelled) } else { Ok(()) }
}

impl Trained {
    /// Chooses the exponent, computes the residual and measures.
    fn finish(
        mut self,
        split: &LeaveOneOut,
        recipe: &Recipe,
        control: &Control<'_>,
        counts: Vec<u32>,
        interactions: usize,
    ) -> Result<TrainOutput, TrainError> {
        let (dims, seed, stopped) = (self.learner.dims(), recipe.seed, self.stopped);
        let threads = control.threads.max(1);
        recipe.form(&mut self.values, dims);
        let exponent = recipe
            .exponent
            .unwrap_or_else(|| best_exponent(&self.values, dims, split, seed, threads));
        let vectors = ItemVectors { values: &self.values, dims, exponent };
        let residual = recipe.residual_of(&split.train, &vectors, threads, control.cancel)?;
        check_cancelled(control.cancel)?;
        let mut measured = vec![
            ("hr@10", self.quality.hr10),
            ("ndcg@10", self.quality.ndcg10),
            ("pairs_macro_hr@10", pairs(&self.values, dims, exponent, split, seed, threads)),
        ];
        let (users, items) = (split.train.users(), split.train.items());
        let values = self.values.clone();
        let mut profile = None;
        if users * items <= RANKED_IN_FULL {
            let model = self.into_model(exponent, residual.as_ref());
            let report = leave_one_out(&*model, split, seed, threads);
            let ships_ridge = report.rules.iter().any(|rule| rule.shipped && rule.rule == "ridge");
            profile = ships_ridge.then_some(ProfileKind::Ridge);
            measured.extend([
                ("full_ndcg@10", report.full.ndcg10),
                ("fold_in_ndcg@10", report.fold_in.ndcg10),
                ("item_to_item_hr@10", report.item_to_item.hr10),
            ]);
        }
        let provenance = Provenance {
            data: format!("{interactions} interactions of {users} users and {items} items"),
            recipe: recipe.to_string(),
            seed: Some(seed),
            date: None,
            quality: measured.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            exponent: Some(exponent),
            profile,
        };
        let vectors = Vectors { ids: split.train.ids().to_vec(), dims, values, provenance };
        Ok(TrainOutput { vectors, exponent, residual, counts, stopped })
    }

    /// Returns the model that is measured.
    fn into_model(self, exponent: f32, residual: Option<&Residual>) -> Box<dyn Fitted> {
        let (values, dims) = (self.values, self.learner.dims());
        if let Some(residual) = residual {
            let vectors = ItemVectors { values: &values, dims, exponent };
            Box::new(WithResidual::new(&vectors, residual.clone()))
        } else if let Some(Stopped::Diverged(_)) = self.stopped {
            // The users of the learner are those of the epoch that failed.
            Box::new(Vectored::alone(values, dims, exponent))
        } else {
            Box::new(Vectored::learned(self.learner, values, dims, exponent))
        }
    }
}

/// Returns the exponent that finds held-out items most often, each item with the same weight; the
/// larger exponent if two are equal.
fn best_exponent(
    values: &[f32],
    dims: usize,
    split: &LeaveOneOut,
    seed: u64,
    threads: usize,
) -> f32 {
    let found =
        EXPONENTS.map(|exponent| (exponent, pairs(values, dims, exponent, split, seed, threads)));
    found.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(1.0, |(exponent, _)| exponent)
}
