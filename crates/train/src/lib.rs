//! Ratings to item vectors and item-item weights, and the evaluator.
//!
//! [`Interactions`] hold who used which item, a [`Recipe`] holds every setting, and [`train()`]
//! makes item vectors of both. [`LeaveOneOut`], [`Tenth`], [`Newcomers`], [`Visitors`] and [`Cold`] split
//! the data; [`leave_one_out`], [`tenth`], [`newcomers`] and [`cold_items`] measure any [`Fitted`]
//! model on them. Imports `osusume` and `osusume-tables` and no other stage.

mod auto;
mod average;
mod baselines;
mod checkpoint;
mod cold;
mod content;
mod control;
mod data;
mod dot;
mod ease;
mod error;
mod eval;
mod fit;
mod fitted;
mod fold_in;
mod gmf;
mod gram;
mod ials;
mod inbatch;
mod item_vectors;
mod learner;
mod learners;
mod negatives;
mod neumf;
mod objective;
mod optim;
mod packed;
mod parallel;
mod published;
mod random;
mod recipe;
mod residual;
mod sgd;
mod source;
mod sparse_ease;
mod sparse_gradients;
mod sparse_gram;
mod sparse_residual;
mod split;
mod table;
#[cfg(test)]
mod tests;
mod train;
mod vectored;
mod with_residual;

pub use auto::Trial;
pub use baselines::{Popularity, PureSvd};
pub use cold::{ColdMap, place};
pub use content::{ContentReport, Facts, add_content};
pub use control::{Control, Epoch, Resume, Stopped};
pub use data::{Builder, Interactions, Keep, LeftOut, NO_ITEM};
pub use ease::ItemWeights;
pub use error::TrainError;
pub use eval::{
    Cold, ColdReport, ColdRow, Fidelity, KnobPoint, ListReport, Lists, NewcomerReport, Newcomers,
    Ranks, Recommended, Report, RuleReport, SHOWN, TenthReport, Visitor, Visitors,
    cold as cold_items, fidelity, judge, knob, leave_one_out, median_rank, newcomers, shared,
    standard_error, tenth,
};
pub use fitted::Fitted;
pub use item_vectors::ItemVectors;
pub use packed::{packed, packed_bytes};
pub use parallel::map_parts;
pub use recipe::{ContentWeights, EaseMatrix, Feedback, Loss, ModelKind, Recipe, VectorForm};
pub use residual::{Residual, keep_strongest};
pub use source::{Source, SourceKind, SourceWeight};
pub use sparse_ease::SparseWeights;
pub use split::{LeaveOneOut, Tenth};
pub use train::{TrainOutput, train};
pub use vectored::Vectored;
pub use with_residual::WithResidual;
