//! The error of this crate: why a file of an offline stage was refused.
//! It imports the table of codes alone.

use std::path::{Path, PathBuf};

use osusume::Code;
use thiserror::Error;

/// Why a file was refused, or could not be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file cannot be opened, read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// A vector file is not safetensors with the tensors `ids` (U32, rows) and `vectors` (F32, rows
    /// × dims). Write it again.
    #[error("{path}: not a vector file: {reason}")]
    VectorFile {
        /// The file.
        path: PathBuf,
        /// The expectation that fails.
        reason: String,
    },
    /// A vector holds NaN or an infinity. Train or encode again.
    #[error("{path}: the vector of item {id} holds NaN or infinity; train or encode again")]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The item.
        id: u32,
    },
    /// A table has no rows below its header line, or no header line.
    #[error("{path}: no rows; expected a header line and at least one row below it")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A table lacks a column. Name its columns on the command line or in the recipe.
    #[error("{path}: no column for {column}; the header line is: {found}")]
    Column {
        /// The file.
        path: PathBuf,
        /// The column that is missing.
        column: String,
        /// The header line, cut to 200 characters.
        found: String,
    },
    /// A row is not CSV with as many fields as the header, or one of its fields is not valid.
    /// Correct the line: most often it has a stray quote or delimiter.
    #[error("{path}, line {line}: {reason}")]
    Row {
        /// The file.
        path: PathBuf,
        /// Line of the file. The header is line 1.
        line: u64,
        /// The reason why the row is refused.
        reason: String,
    },
    /// A field that must be a number holds something else. Correct the line.
    #[error("{path}, line {line}: column \"{column}\" holds \"{value}\", expected a number")]
    Number {
        /// The file.
        path: PathBuf,
        /// Line of the file. The header is line 1.
        line: u64,
        /// The column.
        column: String,
        /// The field, cut to 40 characters.
        value: String,
    },
    /// A recipe is not TOML with known settings. Correct it.
    #[error("{path}: {reason}")]
    Recipe {
        /// The file.
        path: PathBuf,
        /// The error of the TOML reader, with the line.
        reason: String,
    },
    /// An item id does not fit 32 bits. Use text keys as ids: the build then numbers the items.
    #[error("{path}, line {line}: item id {value} is beyond 4294967295; use it as a text key")]
    IdRange {
        /// The file.
        path: PathBuf,
        /// Line of the file. The header is line 1.
        line: u64,
        /// The field, cut to 40 characters.
        value: String,
    },
}

impl TableError {
    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Io { .. } => Code::Io,
            Self::VectorFile { .. } => Code::VectorFile,
            Self::NotFinite { .. } => Code::VectorNotFinite,
            Self::Empty { .. } => Code::TableEmpty,
            Self::Column { .. } => Code::ColumnMissing,
            Self::Row { .. } => Code::RowBroken,
            Self::Number { .. } => Code::NumberInvalid,
            Self::Recipe { .. } => Code::RecipeInvalid,
            Self::IdRange { .. } => Code::IdOutOfRange,
        }
    }

    /// Returns a function that adds `path` to an error of the operating system.
    pub fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}
