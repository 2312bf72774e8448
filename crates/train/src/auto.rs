//! Finds settings by trying: the model, the number of epochs, the regularisation.
//!
//! Imports the recipe and one measure; knows no learner.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::control::Control;
use super::data::{Interactions, NO_ITEM};
use super::error::TrainError;
use super::eval::full_ndcg;
use super::learner::EpochInput;
use super::recipe::{Loss, ModelKind, Recipe, VectorForm};
use super::split::LeaveOneOut;

/// Settings that were tried, and how well they rank the validation items.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The settings, with the number of epochs after which they ranked best.
    pub recipe: Recipe,
    /// NDCG@10 of the validation items among all items that are not training items.
    pub ndcg10: f64,
}

impl Recipe {
    /// Tries settings one after another, the most promising first, until `budget` is spent. Returns
    /// those that rank each user's validation item best. Tries at least one, and never looks at the
    /// test items.
    ///
    /// `base` gives the settings that are not tuned: dims, seed, `min_interactions` and the
    /// residual. A trial stops early after two measurements without a new best of its own.
    pub fn auto(
        base: &Self,
        data: &Interactions,
        budget: Duration,
        control: &Control<'_>,
        report: &mut dyn FnMut(&Trial),
    ) -> Result<Self, TrainError> {
        let start = Instant::now();
        let split = LeaveOneOut::new(
            data.clone().weigh(base.feedback)?.core(base.min_interactions, 1),
            base.seed,
        )
        .validation();
        if split.tested() == 0 {
            return Err(TrainError::NothingToLearn { users: split.train.users() });
        }
        let mut best: Option<Trial> = None;
        for candidate in base.candidates() {
            candidate.check()?;
            let Some(trial) = candidate.attempt(&split, start + budget, control) else { continue };
            report(&trial);
            if best.as_ref().is_none_or(|best| trial.ndcg10 > best.ndcg10) {
                best = Some(trial);
            }
            if start.elapsed() >= budget || control.cancel.load(Relaxed) {
                break;
            }
        }
        match best {
            Some(trial) => Ok(Self { name: "auto".into(), ..trial.recipe }),
            None if control.cancel.load(Relaxed) => Err(TrainError::Cancelled),
            None => Err(TrainError::Diverged { epoch: 1, rate: base.learning_rate }),
        }
    }

    /// Returns the settings to try, the most promising first.
    fn candidates(&self) -> Vec<Self> {
        let base = Self { vector: VectorForm::Raw, average: 0, ..self.clone() };
        let in_batch = |temperature: f32, learning_rate: f32| Self {
            model: ModelKind::Gmf,
            loss: Loss::InBatch,
            temperature,
            learning_rate,
            epochs: 20,
            batch: if self.batch == Self::default().batch { 512 } else { self.batch },
            exponent: Some(1.0),
            ..base.clone()
        };
        let ials = |unseen: f32, lambda: f32| Self {
            model: ModelKind::Ials,
            unseen,
            lambda,
            epochs: 20,
            exponent: Some(0.5),
            ..base.clone()
        };
        vec![
            in_batch(0.1, 0.005),
            ials(1.0, 0.003),
            in_batch(0.07, 0.005),
            ials(0.3, 0.003),
            in_batch(0.15, 0.005),
            ials(0.3, 0.01),
            in_batch(0.1, 0.002),
            ials(1.0, 0.001),
            ials(0.1, 0.003),
            in_batch(0.07, 0.002),
            ials(1.0, 0.01),
            in_batch(0.2, 0.005),
        ]
    }

    /// Trains until the validation items rank no better. Returns `None` if the loss is not a number
    /// or the caller stops the trial before its first measurement.
    fn attempt(&self, split: &LeaveOneOut, end: Instant, control: &Control<'_>) -> Option<Trial> {
        let (data, threads) = (&split.train, control.threads.max(1));
        let mut learner = self.learner(data.users(), data.items());
        let (mut best, mut worse) = (None::<Trial>, 0);
        for epoch in 0..self.epochs {
            let stats = learner.train_epoch(&EpochInput {
                data,
                epoch,
                seed: self.seed,
                threads,
                cancel: control.cancel,
            });
            if !stats.loss.is_finite() || control.cancel.load(Relaxed) {
                break;
            }
            if epoch % 2 == 1 {
                let ndcg10 = full_ndcg(&*learner, split, threads);
                if best.as_ref().is_none_or(|best| ndcg10 > best.ndcg10) {
                    best =
                        Some(Trial { recipe: Self { epochs: epoch + 1, ..self.clone() }, ndcg10 });
                    worse = 0;
                } else {
                    worse += 1;
                }
                if worse == 2 || Instant::now() >= end {
                    break;
                }
            }
        }
        best
    }
}

impl LeaveOneOut {
    /// Returns the split for tuning: it holds out the latest training item of each user and drops
    /// the test item.
    #[must_use]
    pub fn validation(&self) -> Self {
        let mut train = self.train.clone();
        // A user's only training item stays.
        let test: Vec<u32> = (0..train.users())
            .map(|user| {
                if train.of(user).len() > 1 && self.test[user] != NO_ITEM {
                    self.latest[user]
                } else {
                    NO_ITEM
                }
            })
            .collect();
        train.filter(|user, item| if item == test[user] { NO_ITEM } else { item });
        let latest = (0..train.users())
            .map(|user| train.of(user).first().copied().unwrap_or(NO_ITEM))
            .collect();
        Self { train, test, latest, given: None }
    }
}
