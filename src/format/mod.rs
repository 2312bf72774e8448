//! Bytes to typed views and back, for every file of a release. No arithmetic on values.
//!
//! `docs/FORMAT.md` is the specification; the golden tests here pin the code to it.

mod bytes;
mod catalogue;
mod codes;
mod header;
mod manifest;
mod map;
mod model;
mod neighbours;
mod residual;
mod runs;
mod text;

use thiserror::Error;

pub use bytes::AlignedBytes;
pub use catalogue::{CatalogueFile, Columns, TagList, UNKNOWN_SCORE};
pub use codes::Codes;
pub(crate) use codes::Decoder;
#[cfg(target_arch = "wasm32")]
pub(crate) use header::MAGIC;
pub use header::{HEADER_BYTES, Header, Kind, MAX_DIMS, MAX_ITEMS};
pub use manifest::{
    FORMAT_VERSION, FileEntry, Manifest, ModelEntry, Profile, ProfileKind, ResidualEntry,
    hex_sha256,
};
#[doc(hidden)]
pub use manifest::{hex, is_hex};
pub use map::{MAX_GROUPS, MapBlob};
pub use model::ModelBlob;
pub use neighbours::{Neighbours, NeighboursFile};
pub use residual::ResidualBlob;
#[cfg(test)]
pub(crate) use text::tests as text_tests;
pub use text::{ITSELF, TextColumns, TextFile};

/// Why a file of a release was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The file ends inside its header or inside what the header promises.
    #[error("the file has {found} bytes and needs {needed}; fetch it again")]
    Truncated {
        /// Bytes needed.
        needed: u64,
        /// Bytes found.
        found: u64,
    },
    /// More bytes than the header promises.
    #[error("the file has {found} bytes, {expected} were promised; fetch or pack it again")]
    TooLong {
        /// Bytes promised.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// The first eight bytes are not ours.
    #[error("not an osusume file: a wrong file or an error page; check the address")]
    Magic,
    /// A version that this build does not read.
    #[error("version {found} of the format is not readable here; update osusume or pack again")]
    Version {
        /// The version found.
        found: u32,
    },
    /// A right header of another kind of file.
    #[error("a file of kind {found} where kind {expected} was expected; pack again")]
    Kind {
        /// The kind expected.
        expected: u32,
        /// The kind found.
        found: u32,
    },
    /// Rows, dims or items out of range.
    #[error("impossible shape: {0}; pack again")]
    Shape(&'static str),
    /// The list of covered rows is not ascending, maximal and inside the catalogue.
    #[error("the rows covered are not valid: {0}; pack again")]
    Rows(&'static str),
    /// A value is NaN or infinite.
    #[error("row {row} holds NaN or infinity; pack again")]
    Value {
        /// Row of the blob.
        row: u32,
    },
    /// The catalogue's content does not decode to columns of one length.
    #[error("the catalogue is not valid: {0}; pack again")]
    Catalogue(&'static str),
    /// A text encoder's content does not decode, or contradicts itself.
    #[error("the text encoder is not valid: {0}; pack again")]
    Text(&'static str),
    /// The manifest is not JSON of the right shape, or contradicts itself.
    #[error("the manifest is not valid: {0}; fetch or pack it again")]
    Manifest(String),
    /// The content is not what the manifest pins.
    #[error("{file}: its SHA-256 is not the one in the manifest; fetch it again")]
    Integrity {
        /// The file.
        file: String,
    },
}

impl FormatError {
    /// Stable token for programs: the same in Rust, JavaScript and HTTP.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "blob_truncated",
            Self::TooLong { .. } => "blob_length",
            Self::Magic => "blob_magic",
            Self::Version { .. } => "blob_version",
            Self::Kind { .. } => "blob_kind",
            Self::Shape(_) => "blob_shape",
            Self::Rows(_) => "blob_rows",
            Self::Value { .. } => "blob_value",
            Self::Catalogue(_) => "catalogue_invalid",
            Self::Text(_) => "text_invalid",
            Self::Manifest(_) => "manifest_invalid",
            Self::Integrity { .. } => "integrity",
        }
    }
}
