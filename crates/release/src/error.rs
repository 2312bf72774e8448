//! Why a release cannot be opened. Imports the errors of `signature`.

use std::path::{Path, PathBuf};

use thiserror::Error;

use osusume::Code;
use osusume::engine::EngineError;
use osusume::format::FormatError;

use crate::signature::SignatureError;

/// Why a folder cannot be opened as a release.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// A file that the release needs is not there.
    #[error("{0} does not exist; is this the folder of a release, and is it whole?")]
    FileMissing(PathBuf),
    /// The system cannot read or write a file.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The manifest is not its owner's.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A file of the release is not valid, or does not fit the others.
    #[error(transparent)]
    Content(#[from] osusume::Error),
}

/// [`ReleaseError`] as the error of a [`std::result::Result`].
pub type Result<T, E = ReleaseError> = std::result::Result<T, E>;

impl From<EngineError> for ReleaseError {
    fn from(error: EngineError) -> Self {
        Self::Content(error.into())
    }
}

impl From<FormatError> for ReleaseError {
    fn from(error: FormatError) -> Self {
        Self::Content(error.into())
    }
}

impl ReleaseError {
    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::FileMissing(_) => Code::FileMissing,
            Self::Io { .. } => Code::Io,
            Self::Signature(error) => error.code(),
            Self::Content(error) => error.code(),
        }
    }

    /// Wraps the system's error with the path it is about.
    pub fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| match source.kind() {
            std::io::ErrorKind::NotFound => Self::FileMissing(path.to_owned()),
            _ => Self::Io { path: path.to_owned(), source },
        }
    }
}
