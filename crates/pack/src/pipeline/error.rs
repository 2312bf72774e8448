//! The error of the build pipeline: that of the stage which failed, or that it was interrupted.

use osusume::Code;
use osusume_encode::EncodeError;
use osusume_tables::{Cancelled, TableError};
use osusume_train::TrainError;
use thiserror::Error;

use crate::error::PackError;

/// Why a stage did not finish.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The run was cancelled. Nothing was published; the same run resumes.
    #[error(transparent)]
    Interrupted(#[from] Cancelled),
    /// A table cannot be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Training cannot start or go on.
    #[error(transparent)]
    Train(TrainError),
    /// Encoding cannot start or go on.
    #[error(transparent)]
    Encode(EncodeError),
    /// The release cannot be packed.
    #[error(transparent)]
    Pack(PackError),
}

/// [`PipelineError`] as the error of a [`std::result::Result`].
pub type Result<T, E = PipelineError> = std::result::Result<T, E>;

impl PipelineError {
    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Interrupted(_) => Code::Interrupted,
            Self::Table(error) => error.code(),
            Self::Train(error) => error.code(),
            Self::Encode(error) => error.code(),
            Self::Pack(error) => error.code(),
        }
    }
}

impl From<TrainError> for PipelineError {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Cancelled => Self::Interrupted(Cancelled),
            error => Self::Train(error),
        }
    }
}

impl From<EncodeError> for PipelineError {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::Interrupted(cancelled) => Self::Interrupted(cancelled),
            error => Self::Encode(error),
        }
    }
}

impl From<PackError> for PipelineError {
    fn from(error: PackError) -> Self {
        match error {
            PackError::Interrupted(cancelled) => Self::Interrupted(cancelled),
            error => Self::Pack(error),
        }
    }
}
