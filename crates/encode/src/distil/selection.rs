//! Selects the pieces and words that get a row in the table.
//! It imports the vocabulary, the sentences and the settings.

use std::collections::{HashMap, HashSet};

use osusume_tables::Vectors;

use super::sentences::Sentence;
use super::settings::Distil;
use super::vocabulary::{Spelling, TableRows, WordPiece, words};

/// How often pieces and words occur in the sentences.
#[derive(Default)]
pub(super) struct UseCounts {
    /// By the number of a piece: its uses in all sentences.
    pieces: HashMap<u32, u32>,
    /// By a word of several pieces: its uses in the sentences of texts.
    words: HashMap<String, u32>,
    /// The pieces that occur in a text.
    in_texts: HashSet<u32>,
}

impl UseCounts {
    /// Counts the uses in `sentences`, whose pieces are `pieces`.
    pub fn count(pieces: &[Vec<u32>], sentences: &[Sentence<'_>], spelling: &Spelling<'_>) -> Self {
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
pub(super) struct Selection<'a> {
    /// Letters and number of each piece with a row, ascending.
    pub pieces: Vec<(&'a str, u32)>,
    /// Words with a row, ascending. Their rows follow those of the pieces.
    pub words: Vec<String>,
    /// Pieces without a row, ascending.
    pub others: Vec<String>,
}

impl<'a> Selection<'a> {
    /// Selects the frequent pieces and words that have a meaning.
    pub fn new(tokenizer: &'a WordPiece, uses: &UseCounts, settings: &Distil) -> Self {
        let is_punctuation = |piece: &str| !piece.chars().any(char::is_alphanumeric);
        let (mut pieces, mut others) = (Vec::new(), Vec::new());
        for (piece, &number) in &tokenizer.vocab {
            let count = uses.pieces.get(&number).copied().unwrap_or(0);
            let is_used = count >= settings.piece_uses || uses.in_texts.contains(&number);
            // Punctuation has no meaning, and queries lack it.
            if is_used && *piece != tokenizer.unk_token && !is_punctuation(piece) {
                pieces.push((piece.as_str(), number));
            } else if *piece != tokenizer.unk_token {
                others.push(piece.clone());
            }
        }
        pieces.sort_unstable();
        others.sort_unstable();
        let is_frequent = |&(word, &count): &(&String, &u32)| {
            count >= settings.word_uses && !is_punctuation(word)
        };
        let mut words: Vec<String> =
            uses.words.iter().filter(is_frequent).map(|(word, _)| word.clone()).collect();
        words.sort_unstable();
        Self { pieces, words, others }
    }

    /// Returns the rows of the pieces and words.
    pub fn rows(&self) -> TableRows {
        let words = self.words.iter().zip(self.pieces.len() as u32..);
        TableRows {
            pieces: self.pieces.iter().zip(0..).map(|(&(_, number), row)| (number, row)).collect(),
            words: words.map(|(word, row)| (word.clone(), row)).collect(),
        }
    }

    /// Returns the number of uses of each row.
    pub fn uses(&self, uses: &UseCounts) -> Vec<u32> {
        let pieces = self.pieces.iter().map(|(_, number)| uses.pieces[number]);
        pieces.chain(self.words.iter().map(|word| uses.words[word])).collect()
    }

    /// Returns the values of the rows before training: shorter for frequent pieces, zero for words.
    pub fn start(
        &self,
        rows: &TableRows,
        uses: &[u32],
        alone: &Vectors,
        settings: &Distil,
    ) -> Vec<f32> {
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
