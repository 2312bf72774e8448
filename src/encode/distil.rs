//! A table of token vectors, distilled from the sentence transformer: a text's vector becomes a sum of its pieces' vectors.
//!
//! Each piece starts from what the transformer makes of it alone, the frequent ones made small (Arora, Liang and Ma 2017, "A
//! simple but tough-to-beat baseline for sentence embeddings", section 3: a / (a + p)); then all of them are trained so that the
//! sum points where the transformer's vector of the whole sentence does. `Model2Vec` (2024) is the published reference for
//! tables of this kind; the training here is on the catalogue's own sentences.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use tokenizers::{OffsetReferential, OffsetType, PreTokenizer};

use super::{EncodeError, Encoder, encode_all};
use crate::format::ITSELF;
use crate::tables::{Provenance, TextTable, Vectors};

/// How a table is trained. The defaults were found by `osusume eval --protocol text`, see docs/QUALITY.md.
#[derive(Debug, Clone)]
pub struct Distil {
    /// Passes over all sentences.
    pub epochs: usize,
    /// Sentences a step.
    pub batch: usize,
    /// The first step size of Adam; it falls to 0 in a line.
    pub rate: f32,
    /// The length that a rare piece starts with.
    pub start: f32,
    /// The a of `a / (a + p)`.
    pub rarity: f32,
    /// Decides the order of the sentences.
    pub seed: u64,
}

impl Default for Distil {
    fn default() -> Self {
        Self { epochs: 15, batch: 128, rate: 0.005, start: 1.5, rarity: 5e-4, seed: 1 }
    }
}

/// Returns the sentences of a text that have at least four words.
#[must_use]
pub fn sentences(text: &str) -> Vec<&str> {
    /// Their full stop ends no sentence.
    const SHORT: [&str; 16] = [
        "Mr.", "Mrs.", "Ms.", "Dr.", "St.", "vs.", "No.", "Jr.", "Sr.", "Prof.", "Lt.", "Col.", "Gen.",
        "Sgt.", "Vol.", "etc.",
    ];
    let mut found = Vec::new();
    let mut start = 0;
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        if !matches!(c, '.' | '!' | '?' | '…') {
            continue;
        }
        let mut end = at + c.len_utf8();
        while let Some(&(at, c)) = rest.peek()
            && matches!(c, '.' | '!' | '?' | '…' | '"' | '\'' | '”' | '’' | ')' | ']')
        {
            end = at + c.len_utf8();
            rest.next();
        }
        let behind = &text[end..];
        let next = behind.trim_start();
        let begins = next
            .trim_start_matches(['"', '\'', '“', '‘', '(', '['])
            .starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
        let last = text[start..end].rsplit(char::is_whitespace).next().unwrap_or_default();
        let initial = last.chars().count() == 2 && last.starts_with(char::is_uppercase);
        if next.len() < behind.len() && begins && !initial && !SHORT.contains(&last) {
            found.push(text[start..end].trim());
            start = end;
        }
    }
    found.push(text[start..].trim());
    found.retain(|sentence| sentence.split_whitespace().count() >= 4);
    found
}

/// What of `tokenizer.json` decides how words fall into pieces.
#[derive(Deserialize)]
struct Settings {
    model: WordPiece,
}

#[derive(Deserialize)]
struct WordPiece {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    vocab: HashMap<String, u32>,
    #[serde(default)]
    continuing_subword_prefix: String,
    #[serde(default)]
    max_input_chars_per_word: u32,
    #[serde(default)]
    unk_token: String,
}

impl Encoder {
    /// Returns a table for this model's tokenizer, trained on `sentences` and their vectors by this model.
    ///
    /// `alone` holds what the model makes of pieces that are whole words, by the piece's number in the tokenizer. One thread; the
    /// same input gives the same bytes. `progress` gets the steps done and their number.
    pub fn distil(
        &self,
        sentences: &[&str],
        targets: &Vectors,
        alone: &Vectors,
        settings: &Distil,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<TextTable, EncodeError> {
        let WordPiece { vocab, continuing_subword_prefix, max_input_chars_per_word, unk_token, .. } =
            self.word_piece()?;
        let texts = sentences.iter().map(|text| self.pieces_of(text)).collect::<Result<Vec<_>, _>>()?;
        let mut uses = vec![0_u32; vocab.values().max().map_or(0, |&most| most as usize + 1)];
        for &piece in texts.iter().flatten() {
            uses[piece as usize] += 1;
        }
        let is_mark = |piece: &str| !piece.chars().any(char::is_alphanumeric);
        let mut known: Vec<(&str, u32)> = Vec::new();
        let mut others: Vec<String> = Vec::new();
        for (piece, &number) in &vocab {
            // Marks say nothing, and a query has none.
            if uses[number as usize] > 0 && *piece != unk_token && !is_mark(piece) {
                known.push((piece, number));
            } else if *piece != unk_token {
                others.push(piece.clone());
            }
        }
        known.sort_unstable();
        others.sort_unstable();
        if known.is_empty() {
            return Err(EncodeError::NoTexts);
        }
        let rows: HashMap<u32, u32> =
            known.iter().zip(0..).map(|(&(_, number), row)| (number, row)).collect();
        let rowed = |pieces: &Vec<u32>| pieces.iter().filter_map(|piece| rows.get(piece).copied()).collect();
        let texts: Vec<Vec<u32>> = texts.iter().map(rowed).collect();
        let uses: Vec<u32> = known.iter().map(|&(_, number)| uses[number as usize]).collect();

        let dims = self.dims();
        let mut values = vec![0.0; known.len() * dims];
        let total: f32 = uses.iter().map(|&uses| uses as f32).sum();
        for (at, number) in alone.ids.iter().enumerate() {
            let Some(&row) = rows.get(number) else { continue };
            let row = row as usize;
            let weight = settings.start * settings.rarity / (settings.rarity + uses[row] as f32 / total);
            let start = values[row * dims..][..dims].iter_mut().zip(alone.row(at));
            start.for_each(|(value, &alone)| *value = weight * alone);
        }
        train(&mut values, &texts, &targets.values, dims, settings, progress);
        let rows = known.len();
        Ok(TextTable {
            vectors: Vectors {
                ids: (0..rows as u32).collect(),
                dims,
                values,
                provenance: Provenance {
                    data: format!("{} sentences", sentences.len()),
                    recipe: format!("token table distilled from: {}; {settings:?}", self.describe()),
                    seed: Some(settings.seed),
                    ..Provenance::default()
                },
            },
            uses,
            pieces: known.into_iter().map(|(piece, _)| piece.to_owned()).collect(),
            others,
            prefix: continuing_subword_prefix,
            longest: max_input_chars_per_word,
            foldings: self.foldings()?,
        })
    }

    /// Returns the vectors of all pieces that are whole words, by their number in the tokenizer; as [`encode_all`] does.
    pub fn pieces_alone(
        &self,
        resume: &Path,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vectors, EncodeError> {
        let WordPiece { vocab, continuing_subword_prefix: prefix, .. } = self.word_piece()?;
        let mut words: Vec<(u32, String)> = vocab
            .into_iter()
            .filter(|(piece, _)| !piece.starts_with(&prefix) && !piece.starts_with('['))
            .map(|(piece, number)| (number, piece))
            .collect();
        words.sort_unstable();
        encode_all(self, &words, resume, progress)
    }

    fn word_piece(&self) -> Result<WordPiece, EncodeError> {
        let compute = |e: &dyn std::fmt::Display| EncodeError::Compute(e.to_string());
        let json = self.tokenizer.to_string(false).map_err(|e| compute(&e))?;
        let Settings { model } = serde_json::from_str(&json).map_err(|e| compute(&e))?;
        if model.r#type == "WordPiece" && !model.continuing_subword_prefix.is_empty() {
            Ok(model)
        } else {
            Err(EncodeError::Distil(format!(
                "its tokenizer is of the kind {:?}, not WordPiece",
                model.r#type
            )))
        }
    }

    /// The numbers of a text's pieces, without special ones.
    fn pieces_of(&self, text: &str) -> Result<Vec<u32>, EncodeError> {
        let lowered = self.lowercase.then(|| text.to_lowercase());
        let tokens = self.tokenizer.encode_fast(lowered.as_deref().unwrap_or(text), false);
        Ok(tokens.map_err(|e| EncodeError::Compute(e.to_string()))?.get_ids().to_vec())
    }

    /// What the tokenizer makes of each character between two letters, as ranges of characters with the same outcome: what
    /// stays as it is, is left out.
    fn foldings(&self) -> Result<Vec<(u32, u32, String)>, EncodeError> {
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
            // Most planes hold no characters, or private ones: one of them speaks for all.
            let ends = [plane, plane + 0xffff].map(|at| char::from_u32(at).map(|c| self.folding(c)));
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
                "its tokenizer makes {joined:?} of the letter {c:?} between two others"
            ))
        })?;
        if (inner.contains(ITSELF) && c != ITSELF) || inner.contains('\n') {
            return Err(EncodeError::Distil(format!("its tokenizer keeps the character {c:?}")));
        }
        // A space ends a word, and is not itself.
        Ok(if c == ' ' { inner.to_owned() } else { inner.replace(c, ITSELF.encode_utf8(&mut [0; 4])) })
    }
}

/// Adam on `1 − cosine` of the sum of a text's rows and its target (Kingma and Ba 2015); of each step the rows that it touches.
fn train(
    values: &mut [f32],
    texts: &[Vec<u32>],
    targets: &[f32],
    dims: usize,
    settings: &Distil,
    progress: &mut dyn FnMut(usize, usize),
) {
    let mut order: Vec<usize> = (0..texts.len()).filter(|&at| !texts[at].is_empty()).collect();
    let rows = values.len() / dims;
    let (mut first, mut second) = (vec![0.0_f32; values.len()], vec![0.0_f32; values.len()]);
    let mut times = vec![0_i32; rows];
    let mut slope = vec![0.0_f32; values.len()];
    let mut is_touched = vec![false; rows];
    let batch = settings.batch.min(order.len()).max(1);
    let steps = settings.epochs * (order.len() / batch);
    let mut state = settings.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut below = |n: usize| {
        // xorshift64 (Marsaglia 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((u128::from(state) * n as u128) >> 64) as usize
    };
    let mut step = 0;
    for _ in 0..settings.epochs {
        for at in (1..order.len()).rev() {
            order.swap(at, below(at + 1));
        }
        for batch in order.chunks_exact(batch) {
            let rate = settings.rate * (1.0 - step as f32 / steps as f32);
            let mut touched = Vec::new();
            for &at in batch {
                let mut sum = vec![0.0_f32; dims];
                for &row in &texts[at] {
                    add(1.0, &values[row as usize * dims..][..dims], &mut sum);
                }
                let target = &targets[at * dims..][..dims];
                let length = dot(&sum, &sum).sqrt().max(1e-6);
                let cosine = dot(&sum, target) / length;
                // d(1 − cos) / d sum.
                let share = 1.0 / (length * batch.len() as f32);
                for (sum, &target) in sum.iter_mut().zip(target) {
                    *sum = share * (cosine * *sum / length - target);
                }
                for &row in &texts[at] {
                    let row = row as usize;
                    if !std::mem::replace(&mut is_touched[row], true) {
                        touched.push(row);
                    }
                    add(1.0, &sum, &mut slope[row * dims..][..dims]);
                }
            }
            for row in touched {
                is_touched[row] = false;
                times[row] += 1;
                let (bias1, bias2) = (1.0 - 0.9_f32.powi(times[row]), 1.0 - 0.999_f32.powi(times[row]));
                let part = row * dims..(row + 1) * dims;
                let moments = first[part.clone()].iter_mut().zip(&mut second[part.clone()]);
                let both = values[part.clone()].iter_mut().zip(&mut slope[part]);
                for ((value, slope), (first, second)) in both.zip(moments) {
                    *first = 0.9 * *first + 0.1 * *slope;
                    *second = 0.999 * *second + 0.001 * *slope * *slope;
                    *value -= rate * (*first / bias1) / ((*second / bias2).sqrt() + 1e-8);
                    *slope = 0.0;
                }
            }
            step += 1;
            progress(step, steps);
        }
    }
}

fn add(by: f32, from: &[f32], to: &mut [f32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += by * from);
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 16];
    let (chunks, rest) = (a.chunks_exact(16).zip(b.chunks_exact(16)), a.len() / 16 * 16);
    for (a, b) in chunks {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f32>() + a[rest..].iter().zip(&b[rest..]).map(|(a, b)| a * b).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fall_into_sentences() {
        let text = "Mr. Sato met J. Doe at noon. \"Who are you?\" he asked… Then it was over! Gone (for good). 3 years passed by then.";
        assert_eq!(
            sentences(text),
            [
                "Mr. Sato met J. Doe at noon.",
                "\"Who are you?\" he asked…",
                "Then it was over!",
                "3 years passed by then."
            ],
        );
        assert_eq!(sentences("too short"), [""; 0]);
        assert_eq!(sentences("no full stop at all"), ["no full stop at all"]);
    }

    #[test]
    fn sums_learn_to_point_where_they_should() {
        let dims = 20;
        let axis = |at: usize| (0..dims).map(move |d| f32::from(u8::from(d == at)));
        // Rows 0 and 1 together mean the axis 3, row 1 alone the axis 4.
        let texts = vec![vec![0, 1], vec![1]];
        let targets: Vec<f32> = axis(3).chain(axis(4)).collect();
        let settings = Distil { epochs: 400, batch: 2, rate: 0.05, ..Distil::default() };
        let run = || {
            let mut values: Vec<f32> = (0..2 * dims).map(|at| (at % 7) as f32 * 0.01).collect();
            train(&mut values, &texts, &targets, dims, &settings, &mut |_, _| {});
            values
        };
        let values = run();
        let sum: Vec<f32> = values[..dims].iter().zip(&values[dims..]).map(|(a, b)| a + b).collect();
        let cosine = |v: &[f32], axis: usize| v[axis] / dot(v, v).sqrt();
        assert!(cosine(&sum, 3) > 0.99 && cosine(&values[dims..], 4) > 0.99, "{values:?}");
        assert_eq!(values, run(), "the same bytes");
    }
}
