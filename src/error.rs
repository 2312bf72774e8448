//! The union of the error enums of the modules: the one error type that callers see.
//!
//! Imports `code` and the enums of `engine`, `format` and `profile`. No module of `src/` uses it.

use thiserror::Error;

use crate::code::Code;
use crate::engine::EngineError;
use crate::format::FormatError;
use crate::profile::ProfileError;

/// Everything that can go wrong, by the module that found it. [`Error::code`] is the same in Rust,
/// JavaScript, HTTP and the command line.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of a release is not valid.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The release cannot answer a request.
    #[error(transparent)]
    Engine(EngineError),
    /// A visitor's list cannot be read.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

/// [`enum@Error`] as the error of a [`std::result::Result`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A [`FormatError`] that the engine met becomes [`Error::Format`], so that callers match it in one
/// place.
impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Format(error) => Self::Format(error),
            error => Self::Engine(error),
        }
    }
}

impl Error {
    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Format(e) => e.code(),
            Self::Engine(e) => e.code(),
            Self::Profile(e) => e.code(),
        }
    }
}
