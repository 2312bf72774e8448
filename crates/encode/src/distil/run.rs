//! The distillation from end to end, and the use of its table.
//! It imports every other file of this folder but the foldings, whose method it calls.

use std::path::Path;

use osusume_tables::{Cancel, Provenance, TextTable, Vectors};

use super::examples::{Examples, contexts};
use super::selection::{Selection, UseCounts};
use super::sentences::Sentence;
use super::settings::Distil;
use super::train::train;
use super::vocabulary::{TableRows, WordPiece, spelling};
use crate::batch::encode_all;
use crate::encoder::Encoder;
use crate::error::EncodeError;
use crate::math::add;

impl Encoder {
    /// Returns a table for this model's tokenizer, trained on `sentences` and their vectors
    /// `targets`.
    ///
    /// `alone` holds the model's vectors of pieces that are whole words, by the piece's number in
    /// the tokenizer. The same input gives the same bytes on any number of threads. `progress` gets
    /// the number of finished steps and the number of all steps. `cancel` ends the run after the
    /// current step.
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
        let counted = UseCounts::count(&pieces, sentences, &spelling);
        let selection = Selection::new(&tokenizer, &counted, settings);
        if selection.pieces.is_empty() {
            return Err(EncodeError::NoTexts);
        }
        let (rows, uses) = (selection.rows(), selection.uses(&counted));
        let row_lists: Vec<_> = pieces.iter().map(|text| rows.of(text, &spelling)).collect();
        let dims = self.dims();
        let mut values = selection.start(&rows, &uses, alone, settings);
        let contexts = contexts(sentences, &targets.values, dims);
        let examples =
            Examples { rows: &row_lists, targets: &targets.values, contexts: &contexts, dims };
        train(&mut values, &examples, settings, progress, cancel)?;
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
            pieces: selection.pieces.into_iter().map(|(piece, _)| piece.to_owned()).collect(),
            others: selection.others,
            words: selection.words,
            prefix: tokenizer.continuing_subword_prefix.clone(),
            longest: tokenizer.max_input_chars_per_word,
            foldings: self.foldings()?,
        })
    }

    /// Returns the vectors of all pieces that are whole words, by their number in the tokenizer.
    ///
    /// It resumes, reports its progress and stops as [`encode_all`] does.
    pub fn pieces_alone(
        &self,
        resume: &Path,
        progress: &mut dyn FnMut(usize, usize),
        cancel: &Cancel,
    ) -> Result<Vectors, EncodeError> {
        let tokenizer = self.word_piece()?;
        let mut words: Vec<(u32, String)> =
            tokenizer.whole_words().map(|(piece, number)| (number, piece.to_owned())).collect();
        words.sort_unstable();
        encode_all(self, &words, resume, progress, cancel)
    }

    /// Returns the vectors that `table` gives the texts, before packing rounds its values.
    pub fn by_table(
        &self,
        table: &TextTable,
        texts: &[&str],
    ) -> Result<Vec<Vec<f32>>, EncodeError> {
        let WordPiece { vocab, continuing_subword_prefix, .. } = self.word_piece()?;
        let spelling = spelling(&vocab, &continuing_subword_prefix);
        let number = |(piece, row): (&String, u32)| vocab.get(piece).map(|&number| (number, row));
        let rows = TableRows {
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
