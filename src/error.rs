//! The one error type that callers see, made of one enum a module.

use thiserror::Error;

/// Whatever can go wrong, by the module that found it. [`Error::code`] is the same in Rust, JavaScript and HTTP.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of a release is not what it should be.
    #[error(transparent)]
    Format(#[from] crate::format::FormatError),
    /// A question that the release cannot answer.
    #[error(transparent)]
    Engine(#[from] crate::engine::EngineError),
    /// A visitor's list that cannot be read.
    #[error(transparent)]
    Profile(#[from] crate::profile::ProfileError),
}

/// [`enum@Error`] as the error of a [`std::result::Result`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Stable token for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Format(e) => e.code(),
            Self::Engine(e) => e.code(),
            Self::Profile(e) => e.code(),
        }
    }
}
