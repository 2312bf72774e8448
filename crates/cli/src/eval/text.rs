//! `--protocol text`: typed words against the sentence transformer that they are distilled from.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::search::{Measured, Search};
use crate::error::Error;
use osusume_encode::{
    Encoder, HeldOut, Question, TextReport, items_held_out, sentences_held_out, sentences_of,
};
use osusume_pack::pipeline::{Run, read_entries, read_sentences, texts_of};
use osusume_tables::{Cancel, ReleaseRecipe, TableError};

/// The options of the text protocol.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Args {
    /// The sentence transformer: a Hugging Face folder, as pkg-scripts/fetch-encoder.sh obtains it.
    #[arg(long, value_name = "FOLDER", requires = "catalogue")]
    encoder: Option<PathBuf>,
    /// Descriptions to search with (CSV: `description`, and `shows`, the ids of the items that it
    /// describes, separated by spaces).
    #[arg(long, value_name = "FILE", requires = "catalogue")]
    descriptions: Option<PathBuf>,
    /// A text file, a sentence a line, that the encoder learns from beside the catalogue's
    /// sentences. May be repeated.
    #[arg(long, value_name = "FILE", requires = "catalogue")]
    sentences: Vec<PathBuf>,
    /// The file that keeps finished vectors, so that a later run can resume.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "osusume-text.resume",
        requires = "catalogue"
    )]
    resume: PathBuf,
    /// How many sentences the first part holds out.
    #[arg(long, default_value_t = 3000, requires = "catalogue")]
    held_out_sentences: usize,
    /// How many items the second part holds out.
    #[arg(long, default_value_t = 500, requires = "catalogue")]
    held_out_items: usize,
}

/// The models that can be measured, and are measured by default.
const MODELS: [&str; 4] = ["transformer", "bm25", "table-f32", "table"];

impl Args {
    /// Runs the protocol.
    pub fn run(
        &self,
        catalogue: Option<&Path>,
        recipe: &ReleaseRecipe,
        models: &[String],
        json: bool,
    ) -> crate::error::Result<()> {
        let (Some(catalogue), Some(folder)) = (catalogue, &self.encoder) else {
            return Err(Error::usage("protocol", "text", "--catalogue and --encoder with it"));
        };
        let default = MODELS.map(str::to_owned);
        let models = if models.is_empty() { &default } else { models };
        let is_known =
            |name: &&String| MODELS.contains(&name.split(':').next().unwrap_or_default());
        if let Some(name) = models.iter().find(|name| !is_known(name)) {
            let expected = "transformer, bm25, table or table-f32, then any :setting=value";
            return Err(Error::usage("models", name, expected));
        }
        let quiet = Run { cancel: &Cancel::new(), progress: &|_| {} };
        let texts = texts_of(&read_entries(catalogue, recipe, quiet)?.0);
        let encoder = Encoder::open(folder)?;
        let more = read_sentences(&self.sentences, quiet)?;
        let search = Search::new(&encoder, &self.resume, &texts, &more)?;
        let parts = self.parts(&texts, &search)?;
        print_reports(&search, &parts, models, json)
    }

    /// Returns the questions of each part of the protocol, by its name.
    fn parts<'t>(
        &self,
        texts: &'t [(u32, String)],
        search: &Search<'_>,
    ) -> crate::error::Result<Vec<(&'static str, HeldOut<'t>)>> {
        let mut parts = vec![
            ("sentences", sentences_held_out(texts, self.held_out_sentences, 1)),
            ("items", items_held_out(texts, self.held_out_items, 1)),
        ];
        if let Some(path) = &self.descriptions {
            let questions = read_descriptions(path, texts)?;
            let apart = questions.iter().filter(|q| !search.shares_a_word(q)).count();
            eprintln!(
                "{}: {apart} of {} share no rare word with the items that they describe",
                path.display(),
                questions.len()
            );
            parts.push(("descriptions", HeldOut { questions, sentences: sentences_of(texts) }));
        }
        Ok(parts)
    }
}

/// Measures the models on every part and prints a line each, or JSON.
fn print_reports(
    search: &Search<'_>,
    parts: &[(&str, HeldOut<'_>)],
    models: &[String],
    json: bool,
) -> crate::error::Result<()> {
    let mut reports = Vec::new();
    if !json {
        println!(
            "{:<12} {:<24} {:>9} | overlap@10 | hit@1 hit@10 (±95%) MRR | share of the \
             transformer's hit@10",
            "part", "encoder", "bytes"
        );
    }
    for (part, held_out) in parts {
        for Measured { model, bytes, report, share } in search.measure(held_out, models)? {
            if json {
                reports.push(serde_json::json!({
                    "protocol": part, "model": model, "bytes": bytes, "report": report,
                }));
            } else {
                let TextReport { overlap10, hit1, hit10, hit10_half_width, mrr, .. } = report;
                let bytes = bytes.map_or_else(String::new, |bytes| bytes.to_string());
                println!(
                    "{part:<12} {model:<24} {bytes:>9} | {overlap10:.4} | {hit1:.4} {hit10:.4} \
                     (±{hit10_half_width:.4}) {mrr:.4} | {share:.3}"
                );
            }
        }
    }
    if json {
        println!("{}", serde_json::Value::Array(reports));
    }
    Ok(())
}

/// Reads descriptions and the items that they describe; items without a text are left out.
fn read_descriptions(path: &Path, texts: &[(u32, String)]) -> crate::error::Result<Vec<Question>> {
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
            return Err(bad(format!("no item of the description {text:?} has a text")).into());
        }
        questions.push(Question { text, wanted, without: None });
    }
    Ok(questions)
}
