//! `osusume train`: ratings in, item vectors out.

use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use osusume_pack::pipeline::{
    KnownItems, Run, Trained, Training, add_content, place_cold, read_entries, write_trained,
};
use osusume_tables::{RatingColumns, ReleaseRecipe, Vectors};
use osusume_train::{Feedback, Recipe, TrainOutput};

use crate::error::{Error, Result};

/// Train item vectors on ratings (neural collaborative filtering).
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ratings: CSV or tab separated with a header line, plain or gzip; or the folder of the files
    /// that `[[interactions]]` of the recipe names.
    #[arg(long, value_name = "FILE|FOLDER")]
    ratings: PathBuf,
    /// Ratings of items that this catalogue does not have are counted and left out.
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// Where the vectors go (safetensors).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The checkpoint that the same command resumes from after an interruption; removed when
    /// training is over [default: --out, its extension replaced by .resume].
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Vectors of the items' texts (safetensors, as `osusume encode` writes them). If the recipe
    /// has `cold`, items without ratings get a vector by them; if it has `text_weight` or
    /// `predicted`, weights come from them and from the catalogue.
    #[arg(long, value_name = "FILE")]
    texts: Option<PathBuf>,
    /// Settings in TOML, or "auto" to find them by trying; the options below override them.
    #[arg(long, value_name = "FILE|auto")]
    recipe: Option<PathBuf>,
    /// Seconds that `--recipe auto` may try settings for.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    budget: u64,
    /// Values per vector.
    #[arg(long)]
    dims: Option<usize>,
    /// Passes over the data.
    #[arg(long)]
    epochs: Option<u32>,
    /// Random seed; with --threads 1 the same seed gives the same bytes.
    #[arg(long)]
    seed: Option<u64>,
    /// Threads [default: one per core].
    #[arg(long)]
    threads: Option<usize>,
    /// Leave out items with fewer interactions.
    #[arg(long)]
    min_interactions: Option<u32>,
    /// Adam's step size.
    #[arg(long)]
    learning_rate: Option<f32>,
    /// The meaning of a row: implicit (every row counts as 1), weighted (its rating is its weight) or
    /// explicit (its rating, scaled to 0 to 1, is the target).
    #[arg(long, value_name = "implicit|weighted|explicit")]
    feedback: Option<String>,
    /// A rating below this is a dislike: the row is no interaction.
    #[arg(long, value_name = "RATING")]
    dislike_below: Option<f32>,
    /// A status that makes a row a dislike, such as dropped. May be repeated; replaces those of the
    /// recipe.
    #[arg(long = "dislike-status", value_name = "STATUS")]
    dislike_statuses: Vec<String>,
    /// Column of the users, if the header is not one of the known ones (then with --item-column).
    #[arg(long, value_name = "NAME", requires = "item_column")]
    user_column: Option<String>,
    /// Column of the items.
    #[arg(long, value_name = "NAME", requires = "user_column")]
    item_column: Option<String>,
    /// Column of the ratings; without it every row is an unrated interaction.
    #[arg(long, value_name = "NAME", requires = "user_column")]
    rating_column: Option<String>,
    /// Column of the time stamps.
    #[arg(long, value_name = "NAME", requires = "user_column")]
    timestamp_column: Option<String>,
    /// Column of the statuses.
    #[arg(long, value_name = "NAME", requires = "user_column")]
    status_column: Option<String>,
    /// The separator of fields: one character, or "tab".
    #[arg(long, value_name = "CHAR", default_value = ",", requires = "user_column")]
    delimiter: String,
    /// Day for the provenance, YYYY-MM-DD; without it the output depends on inputs and seed alone.
    #[arg(long)]
    date: Option<String>,
}

impl Args {
    fn recipe(&self) -> Result<Recipe> {
        let mut recipe = match &self.recipe {
            Some(path) if path.as_os_str() != "auto" => Recipe::read(path)?,
            _ => Recipe::default(),
        };
        set(&mut recipe.dims, self.dims);
        set(&mut recipe.epochs, self.epochs);
        set(&mut recipe.seed, self.seed);
        set(&mut recipe.min_interactions, self.min_interactions);
        set(&mut recipe.learning_rate, self.learning_rate);
        set(&mut recipe.dislike_below, self.dislike_below);
        if !self.dislike_statuses.is_empty() {
            recipe.dislike_statuses.clone_from(&self.dislike_statuses);
        }
        match self.feedback.as_deref() {
            None => {}
            Some("implicit") => recipe.feedback = Feedback::Implicit,
            Some("weighted") => recipe.feedback = Feedback::Weighted,
            Some("explicit") => recipe.feedback = Feedback::Explicit,
            Some("ratings") => recipe.feedback = Feedback::Ratings,
            Some(other) => {
                return Err(Error::usage("feedback", other, "implicit, weighted or explicit"));
            }
        }
        recipe.check()?;
        Ok(recipe)
    }

    fn columns(&self) -> Result<Option<RatingColumns>> {
        let (Some(user), Some(item)) = (&self.user_column, &self.item_column) else {
            return Ok(None);
        };
        let delimiter = RatingColumns::parse_delimiter(&self.delimiter).ok_or_else(|| {
            Error::usage("delimiter", &self.delimiter, "one character or \"tab\"")
        })?;
        Ok(Some(RatingColumns {
            user: user.clone(),
            item: item.clone(),
            rating: self.rating_column.clone(),
            timestamp: self.timestamp_column.clone(),
            status: self.status_column.clone(),
            delimiter,
        }))
    }
}

fn set<T: Copy>(setting: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *setting = value;
    }
}

/// Runs the subcommand. An interrupted training writes no vectors and keeps its checkpoint.
pub fn run(args: &Args, run: Run<'_>) -> Result<()> {
    let recipe = args.recipe()?;
    if (recipe.cold > 0.0 || recipe.has_content()) && args.texts.is_none() {
        let expected = "a vector file that `osusume encode` wrote, because the recipe has cold, \
                        text_weight or predicted";
        return Err(Error::usage("texts", "is missing", expected));
    }
    if recipe.has_content() && args.catalogue.is_none() {
        let expected = "the catalogue, because the recipe has text_weight or predicted";
        return Err(Error::usage("catalogue", "is missing", expected));
    }
    let columns = args.columns()?;
    let catalogue = match &args.catalogue {
        Some(path) => Some(read_entries(path, &ReleaseRecipe::default(), run)?),
        None => None,
    };
    let items = catalogue.as_ref().map(|(entries, _)| KnownItems::new(entries));
    let threads = args.threads.unwrap_or_else(|| available_parallelism().map_or(1, usize::from));
    let is_auto = args.recipe.as_ref().is_some_and(|path| path.as_os_str() == "auto");
    let resume = args.resume.clone().unwrap_or_else(|| args.out.with_extension("resume"));
    let training = Training {
        ratings: &args.ratings,
        columns: columns.as_ref(),
        items: items.as_ref(),
        recipe: &recipe,
        auto_budget: is_auto.then(|| Duration::from_secs(args.budget)),
        threads,
        resume: &resume,
    };
    let Trained { mut output, .. } = training.run(run)?;
    output.vectors.provenance.date.clone_from(&args.date);
    if let Some(texts) = args.texts.as_ref().filter(|_| recipe.cold > 0.0) {
        place_cold(&mut output, &Vectors::read(texts)?, recipe.cold, run);
    }
    if let (Some(texts), Some((entries, fields)), true) =
        (&args.texts, &catalogue, recipe.has_content())
    {
        let texts = Vectors::read(texts)?;
        add_content(&mut output, entries, fields, &texts, (&recipe, threads), run);
    }
    write_trained(&output, &args.out)?;
    if output.stopped.is_none() {
        let _ = std::fs::remove_file(&resume); // the checkpoint is no longer needed
    }
    report(args, &output);
    Ok(())
}

fn report(args: &Args, output: &TrainOutput) {
    let vectors = &output.vectors;
    let quality: Vec<String> = vectors
        .provenance
        .quality
        .iter()
        .map(|(name, value)| format!("{name} {value:.4}"))
        .collect();
    eprintln!(
        "{}: {} × {} vectors, exponent {}, {}",
        args.out.display(),
        vectors.ids.len(),
        vectors.dims,
        output.exponent,
        quality.join(", ")
    );
}
