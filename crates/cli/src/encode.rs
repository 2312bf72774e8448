//! `osusume encode`: descriptions in, sentence vectors out.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::Result;
use indicatif::{ProgressBar, ProgressStyle};
use osusume_encode::{Distil, EncodeError, Encoder, Sentence, encode_all, sentences_of};
use osusume_tables::{Entry, TableError, TextTable, Vectors};

use crate::catalogue;

/// Encode the catalogue's texts with a sentence transformer.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    catalogue: catalogue::Args,
    /// The model: a Hugging Face folder of a BERT-type sentence transformer, such as
    /// pkg-scripts/fetch-encoder.sh obtains.
    #[arg(long, value_name = "FOLDER")]
    model: PathBuf,
    /// Where the vectors go (safetensors).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Where finished vectors are kept as they come, for a later run to go on from (without it: OUT, its extension
    /// replaced by .resume).
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Also distil a text encoder from the model, so that visitors may ask in their own words, and write it here.
    #[arg(long, value_name = "FILE")]
    distil: Option<PathBuf>,
    /// A text file, a sentence a line, that the text encoder learns from beside the catalogue's sentences: words that visitors
    /// use and the texts lack. May be repeated.
    #[arg(long, value_name = "FILE", requires = "distil")]
    sentences: Vec<PathBuf>,
}

/// Returns the texts that there are, with their items.
pub fn texts(entries: &[Entry]) -> Vec<(u32, String)> {
    entries.iter().filter_map(|entry| Some((entry.id, entry.text.clone()?))).collect()
}

/// Encodes `texts` behind a progress bar; where standard error is not a terminal, behind a line every ten seconds.
pub fn encode(model: &Path, texts: &[(u32, String)], resume: &Path) -> Result<Vectors> {
    if texts.is_empty() {
        return Err(EncodeError::NoTexts.into());
    }
    watched(resume, |progress| Ok(encode_all(&Encoder::open(model)?, texts, resume, progress)?))
}

/// Returns the model's vectors of texts that are no items, numbered from 0.
pub fn vectors(encoder: &Encoder, texts: &[&str], resume: &Path) -> Result<Vectors> {
    let texts: Vec<(u32, String)> =
        (0..).zip(texts).map(|(at, text)| (at, (*text).to_owned())).collect();
    watched(resume, |progress| Ok(encode_all(encoder, &texts, resume, progress)?))
}

/// Returns the lines of text files that are not empty.
pub fn lines(files: &[PathBuf]) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path).map_err(TableError::io(path))?;
        lines
            .extend(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
    }
    Ok(lines)
}

/// Distils a text encoder from the model, the sentences of `texts` and those of text files.
pub fn distil(
    model: &Path,
    texts: &[(u32, String)],
    files: &[PathBuf],
    resume: &Path,
) -> Result<TextTable> {
    let more = lines(files)?;
    let mut all = sentences_of(texts);
    all.extend(more.iter().map(|text| Sentence { text, of: None }));
    let encoder = Encoder::open(model)?;
    let lines: Vec<&str> = all.iter().map(|sentence| sentence.text).collect();
    let targets = vectors(&encoder, &lines, resume)?;
    let alone = watched(resume, |progress| Ok(encoder.pieces_alone(resume, progress)?))?;
    let table = trained(|progress| {
        Ok(encoder.distil(&all, &targets, &alone, &Distil::default(), progress)?)
    })?;
    let (pieces, words) = (table.pieces.len(), table.words.len());
    eprintln!("text encoder: {pieces} pieces and {words} words, from {} sentences", all.len());
    Ok(table)
}

/// Shows how far `distil` is.
pub fn trained(
    distil: impl FnOnce(&mut dyn FnMut(usize, usize)) -> Result<TextTable>,
) -> Result<TextTable> {
    let bar = ProgressBar::new(0);
    let table = distil(&mut |done, steps| {
        bar.set_length(steps as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    Ok(table)
}

/// Shows how far `encode` is.
pub fn watched(
    resume: &Path,
    encode: impl FnOnce(&mut dyn FnMut(usize, usize)) -> Result<Vectors>,
) -> Result<Vectors> {
    let bar = ProgressBar::new(0);
    if let Ok(style) =
        ProgressStyle::with_template("{bar:24} {pos}/{len} texts, {per_sec}, {eta} left")
    {
        bar.set_style(style);
    }
    let lines = !std::io::stderr().is_terminal();
    let start = Instant::now();
    let (mut first, mut said) = (None, start);
    let vectors = encode(&mut |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        let Some(first) = first else {
            first = Some(done);
            if done > 0 {
                eprintln!("{}: {done} of {total} texts are there already", resume.display());
            }
            bar.reset_eta(); // what was there already says nothing about the rate
            return;
        };
        if lines && said.elapsed() >= Duration::from_secs(10) {
            said = Instant::now();
            let rate = (done - first) as f64 / start.elapsed().as_secs_f64();
            eprintln!(
                "{done}/{total} texts, {rate:.1}/s, {:.0} s left",
                (total - done) as f64 / rate
            );
        }
    })?;
    bar.finish_and_clear();
    let (fresh, elapsed_s) =
        (vectors.ids.len() - first.unwrap_or(0), start.elapsed().as_secs_f64());
    if fresh > 0 {
        eprintln!("{fresh} texts encoded in {elapsed_s:.1} s, {:.1}/s", fresh as f64 / elapsed_s);
    }
    Ok(vectors)
}

/// Runs the subcommand.
pub fn run(args: &Args) -> Result<()> {
    let recipe = args.catalogue.recipe()?;
    let texts = texts(&args.catalogue.read(&recipe)?);
    let resume = args.resume.clone().unwrap_or_else(|| args.out.with_extension("resume"));
    let mut vectors = encode(&args.model, &texts, &resume)?;
    vectors.provenance.data = args.catalogue.named(&vectors.provenance.data);
    vectors.provenance.date = recipe.date;
    vectors.write(&args.out)?;
    eprintln!("{}: {} × {} vectors", args.out.display(), vectors.ids.len(), vectors.dims);
    if let Some(path) = &args.distil {
        distil(&args.model, &texts, &args.sentences, &resume)?.write(path)?;
    }
    Ok(())
}
