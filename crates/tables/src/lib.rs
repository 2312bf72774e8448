//! The files on disk that the offline stages read and meet in.
//!
//! `ratings.csv` and `catalogue.csv` come in, vector files pass between `train`, `encode` and `pack`.

mod cancel;
mod catalogue;
mod ratings;
mod recipe;
mod text;
mod vectors;

use std::io::Write;
use std::path::{Path, PathBuf};

use thiserror::Error;

pub use cancel::{Cancel, Cancelled};
pub use catalogue::{CatalogueColumns, CatalogueReport, Drop, Entry, read_catalogue};
pub use ratings::{ItemKeys, Rating, RatingColumns, RatingsReport, open_table, read_ratings};
pub use recipe::ReleaseRecipe;
pub use text::TextTable;
pub use vectors::{Provenance, Tensor, Vectors};

/// What is wrong with a table on disk.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file cannot be opened, read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A vector file is not safetensors with the tensors `ids` (U32, rows) and `vectors` (F32, rows × dims).
    #[error("{path}: not a vector file: {reason}")]
    VectorFile {
        /// The file.
        path: PathBuf,
        /// Which expectation fails.
        reason: String,
    },
    /// A vector holds NaN or an infinity.
    #[error("{path}: the vector of item {id} holds NaN or infinity; train or encode again")]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The item.
        id: u32,
    },
    /// A table holds nothing below its header line, or not even that.
    #[error("{path}: no rows; expected a header line and at least one row below it")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A table has no such column. Name the columns on the command line or in the recipe.
    #[error("{path}: no column for {column}; the header line is: {found}")]
    Column {
        /// The file.
        path: PathBuf,
        /// What is missing.
        column: String,
        /// The header line, cut to 200 characters.
        found: String,
    },
    /// A row is not CSV of the header's width. Mend the line, usually a stray quote or delimiter.
    #[error("{path}, line {line}: {reason}")]
    Row {
        /// The file.
        path: PathBuf,
        /// Line of the file, the header being line 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A field that must be a number is none.
    #[error("{path}, line {line}: column \"{column}\" holds \"{value}\", expected a number")]
    Number {
        /// The file.
        path: PathBuf,
        /// Line of the file, the header being line 1.
        line: u64,
        /// The column.
        column: String,
        /// What it holds, cut to 40 characters.
        value: String,
    },
    /// A recipe is not TOML of known settings.
    #[error("{path}: {reason}")]
    Recipe {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        reason: String,
    },
    /// An item stands twice in a catalogue. Keep one of the lines.
    #[error("{path}, line {line}: item {id} stands twice")]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// Line of the second, the header being line 1.
        line: u64,
        /// The item's id.
        id: String,
    },
    /// An item id does not fit 32 bits. Give such a catalogue text keys: it gets numbers at build time.
    #[error("{path}, line {line}: item id {value} is beyond 4294967295; use it as a text key")]
    IdRange {
        /// The file.
        path: PathBuf,
        /// Line of the file, the header being line 1.
        line: u64,
        /// What it holds, cut to 40 characters.
        value: String,
    },
}

impl TableError {
    /// Stable token for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "io",
            Self::VectorFile { .. } => "vector_file",
            Self::NotFinite { .. } => "vector_not_finite",
            Self::Empty { .. } => "table_empty",
            Self::Column { .. } => "column_missing",
            Self::Row { .. } => "row_broken",
            Self::Number { .. } => "number_invalid",
            Self::Recipe { .. } => "recipe_invalid",
            Self::Duplicate { .. } => "id_duplicate",
            Self::IdRange { .. } => "id_out_of_range",
        }
    }

    /// Wraps the system's error with the path it is about.
    pub fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

/// Writes beside the target and renames, so that a reader finds the whole file or none.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<(), TableError> {
    let aside = path.with_extension("part");
    let written = std::fs::File::create(&aside).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    if let Err(error) = written {
        let _ = std::fs::remove_file(&aside); // on a full disk, room that is needed
        return Err(TableError::io(&aside)(error));
    }
    std::fs::rename(&aside, path).map_err(TableError::io(path))
}
