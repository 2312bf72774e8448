//! The error that a subcommand ends with. This imports the errors of the crates below alone.

use osusume::Code;
use osusume::engine::EngineError;
use osusume::profile::ProfileError;
use osusume_encode::EncodeError;
use osusume_pack::pipeline::PipelineError;
use osusume_pack::{ImportError, PackError};
use osusume_release::ReleaseError;
use osusume_tables::TableError;
use osusume_train::TrainError;
use thiserror::Error;

/// Why a subcommand failed.
#[derive(Debug, Error)]
pub enum Error {
    /// The command line is wrong in a way that its parser does not see.
    #[error("--{option} {value}: expected {expected}")]
    Usage {
        /// The option, without its dashes.
        option: &'static str,
        /// Its value, or why there is none.
        value: String,
        /// The values that it may have.
        expected: &'static str,
    },
    /// The release cannot answer.
    #[error(transparent)]
    Answer(#[from] osusume::Error),
    /// A visitor's list cannot be read.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A CSV file, a recipe or a vector file is not valid.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Vectors of another program cannot be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Training cannot start or go on.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// Encoding cannot start or go on.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A text encoder cannot be packed.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A stage of a build did not finish.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// A signal ended the server.
    #[error("a signal has ended the server; {0}")]
    Stopped(&'static str),
    /// A folder cannot be opened as a release.
    #[error(transparent)]
    Release(#[from] ReleaseError),
}

/// [`enum@Error`] as the error of a [`std::result::Result`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        Self::Answer(error.into())
    }
}

impl Error {
    /// Returns the error of an option with a wrong value.
    pub fn usage(option: &'static str, value: &str, expected: &'static str) -> Self {
        Self::Usage { option, value: value.to_owned(), expected }
    }

    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    pub fn code(&self) -> Code {
        match self {
            Self::Usage { .. } => Code::UsageInvalid,
            Self::Answer(error) => error.code(),
            Self::Profile(error) => error.code(),
            Self::Table(error) => error.code(),
            Self::Import(error) => error.code(),
            Self::Train(error) => error.code(),
            Self::Encode(error) => error.code(),
            Self::Pack(error) => error.code(),
            Self::Pipeline(error) => error.code(),
            Self::Stopped(_) => Code::Interrupted,
            Self::Release(error) => error.code(),
        }
    }
}
