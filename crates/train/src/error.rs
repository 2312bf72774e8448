//! Why a training cannot start or go on.
//!
//! Imports nothing of this crate.

use std::path::PathBuf;

use thiserror::Error;

use osusume::Code;
use osusume_tables::TableError;

/// Why a training cannot start or go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The ratings cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Fewer than two users or two items are left. Lower `min_interactions` or bring more ratings.
    #[error(
        "{users} users and {items} items are left of {rows} interactions with \
         min_interactions = {min_interactions}; lower it or bring more ratings"
    )]
    TooFew {
        /// Users left.
        users: usize,
        /// Items left.
        items: usize,
        /// Interactions read.
        rows: usize,
        /// The setting `min_interactions`.
        min_interactions: u32,
    },
    /// Every user has a single item, so nothing shows which items belong together.
    #[error("each of the {users} users has only one item; training needs users with two or more")]
    NothingToLearn {
        /// Number of users.
        users: usize,
    },
    /// The loss of the first epoch was not a number. Lower the learning rate.
    #[error("the loss of epoch {epoch} is not a number; lower learning_rate (it is {rate})")]
    Diverged {
        /// From 1.
        epoch: u32,
        /// The setting `learning_rate`.
        rate: f32,
    },
    /// The caller stopped the training before its first epoch was over.
    #[error("stopped before the first epoch was over; there are no vectors yet")]
    Cancelled,
    /// The recipe wants ratings as targets of binary cross-entropy, whose targets are 0 to 1.
    #[error(
        "feedback = \"ratings\" cannot train with binary cross-entropy: its targets are 0 to 1, \
         and ratings of 1 to 10 drive its loss to minus infinity; use feedback = \"implicit\" \
         (every row counts as 1), \"weighted\" (a row counts as much as its rating) or \
         \"explicit\" (ratings scaled to 0 to 1)"
    )]
    RatingsAsTargets,
    /// The recipe needs ratings and no row has one. Train with `feedback = "implicit"`.
    #[error(
        "feedback = \"{feedback}\" needs ratings and no row has one; use feedback = \"implicit\""
    )]
    NoRatings {
        /// The setting `feedback`.
        feedback: &'static str,
    },
    /// A setting is outside its range.
    #[error("{name} = {value} is out of range; expected {expected}")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// The values that it may have.
        expected: &'static str,
    },
    /// Training cannot go on from a checkpoint. Name another file, or remove it to start anew.
    #[error("{path}: {reason}; name another file, or remove it to start anew")]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// A recipe is not TOML, or has an unknown setting.
    #[error("{path}: {reason}")]
    Recipe {
        /// The file.
        path: PathBuf,
        /// The reason, with the line.
        reason: String,
    },
}

impl TrainError {
    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Table(e) => e.code(),
            Self::TooFew { .. } => Code::TooFewInteractions,
            Self::NothingToLearn { .. } => Code::NothingToLearn,
            Self::Diverged { .. } => Code::LossNotFinite,
            Self::Cancelled => Code::Interrupted,
            Self::RatingsAsTargets => Code::RatingsAsTargets,
            Self::NoRatings { .. } => Code::NoRatings,
            Self::Setting { .. } => Code::SettingOutOfRange,
            Self::Checkpoint { .. } => Code::CheckpointInvalid,
            Self::Recipe { .. } => Code::RecipeInvalid,
        }
    }
}
