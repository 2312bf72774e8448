//! `osusume eval --protocol text`: typed words against the sentence transformer that they were distilled from.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::refused;
use crate::encode::{self, vectors};
use osusume_encode::{
    Answered, Bm25, Distil, EncodeError, Encoder, HeldOut, Question, Sentence, TextReport,
    encode_all, items_held_out, sentences_held_out, sentences_of,
};
use osusume_pack::{PackedText, STEPS};
use osusume_tables::{ReleaseRecipe, TableError, TextTable, Vectors, read_catalogue};

/// What is read.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Args {
    /// Catalogue, for --protocol text: CSV or tab separated with a header line, plain or gzip.
    #[arg(long, value_name = "FILE", requires = "encoder")]
    catalogue: Option<PathBuf>,
    /// Release recipe in TOML: the catalogue's columns, items to leave out.
    #[arg(long, value_name = "FILE", requires = "catalogue")]
    recipe: Option<PathBuf>,
    /// The sentence transformer: a Hugging Face folder, such as pkg-scripts/fetch-encoder.sh obtains.
    #[arg(long, value_name = "FOLDER", requires = "catalogue")]
    encoder: Option<PathBuf>,
    /// Descriptions to ask (CSV: `description` and `shows`, the ids of items that answer it, by spaces).
    #[arg(long, value_name = "FILE", requires = "catalogue")]
    descriptions: Option<PathBuf>,
    /// A text file, a sentence a line, that the encoder learns from beside the catalogue's sentences. May be repeated.
    #[arg(long, value_name = "FILE", requires = "catalogue")]
    sentences: Vec<PathBuf>,
    /// Where finished vectors are kept, for a later run to go on from.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "osusume-text.resume",
        requires = "catalogue"
    )]
    resume: PathBuf,
    /// Sentences that the first protocol holds out.
    #[arg(long, default_value_t = 3000, requires = "catalogue")]
    held_out_sentences: usize,
    /// Items that the second protocol holds out.
    #[arg(long, default_value_t = 500, requires = "catalogue")]
    held_out_items: usize,
}

/// What can be asked, and is where nothing else is named.
const MODELS: [&str; 4] = ["transformer", "bm25", "table-f32", "table"];

/// All that questions are answered with.
struct Known<'a> {
    encoder: &'a Encoder,
    resume: &'a Path,
    items: Vectors,
    words: Bm25,
    /// The transformer's vectors of all sentences, and where each stands in them.
    sentences: Vectors,
    numbers: HashMap<&'a str, usize>,
    /// What is learned from beside the catalogue's sentences.
    more: &'a [String],
    /// Its vectors of pieces that are words.
    alone: Vectors,
}

impl Args {
    /// Runs the protocol.
    pub fn run(&self, models: &[String], json: bool) -> crate::error::Result<()> {
        let (Some(catalogue), Some(folder)) = (&self.catalogue, &self.encoder) else {
            return Err(refused("protocol", "text", "--catalogue and --encoder with it"));
        };
        let default = MODELS.map(str::to_owned);
        let models = if models.is_empty() { &default } else { models };
        let is_known =
            |name: &&String| MODELS.contains(&name.split(':').next().unwrap_or_default());
        if let Some(name) = models.iter().find(|name| !is_known(name)) {
            let expected = "transformer, bm25, table or table-f32, then :setting=value at will";
            return Err(refused("models", name, expected));
        }
        let recipe = self
            .recipe
            .as_deref()
            .map_or_else(|| Ok(ReleaseRecipe::default()), ReleaseRecipe::read)?;
        let (entries, _) = read_catalogue(catalogue, &recipe.catalogue)?;
        let texts = encode::texts(&entries);
        let encoder = Encoder::open(folder)?;
        let resume = &self.resume;
        let items = encode::watched(resume, |progress| {
            Ok(encode_all(&encoder, &texts, resume, progress)?)
        })?;
        let more = encode::lines(&self.sentences)?;
        let all = sentences_of(&texts);
        let everything: Vec<&str> = all
            .iter()
            .map(|sentence| sentence.text)
            .chain(more.iter().map(String::as_str))
            .collect();
        let known = Known {
            encoder: &encoder,
            resume,
            items,
            words: Bm25::new(&texts),
            sentences: vectors(&encoder, &everything, resume)?,
            numbers: everything.iter().zip(0..).map(|(&text, at)| (text, at)).collect(),
            more: &more,
            alone: encode::watched(resume, |progress| Ok(encoder.pieces_alone(resume, progress)?))?,
        };
        let mut protocols = vec![
            ("sentences", sentences_held_out(&texts, self.held_out_sentences, 1)),
            ("items", items_held_out(&texts, self.held_out_items, 1)),
        ];
        if let Some(path) = &self.descriptions {
            let questions = descriptions(path, &texts)?;
            let apart =
                questions.iter().filter(|question| !known.words.shares_a_word(question)).count();
            eprintln!(
                "{}: {apart} of {} have no rare word in common with what they look for",
                path.display(),
                questions.len()
            );
            protocols.push(("descriptions", HeldOut { questions, sentences: all }));
        }
        let mut reports = Vec::new();
        if !json {
            println!(
                "{:<12} {:<24} {:>9} | overlap@10 | hit@1 hit@10 (±95 %) MRR | hit@10 of the transformer's",
                "asked", "encoder", "bytes"
            );
        }
        for (name, asked) in protocols {
            for (model, bytes, report, share) in known.measure(&asked, models)? {
                if json {
                    reports.push(serde_json::json!({ "protocol": name, "model": model, "bytes": bytes, "report": report }));
                } else {
                    let TextReport { overlap10, hit1, hit10, hit10_half_width, mrr, .. } = report;
                    let bytes = bytes.map_or_else(String::new, |bytes| bytes.to_string());
                    println!(
                        "{name:<12} {model:<24} {bytes:>9} | {overlap10:.4} | {hit1:.4} {hit10:.4} (±{hit10_half_width:.4}) {mrr:.4} | {share:.3}"
                    );
                }
            }
        }
        if json {
            println!("{}", serde_json::Value::Array(reports));
        }
        Ok(())
    }
}

/// Reads descriptions and the items that are wanted; those that have no text are left out.
fn descriptions(path: &Path, texts: &[(u32, String)]) -> crate::error::Result<Vec<Question>> {
    let places: HashMap<u32, usize> =
        texts.iter().zip(0..).map(|((id, _), at)| (*id, at)).collect();
    let bad = |reason: String| TableError::VectorFile { path: path.to_owned(), reason };
    let mut reader = csv::Reader::from_path(path).map_err(|e| bad(e.to_string()))?;
    let mut questions = Vec::new();
    for row in reader.deserialize() {
        let (text, shows): (String, String) = row.map_err(|e| bad(e.to_string()))?;
        let ids = shows.split_whitespace().filter_map(|id| id.parse().ok());
        let wanted: Vec<usize> = ids.filter_map(|id: u32| places.get(&id).copied()).collect();
        if wanted.is_empty() {
            return Err(bad(format!("none of the items for {text:?} has a text")).into());
        }
        questions.push(Question { text, wanted, without: None });
    }
    Ok(questions)
}

type Measured = (String, Option<usize>, TextReport, f64);

impl Known<'_> {
    /// Asks all of `models`.
    fn measure(
        &self,
        asked: &HeldOut<'_>,
        models: &[String],
    ) -> crate::error::Result<Vec<Measured>> {
        let HeldOut { questions, sentences } = asked;
        let texts: Vec<&str> = questions.iter().map(|question| question.text.as_str()).collect();
        let rests: Vec<&str> =
            questions.iter().filter_map(|question| question.without.as_deref()).collect();
        let (queries, rests) = (
            vectors(self.encoder, &texts, self.resume)?,
            vectors(self.encoder, &rests, self.resume)?,
        );
        let by_vectors = |query: &dyn Fn(usize) -> Vec<f32>| -> Vec<Answered> {
            let answer = |(at, question): (usize, &Question)| {
                // Either every question has a text without it, or none.
                let instead = question.without.is_some().then(|| rests.row(at));
                Answered::by_vectors(&query(at), &self.items, &question.wanted, instead)
            };
            questions.iter().enumerate().map(answer).collect()
        };
        let transformer = by_vectors(&|at| queries.row(at).to_vec());
        let best = TextReport::new(&transformer, &transformer).hit10;
        let mut trained: Option<(String, TextTable)> = None;
        let mut found = Vec::new();
        let mut put = |name: &str, bytes, answers: &[Answered]| {
            let report = TextReport::new(answers, &transformer);
            found.push((name.to_owned(), bytes, report, report.hit10 / best));
        };
        for model in models {
            match model.as_str() {
                "transformer" => put(model, None, &transformer),
                "bm25" => {
                    let answers: Vec<Answered> =
                        questions.iter().map(|question| self.words.answer(question)).collect();
                    put(model, None, &answers);
                }
                _ => {
                    let (name, over) = model.split_once(':').unwrap_or((model, ""));
                    let (settings, steps) = settings(over)?;
                    // A table and its packed form are mostly asked for together.
                    let table = match trained.take() {
                        Some((same, table)) if same == format!("{settings:?}") => table,
                        _ => self.table(sentences, &settings)?,
                    };
                    let table = &trained.insert((format!("{settings:?}"), table)).1;
                    if name == "table-f32" {
                        let queries = self.encoder.by_table(table, &texts)?;
                        put(model, None, &by_vectors(&|at| queries[at].clone()));
                        continue;
                    }
                    let packed = PackedText::new(table, &self.items, steps)?;
                    put(model, Some(packed.bytes), &by_vectors(&|at| packed.query(texts[at])));
                }
            }
        }
        Ok(found)
    }

    /// A table that has learned from some of the sentences.
    fn table(
        &self,
        learned: &[Sentence<'_>],
        settings: &Distil,
    ) -> crate::error::Result<TextTable> {
        let more = self.more.iter().map(|text| Sentence { text, of: None });
        let all: Vec<Sentence<'_>> = learned.iter().copied().chain(more).collect();
        let rows = all.iter().filter_map(|sentence| self.numbers.get(sentence.text));
        let targets = Vectors {
            ids: (0..all.len() as u32).collect(),
            values: rows.flat_map(|&row| self.sentences.row(row)).copied().collect(),
            ..self.sentences.clone()
        };
        encode::trained(|progress| {
            Ok(self.encoder.distil(&all, &targets, &self.alone, settings, progress)?)
        })
    }
}

/// The settings of `epochs=8:steps=3`: how a table is distilled, and in how many steps its values are packed.
fn settings(over: &str) -> crate::error::Result<(Distil, f32)> {
    let mut steps = STEPS;
    let mut lines = String::new();
    for setting in over.split(':') {
        match setting.strip_prefix("steps=").map(str::parse) {
            Some(Ok(given)) if given > 0.0 => steps = given,
            _ => lines.extend([setting, "\n"]),
        }
    }
    let distil = toml::from_str(&lines)
        .map_err(|e| EncodeError::Distil(format!("{over:?}: {}", e.message())))?;
    Ok((distil, steps))
}
