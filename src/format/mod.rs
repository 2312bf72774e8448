//! Reads and writes every file of a release, as typed views of bytes. No arithmetic on values.
//! Imports `names`, the codes of errors and the texts of messages; decompresses nothing and opens no file.
//! bincode is used here alone.
//!
//! `docs/FORMAT.md` is the specification. The golden tests here hold the code to it.

#[cfg(not(target_arch = "wasm32"))]
mod about;
mod bytes;
mod catalogue;
mod chunks;
mod columns;
mod field_wire;
#[cfg(not(target_arch = "wasm32"))]
mod hash;
mod header;
mod hex;
mod manifest;
mod manifest_check;
mod map;
mod model;
mod packed;
#[cfg(not(target_arch = "wasm32"))]
mod related;
mod residual;
mod runs;
mod text;
mod wire;

use thiserror::Error;

use crate::code::Code;

#[cfg(not(target_arch = "wasm32"))]
pub use about::{About, AboutModel};
pub use bytes::AlignedBytes;
pub use catalogue::CatalogueFile;
pub use chunks::{CHUNK_BYTES, HEADER_BYTES, chunk_count, head_bytes, is_length};
pub use columns::{
    Columns, Field, FieldType, FieldValues, Role, TagList, TitleColumn, UNKNOWN_DATE,
};
pub(crate) use field_wire::first_rows;
#[cfg(not(target_arch = "wasm32"))]
pub use hash::{ContentCheck, framed, hex_sha256, sha256};
#[cfg(target_arch = "wasm32")]
pub(crate) use header::MAGIC;
pub use header::{FORMAT_VERSION, Header, Kind, MAX_DIMS, MAX_ITEMS};
#[doc(hidden)]
pub use hex::{hex, is_hex};
pub use manifest::{
    ABOUT, DefaultQuestion, FieldEntry, FileEntry, Manifest, ModelEntry, ProfileKind, ProfileRule,
    ResidualEntry,
};
pub use map::{MAX_GROUPS, MapBlob};
pub use model::ModelBlob;
pub(crate) use packed::NumberDecoder;
pub use packed::PackedNumbers;
#[cfg(not(target_arch = "wasm32"))]
pub use related::{MAX_LISTED, MAX_SHARDS, RelatedEntry, shard_of};
pub use residual::ResidualBlob;
#[cfg(test)]
pub(crate) use text::tests as text_tests;
pub use text::{ITSELF, TextColumns, TextFile};

/// Why a file of a release was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The file is shorter than its header, or shorter than the header says.
    #[error("the file has {found} bytes and needs {needed}; fetch it again")]
    Truncated {
        /// Bytes needed.
        needed: u64,
        /// Bytes found.
        found: u64,
    },
    /// The file has more bytes than the header or the manifest says.
    #[error("the file has {found} bytes, {expected} were promised; fetch or pack it again")]
    TooLong {
        /// Bytes expected.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// The file does not start with the eight bytes of the format.
    #[error("not an osusume file: a wrong file or an error page; check the address")]
    Magic,
    /// A version that this build does not read.
    #[error(
        "version {found} of the format is not readable here, only 2; pack the release again, or update osusume if it is newer"
    )]
    Version {
        /// The version found.
        found: u32,
    },
    /// The header is that of another kind of file.
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
    /// The covered rows, or the rows that a file names, are not valid.
    #[error("the rows covered are not valid: {0}; pack again")]
    Rows(&'static str),
    /// A value is NaN or infinite.
    #[error("row {row} holds NaN or infinity; pack again")]
    Value {
        /// Row of the blob.
        row: u32,
    },
    /// The catalogue's content does not decode, or contradicts itself.
    #[error("the catalogue is not valid: {0}; pack again")]
    Catalogue(&'static str),
    /// A text encoder's content does not decode, or contradicts itself.
    #[error("the text encoder is not valid: {0}; pack again")]
    Text(&'static str),
    /// A file of related lists does not decode, or does not fit the release.
    #[cfg(not(target_arch = "wasm32"))]
    #[error("the related lists are not valid: {0}; pack again")]
    Related(String),
    /// The manifest is no JSON of the right shape, or contradicts itself.
    #[error("the manifest is not valid: {0}; fetch or pack it again")]
    Manifest(String),
    /// The content does not have the hash in the manifest.
    #[cfg(not(target_arch = "wasm32"))]
    #[error("{file}: its SHA-256 is not the one in the manifest; fetch it again")]
    Integrity {
        /// The file.
        file: String,
    },
}

impl FormatError {
    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Truncated { .. } => Code::BlobTruncated,
            Self::TooLong { .. } => Code::BlobLength,
            Self::Magic => Code::BlobMagic,
            Self::Version { .. } => Code::BlobVersion,
            Self::Kind { .. } => Code::BlobKind,
            Self::Shape(_) => Code::BlobShape,
            Self::Rows(_) => Code::BlobRows,
            Self::Value { .. } => Code::BlobValue,
            Self::Catalogue(_) => Code::CatalogueInvalid,
            Self::Text(_) => Code::TextInvalid,
            Self::Manifest(_) => Code::ManifestInvalid,
            #[cfg(not(target_arch = "wasm32"))]
            Self::Related(_) => Code::RelatedInvalid,
            #[cfg(not(target_arch = "wasm32"))]
            Self::Integrity { .. } => Code::Integrity,
        }
    }
}
