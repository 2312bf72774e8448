//! The characters that a tokenizer replaces. With them the browser splits words as it does.
//! This file imports the encoder, whose tokenizer it runs.

use osusume::format::ITSELF;
use tokenizers::{OffsetReferential, OffsetType, PreTokenizer};

use crate::encoder::Encoder;
use crate::error::EncodeError;

impl Encoder {
    /// Returns the text that replaces each character between two letters.
    ///
    /// Consecutive characters with the same replacement are one range. Unchanged characters are
    /// left out.
    pub(super) fn foldings(&self) -> Result<Vec<(u32, u32, String)>, EncodeError> {
        let mut ranges: Vec<(u32, u32, String)> = Vec::new();
        let mut put = |from: u32, to: u32, folded: String| {
            if folded.chars().eq([ITSELF]) {
                return;
            }
            match ranges.last_mut() {
                Some((_, last, same)) if *last + 1 == from && *same == folded => *last = to,
                _ => ranges.push((from, to, folded)),
            }
        };
        for plane in (0..=0x10_u32).map(|plane| plane << 16) {
            // Most planes hold no characters or private ones. Two characters stand for all of them.
            let ends =
                [plane, plane + 0xffff].map(|at| char::from_u32(at).map(|c| self.folding(c)));
            if plane >= 0x4_0000
                && let [Some(first), Some(last)] = ends
                && let (first, last) = (first?, last?)
                && first == last
                && plane != 0xe_0000
            {
                put(plane, plane + 0xffff, first);
                continue;
            }
            for c in (plane..=plane + 0xffff).filter_map(char::from_u32) {
                put(c.into(), c.into(), self.folding(c)?);
            }
        }
        Ok(ranges)
    }

    /// Returns the text that replaces one character between two letters.
    fn folding(&self, c: char) -> Result<String, EncodeError> {
        let compute = |e: tokenizers::Error| EncodeError::Compute(e.to_string());
        let between = format!("a{c}a");
        let text = if self.lowercase { between.to_lowercase() } else { between };
        let mut text = tokenizers::NormalizedString::from(text);
        if let Some(normalizer) = self.tokenizer.get_normalizer() {
            tokenizers::Normalizer::normalize(normalizer, &mut text).map_err(compute)?;
        }
        let mut parts = tokenizers::PreTokenizedString::from(text);
        if let Some(splitter) = self.tokenizer.get_pre_tokenizer() {
            splitter.pre_tokenize(&mut parts).map_err(compute)?;
        }
        let splits = parts.get_splits(OffsetReferential::Normalized, OffsetType::Byte);
        let words: Vec<&str> = splits.iter().map(|(word, _, _)| *word).collect();
        let joined = words.join(" ");
        let inner = joined.strip_prefix('a').and_then(|rest| rest.strip_suffix('a'));
        let inner = inner.ok_or_else(|| {
            EncodeError::Distil(format!(
                "its tokenizer changes the letters around {c:?}: they become {joined:?}"
            ))
        })?;
        if (inner.contains(ITSELF) && c != ITSELF) || inner.contains('\n') {
            return Err(EncodeError::Distil(format!("its tokenizer keeps the character {c:?}")));
        }
        // In the result a space ends a word, so it cannot stand for itself.
        Ok(if c == ' ' {
            inner.to_owned()
        } else {
            inner.replace(c, ITSELF.encode_utf8(&mut [0; 4]))
        })
    }
}
