//! The error of importing vectors and weights. Imports the table of codes and the error of tables.

use std::path::PathBuf;

use osusume::Code;
use osusume_tables::TableError;
use thiserror::Error;

/// Why vectors or weights cannot be imported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file's name does not end as the formats do that are read.
    #[error("{path}: expected a name that ends in {expected}")]
    Format {
        /// The file.
        path: PathBuf,
        /// The endings read.
        expected: &'static str,
    },
    /// The file is cut off, damaged, or not what its name says. Write it again.
    #[error("{path}: {reason}")]
    Broken {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// There is no such column or tensor. Name the right one with `--id-column`, `--vector-column`
    /// or `--weight-columns`.
    #[error(
        "{path}: no column {column}; it has {found}. --id-column, --vector-column and \
         --weight-columns name them"
    )]
    Column {
        /// The file.
        path: PathBuf,
        /// The missing column or tensor.
        column: String,
        /// The columns found, cut to 200 characters.
        found: String,
    },
    /// Nothing says which items the rows are.
    #[error(
        "{path}: which items are the rows? Give --ids FILE (.npy, or text with one id a line){}",
        or_column(*column)
    )]
    Ids {
        /// The file.
        path: PathBuf,
        /// Whether a named column (true) or one of the array (false) could say it.
        column: Option<bool>,
    },
    /// Ids or values are of a type that cannot be taken for them.
    #[error("{path}: {what} is {found}, expected {expected}")]
    Dtype {
        /// The file.
        path: PathBuf,
        /// Which part of it.
        what: String,
        /// The type found.
        found: String,
        /// The types accepted.
        expected: &'static str,
    },
    /// Rows, widths or counts do not fit together or are beyond what a release holds.
    #[error("{path}: {reason}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The file has no rows.
    #[error("{path}: it has no rows")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// An id is neither a whole number from 0 to 4294967295 nor a text id of the catalogue given.
    #[error(
        "{path}: row {row} has the id {value:?}, expected a whole number from 0 to 4294967295; text \
         ids need --catalogue"
    )]
    Id {
        /// The file.
        path: PathBuf,
        /// The row, from 0.
        row: usize,
        /// The value found, cut to 40 characters.
        value: String,
    },
    /// An item has two rows. Keep one.
    #[error("{path}: item {id} has two rows")]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The item.
        id: u32,
    },
    /// A vector or a weight is NaN, an infinity, or a number too large for 32 bits.
    #[error(
        "{path}: the {what} of item {id} holds NaN or infinity; train again, or leave the item out"
    )]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// Vector or weights.
        what: &'static str,
        /// The item.
        id: u32,
    },
    /// A file cannot be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
}

fn or_column(column: Option<bool>) -> &'static str {
    match column {
        Some(true) => ", or --id-column NAME",
        Some(false) => ", or --id-column N for the column of the array that holds ids",
        None => "",
    }
}

impl ImportError {
    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Format { .. } => Code::ImportFormat,
            Self::Broken { .. } => Code::ImportBroken,
            Self::Column { .. } => Code::ColumnMissing,
            Self::Ids { .. } => Code::IdsMissing,
            Self::Dtype { .. } => Code::DtypeUnsupported,
            Self::Shape { .. } => Code::ShapeInvalid,
            Self::Empty { .. } => Code::TableEmpty,
            Self::Id { .. } => Code::IdInvalid,
            Self::Duplicate { .. } => Code::IdDuplicate,
            Self::NotFinite { .. } => Code::VectorNotFinite,
            Self::Table(error) => error.code(),
        }
    }
}
