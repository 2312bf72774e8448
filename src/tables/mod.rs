//! The files on disk that the offline stages read and meet in.
//!
//! `ratings.csv` and `catalogue.csv` come in, vector files pass between `train`, `encode` and `pack`.

mod vectors;

use std::path::{Path, PathBuf};

use thiserror::Error;

pub use vectors::{Provenance, Vectors};

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
}

impl TableError {
    /// Stable token for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "io",
            Self::VectorFile { .. } => "vector_file",
            Self::NotFinite { .. } => "vector_not_finite",
        }
    }

    /// Wraps the system's error with the path it is about.
    pub fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}
