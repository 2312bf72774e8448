//! Ratings to item vectors: neural collaborative filtering.
//!
//! Data, model, objective, optimiser and evaluation stand apart: [`Interactions`] hold who touched what, a
//! [`Learner`] (one file each) makes passes over them, an objective says what to get right, [`LeaveOneOut`] and
//! [`sampled`] how well it went. [`train`] puts them together as a [`Recipe`] says.

mod auto;
mod average;
mod baselines;
mod checkpoint;
mod cold;
mod data;
mod dot;
mod error;
mod eval;
mod fitted;
mod fold_in;
mod gmf;
mod gram;
mod ials;
mod inbatch;
mod item_vectors;
mod item_weights;
mod model;
mod neumf;
mod objective;
mod optim;
mod parallel;
mod published;
mod random;
mod recipe;
mod residual;
mod sgd;
mod sparse_gradients;
mod split;
mod table;
mod vectored;
mod with_residual;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

pub use auto::Trial;
pub use average::Averaged;
pub use baselines::{Popularity, PureSvd};
pub use cold::{ColdMap, place};
pub use data::{Builder, Interactions, Keep, NONE};
pub use error::TrainError;
pub use eval::{
    Cold, ColdReport, ColdRow, Fidelity, KnobPoint, Lists, NewcomerReport, Newcomers, Quality,
    Ranks, Report, RuleReport, TenthReport, cold as cold_items, fidelity, knob, leave_one_out,
    newcomers, pairs, sampled, tenth,
};
pub use fitted::Fitted;
pub use fold_in::FoldIn;
pub use gmf::Gmf;
pub use ials::{Ials, Settings};
pub use inbatch::InBatch;
pub use item_vectors::ItemVectors;
pub use item_weights::ItemWeights;
pub use model::{Learner, Pass, Passed, Scorer};
pub use neumf::{NeuMf, Pretraining, Shape};
pub use objective::{BinaryCrossEntropy, Objective, Ranking, SampledSoftmax};
pub use optim::Adam;
pub use recipe::{Feedback, Loss, Model, Recipe, VectorForm};
pub use residual::Residual;
pub use split::{LeaveOneOut, Tenth};
pub use table::Table;
pub use vectored::Vectored;
pub use with_residual::WithResidual;

use self::checkpoint::Checkpoint;
use osusume::format::ProfileKind;
use osusume_tables::{Provenance, Vectors};

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
    /// What the vectors miss of EASE, if the recipe asks for it; its rows are those of `vectors`.
    pub residual: Option<Residual>,
    /// Interactions of each item of `vectors`, those held out included.
    pub counts: Vec<u32>,
    /// Why it ended early, if it did.
    pub stopped: Option<Stopped>,
}

/// How an interrupted training goes on.
pub struct Resume<'a> {
    /// Where the state is kept every few seconds, and gone on from if it is there. Remove it once the output is safe.
    pub path: &'a Path,
    /// Told that the state could not be written, which does not end the training.
    pub warn: &'a mut dyn FnMut(String),
}

/// How a training is watched and stopped.
pub struct Control<'a> {
    /// Called after every epoch.
    pub progress: &'a mut dyn FnMut(&Epoch),
    /// Set from outside to stop within a batch.
    pub cancel: &'a AtomicBool,
    /// How the training can be interrupted, if it can.
    pub resume: Option<Resume<'a>>,
    /// Threads, at least 1. One thread gives the same bytes for the same seed; more give the same quality.
    pub threads: usize,
}

impl Recipe {
    /// Returns the untrained model.
    #[must_use]
    pub fn learner(&self, users: usize, items: usize) -> Box<dyn Learner> {
        let (shape, seed) = ((users, items, self.dims), self.seed);
        match self.model {
            Model::Gmf => self.gmf(shape),
            Model::Mlp | Model::Neumf => {
                let neumf = self.model == Model::Neumf;
                let factors = if neumf { self.dims } else { 0 };
                let epochs = if neumf { self.pretrain } else { 0 };
                let net = Shape { users, items, factors, layers: self.layers.clone() };
                let objective = BinaryCrossEntropy { negatives: self.negatives };
                let adam = self.adam();
                let pretraining =
                    Pretraining { epochs, rate: self.pretrained_rate, average: self.average };
                let (deviation, batch) = (self.deviation(), self.batch);
                self.averaged(NeuMf::new(net, deviation, seed, objective, adam, batch, pretraining))
            }
            Model::Ials => {
                let settings = Settings { unseen: self.unseen, lambda: self.lambda, nu: self.nu };
                Box::new(Ials::new(shape, settings, seed))
            }
        }
    }

    fn gmf(&self, shape: (usize, usize, usize)) -> Box<dyn Learner> {
        let Self { negatives, batch, seed, .. } = *self;
        let (deviation, adam) = (self.deviation(), self.adam());
        match self.loss {
            Loss::Bce => {
                let objective = BinaryCrossEntropy { negatives };
                self.averaged(Gmf::new(shape, deviation, seed, true, objective, adam, batch))
            }
            Loss::Bpr => {
                let objective = Ranking { negatives };
                self.averaged(Gmf::new(shape, deviation, seed, false, objective, adam, batch))
            }
            Loss::Softmax => {
                let objective = SampledSoftmax { negatives };
                self.averaged(Gmf::new(shape, deviation, seed, false, objective, adam, batch))
            }
            Loss::InBatch => {
                let temperature = (self.temperature > 0.0).then_some(self.temperature);
                self.averaged(InBatch::new(shape, deviation, seed, temperature, adam, batch))
            }
        }
    }

    fn averaged(&self, learner: impl Learner + 'static) -> Box<dyn Learner> {
        if self.average > 1 {
            Box::new(Averaged::new(learner, self.average, self.epochs))
        } else {
            Box::new(learner)
        }
    }

    /// Trains on all of `data` without measuring, and returns the model to ask.
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
            let pass = Pass { data, epoch, seed: self.seed, threads, cancel: &cancel };
            if !learner.pass(&pass).loss.is_finite() {
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

    /// What the vectors miss of EASE, if the recipe asks for it.
    fn residual_of(
        &self,
        data: &Interactions,
        vectors: &ItemVectors<'_>,
        threads: usize,
    ) -> Option<Residual> {
        let target = (self.residual > 0).then(|| ItemWeights::ease(data, self.ease_lambda))??;
        Some(Residual::new(&target, vectors, self.residual, threads))
    }

    /// Returns what is left of the data without rare items, if that can be trained on.
    fn enough_of(&self, data: Interactions) -> Result<Interactions, TrainError> {
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

    /// Brings item vectors into the form that is written.
    fn form(&self, values: &mut [f32], dims: usize) {
        if self.vector == VectorForm::Centred {
            centre(values, dims);
        }
    }
}

/// Users × items up to which every user's full ranking is measured after training: seconds, not minutes.
const RANKED_IN_FULL: usize = 100_000_000;

/// Items up to which a residual is computed: 8 GB for a moment.
const RESIDUAL_ITEMS: usize = 20_000;

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
    let data = recipe.enough_of(data)?;
    let learner = |data: &Interactions| recipe.learner(data.users(), data.items());
    train_with(data, recipe, control, learner)
}

/// Trains what `learner` makes for the training part of `data`, which the recipe has passed.
fn train_with(
    data: Interactions,
    recipe: &Recipe,
    control: &mut Control<'_>,
    learner: impl FnOnce(&Interactions) -> Box<dyn Learner>,
) -> Result<TrainOutput, TrainError> {
    let (counts, seed) = (data.counts(), recipe.seed);
    let interactions = data.len();
    let split = LeaveOneOut::new(data, seed);
    if split.tested() == 0 {
        return Err(TrainError::NothingToLearn { users: split.train.users() });
    }
    let shape = (split.train.users(), split.train.items());
    let mut learner = learner(&split.train);

    let threads = control.threads.max(1);
    let mut good: Option<(Vec<f32>, Quality)> = None;
    let mut stopped = None;
    let resume = control.resume.as_mut();
    let mut checkpoint =
        resume.map(|Resume { path, warn }| (Checkpoint::new(path, recipe, &split.train), warn));
    let made =
        checkpoint.as_ref().map_or(Ok(0), |(checkpoint, _)| checkpoint.restore(&mut *learner))?;
    if made > 0 {
        good = Some((learner.item_vectors(), sampled(&*learner, &split, seed, threads)));
    }
    for epoch in made..recipe.epochs {
        let start = Instant::now();
        let passed = learner.pass(&Pass {
            data: &split.train,
            epoch,
            seed,
            threads,
            cancel: control.cancel,
        });
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
        if let Some((checkpoint, warn)) = &mut checkpoint
            && let Err(error) = checkpoint.keep(&*learner, epoch + 1)
        {
            warn(error.to_string());
        }
    }
    let Some((mut values, quality)) = good else {
        return Err(match stopped {
            Some(Stopped::Diverged(epoch)) => {
                TrainError::Diverged { epoch, rate: recipe.learning_rate }
            }
            _ => TrainError::Cancelled,
        });
    };
    let dims = learner.dims();
    recipe.form(&mut values, dims);
    let exponent =
        recipe.exponent.unwrap_or_else(|| best_exponent(&values, dims, &split, seed, threads));
    let vectors = ItemVectors { values: &values, dims, exponent };
    let residual = recipe.residual_of(&split.train, &vectors, threads);
    let mut profile = None;
    let mut measured = vec![
        ("hr@10", quality.hr10),
        ("ndcg@10", quality.ndcg10),
        ("pairs_macro_hr@10", pairs(&values, dims, exponent, &split, seed, threads)),
    ];
    if shape.0 * shape.1 <= RANKED_IN_FULL {
        let model: Box<dyn Fitted> = if let Some(residual) = &residual {
            Box::new(WithResidual::new(&vectors, residual.clone()))
        } else if let Some(Stopped::Diverged(_)) = stopped {
            // The users of the learner are those of the epoch that failed.
            Box::new(Vectored::alone(values.clone(), dims, exponent))
        } else {
            Box::new(Vectored::learned(learner, values.clone(), dims, exponent))
        };
        let report = leave_one_out(&*model, &split, seed, threads);
        profile = report
            .rules
            .iter()
            .any(|rule| rule.shipped && rule.rule == "ridge")
            .then_some(ProfileKind::Ridge);
        measured.extend([
            ("full_ndcg@10", report.full.ndcg10),
            ("fold_in_ndcg@10", report.fold_in.ndcg10),
            ("item_to_item_hr@10", report.item_to_item.hr10),
        ]);
    }
    let provenance = Provenance {
        data: format!("{interactions} interactions of {} users and {} items", shape.0, shape.1),
        recipe: recipe.to_string(),
        seed: Some(seed),
        date: None,
        quality: measured
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<BTreeMap<_, _>>(),
        exponent: Some(exponent),
        profile,
    };
    let vectors = Vectors { ids: split.train.ids().to_vec(), dims, values, provenance };
    Ok(TrainOutput { vectors, exponent, residual, counts, stopped })
}

/// The exponent that finds held-out items most often, each item having the same weight; the larger one if equal.
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

#[cfg(test)]
mod tests;
