//! Searches by text: the transformer, BM25 and distilled tables answer the same questions.

use std::collections::HashMap;
use std::path::Path;

use crate::encode::vectors;
use crate::error::Error;
use crate::progress::{show_steps, show_texts};
use osusume_encode::{
    Answered, Bm25, Distil, Encoder, HeldOut, Question, Sentence, TextReport, encode_all,
    sentences_of,
};
use osusume_pack::{PackedText, STEPS};
use osusume_tables::{Cancel, TextTable, Vectors};

/// The models and vectors that answer questions.
pub struct Search<'a> {
    encoder: &'a Encoder,
    resume: &'a Path,
    items: Vectors,
    bm25: Bm25,
    /// The transformer's vectors of all sentences.
    sentences: Vectors,
    /// The row of each sentence in `sentences`.
    row_of: HashMap<&'a str, usize>,
    /// Sentences to learn from beside the catalogue's.
    more: &'a [String],
    /// The transformer's vectors of single pieces that are words.
    pieces: Vectors,
}

/// The figures of one model.
pub struct Measured {
    pub model: String,
    /// Bytes of the packed table.
    pub bytes: Option<usize>,
    pub report: TextReport,
    /// Its hit@10 as a share of the transformer's.
    pub share: f64,
}

impl<'a> Search<'a> {
    /// Encodes the texts of the items, their sentences and `more`; resumes from the file `resume`.
    pub fn new(
        encoder: &'a Encoder,
        resume: &'a Path,
        texts: &'a [(u32, String)],
        more: &'a [String],
    ) -> crate::error::Result<Self> {
        let never = Cancel::new();
        let items =
            show_texts(resume, |progress| encode_all(encoder, texts, resume, progress, &never))?;
        let all = sentences_of(texts);
        let everything: Vec<&str> = all
            .iter()
            .map(|sentence| sentence.text)
            .chain(more.iter().map(String::as_str))
            .collect();
        Ok(Self {
            encoder,
            resume,
            items,
            bm25: Bm25::new(texts),
            sentences: vectors(encoder, &everything, resume)?,
            row_of: everything.iter().zip(0..).map(|(&text, at)| (text, at)).collect(),
            more,
            pieces: show_texts(resume, |progress| encoder.pieces_alone(resume, progress, &never))?,
        })
    }

    /// Returns whether a question shares a rare word with an item that it looks for.
    pub fn shares_a_word(&self, question: &Question) -> bool {
        self.bm25.shares_a_word(question)
    }

    /// Lets every model answer the questions.
    pub fn measure(
        &self,
        held_out: &HeldOut<'_>,
        models: &[String],
    ) -> crate::error::Result<Vec<Measured>> {
        let HeldOut { questions, sentences } = held_out;
        let texts: Vec<&str> = questions.iter().map(|question| question.text.as_str()).collect();
        let rests: Vec<&str> =
            questions.iter().filter_map(|question| question.without.as_deref()).collect();
        let queries = vectors(self.encoder, &texts, self.resume)?;
        let rests = vectors(self.encoder, &rests, self.resume)?;
        let by_vectors =
            |query: &dyn Fn(usize) -> Vec<f32>| self.answer_by_vectors(questions, &rests, query);
        let transformer = by_vectors(&|at| queries.row(at).to_vec());
        let best = TextReport::new(&transformer, &transformer).hit10;
        let mut trained: Option<(String, TextTable)> = None;
        let mut measured = Vec::new();
        for model in models {
            let (bytes, answers) = match model.as_str() {
                "transformer" => (None, transformer.clone()),
                "bm25" => (None, questions.iter().map(|q| self.bm25.answer(q)).collect()),
                _ => {
                    let (name, text) = model.split_once(':').unwrap_or((model, ""));
                    let (settings, steps) = parse_settings(text)?;
                    let key = format!("{settings:?}");
                    // A table and its packed form are mostly measured together: train once.
                    let table = match trained.take() {
                        Some((same, table)) if same == key => table,
                        _ => self.train_table(sentences, &settings)?,
                    };
                    let table = &trained.insert((key, table)).1;
                    if name == "table-f32" {
                        let queries = self.encoder.by_table(table, &texts)?;
                        (None, by_vectors(&|at| queries[at].clone()))
                    } else {
                        let packed = PackedText::new(table, &self.items, steps)?;
                        (Some(packed.bytes), by_vectors(&|at| packed.query(texts[at])))
                    }
                }
            };
            let report = TextReport::new(&answers, &transformer);
            let share = report.hit10 / best;
            measured.push(Measured { model: model.clone(), bytes, report, share });
        }
        Ok(measured)
    }

    /// Answers each question by the query vector of its position.
    fn answer_by_vectors(
        &self,
        questions: &[Question],
        rests: &Vectors,
        query: &dyn Fn(usize) -> Vec<f32>,
    ) -> Vec<Answered> {
        let answer = |(at, question): (usize, &Question)| {
            // Either every question has a text without it, or none has.
            let instead = question.without.is_some().then(|| rests.row(at));
            Answered::by_vectors(&query(at), &self.items, &question.wanted, instead)
        };
        questions.iter().enumerate().map(answer).collect()
    }

    /// Trains a table on these sentences and on `more`.
    fn train_table(
        &self,
        learned: &[Sentence<'_>],
        settings: &Distil,
    ) -> crate::error::Result<TextTable> {
        let more = self.more.iter().map(|text| Sentence { text, of: None });
        let all: Vec<Sentence<'_>> = learned.iter().copied().chain(more).collect();
        let rows = all.iter().filter_map(|sentence| self.row_of.get(sentence.text));
        let targets = Vectors {
            ids: (0..all.len() as u32).collect(),
            values: rows.flat_map(|&row| self.sentences.row(row)).copied().collect(),
            ..self.sentences.clone()
        };
        let never = Cancel::new();
        Ok(show_steps(|progress| {
            self.encoder.distil(&all, &targets, &self.pieces, settings, progress, &never)
        })?)
    }
}

/// Parses settings such as `epochs=8:steps=3`: how a table is distilled, and in how many steps its
/// values are packed.
fn parse_settings(over: &str) -> crate::error::Result<(Distil, f32)> {
    let mut steps = STEPS;
    let mut lines = String::new();
    for setting in over.split(':') {
        match setting.strip_prefix("steps=").map(str::parse) {
            Some(Ok(given)) if given > 0.0 => steps = given,
            _ => lines.extend([setting, "\n"]),
        }
    }
    let distil = toml::from_str(&lines).map_err(|e| {
        Error::usage("models", &format!("{over:?}: {}", e.message()), "settings of a table")
    })?;
    Ok((distil, steps))
}
