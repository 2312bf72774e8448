//! `osusume encode`: descriptions in, sentence vectors out.

use std::path::{Path, PathBuf};

use osusume_encode::{Encoder, encode_all};
use osusume_pack::pipeline::{Encoding, Run, name_source, read_entries, read_sentences, texts_of};
use osusume_tables::{Cancel, Vectors};

use crate::catalogue;
use crate::error::Result;
use crate::progress::show_texts;

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
    /// Where finished vectors are kept, for a later run to resume from (without it: OUT, its
    /// extension replaced by .resume).
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Also distil a text encoder from the model, for visitors who ask in their own words, and write
    /// it here.
    #[arg(long, value_name = "FILE")]
    distil: Option<PathBuf>,
    /// A text file, a sentence a line, that the text encoder also learns from: words that visitors
    /// use and the texts lack. May be repeated.
    #[arg(long, value_name = "FILE", requires = "distil")]
    sentences: Vec<PathBuf>,
}

/// Returns the transformer's vectors of texts that are no items, numbered from 0.
pub fn vectors(encoder: &Encoder, texts: &[&str], resume: &Path) -> Result<Vectors> {
    let texts: Vec<(u32, String)> =
        (0..).zip(texts).map(|(at, text)| (at, (*text).to_owned())).collect();
    let never = Cancel::new();
    Ok(show_texts(resume, |progress| encode_all(encoder, &texts, resume, progress, &never))?)
}

/// Runs the subcommand.
pub fn run(args: &Args, run: Run<'_>) -> Result<()> {
    let recipe = args.catalogue.recipe()?;
    let texts = texts_of(&read_entries(&args.catalogue.catalogue, &recipe, run)?.0);
    let resume = args.resume.clone().unwrap_or_else(|| args.out.with_extension("resume"));
    let encoding = Encoding::open(&args.model, &texts, &resume)?;
    let more = read_sentences(&args.sentences, run)?; // none without --distil
    if args.distil.is_some() {
        encoding.forecast_distil(&more, run)?;
    }
    let mut vectors = encoding.run(run)?;
    name_source(&mut vectors, &args.catalogue.catalogue);
    vectors.provenance.date = recipe.date;
    vectors.write(&args.out)?;
    eprintln!("{}: {} × {} vectors", args.out.display(), vectors.ids.len(), vectors.dims);
    if let Some(path) = &args.distil {
        encoding.distil(&more, &resume, run)?.write(path)?;
    }
    Ok(())
}
