//! `osusume build`: ratings and a catalogue in, a release out.

use std::path::PathBuf;

use crate::error::Result;
use osusume_tables::{Entry, TableError};
use osusume_train::{Recipe, TrainOutput};

use crate::encode;
use crate::{catalogue, pack, train};

/// Build a release: train on the ratings, encode the texts, pack both.
///
/// The same inputs give the same release with --threads 1, to the byte.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ratings: CSV or tab separated with a header line, plain or gzip. Without them there is no "ncf" model.
    #[arg(long, value_name = "FILE", required_unless_present = "encoder")]
    ratings: Option<PathBuf>,
    #[command(flatten)]
    catalogue: catalogue::Args,
    /// Sentence encoder: a Hugging Face folder of a BERT-type sentence transformer, such as
    /// pkg-scripts/fetch-encoder.sh obtains. Without it there is no "synopsis" model.
    #[arg(long, value_name = "FOLDER")]
    encoder: Option<PathBuf>,
    /// A text file, a sentence a line, that the text encoder learns from beside the catalogue's sentences. May be repeated.
    #[arg(long, value_name = "FILE", requires = "encoder")]
    sentences: Vec<PathBuf>,
    /// The release's folder; an old release in it is replaced when the new one is whole.
    #[arg(long, value_name = "FOLDER", default_value = "embeddings")]
    out: PathBuf,
    /// Where the stages meet and go on from after an interruption.
    #[arg(long, value_name = "FOLDER", default_value = "osusume-work")]
    work: PathBuf,
    /// Training threads; with 1 the same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> Result<()> {
    let recipe = args.catalogue.recipe()?;
    let mut entries = args.catalogue.read(&recipe)?;
    std::fs::create_dir_all(&args.work).map_err(TableError::io(&args.work))?;
    let mut models = Vec::new();
    let settings = recipe.train.as_deref().map_or_else(|| Ok(Recipe::default()), Recipe::read)?;
    settings.check()?;
    let mut trained = None;
    if let Some(ratings) = &args.ratings {
        let items = train::Items::of(&entries);
        let resume = args.work.join("ncf.resume");
        let output =
            train::train_on(ratings, None, Some(&items), &settings, None, args.threads, &resume)?;
        train::write(&output, &args.work.join("ncf.safetensors"), &resume)?;
        count_members(&mut entries, &output);
        trained = Some(output);
    }
    if let Some(encoder) = &args.encoder {
        let texts = encode::texts(&entries);
        let mut vectors = encode::encode(encoder, &texts, &args.work.join("synopsis.resume"))?;
        vectors.provenance.data = args.catalogue.named(&vectors.provenance.data);
        vectors.write(&args.work.join("synopsis.safetensors"))?;
        if let Some(output) = trained.as_mut().filter(|_| settings.cold > 0.0) {
            train::place_cold(output, &vectors, settings.cold);
        }
        let mut model = pack::model("synopsis", vectors);
        if recipe.distil {
            let table =
                encode::distil(encoder, &texts, &args.sentences, &args.work.join("text.resume"))?;
            table.write(&args.work.join("text.safetensors"))?;
            model.text = Some(table);
        }
        models.push(model);
    }
    if let Some(output) = trained {
        let mut model = pack::model("ncf", output.vectors);
        model.residual = output.residual.as_ref().map(pack::residual);
        models.insert(0, model);
    }
    pack::write(&args.out, &entries, &recipe, models)
}

/// Where the catalogue does not say on how many lists its items are, the ratings do.
fn count_members(entries: &mut [Entry], output: &TrainOutput) {
    if entries.iter().any(|entry| entry.members.is_some()) {
        return;
    }
    for entry in entries {
        entry.members =
            output.vectors.ids.binary_search(&entry.id).ok().map(|row| output.counts[row]);
    }
}
