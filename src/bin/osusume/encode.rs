//! `osusume encode`: descriptions in, sentence vectors out.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use osusume::Result;
use osusume::encode::{EncodeError, Encoder, encode_all};
use osusume::tables::{Entry, Vectors};

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
    let encoder = Encoder::open(model)?;
    let bar = ProgressBar::new(texts.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} texts, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    let lines = !std::io::stderr().is_terminal();
    let start = Instant::now();
    let (mut first, mut said) = (None, start);
    let vectors = encode_all(&encoder, texts, resume, &mut |done, total| {
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
            eprintln!("{done}/{total} texts, {rate:.1}/s, {:.0} s left", (total - done) as f64 / rate);
        }
    })?;
    bar.finish_and_clear();
    let (fresh, elapsed_s) = (texts.len() - first.unwrap_or(0), start.elapsed().as_secs_f64());
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
    Ok(())
}
