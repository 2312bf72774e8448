//! The encoding stages: texts to vectors, and a text encoder distilled from the same transformer.

use std::path::{Path, PathBuf};

use osusume_encode::{Distil, EncodeError, Encoder, Sentence, encode_all, sentences_of};
use osusume_tables::{Entry, TableError, TextTable, Vectors};

use super::Result;
use super::run::{Event, Run, Stage};

/// Returns the texts of the entries that have one, with their items.
#[must_use]
pub fn texts_of(entries: &[Entry]) -> Vec<(u32, String)> {
    entries.iter().filter_map(|entry| Some((entry.id, entry.text.clone()?))).collect()
}

/// Returns the lines of text files that are not empty.
pub fn read_sentences(files: &[PathBuf], run: Run<'_>) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for path in files {
        run.start(Stage::Reading(path))?;
        let text = std::fs::read_to_string(path).map_err(TableError::io(path))?;
        lines
            .extend(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
    }
    Ok(lines)
}

/// Texts, the transformer that encodes them, and where their vectors are kept for the next run.
pub struct Encoding<'a> {
    encoder: Encoder,
    texts: &'a [(u32, String)],
    resume: &'a Path,
}

impl<'a> Encoding<'a> {
    /// Opens the transformer in `folder`.
    pub fn open(folder: &Path, texts: &'a [(u32, String)], resume: &'a Path) -> Result<Self> {
        if texts.is_empty() {
            return Err(EncodeError::NoTexts.into());
        }
        Ok(Self { encoder: Encoder::open(folder)?, texts, resume })
    }

    /// Returns the vectors of the texts.
    pub fn run(&self, run: Run<'_>) -> Result<Vectors> {
        self.encode(self.texts, self.resume, run)
    }

    /// Says how long [`Encoding::distil`] will take, before anything is encoded.
    pub fn forecast_distil(&self, more: &[String], run: Run<'_>) -> Result<()> {
        let all = self.sentences(more);
        let time = self.encoder.forecast(&all)?;
        run.report(Event::DistillationAhead { sentences: all.len(), time });
        Ok(())
    }

    /// Distils a text encoder from the sentences of the texts and `more`. The vectors of the
    /// sentences are kept in `resume`.
    pub fn distil(&self, more: &[String], resume: &Path, run: Run<'_>) -> Result<TextTable> {
        let all = self.sentences(more);
        let lines: Vec<(u32, String)> =
            (0..).zip(&all).map(|(at, sentence)| (at, sentence.text.to_owned())).collect();
        let targets = self.encode(&lines, resume, run)?;
        run.start(Stage::Encoding)?;
        let mut encoded = |done, total| run.report(Event::Encoded { done, total, resume });
        let alone = self.encoder.pieces_alone(resume, &mut encoded, run.cancel)?;
        run.start(Stage::Distilling(all.len()))?;
        let mut step = |done, total| run.report(Event::Step { done, total });
        let settings = Distil::default();
        let table =
            self.encoder.distil(&all, &targets, &alone, &settings, &mut step, run.cancel)?;
        let (pieces, words) = (table.pieces.len(), table.words.len());
        run.report(Event::Distilled { pieces, words, sentences: all.len() });
        Ok(table)
    }

    /// Returns the sentences of the texts and `more`.
    fn sentences<'s>(&'s self, more: &'s [String]) -> Vec<Sentence<'s>> {
        let mut all = sentences_of(self.texts);
        all.extend(more.iter().map(|text| Sentence { text, of: None }));
        all
    }

    fn encode(&self, texts: &[(u32, String)], resume: &Path, run: Run<'_>) -> Result<Vectors> {
        run.start(Stage::Encoding)?;
        let mut progress = |done, total| run.report(Event::Encoded { done, total, resume });
        Ok(encode_all(&self.encoder, texts, resume, &mut progress, run.cancel)?)
    }
}
