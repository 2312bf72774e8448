//! Errors that keep a release from being served. Imports no module of this crate.

use jiff::Timestamp;
use osusume::Code;
use osusume::engine::EngineError;
use osusume::format::FormatError;
use osusume_release::{ReleaseError, SignatureError};
use thiserror::Error;

/// Why a release cannot be fetched. Messages never hold a signed address.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// This build cannot read from the address.
    #[error("{0:?} is not the address of a release; use s3://bucket/prefix or https://host/path")]
    Address(String),
    /// The environment has no credentials for S3.
    #[error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; a function's role sets them")]
    Credentials,
    /// The server refuses.
    #[error(
        "{file}: the server answers with status {status}; does it exist, and may the role read it?"
    )]
    Status {
        /// The file.
        file: String,
        /// HTTP status.
        status: u16,
    },
    /// The server redirects to a place that the release must not come from.
    #[error(
        "{file}: the server redirects without HTTPS, too often, or from S3; name the last address, \
         and for S3 the bucket's region"
    )]
    Redirect {
        /// The file.
        file: String,
    },
    /// The server cannot be reached, or the connection breaks.
    #[error("{file}: {why}")]
    Unreachable {
        /// The file.
        file: String,
        /// The error of the connection.
        why: String,
    },
}

impl RemoteError {
    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Address(_) => Code::RemoteAddress,
            Self::Credentials => Code::RemoteCredentials,
            Self::Status { .. } => Code::RemoteStatus,
            Self::Redirect { .. } => Code::RemoteRedirect,
            Self::Unreachable { .. } => Code::RemoteUnreachable,
        }
    }
}

/// Why no release can be loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The release cannot be opened.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The release cannot be fetched.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The release was signed before the one that answers, or before the time that is set.
    #[error("the release was signed at {signed}, before {least}; upload the newest release")]
    Older {
        /// When it was signed.
        signed: Timestamp,
        /// The earliest time that is taken.
        least: Timestamp,
    },
    /// The text is not a time.
    #[error("{0:?} is not a time; write it like 2026-10-24 or 2026-10-24T12:00:00Z")]
    Time(String),
}

/// [`enum@Error`] as the error of a [`std::result::Result`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Release(error) => error.code(),
            Self::Remote(error) => error.code(),
            Self::Older { .. } => Code::ReleaseOlder,
            Self::Time(_) => Code::TimeInvalid,
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

impl From<SignatureError> for Error {
    fn from(error: SignatureError) -> Self {
        Self::Release(error.into())
    }
}
