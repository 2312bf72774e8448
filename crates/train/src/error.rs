//! Why training cannot start or go on.

use std::path::PathBuf;

use thiserror::Error;

use osusume_tables::TableError;

/// What stops a training.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The ratings cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Fewer than two users or two items are left. Lower `min_interactions` or bring more ratings.
    #[error(
        "{users} users and {items} items are left of {rows} interactions with min_interactions = {min_interactions}; \
         lower it or bring more ratings"
    )]
    TooFew {
        /// Users left.
        users: usize,
        /// Items left.
        items: usize,
        /// Interactions read.
        rows: usize,
        /// The setting.
        min_interactions: u32,
    },
    /// Every user has a single item, so nothing says which items go together.
    #[error("each of the {users} users has one item only; nothing can be learnt from that")]
    NothingToLearn {
        /// Users.
        users: usize,
    },
    /// The loss of the first epoch was no number. Lower the learning rate.
    #[error("the loss of epoch {epoch} is not a number; lower learning_rate (it is {rate})")]
    Diverged {
        /// From 1.
        epoch: u32,
        /// The setting.
        rate: f32,
    },
    /// Stopped from outside before the first epoch was over.
    #[error("stopped before the first epoch was over; there are no vectors yet")]
    Cancelled,
    /// Ratings were asked for as targets of binary cross-entropy, whose targets are 0 and 1.
    #[error(
        "feedback = \"ratings\" cannot train with binary cross-entropy: its targets are 0 to 1, and ratings of 1 to \
         10 drive its loss to minus infinity; use feedback = \"implicit\" (every row counts as 1), \"weighted\" (a row \
         counts as much as its rating says) or \"explicit\" (ratings brought to 0 to 1)"
    )]
    RatingsAsTargets,
    /// Ratings are wanted, and no row has one. Train with `feedback = "implicit"`.
    #[error(
        "feedback = \"{feedback}\" needs ratings and no row has one; use feedback = \"implicit\""
    )]
    NoRatings {
        /// The setting.
        feedback: &'static str,
    },
    /// A setting is outside its range.
    #[error("{name} = {value} is out of range; expected {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it is.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A checkpoint cannot be gone on from. Name another file, or remove it to start anew.
    #[error("{path}: {reason}; name another file, or remove it to start anew")]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A recipe is not TOML of known settings.
    #[error("{path}: {reason}")]
    Recipe {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        reason: String,
    },
}

impl TrainError {
    /// Stable token for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Table(e) => e.code(),
            Self::TooFew { .. } => "too_few_interactions",
            Self::NothingToLearn { .. } => "nothing_to_learn",
            Self::Diverged { .. } => "loss_not_finite",
            Self::Cancelled => "cancelled",
            Self::RatingsAsTargets => "ratings_as_targets",
            Self::NoRatings { .. } => "no_ratings",
            Self::Setting { .. } => "setting_out_of_range",
            Self::Checkpoint { .. } => "checkpoint_invalid",
            Self::Recipe { .. } => "recipe_invalid",
        }
    }
}
