//! A table of token vectors, distilled from the sentence transformer: a text's vector is the sum of its rows.
//! It imports the encoder and `encode_all`; the evaluation imports it.
//!
//! Each row starts from the transformer's vector of its piece alone. Frequent pieces start shorter (Arora,
//! Liang and Ma 2017, "A simple but tough-to-beat baseline for sentence embeddings", section 3: a / (a + p)).
//! Training then turns each sum towards the transformer's vector of the sentence, and towards the
//! sentences around it. Frequent words of several pieces, most of them names, have a row of their own
//! beside those of their pieces. `Model2Vec` (2024) is the published reference for tables of this kind. The
//! training here is on the catalogue's own sentences, and on others for words that these lack.

mod examples;
mod foldings;
mod sentences;
mod settings;
mod train;
mod vocabulary;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use osusume_tables::{Cancel, Provenance, TextTable, Vectors};

use crate::batch::encode_all;
use crate::encoder::Encoder;
use crate::error::EncodeError;
use crate::math::add;
use examples::{Examples, contexts};
use vocabulary::{Rows, Spelling, WordPiece, spelling, words};

pub use sentences::{Sentence, sentences, sentences_of};
pub use settings::Distil;

/// How often pieces and words stand in the sentences.
#[derive(Default)]
struct Uses {
    /// By the number of a piece, in all sentences.
    pieces: HashMap<u32, u32>,
    /// By a word of several pieces, in the sentences of texts.
    words: HashMap<String, u32>,
    /// The pieces that stand in a text.
    in_texts: HashSet<u32>,
}

impl Uses {
    /// Counts the uses in `sentences`, whose pieces are `pieces`.
    fn count(pieces: &[Vec<u32>], sentences: &[Sentence<'_>], spelling: &Spelling<'_>) -> Self {
        let mut uses = Self::default();
        for (pieces, sentence) in pieces.iter().zip(sentences) {
            for &piece in pieces {
                *uses.pieces.entry(piece).or_default() += 1;
            }
            if sentence.of.is_some() {
                uses.in_texts.extend(pieces);
                for word in words(pieces, spelling) {
                    *uses.words.entry(word).or_default() += 1;
                }
            }
        }
        uses
    }
}

/// The pieces and words that get a row, and the pieces that do not.
struct Chosen<'a> {
    /// Letters and number of each piece with a row, ascending.
    pieces: Vec<(&'a str, u32)>,
    /// Words with a row, ascending. Their rows follow those of the pieces.
    words: Vec<String>,
    /// Pieces without a row, ascending.
    others: Vec<String>,
}

impl<'a> Chosen<'a> {
    fn new(tokenizer: &'a WordPiece, uses: &Uses, settings: &Distil) -> Self {
        let is_mark = |piece: &str| !piece.chars().any(char::is_alphanumeric);
        let (mut pieces, mut others) = (Vec::new(), Vec::new());
        for (piece, &number) in &tokenizer.vocab {
            let count = uses.pieces.get(&number).copied().unwrap_or(0);
            let is_used = count >= settings.piece_uses || uses.in_texts.contains(&number);
            // Marks have no meaning, and a query has none.
            if is_used && *piece != tokenizer.unk_token && !is_mark(piece) {
                pieces.push((piece.as_str(), number));
            } else if *piece != tokenizer.unk_token {
                others.push(piece.clone());
            }
        }
        pieces.sort_unstable();
        others.sort_unstable();
        let is_frequent =
            |&(word, &count): &(&String, &u32)| count >= settings.word_uses && !is_mark(word);
        let mut words: Vec<String> =
            uses.words.iter().filter(is_frequent).map(|(word, _)| word.clone()).collect();
        words.sort_unstable();
        Self { pieces, words, others }
    }

    /// Returns the rows of the pieces and words.
    fn rows(&self) -> Rows {
        let words = self.words.iter().zip(self.pieces.len() as u32..);
        Rows {
            pieces: self.pieces.iter().zip(0..).map(|(&(_, number), row)| (number, row)).collect(),
            words: words.map(|(word, row)| (word.clone(), row)).collect(),
        }
    }

    /// Returns the number of uses of each row.
    fn uses(&self, uses: &Uses) -> Vec<u32> {
        let pieces = self.pieces.iter().map(|(_, number)| uses.pieces[number]);
        pieces.chain(self.words.iter().map(|word| uses.words[word])).collect()
    }

    /// Returns the values that the rows start training with: shorter for frequent pieces, zero for words.
    fn start(&self, rows: &Rows, uses: &[u32], alone: &Vectors, settings: &Distil) -> Vec<f32> {
        let dims = alone.dims;
        let mut values = vec![0.0; uses.len() * dims];
        let total: f32 = uses[..self.pieces.len()].iter().map(|&uses| uses as f32).sum();
        for (at, number) in alone.ids.iter().enumerate() {
            let Some(&row) = rows.pieces.get(number) else { continue };
            let row = row as usize;
            let share = uses[row] as f32 / total;
            let weight = settings.start * settings.rarity / (settings.rarity + share);
            let start = values[row * dims..][..dims].iter_mut().zip(alone.row(at));
            start.for_each(|(value, &alone)| *value = weight * alone);
        }
        values
    }
}

impl Encoder {
    /// Returns a table for this model's tokenizer, trained on `sentences` and their vectors `targets`.
    ///
    /// `alone` holds the model's vectors of pieces that are whole words, by the piece's number in the
    /// tokenizer. The same input gives the same bytes, on any number of threads. `progress` gets the
    /// steps done and their number. `cancel` ends the run after the current step.
    pub fn distil(
        &self,
        sentences: &[Sentence<'_>],
        targets: &Vectors,
        alone: &Vectors,
        settings: &Distil,
        progress: &mut dyn FnMut(usize, usize),
        cancel: &Cancel,
    ) -> Result<TextTable, EncodeError> {
        let tokenizer = self.word_piece()?;
        let spelling = spelling(&tokenizer.vocab, &tokenizer.continuing_subword_prefix);
        let pieces = sentences.iter().map(|sentence| self.pieces_of(sentence.text));
        let pieces = pieces.collect::<Result<Vec<_>, _>>()?;
        let counted = Uses::count(&pieces, sentences, &spelling);
        let chosen = Chosen::new(&tokenizer, &counted, settings);
        if chosen.pieces.is_empty() {
            return Err(EncodeError::NoTexts);
        }
        let (rows, uses) = (chosen.rows(), chosen.uses(&counted));
        let row_lists: Vec<_> = pieces.iter().map(|text| rows.of(text, &spelling)).collect();
        let dims = self.dims();
        let mut values = chosen.start(&rows, &uses, alone, settings);
        let contexts = contexts(sentences, &targets.values, dims);
        let examples =
            Examples { rows: &row_lists, targets: &targets.values, contexts: &contexts, dims };
        train::train(&mut values, &examples, settings, progress, cancel)?;
        let recipe = format!("token table distilled from: {}; {settings:?}", self.describe());
        let provenance = Provenance {
            data: format!("{} sentences", sentences.len()),
            recipe,
            seed: Some(settings.seed),
            ..Provenance::default()
        };
        let ids = (0..uses.len() as u32).collect();
        Ok(TextTable {
            vectors: Vectors { ids, dims, values, provenance },
            uses,
            pieces: chosen.pieces.into_iter().map(|(piece, _)| piece.to_owned()).collect(),
            others: chosen.others,
            words: chosen.words,
            prefix: tokenizer.continuing_subword_prefix.clone(),
            longest: tokenizer.max_input_chars_per_word,
            foldings: self.foldings()?,
        })
    }

    /// Returns the vectors of all pieces that are whole words, by their number in the tokenizer.
    ///
    /// It resumes, reports and stops as [`encode_all`] does.
    pub fn pieces_alone(
        &self,
        resume: &Path,
        progress: &mut dyn FnMut(usize, usize),
        cancel: &Cancel,
    ) -> Result<Vectors, EncodeError> {
        let WordPiece { vocab, continuing_subword_prefix: prefix, .. } = self.word_piece()?;
        let mut words: Vec<(u32, String)> = vocab
            .into_iter()
            .filter(|(piece, _)| !piece.starts_with(&prefix) && !piece.starts_with('['))
            .map(|(piece, number)| (number, piece))
            .collect();
        words.sort_unstable();
        encode_all(self, &words, resume, progress, cancel)
    }

    /// Returns the vectors of texts by `table`, before packing rounds its values.
    pub fn by_table(
        &self,
        table: &TextTable,
        texts: &[&str],
    ) -> Result<Vec<Vec<f32>>, EncodeError> {
        let WordPiece { vocab, continuing_subword_prefix, .. } = self.word_piece()?;
        let spelling = spelling(&vocab, &continuing_subword_prefix);
        let number = |(piece, row): (&String, u32)| vocab.get(piece).map(|&number| (number, row));
        let rows = Rows {
            pieces: table.pieces.iter().zip(0..).filter_map(number).collect(),
            words: table.words.iter().cloned().zip(table.pieces.len() as u32..).collect(),
        };
        let sum = |text: &&str| {
            let mut sum = vec![0.0; table.vectors.dims];
            for row in rows.of(&self.pieces_of(text)?, &spelling) {
                add(1.0, table.vectors.row(row as usize), &mut sum);
            }
            Ok(sum)
        };
        texts.iter().map(sum).collect()
    }
}
