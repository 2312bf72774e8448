//! `osusume build`: ratings and a catalogue in, a release out.

use std::path::PathBuf;

use osusume_pack::pipeline::{Build, Run};

use crate::catalogue;
use crate::error::Result;

/// Build a release: train on the ratings, encode the texts, pack both.
///
/// The same inputs give the same release with --threads 1, to the byte. An interrupted build leaves
/// the old release as it is; the same command resumes it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ratings: CSV or tab separated with a header line, plain or gzip; or the folder of the files
    /// that `[[interactions]]` of the training recipe names. Without them there is no "ncf" model.
    #[arg(long, value_name = "FILE|FOLDER")]
    ratings: Option<PathBuf>,
    #[command(flatten)]
    catalogue: catalogue::Args,
    /// Sentence encoder: a Hugging Face folder of a BERT-type sentence transformer, such as
    /// pkg-scripts/fetch-encoder.sh obtains. Without it there is no "synopsis" model.
    #[arg(long, value_name = "FOLDER")]
    encoder: Option<PathBuf>,
    /// A text file, a sentence a line, that the text encoder also learns from. May be repeated.
    #[arg(long, value_name = "FILE", requires = "encoder")]
    sentences: Vec<PathBuf>,
    /// The release's folder; an old release in it is replaced when every stage has finished.
    #[arg(long, value_name = "FOLDER", default_value = "embeddings")]
    out: PathBuf,
    /// Vectors of each stage, and the files that an interrupted build resumes from.
    #[arg(long, value_name = "FOLDER", default_value = "osusume-work")]
    work: PathBuf,
    /// Training threads; with 1 the same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

impl Args {
    /// Returns why the command line cannot be run, if it cannot.
    pub fn problem(&self) -> Option<&'static str> {
        (self.ratings.is_none() && self.encoder.is_none()).then_some(
            "build needs --ratings, --encoder or both:\n  \
             --ratings FILE     what people rated, ordered or read: items are alike if the same \
             people like them\n  \
             --encoder FOLDER   a sentence transformer, such as pkg-scripts/fetch-encoder.sh \
             obtains: items are alike if their texts are; it needs a column of texts in the \
             catalogue",
        )
    }
}

/// Runs the subcommand.
pub fn run(args: &Args, run: Run<'_>) -> Result<()> {
    let recipe = args.catalogue.recipe()?;
    let build = Build {
        catalogue: &args.catalogue.catalogue,
        recipe: &recipe,
        ratings: args.ratings.as_deref(),
        encoder: args.encoder.as_deref(),
        sentences: &args.sentences,
        out: &args.out,
        work: &args.work,
        threads: args.threads,
    };
    build.run(run)?;
    Ok(())
}
