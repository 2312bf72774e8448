//! Texts to sentence vectors: the forward pass of a BERT-type sentence transformer.
//!
//! A model is a Hugging Face folder, read as it is: `config.json`, `model.safetensors`, `tokenizer.json` and, where
//! present, `modules.json`, `sentence_bert_config.json` and the pooling folder. What this build cannot compute
//! exactly (another architecture, another pooling) is refused when the folder is opened.

mod batch;
mod bert;
mod distil;
mod eval;
mod folder;
mod rows;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use thiserror::Error;
use tokenizers::Tokenizer;

use osusume::internal::hex;

pub use batch::encode_all;
pub use distil::{Distil, Sentence, sentences, sentences_of};
pub use eval::{Answered, Bm25, HeldOut, Question, TextReport, items_held_out, sentences_held_out};

use bert::Bert;
use folder::Folder;

/// Part of every resume key. Raised whenever the same model and text would give other bits than before.
const REVISION: &[u8] = b"osusume encode 1";

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
            Self::NoTexts => "encoder_no_texts",
            Self::ResumeFile { .. } => "resume_file",
        }
    }

    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

impl From<candle_core::Error> for EncodeError {
    fn from(error: candle_core::Error) -> Self {
        Self::Compute(error.to_string())
    }
}

/// A sentence transformer in memory: text in, unit vector of [`Encoder::dims`] values out.
pub struct Encoder {
    tokenizer: Tokenizer,
    bert: Bert,
    lowercase: bool,
    max_tokens: usize,
    weights_sha: [u8; 32],
    identity: [u8; 32],
    /// One pool of one thread per core. Two threads on one text were slower than one (6/s against 14/s on two
    /// cores); one text on each core is not. The pools keep the matrix products off rayon's global pool.
    pools: Vec<rayon::ThreadPool>,
}

impl Encoder {
    /// Reads and checks the model in `folder`.
    ///
    /// Costs the size of its weights in memory; nothing is kept open.
    pub fn open(folder: &Path) -> Result<Self, EncodeError> {
        let folder = Folder::open(folder)?;
        let (tensors, weights_sha) = folder.weights()?;
        let bert = Bert::new(&folder.config, &tensors)?;
        let (tokenizer, tokenizer_sha) = folder.tokenizer()?;
        let mut identity = Sha256::new_with_prefix(REVISION);
        identity.update(weights_sha);
        identity.update(tokenizer_sha);
        identity.update(folder.config_sha);
        identity.update((folder.max_tokens as u64).to_le_bytes());
        identity.update([u8::from(folder.lowercase)]);
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let pool = |_| rayon::ThreadPoolBuilder::new().num_threads(1).build();
        Ok(Self {
            tokenizer,
            bert,
            lowercase: folder.lowercase,
            max_tokens: folder.max_tokens,
            weights_sha,
            identity: identity.finalize().into(),
            pools: (0..cores)
                .map(pool)
                .collect::<Result<_, _>>()
                .map_err(|e| EncodeError::Compute(e.to_string()))?,
        })
    }

    /// Values per vector.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.bert.dims()
    }

    /// Tokens of a text that are read, the special ones included; what follows is cut off.
    #[must_use]
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// SHA-256, in hexadecimal, of all that decides a vector: weights, tokenizer, settings and this code's revision.
    #[must_use]
    pub fn identity(&self) -> String {
        hex(&self.identity)
    }

    /// What the vectors are, for their provenance.
    #[must_use]
    pub fn describe(&self) -> String {
        format!(
            "BERT sentence transformer of {} layers (weights: SHA-256 {}), mean of the first {} tokens, unit length",
            self.bert.layers(),
            hex(&self.weights_sha),
            self.max_tokens
        )
    }

    /// Returns the unit vector of `text`: the mean of its token vectors, divided by its length.
    ///
    /// On one machine the bits depend on the model and the text alone, not on the number of threads. Processors with
    /// other caches or without fused multiply-add sum the matrix products differently: about 1e-7 a value.
    pub fn encode(&self, text: &str) -> Result<Vec<f32>, EncodeError> {
        match self.pools.first() {
            Some(pool) => pool.install(|| self.encode_here(text)),
            None => self.encode_here(text),
        }
    }

    /// [`Encoder::encode`] in the rayon pool of the calling thread.
    fn encode_here(&self, text: &str) -> Result<Vec<f32>, EncodeError> {
        let lowered = self.lowercase.then(|| text.to_lowercase());
        let tokens = self
            .tokenizer
            .encode_fast(lowered.as_deref().unwrap_or(text), true)
            .map_err(|e| EncodeError::Compute(e.to_string()))?;
        // One text without padding: the attention mask is all ones and the mean is over every token. What the mean
        // divides by is divided out again with the length.
        let mut vector = self.bert.sum_of_tokens(tokens.get_ids())?;
        let length = vector.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt() as f32;
        for v in &mut vector {
            *v /= length;
        }
        if vector.iter().all(|v| v.is_finite()) {
            Ok(vector)
        } else {
            Err(EncodeError::NotFinite { text: text.chars().take(60).collect() })
        }
    }
}
