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
    /// A CSV, recipe or vector file is not what it should be.
    #[cfg(feature = "tables")]
    #[error(transparent)]
    Table(#[from] crate::tables::TableError),
    /// Vectors of another program cannot be brought in.
    #[cfg(feature = "import")]
    #[error(transparent)]
    Import(#[from] crate::import::ImportError),
    /// Training cannot start or go on.
    #[cfg(feature = "train")]
    #[error(transparent)]
    Train(#[from] crate::train::TrainError),
    /// Encoding cannot start or go on.
    #[cfg(feature = "encode")]
    #[error(transparent)]
    Encode(#[from] crate::encode::EncodeError),
    /// A folder cannot be opened as a release.
    #[cfg(feature = "release")]
    #[error(transparent)]
    Release(#[from] crate::release::ReleaseError),
    /// A release cannot be had from where it is kept.
    #[cfg(feature = "remote")]
    #[error(transparent)]
    Remote(#[from] crate::remote::RemoteError),
    /// A release cannot be packed.
    #[cfg(feature = "pack")]
    #[error(transparent)]
    Pack(#[from] crate::pack::PackError),
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
            #[cfg(feature = "tables")]
            Self::Table(e) => e.code(),
            #[cfg(feature = "import")]
            Self::Import(e) => e.code(),
            #[cfg(feature = "train")]
            Self::Train(e) => e.code(),
            #[cfg(feature = "encode")]
            Self::Encode(e) => e.code(),
            #[cfg(feature = "release")]
            Self::Release(e) => e.code(),
            #[cfg(feature = "remote")]
            Self::Remote(e) => e.code(),
            #[cfg(feature = "pack")]
            Self::Pack(e) => e.code(),
        }
    }
}
