//! The sentence transformer: tokenizer and forward pass behind one call.
//! It imports the model folder and BERT; batches and distillation import it.

use std::path::Path;

use osusume::internal::hex;
use sha2::{Digest, Sha256};
use tokenizers::Tokenizer;

use crate::bert::Bert;
use crate::error::EncodeError;
use crate::folder::Folder;

/// Part of every resume key. A change of this code that changes bits of a vector must raise it.
const REVISION: &[u8] = b"osusume encode 1";

/// A sentence transformer in memory: it turns a text into a unit vector of [`Encoder::dims`]
/// values.
pub struct Encoder {
    pub(crate) tokenizer: Tokenizer,
    bert: Bert,
    pub(crate) lowercase: bool,
    max_tokens: usize,
    weights_sha: [u8; 32],
    pub(crate) identity: [u8; 32],
    /// One pool of one thread per core. Two threads on one text were slower than one (6/s against
    /// 14/s on two cores). One text on each core uses both. The pools keep the matrix products off
    /// rayon's global pool.
    pub(crate) pools: Vec<rayon::ThreadPool>,
}

impl Encoder {
    /// Reads and checks the model in `folder`.
    ///
    /// It takes the size of its weights in memory and keeps no file open.
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

    /// Returns the number of values per vector.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.bert.dims()
    }

    /// Returns the number of tokens read of a text, with special ones. The rest of a text is cut
    /// off.
    #[must_use]
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// Returns the SHA-256, in hexadecimal, of everything that decides a vector: weights,
    /// tokenizer, settings and the revision of this code.
    #[must_use]
    pub fn identity(&self) -> String {
        hex(&self.identity)
    }

    /// Returns a description of the vectors, for their provenance.
    #[must_use]
    pub fn describe(&self) -> String {
        format!(
            "BERT sentence transformer of {} layers (weights: SHA-256 {}), \
             mean of the first {} tokens, unit length",
            self.bert.layers(),
            hex(&self.weights_sha),
            self.max_tokens
        )
    }

    /// Returns the unit vector of `text`: the mean of its token vectors, divided by its length.
    ///
    /// On one machine the bits depend on the model and the text alone, not on the number of
    /// threads. Processors with other caches or without fused multiply-add sum the matrix products
    /// in another order, which changes a value by about 1e-7.
    pub fn encode(&self, text: &str) -> Result<Vec<f32>, EncodeError> {
        match self.pools.first() {
            Some(pool) => pool.install(|| self.encode_here(text)),
            None => self.encode_here(text),
        }
    }

    /// Does the same as [`Encoder::encode`], in the rayon pool of the calling thread.
    pub(crate) fn encode_here(&self, text: &str) -> Result<Vec<f32>, EncodeError> {
        let lowered = self.lowercase.then(|| text.to_lowercase());
        let tokens = self
            .tokenizer
            .encode_fast(lowered.as_deref().unwrap_or(text), true)
            .map_err(|e| EncodeError::Compute(e.to_string()))?;
        // One text has no padding: the attention mask is all ones and the mean is over every token.
        // The mean's divisor cancels out when the vector is divided by its length.
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
