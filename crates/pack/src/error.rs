//! The errors that packing a release ends with. This imports the errors of other crates alone.

use std::any::Any;

use osusume::Code;
use osusume::engine::EngineError;
use osusume::format::FormatError;
use osusume_release::ReleaseError;
use osusume_tables::{Cancelled, TableError};
use thiserror::Error;

/// Why a release cannot be packed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PackError {
    /// No model was given.
    #[error("a release needs at least one model")]
    NoModel,
    /// A model has no vector of an item of the catalogue.
    #[error("model {0:?} covers no item of the catalogue; do both use the same ids?")]
    NoItems(String),
    /// A model's name cannot be part of a file name.
    #[error("{0:?} cannot name a model; use a to z, 0 to 9, _ and -")]
    Name(String),
    /// A value does not fit f16, whose largest is 65,504.
    #[error(
        "model {model:?}: the vector of item {id} has values beyond f16; scale the vectors down"
    )]
    Range {
        /// The model.
        model: String,
        /// The item.
        id: u32,
    },
    /// A text encoder's vectors are of another width than its model's.
    #[error(
        "the text encoder of the model {0:?} has other dims than the model; were both made by one \
         sentence transformer?"
    )]
    TextDims(String),
    /// The catalogue has more tags or types than the format can number, or an item more than 255
    /// tags.
    #[error("the catalogue has too many different {0}; map another column or none")]
    TooMany(&'static str),
    /// The run was cancelled before it published anything.
    #[error(transparent)]
    Interrupted(#[from] Cancelled),
    /// A thread failed in a way that it should not. This is a defect of the program; report it.
    #[error("a worker thread panicked: {0}")]
    Panicked(String),
    /// A map cannot be made.
    #[error(transparent)]
    Map(#[from] MapError),
    /// A table of an earlier stage cannot be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The folder cannot be opened as a release, or what was packed is not one.
    #[error(transparent)]
    Release(#[from] ReleaseError),
}

/// [`PackError`] as the error of a [`std::result::Result`].
pub type Result<T, E = PackError> = std::result::Result<T, E>;

impl From<EngineError> for PackError {
    fn from(error: EngineError) -> Self {
        Self::Release(error.into())
    }
}

impl From<FormatError> for PackError {
    fn from(error: FormatError) -> Self {
        Self::Release(error.into())
    }
}

impl PackError {
    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoModel => Code::NoModel,
            Self::NoItems(_) => Code::NoItems,
            Self::Name(_) => Code::ModelName,
            Self::Range { .. } => Code::VectorRange,
            Self::TextDims(_) => Code::TextDims,
            Self::TooMany(_) => Code::CatalogueLimits,
            Self::Interrupted(_) => Code::Interrupted,
            Self::Panicked(_) => Code::WorkerPanicked,
            Self::Map(error) => error.code(),
            Self::Table(error) => error.code(),
            Self::Release(error) => error.code(),
        }
    }

    /// Returns the error for a thread's panic.
    pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Self::Panicked(text.unwrap_or_else(|| "it gave no reason".to_owned()))
    }
}

/// Why a map cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MapError {
    /// There is nothing to lay out.
    #[error("a map needs at least 10 items, the release has {0}")]
    TooFew(usize),
    /// No item has a vector: all models are of weights alone. Leave the map out.
    #[error("a map needs vectors, and every model has weights alone; leave the map out")]
    NoVectors,
    /// The threads that it runs on cannot be started.
    #[error("no thread for the map: {0}")]
    Threads(String),
}

impl MapError {
    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::TooFew(_) => Code::MapTooFew,
            Self::NoVectors => Code::MapNoVectors,
            Self::Threads(_) => Code::MapThreads,
        }
    }
}
