//! The error that packing a release ends with.

use osusume::engine::EngineError;
use osusume::format::FormatError;
use osusume_release::ReleaseError;
use osusume_tables::TableError;
use thiserror::Error;

use crate::map::MapError;

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
        "the text encoder of the model {0:?} has other dims than the model; were both made by one sentence transformer?"
    )]
    TextDims(String),
    /// The catalogue has more different tags or types than the format can number, or an item more than 255 tags.
    #[error("the catalogue has too many different {0}; map another column or none")]
    TooMany(&'static str),
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
    /// Stable token for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoModel => "no_model",
            Self::NoItems(_) => "no_items",
            Self::Name(_) => "model_name",
            Self::Range { .. } => "vector_range",
            Self::TextDims(_) => "text_dims",
            Self::TooMany(_) => "catalogue_limits",
            Self::Map(error) => error.code(),
            Self::Table(error) => error.code(),
            Self::Release(error) => error.code(),
        }
    }
}
