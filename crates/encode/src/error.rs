//! The error of this crate: why a model folder was refused, or a text not encoded.
//! It imports nothing of the crate.

use std::path::{Path, PathBuf};

use osusume::Code;
use thiserror::Error;

/// Why a model folder was refused, or a text not encoded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The folder lacks a file that every model has. Download the model again, all of it.
    #[error("{path}: missing; the folder of a sentence transformer holds it")]
    MissingFile {
        /// The file that is missing.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// A JSON file of the folder is malformed, or a setting in it is out of range.
    #[error("{path}: {reason}")]
    Config {
        /// The file.
        path: PathBuf,
        /// The expectation that fails.
        reason: String,
    },
    /// The model is of another architecture. Take one with the `model_type` "bert" in its
    /// `config.json`.
    #[error("{path}: a model of type {found:?}, expected \"bert\"")]
    NotBert {
        /// The `config.json`.
        path: PathBuf,
        /// Its `model_type`; empty if it has none.
        found: String,
    },
    /// The model is a BERT with a part that this build does not compute. Its vectors would differ
    /// from those of its authors. Take another model.
    #[error("{path}: {setting} is {found:?}, expected {expected:?}")]
    Unsupported {
        /// The file with the setting.
        path: PathBuf,
        /// The setting.
        setting: &'static str,
        /// Its value.
        found: String,
        /// The one value that works.
        expected: &'static str,
    },
    /// The model does not pool its token vectors by their mean. Take a model that does.
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
        /// The error of the reader.
        reason: String,
    },
    /// The weights lack a tensor, because `config.json` belongs to another model. Download the
    /// model again.
    #[error("the weights have no tensor {0:?}; do they belong to this config.json?")]
    MissingTensor(String),
    /// A tensor does not have the shape that follows from `config.json`. Download the model again.
    #[error("tensor {tensor:?} has shape {found:?}, config.json says {expected:?}")]
    Shape {
        /// Its name in the file.
        tensor: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape that follows from `config.json`.
        expected: Vec<usize>,
    },
    /// `tokenizer.json` does not work with this model. Download the model again.
    #[error("{path}: {reason}")]
    Tokenizer {
        /// The `tokenizer.json`.
        path: PathBuf,
        /// The expectation that fails.
        reason: String,
    },
    /// The tokenizer or the arithmetic failed, although the folder was accepted.
    #[error("encoding failed: {0}")]
    Compute(String),
    /// A vector has NaN, an infinity or length 0, because the weights are damaged. Download the
    /// model again.
    #[error("the model gives NaN, infinity or zero for the text {text:?}; its weights are damaged")]
    NotFinite {
        /// The first characters of the text.
        text: String,
    },
    /// The browser cannot split texts as the model's tokenizer does. Take a model with a
    /// `WordPiece` tokenizer.
    #[error("no text encoder can be distilled from this model: {0}")]
    Distil(String),
    /// The run was cancelled. The resume file keeps every finished vector.
    #[error(transparent)]
    Interrupted(#[from] osusume_tables::Cancelled),
    /// There is nothing to encode: no item of the catalogue has a text.
    #[error("no item has a text; name its column, for instance --column text=Synopsis")]
    NoTexts,
    /// The file is not a resume file, so it is not overwritten. Name another file.
    #[error("{path}: not a resume file of this program; name another or remove it")]
    ResumeFile {
        /// The file.
        path: PathBuf,
    },
}

impl EncodeError {
    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::MissingFile { .. } => Code::EncoderMissingFile,
            Self::Io { .. } => Code::Io,
            Self::Config { .. } => Code::EncoderConfig,
            Self::NotBert { .. } => Code::EncoderNotBert,
            Self::Unsupported { .. } => Code::EncoderUnsupported,
            Self::Pooling { .. } => Code::EncoderPooling,
            Self::Weights { .. } => Code::EncoderWeights,
            Self::MissingTensor(_) => Code::EncoderMissingTensor,
            Self::Shape { .. } => Code::EncoderShape,
            Self::Tokenizer { .. } => Code::EncoderTokenizer,
            Self::Compute(_) => Code::EncoderCompute,
            Self::NotFinite { .. } => Code::EncoderNotFinite,
            Self::Distil(_) => Code::EncoderDistil,
            Self::Interrupted(_) => Code::Interrupted,
            Self::NoTexts => Code::EncoderNoTexts,
            Self::ResumeFile { .. } => Code::ResumeFile,
        }
    }

    /// Returns a function that adds `path` to an error of the operating system.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

impl From<candle_core::Error> for EncodeError {
    fn from(error: candle_core::Error) -> Self {
        Self::Compute(error.to_string())
    }
}
