//! The error of this crate: why a model folder was refused, or a text not encoded.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a model folder was refused, or a text not encoded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The folder lacks a file that every model has. Download the model again, all of it.
    #[error("{path}: missing; the folder of a sentence transformer holds it")]
    MissingFile {
        /// The file that was looked for.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A JSON file of the folder is malformed, or a setting in it is out of range.
    #[error("{path}: {reason}")]
    Config {
        /// The file.
        path: PathBuf,
        /// Which expectation fails.
        reason: String,
    },
    /// The model is of another architecture. Take one whose `config.json` says `"model_type": "bert"`.
    #[error("{path}: a model of type {found:?}, expected \"bert\"")]
    NotBert {
        /// The `config.json`.
        path: PathBuf,
        /// Its `model_type`; empty if it has none.
        found: String,
    },
    /// A BERT with a part that this build does not compute: it would give other vectors than its authors'.
    #[error("{path}: {setting} is {found:?}, expected {expected:?}")]
    Unsupported {
        /// The file that asks for it.
        path: PathBuf,
        /// The setting.
        setting: &'static str,
        /// Its value.
        found: String,
        /// The one value that works.
        expected: &'static str,
    },
    /// Token vectors are pooled in another way than by their mean. Take a mean-pooled model.
    #[error("{path}: the model pools by {found:?}, expected \"mean\"")]
    Pooling {
        /// The pooling folder's `config.json`.
        path: PathBuf,
        /// The modes it turns on.
        found: String,
    },
    /// The weights are not a whole safetensors file. Download the model again.
    #[error("{path}: not a whole safetensors file: {reason}")]
    Weights {
        /// The `model.safetensors`.
        path: PathBuf,
        /// What the reader says.
        reason: String,
    },
    /// The weights lack a tensor: `config.json` belongs to another model.
    #[error("the weights have no tensor {0:?}; do they belong to this config.json?")]
    MissingTensor(String),
    /// A tensor has another shape than `config.json` promises.
    #[error("tensor {tensor:?} has shape {found:?}, config.json says {expected:?}")]
    Shape {
        /// Its name in the file.
        tensor: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape that follows from `config.json`.
        expected: Vec<usize>,
    },
    /// `tokenizer.json` cannot be used with this model.
    #[error("{path}: {reason}")]
    Tokenizer {
        /// The `tokenizer.json`.
        path: PathBuf,
        /// Which expectation fails.
        reason: String,
    },
    /// Tokenising or arithmetic failed, although the folder was accepted.
    #[error("encoding failed: {0}")]
    Compute(String),
    /// A vector came out with NaN, infinity or length 0: the weights are damaged.
    #[error("the model gives NaN, infinity or zero for the text {text:?}; its weights are damaged")]
    NotFinite {
        /// The first characters of the text.
        text: String,
    },
    /// The model's tokenizer is of a kind that the browser's cannot follow. Take a model with a `WordPiece` tokenizer.
    #[error("no text encoder can be distilled from this model: {0}")]
    Distil(String),
    /// The run was cancelled. The resume file keeps every finished vector.
    #[error(transparent)]
    Interrupted(#[from] osusume_tables::Cancelled),
    /// There is nothing to encode: no item of the catalogue has a text.
    #[error("no item has a text; name its column, for instance --column text=Synopsis")]
    NoTexts,
    /// The resume file holds something else, so nothing is written to it. Name another file.
    #[error("{path}: not a resume file of this program; name another or remove it")]
    ResumeFile {
        /// The file.
        path: PathBuf,
    },
}

impl EncodeError {
    /// Stable token for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MissingFile { .. } => "encoder_missing_file",
            Self::Io { .. } => "io",
            Self::Config { .. } => "encoder_config",
            Self::NotBert { .. } => "encoder_not_bert",
            Self::Unsupported { .. } => "encoder_unsupported",
            Self::Pooling { .. } => "encoder_pooling",
            Self::Weights { .. } => "encoder_weights",
            Self::MissingTensor(_) => "encoder_missing_tensor",
            Self::Shape { .. } => "encoder_shape",
            Self::Tokenizer { .. } => "encoder_tokenizer",
            Self::Compute(_) => "encoder_compute",
            Self::NotFinite { .. } => "encoder_not_finite",
            Self::Distil(_) => "encoder_distil",
            Self::Interrupted(_) => "interrupted",
            Self::NoTexts => "encoder_no_texts",
            Self::ResumeFile { .. } => "resume_file",
        }
    }

    /// Wraps the system's error with the path it is about.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

impl From<candle_core::Error> for EncodeError {
    fn from(error: candle_core::Error) -> Self {
        Self::Compute(error.to_string())
    }
}
