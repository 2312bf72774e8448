//! The pieces of a `WordPiece` tokenizer, and the table rows of a text.
//! It imports the encoder, whose tokenizer it reads.

use std::collections::HashMap;

use serde::Deserialize;

use crate::encoder::Encoder;
use crate::error::EncodeError;

/// The part of `tokenizer.json` that decides how words are split into pieces.
#[derive(Deserialize)]
struct TokenizerJson {
    model: WordPiece,
}

/// The vocabulary of a `WordPiece` tokenizer and its settings.
#[derive(Deserialize)]
pub(super) struct WordPiece {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    pub vocab: HashMap<String, u32>,
    #[serde(default)]
    pub continuing_subword_prefix: String,
    #[serde(default)]
    pub max_input_chars_per_word: u32,
    #[serde(default)]
    pub unk_token: String,
}

impl WordPiece {
    /// Returns the pieces that are whole words, with their numbers.
    pub fn whole_words(&self) -> impl Iterator<Item = (&str, u32)> {
        let prefix = &self.continuing_subword_prefix;
        let is_whole = move |piece: &str| !piece.starts_with(prefix) && !piece.starts_with('[');
        let pieces = self.vocab.iter().map(|(piece, &number)| (piece.as_str(), number));
        pieces.filter(move |(piece, _)| is_whole(piece))
    }
}

/// The table rows of pieces, by their numbers, and of words. A text's vector is the sum of its
/// rows.
pub(super) struct TableRows {
    pub pieces: HashMap<u32, u32>,
    pub words: HashMap<String, u32>,
}

impl TableRows {
    /// Returns the rows of a text, given the numbers of its pieces.
    pub fn of(&self, pieces: &[u32], spelling: &Spelling<'_>) -> Vec<u32> {
        let mut rows: Vec<u32> =
            pieces.iter().filter_map(|piece| self.pieces.get(piece).copied()).collect();
        rows.extend(
            words(pieces, spelling).iter().filter_map(|word| self.words.get(word).copied()),
        );
        rows
    }
}

/// Returns the words of a text that have several pieces.
pub(super) fn words(pieces: &[u32], spelling: &Spelling<'_>) -> Vec<String> {
    let continues = |piece: &u32| spelling.get(piece).is_some_and(|(_, continues)| *continues);
    let several = pieces.chunk_by(|_, next| continues(next)).filter(|word| word.len() > 1);
    several
        .map(|word| {
            word.iter()
                .filter_map(|piece| spelling.get(piece))
                .map(|(letters, _)| *letters)
                .collect()
        })
        .collect()
}

/// Maps the number of a piece to its letters and to whether it continues a word.
pub(super) type Spelling<'a> = HashMap<u32, (&'a str, bool)>;

/// Returns the spelling of every piece of the vocabulary.
pub(super) fn spelling<'a>(vocab: &'a HashMap<String, u32>, prefix: &str) -> Spelling<'a> {
    let spell = |piece: &'a str| {
        piece.strip_prefix(prefix).map_or((piece, false), |letters| (letters, true))
    };
    vocab.iter().map(|(piece, &number)| (number, spell(piece))).collect()
}

impl Encoder {
    /// Returns the tokenizer's vocabulary, if it is a `WordPiece` tokenizer.
    pub(super) fn word_piece(&self) -> Result<WordPiece, EncodeError> {
        let compute = |e: &dyn std::fmt::Display| EncodeError::Compute(e.to_string());
        let json = self.tokenizer.to_string(false).map_err(|e| compute(&e))?;
        let TokenizerJson { model } = serde_json::from_str(&json).map_err(|e| compute(&e))?;
        if model.r#type == "WordPiece" && !model.continuing_subword_prefix.is_empty() {
            Ok(model)
        } else {
            Err(EncodeError::Distil(format!(
                "its tokenizer is a {:?}, not a WordPiece",
                model.r#type
            )))
        }
    }

    /// Returns the numbers of a text's pieces, without special ones.
    pub(super) fn pieces_of(&self, text: &str) -> Result<Vec<u32>, EncodeError> {
        let lowered = self.lowercase.then(|| text.to_lowercase());
        let tokens = self.tokenizer.encode_fast(lowered.as_deref().unwrap_or(text), false);
        Ok(tokens.map_err(|e| EncodeError::Compute(e.to_string()))?.get_ids().to_vec())
    }
}
