//! A table of token vectors, distilled from the sentence transformer: a text's vector becomes a sum of its pieces' vectors.
//!
//! Each piece starts from what the transformer makes of it alone, the frequent ones made small (Arora, Liang and Ma 2017, "A
//! simple but tough-to-beat baseline for sentence embeddings", section 3: a / (a + p)); then all of them are trained so that the
//! sum points where the transformer's vector of the whole sentence does, and towards the sentences around it. Frequent words of
//! several pieces, most of them names, have a vector beside their pieces'. `Model2Vec` (2024) is the published reference for
//! tables of this kind; the training here is on the catalogue's own sentences, and on others for the words that these lack.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde::Deserialize;
use tokenizers::{OffsetReferential, OffsetType, PreTokenizer};

use super::{EncodeError, Encoder, encode_all};
use osusume::format::ITSELF;
use osusume_tables::{Provenance, TextTable, Vectors};

/// How a table is trained. The defaults were found by `osusume eval --protocol text`, see docs/QUALITY.md.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    /// How often a word of several pieces stands in sentences of texts to get a vector of its own.
    pub word_uses: u32,
    /// How often a piece that no text has stands in the other sentences to get a vector.
    pub piece_uses: u32,
    /// How much a sentence learns from those around it, beside the transformer's vector of it: the slope of that loss times the
    /// temperature has this weight.
    pub context: f32,
    /// What the cosines with other texts' sentences are divided by for that.
    pub temperature: f32,
}

impl Default for Distil {
    fn default() -> Self {
        Self {
            epochs: 12,
            batch: 256,
            rate: 0.005,
            start: 1.5,
            rarity: 5e-4,
            seed: 1,
            word_uses: 4,
            piece_uses: 3,
            context: 0.7,
            temperature: 0.05,
        }
    }
}

/// A sentence to learn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentence<'a> {
    /// The sentence.
    pub text: &'a str,
    /// The number of the text that it is from, where others are from the same.
    pub of: Option<u32>,
}

/// Returns the sentences of a text that have at least four words.
#[must_use]
pub fn sentences(text: &str) -> Vec<&str> {
    /// Their full stop ends no sentence.
    const SHORT: [&str; 16] = [
        "Mr.", "Mrs.", "Ms.", "Dr.", "St.", "vs.", "No.", "Jr.", "Sr.", "Prof.", "Lt.", "Col.",
        "Gen.", "Sgt.", "Vol.", "etc.",
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

/// Returns the sentences of all texts, each with the position of its text.
#[must_use]
pub fn sentences_of(texts: &[(u32, String)]) -> Vec<Sentence<'_>> {
    let mut all = Vec::new();
    for (of, (_, text)) in (0..).zip(texts) {
        all.extend(sentences(text).into_iter().map(|text| Sentence { text, of: Some(of) }));
    }
    all
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

/// Which rows a text's vector is the sum of.
struct Rows {
    pieces: HashMap<u32, u32>,
    words: HashMap<String, u32>,
}

impl Rows {
    /// Returns the rows of a text by its pieces; `spelled` has each piece of the tokenizer, and whether it goes on with a word.
    fn of(&self, pieces: &[u32], spelled: &HashMap<u32, (&str, bool)>) -> Vec<u32> {
        let mut rows: Vec<u32> =
            pieces.iter().filter_map(|piece| self.pieces.get(piece).copied()).collect();
        rows.extend(words(pieces, spelled).iter().filter_map(|word| self.words.get(word).copied()));
        rows
    }
}

/// Returns the words of several pieces.
fn words(pieces: &[u32], spelled: &HashMap<u32, (&str, bool)>) -> Vec<String> {
    let goes_on = |piece: &u32| spelled.get(piece).is_some_and(|(_, goes_on)| *goes_on);
    let several = pieces.chunk_by(|_, next| goes_on(next)).filter(|word| word.len() > 1);
    several
        .map(|word| {
            word.iter()
                .filter_map(|piece| spelled.get(piece))
                .map(|(letters, _)| *letters)
                .collect()
        })
        .collect()
}

/// Each piece's letters, and whether it goes on with a word.
fn spelled<'a>(vocab: &'a HashMap<String, u32>, prefix: &str) -> HashMap<u32, (&'a str, bool)> {
    let spell = |piece: &'a str| {
        piece.strip_prefix(prefix).map_or((piece, false), |letters| (letters, true))
    };
    vocab.iter().map(|(piece, &number)| (number, spell(piece))).collect()
}

impl Encoder {
    /// Returns a table for this model's tokenizer, trained on `sentences` and their vectors by this model.
    ///
    /// `alone` holds what the model makes of pieces that are whole words, by the piece's number in the tokenizer. The
    /// same input gives the same bytes, on any number of threads. `progress` gets the steps done and their number.
    pub fn distil(
        &self,
        sentences: &[Sentence<'_>],
        targets: &Vectors,
        alone: &Vectors,
        settings: &Distil,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<TextTable, EncodeError> {
        let WordPiece {
            vocab, continuing_subword_prefix, max_input_chars_per_word, unk_token, ..
        } = self.word_piece()?;
        let spelled = spelled(&vocab, &continuing_subword_prefix);
        let texts = sentences
            .iter()
            .map(|sentence| self.pieces_of(sentence.text))
            .collect::<Result<Vec<_>, _>>()?;
        let mut piece_uses: HashMap<u32, u32> = HashMap::new();
        let mut word_uses: HashMap<String, u32> = HashMap::new();
        let mut in_texts: HashSet<u32> = HashSet::new();
        for (text, sentence) in texts.iter().zip(sentences) {
            for &piece in text {
                *piece_uses.entry(piece).or_default() += 1;
            }
            if sentence.of.is_some() {
                in_texts.extend(text);
                for word in words(text, &spelled) {
                    *word_uses.entry(word).or_default() += 1;
                }
            }
        }
        let is_mark = |piece: &str| !piece.chars().any(char::is_alphanumeric);
        let mut pieces: Vec<(&str, u32)> = Vec::new();
        let mut others: Vec<String> = Vec::new();
        for (piece, &number) in &vocab {
            let uses = piece_uses.get(&number).copied().unwrap_or(0);
            let is_used = uses >= settings.piece_uses || in_texts.contains(&number);
            // Marks say nothing, and a query has none.
            if is_used && *piece != unk_token && !is_mark(piece) {
                pieces.push((piece, number));
            } else if *piece != unk_token {
                others.push(piece.clone());
            }
        }
        pieces.sort_unstable();
        others.sort_unstable();
        let mut words: Vec<String> = word_uses
            .iter()
            .filter(|&(word, &uses)| uses >= settings.word_uses && !is_mark(word))
            .map(|(word, _)| word.clone())
            .collect();
        words.sort_unstable();
        if pieces.is_empty() {
            return Err(EncodeError::NoTexts);
        }
        let uses: Vec<u32> = pieces
            .iter()
            .map(|(_, number)| piece_uses[number])
            .chain(words.iter().map(|word| word_uses[word]))
            .collect();
        let rows = Rows {
            pieces: pieces.iter().zip(0..).map(|(&(_, number), row)| (number, row)).collect(),
            words: words
                .iter()
                .zip(pieces.len() as u32..)
                .map(|(word, row)| (word.clone(), row))
                .collect(),
        };
        let texts: Vec<Vec<u32>> = texts.iter().map(|text| rows.of(text, &spelled)).collect();

        let dims = self.dims();
        let mut values = vec![0.0; uses.len() * dims];
        let total: f32 = uses[..pieces.len()].iter().map(|&uses| uses as f32).sum();
        for (at, number) in alone.ids.iter().enumerate() {
            let Some(&row) = rows.pieces.get(number) else { continue };
            let row = row as usize;
            let weight =
                settings.start * settings.rarity / (settings.rarity + uses[row] as f32 / total);
            let start = values[row * dims..][..dims].iter_mut().zip(alone.row(at));
            start.for_each(|(value, &alone)| *value = weight * alone);
        }
        let lesson = Lesson {
            texts: &texts,
            targets: &targets.values,
            contexts: &contexts(sentences, &targets.values, dims),
            dims,
        };
        train(&mut values, &lesson, settings, progress);
        Ok(TextTable {
            vectors: Vectors {
                ids: (0..uses.len() as u32).collect(),
                dims,
                values,
                provenance: Provenance {
                    data: format!("{} sentences", sentences.len()),
                    recipe: format!(
                        "token table distilled from: {}; {settings:?}",
                        self.describe()
                    ),
                    seed: Some(settings.seed),
                    ..Provenance::default()
                },
            },
            uses,
            pieces: pieces.into_iter().map(|(piece, _)| piece.to_owned()).collect(),
            others,
            words,
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

    /// Returns the vectors of texts by `table`, before anything is rounded.
    pub fn by_table(
        &self,
        table: &TextTable,
        texts: &[&str],
    ) -> Result<Vec<Vec<f32>>, EncodeError> {
        let WordPiece { vocab, continuing_subword_prefix, .. } = self.word_piece()?;
        let spelled = spelled(&vocab, &continuing_subword_prefix);
        let number = |(piece, row): (&String, u32)| vocab.get(piece).map(|&number| (number, row));
        let rows = Rows {
            pieces: table.pieces.iter().zip(0..).filter_map(number).collect(),
            words: table.words.iter().cloned().zip(table.pieces.len() as u32..).collect(),
        };
        let sum = |text: &&str| {
            let mut sum = vec![0.0; table.vectors.dims];
            for row in rows.of(&self.pieces_of(text)?, &spelled) {
                add(1.0, table.vectors.row(row as usize), &mut sum);
            }
            Ok(sum)
        };
        texts.iter().map(sum).collect()
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
        Ok(if c == ' ' {
            inner.to_owned()
        } else {
            inner.replace(c, ITSELF.encode_utf8(&mut [0; 4]))
        })
    }
}

/// Returns for each sentence the unit vector of the others of its text, or zeros where there is none.
fn contexts(sentences: &[Sentence<'_>], targets: &[f32], dims: usize) -> Vec<f32> {
    let mut sums: HashMap<u32, Vec<f32>> = HashMap::new();
    for (sentence, target) in sentences.iter().zip(targets.chunks_exact(dims)) {
        if let Some(of) = sentence.of {
            add(1.0, target, sums.entry(of).or_insert_with(|| vec![0.0; dims]));
        }
    }
    let mut contexts = Vec::with_capacity(targets.len());
    for (sentence, target) in sentences.iter().zip(targets.chunks_exact(dims)) {
        let mut others = sentence.of.map_or_else(|| vec![0.0; dims], |of| sums[&of].clone());
        if sentence.of.is_some() {
            add(-1.0, target, &mut others);
        }
        let length = dot(&others, &others).sqrt();
        // What is left of a text of one sentence is what the subtraction rounds.
        let scale = if length > 1e-3 { 1.0 / length } else { 0.0 };
        contexts.extend(others.iter().map(|v| v * scale));
    }
    contexts
}

/// What is learned from: for each text its rows, its vector by the transformer and the vector of what stands around it.
struct Lesson<'a> {
    texts: &'a [Vec<u32>],
    targets: &'a [f32],
    contexts: &'a [f32],
    dims: usize,
}

impl Lesson<'_> {
    fn target(&self, at: usize) -> &[f32] {
        &self.targets[at * self.dims..][..self.dims]
    }

    /// What stands around a text, if anything does.
    fn context(&self, at: usize) -> Option<&[f32]> {
        let context = &self.contexts[at * self.dims..][..self.dims];
        context.iter().any(|&v| v != 0.0).then_some(context)
    }

    /// The slope of the loss at `unit`, the direction of the sum of text `at`'s rows: of `1 − cosine` with the target, and of the
    /// cross-entropy of finding its own context by the cosine among all of the batch.
    fn slope(&self, at: usize, unit: &[f32], batch: &[usize], settings: &Distil) -> Vec<f32> {
        let mut slope: Vec<f32> = self.target(at).iter().map(|target| -target).collect();
        if settings.context > 0.0 && self.context(at).is_some() {
            let contexts = batch.iter().filter_map(|&other| Some((other, self.context(other)?)));
            let scored: Vec<(usize, &[f32], f32)> = contexts
                .map(|(other, context)| (other, context, dot(unit, context) / settings.temperature))
                .collect();
            let most = scored.iter().fold(f32::MIN, |most, scored| most.max(scored.2));
            let total: f32 = scored.iter().map(|scored| (scored.2 - most).exp()).sum();
            for (other, context, score) in scored {
                let own = f32::from(u8::from(other == at));
                let share = (score - most).exp() / total - own;
                // Most are far away; all of those together weigh less than a hundredth.
                if share.abs() > 1e-5 {
                    add(settings.context * share, context, &mut slope);
                }
            }
        }
        slope
    }

    /// The length of the sum of text `at`'s rows, and the slope of the loss at the sum, times that length.
    fn learn(
        &self,
        at: usize,
        values: &[f32],
        batch: &[usize],
        settings: &Distil,
    ) -> (f32, Vec<f32>) {
        let mut unit = vec![0.0_f32; self.dims];
        for &row in &self.texts[at] {
            add(1.0, &values[row as usize * self.dims..][..self.dims], &mut unit);
        }
        let length = dot(&unit, &unit).sqrt().max(1e-6);
        for v in &mut unit {
            *v /= length;
        }
        let mut slope = self.slope(at, &unit, batch, settings);
        // Only what changes the direction changes the loss.
        let along = dot(&slope, &unit);
        add(-along, &unit, &mut slope);
        (length, slope)
    }
}

/// Adam (Kingma and Ba 2015); of each step the rows that it touches.
///
/// That a text is also to find what stands around it is the inverse cloze task of Lee, Chang and Toutanova 2019, "Latent retrieval
/// for weakly supervised open domain question answering", section 4; the vectors of the contexts stay the transformer's.
fn train(
    values: &mut [f32],
    lesson: &Lesson<'_>,
    settings: &Distil,
    progress: &mut dyn FnMut(usize, usize),
) {
    let (texts, dims) = (lesson.texts, lesson.dims);
    let mut order: Vec<usize> = (0..texts.len()).filter(|&at| !texts[at].is_empty()).collect();
    let rows = values.len() / dims;
    let (mut first, mut second) = (vec![0.0_f32; values.len()], vec![0.0_f32; values.len()]);
    let mut times = vec![0_i32; rows];
    let mut slope = vec![0.0_f32; values.len()];
    let mut is_touched = vec![false; rows];
    let batch = settings.batch.min(order.len()).max(1);
    let steps = settings.epochs * (order.len() / batch);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut random = Random::new(settings.seed);
    let mut step = 0;
    for _ in 0..settings.epochs {
        random.shuffle(&mut order);
        for batch in order.chunks_exact(batch) {
            let rate = settings.rate * (1.0 - step as f32 / steps as f32);
            let mut touched = Vec::new();
            // Each text's slope is the same on whichever thread; they are added up in order.
            let now = &*values;
            let learn = |part: &[usize]| -> Vec<(f32, Vec<f32>)> {
                part.iter().map(|&at| lesson.learn(at, now, batch, settings)).collect()
            };
            let learned: Vec<(f32, Vec<f32>)> = std::thread::scope(|scope| {
                let parts: Vec<_> = batch
                    .chunks(batch.len().div_ceil(threads))
                    .map(|part| scope.spawn(move || learn(part)))
                    .collect();
                parts.into_iter().filter_map(|part| part.join().ok()).flatten().collect()
            });
            for (&at, (length, own)) in batch.iter().zip(learned) {
                let share = 1.0 / (length * batch.len() as f32);
                for &row in &texts[at] {
                    let row = row as usize;
                    if !std::mem::replace(&mut is_touched[row], true) {
                        touched.push(row);
                    }
                    add(share, &own, &mut slope[row * dims..][..dims]);
                }
            }
            for row in touched {
                is_touched[row] = false;
                times[row] += 1;
                let (bias1, bias2) =
                    (1.0 - 0.9_f32.powi(times[row]), 1.0 - 0.999_f32.powi(times[row]));
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

/// xorshift64 (Marsaglia 2003).
pub(super) struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn shuffle<T>(&mut self, order: &mut [T]) {
        for at in (1..order.len()).rev() {
            order.swap(at, self.below(at + 1));
        }
    }

    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((u128::from(self.0) * n as u128) >> 64) as usize
    }
}

fn add(by: f32, from: &[f32], to: &mut [f32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += by * from);
}

pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
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
        let texts = [vec![0, 1], vec![1]];
        let targets: Vec<f32> = axis(3).chain(axis(4)).collect();
        let settings = Distil { epochs: 400, batch: 2, rate: 0.05, ..Distil::default() };
        let run = |contexts: &[f32]| {
            let mut values: Vec<f32> = (0..2 * dims).map(|at| (at % 7) as f32 * 0.01).collect();
            let lesson = Lesson { texts: &texts, targets: &targets, contexts, dims };
            train(&mut values, &lesson, &settings, &mut |_, _| {});
            values
        };
        let values = run(&vec![0.0; 2 * dims]);
        let sum = |values: &[f32]| -> Vec<f32> {
            values[..dims].iter().zip(&values[dims..]).map(|(a, b)| a + b).collect()
        };
        let cosine = |v: &[f32], axis: usize| v[axis] / dot(v, v).sqrt();
        assert!(cosine(&sum(&values), 3) > 0.99 && cosine(&values[dims..], 4) > 0.99, "{values:?}");
        assert_eq!(values, run(&vec![0.0; 2 * dims]), "the same bytes");
        // Where both also look for what stands around them, they turn to it and away from each other's.
        let values = run(&axis(5).chain(axis(6)).collect::<Vec<f32>>());
        let (both, one) = (sum(&values), &values[dims..]);
        let turned = [cosine(&both, 5), -cosine(&both, 6), cosine(one, 6), -cosine(one, 5)];
        assert!(turned.iter().all(|&turned| turned > 0.02), "{turned:?}");
        assert!(cosine(&both, 3) > 0.5 && cosine(one, 4) > 0.5);
    }

    #[test]
    fn the_slope_is_that_of_the_loss() {
        let dims = 16;
        let unit = |from: usize| -> Vec<f32> {
            let v: Vec<f32> = (0..dims).map(|d| ((from * 31 + d * 17) % 13) as f32 - 6.0).collect();
            let length = dot(&v, &v).sqrt();
            v.iter().map(|v| v / length).collect()
        };
        let targets: Vec<f32> = (0..3).flat_map(unit).collect();
        let contexts: Vec<f32> = (3..5).flat_map(unit).chain(vec![0.0; dims]).collect();
        let lesson = Lesson { texts: &[], targets: &targets, contexts: &contexts, dims };
        let settings = Distil { context: 0.7, temperature: 0.5, ..Distil::default() };
        let loss = |at: usize, u: &[f32]| {
            let scores =
                [0, 1].map(|other| dot(u, lesson.context(other).unwrap()) / settings.temperature);
            let total: f32 = scores.iter().map(|score| score.exp()).sum();
            let found = if at == 2 {
                0.0
            } else {
                settings.context * settings.temperature * (total.ln() - scores[at])
            };
            1.0 - dot(u, lesson.target(at)) + found
        };
        for at in 0..3 {
            let u = unit(7);
            let slope = lesson.slope(at, &u, &[0, 1, 2], &settings);
            for (d, slope) in slope.into_iter().enumerate() {
                let moved = |by: f32| {
                    loss(
                        at,
                        &u.iter()
                            .enumerate()
                            .map(|(at, v)| v + by * f32::from(u8::from(at == d)))
                            .collect::<Vec<_>>(),
                    )
                };
                let want = (moved(1e-2) - moved(-1e-2)) / 2e-2;
                assert!((slope - want).abs() < 2e-3, "{at} {d}: {slope} {want}");
            }
        }
    }

    #[test]
    fn contexts_are_the_other_sentences() {
        let sentence = |of| Sentence { text: "", of };
        let sentences = [Some(4), None, Some(4), Some(5), Some(4)].map(sentence);
        let targets = [1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0];
        let half = std::f32::consts::FRAC_1_SQRT_2;
        let want = [0.0, 1.0, 0.0, 0.0, half, half, 0.0, 0.0, half, half];
        let found = contexts(&sentences, &targets, 2);
        assert!(
            found.iter().zip(want).all(|(found, want)| (found - want).abs() < 1e-6),
            "{found:?}"
        );
    }
}
