//! About how long a distillation takes, measured on a few of its sentences before it starts.
//! It imports the encoder, the sentences and the vocabulary.

use std::time::{Duration, Instant};

use super::sentences::Sentence;
use crate::encoder::Encoder;
use crate::error::EncodeError;

/// Sentences that are encoded to measure the speed; spread over all, since lengths differ.
const SAMPLES: usize = 12;

/// An allowance for training, as a part of the time in which the sentences are encoded: both grow
/// with their number. It is a guess; encoding takes most of the time.
const TRAINING: f64 = 0.3;

impl Encoder {
    /// Returns about how long a distillation from these sentences takes on this machine, if no
    /// earlier run has encoded any of them. Encodes a few.
    pub fn forecast(&self, sentences: &[Sentence<'_>]) -> Result<Duration, EncodeError> {
        let step = (sentences.len() / SAMPLES).max(1);
        let seconds = |texts: &[&str]| -> Result<f64, EncodeError> {
            let start = Instant::now();
            for text in texts {
                self.encode(text)?;
            }
            Ok(start.elapsed().as_secs_f64() / texts.len().max(1) as f64)
        };
        let samples: Vec<&str> =
            sentences.iter().step_by(step).take(SAMPLES).map(|sentence| sentence.text).collect();
        let _ = seconds(&samples[..samples.len().min(2)])?; // the first texts warm up
        let (sentence, word) = (seconds(&samples)?, seconds(&["word"; 4])?);
        let words = self.word_piece()?.whole_words().count();
        let sentences = sentence * sentences.len() as f64 * (1.0 + TRAINING);
        let one_core = sentences + word * words as f64;
        Ok(Duration::from_secs_f64(one_core / self.pools.len().max(1) as f64))
    }
}
