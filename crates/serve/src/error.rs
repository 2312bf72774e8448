//! The errors of a release that cannot be served.

use osusume::engine::EngineError;
use osusume::format::FormatError;
use osusume_release::ReleaseError;
use thiserror::Error;

/// Why a release cannot be fetched. Messages never hold a signed address.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// The address is none that this build reads.
    #[error("{0:?} is not a place of a release; s3://bucket/prefix and https://host/path are")]
    Address(String),
    /// What signs requests to S3 is not in the environment.
    #[error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; a function's role sets them")]
    Credentials,
    /// The other side refuses.
    #[error(
        "{file}: the server answers with status {status}; is it there, and may the role read it?"
    )]
    Status {
        /// The file.
        file: String,
        /// HTTP status.
        status: u16,
    },
    /// The other side is not reached, or stops in the middle.
    #[error("{file}: {why}")]
    Unreachable {
        /// The file.
        file: String,
        /// What the connection says.
        why: String,
    },
}

impl RemoteError {
    /// Stable token for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Address(_) => "remote_address",
            Self::Credentials => "remote_credentials",
            Self::Status { .. } => "remote_status",
            Self::Unreachable { .. } => "remote_unreachable",
        }
    }
}

/// Why there is no release to answer from.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The release cannot be opened.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The release cannot be fetched from where it is kept.
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

/// [`enum@Error`] as the error of a [`std::result::Result`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Stable token for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Release(error) => error.code(),
            Self::Remote(error) => error.code(),
        }
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        Self::Release(error.into())
    }
}

impl From<FormatError> for Error {
    fn from(error: FormatError) -> Self {
        Self::Release(error.into())
    }
}
