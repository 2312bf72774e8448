//! `osusume train`: ratings in, item vectors out.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use osusume_tables::{CatalogueColumns, Entry, ItemKeys, RatingColumns, Vectors, read_catalogue};
use osusume_train::{
    Control, Epoch, Feedback, Interactions, Keep, Recipe, Residual, Resume, Stopped, TrainError,
    TrainOutput, Trial, place, train,
};

/// Train item vectors on ratings (neural collaborative filtering).
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ratings: CSV or tab separated with a header line, plain or gzip.
    #[arg(long, value_name = "FILE")]
    ratings: PathBuf,
    /// Ratings of items that this catalogue does not have are counted and left out.
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// Where the vectors go (safetensors).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Where training goes on from after an interruption; removed when it is over [default: --out, its extension
    /// replaced by .resume].
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Vectors of the items' texts (safetensors, as `osusume encode` writes them), by which items without ratings get a place
    /// if the recipe has `cold`.
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
    /// Where all randomness starts; with --threads 1 the same seed gives the same bytes.
    #[arg(long)]
    seed: Option<u64>,
    /// Threads [default: one a core].
    #[arg(long)]
    threads: Option<usize>,
    /// Leave out items with fewer interactions.
    #[arg(long)]
    min_interactions: Option<u32>,
    /// Adam's step size.
    #[arg(long)]
    learning_rate: Option<f32>,
    /// What a row means: implicit (every row counts as 1), weighted (as much as its rating says) or explicit (its rating,
    /// brought to 0 to 1, is the target).
    #[arg(long, value_name = "implicit|weighted|explicit")]
    feedback: Option<String>,
    /// Column of the users, where the header is not one of the known ones (then with --item-column).
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
    /// Between fields: one character, or "tab".
    #[arg(long, value_name = "CHAR", default_value = ",", requires = "user_column")]
    delimiter: String,
    /// Day for the provenance, YYYY-MM-DD; without it the output depends on inputs and seed alone.
    #[arg(long)]
    date: Option<String>,
}

impl Args {
    fn recipe(&self) -> crate::error::Result<Recipe> {
        let mut recipe = match &self.recipe {
            Some(path) if path.as_os_str() != "auto" => Recipe::read(path)?,
            _ => Recipe::default(),
        };
        set(&mut recipe.dims, self.dims);
        set(&mut recipe.epochs, self.epochs);
        set(&mut recipe.seed, self.seed);
        set(&mut recipe.min_interactions, self.min_interactions);
        set(&mut recipe.learning_rate, self.learning_rate);
        match self.feedback.as_deref() {
            None => {}
            Some("implicit") => recipe.feedback = Feedback::Implicit,
            Some("weighted") => recipe.feedback = Feedback::Weighted,
            Some("explicit") => recipe.feedback = Feedback::Explicit,
            Some("ratings") => recipe.feedback = Feedback::Ratings,
            Some(other) => {
                let (name, value) = ("feedback", other.to_owned());
                return Err(TrainError::Setting {
                    name,
                    value,
                    expected: "implicit, weighted or explicit",
                }
                .into());
            }
        }
        recipe.check()?;
        Ok(recipe)
    }

    fn columns(&self) -> crate::error::Result<Option<RatingColumns>> {
        let (Some(user), Some(item)) = (&self.user_column, &self.item_column) else {
            return Ok(None);
        };
        let delimiter = match self.delimiter.as_bytes() {
            b"tab" | b"\\t" => b'\t',
            [one] => *one,
            _ => {
                let (name, value) = ("delimiter", self.delimiter.clone());
                return Err(TrainError::Setting {
                    name,
                    value,
                    expected: "one character or \"tab\"",
                }
                .into());
            }
        };
        Ok(Some(RatingColumns {
            user: user.clone(),
            item: item.clone(),
            rating: self.rating_column.clone(),
            timestamp: self.timestamp_column.clone(),
            delimiter,
        }))
    }
}

fn set<T: Copy>(setting: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *setting = value;
    }
}

static CANCEL: AtomicBool = AtomicBool::new(false);

/// Which items of the ratings count.
pub struct Items {
    ids: HashSet<u32>,
    keys: HashMap<String, u32>,
}

impl Items {
    /// Those of a catalogue.
    pub fn of(entries: &[Entry]) -> Self {
        let keys =
            entries.iter().filter_map(|entry| Some((entry.key.clone()?, entry.id))).collect();
        Self { ids: entries.iter().map(|entry| entry.id).collect(), keys }
    }

    fn keys(&self) -> ItemKeys<'_> {
        if self.keys.is_empty() { ItemKeys::Ids(&self.ids) } else { ItemKeys::Keys(&self.keys) }
    }
}

/// Reads the ratings and trains on them behind a progress bar, with settings found within the time `auto` if it is given; lines where standard error is no terminal.
pub fn train_on(
    ratings: &Path,
    columns: Option<&RatingColumns>,
    items: Option<&Items>,
    recipe: &Recipe,
    auto: Option<Duration>,
    threads: usize,
    resume: &Path,
) -> crate::error::Result<TrainOutput> {
    let mut recipe = recipe.clone();
    let bar = ProgressBar::new(u64::from(recipe.epochs));
    bar.set_style(
        ProgressStyle::with_template("{spinner} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar.set_message(format!("reading {}", ratings.display()));
    bar.enable_steady_tick(Duration::from_millis(200));
    // Time stamps, where there are any, decide what is held out.
    let keep = Keep { ratings: recipe.feedback != Feedback::Implicit, order: true };
    let (data, report) =
        Interactions::read(ratings, columns, items.map_or(ItemKeys::Any, Items::keys), keep)?;
    let say = |line: String| if bar.is_hidden() { eprintln!("{line}") } else { bar.println(line) };
    say(format!(
        "{} rows of {} users: {} interactions with {} items ({} unrated, {} repeated, {} of unknown items)",
        report.rows,
        report.users,
        data.len(),
        data.items(),
        report.unrated,
        report.duplicates,
        report.unknown_items
    ));

    // The first interrupt ends training and keeps what there is; where no handler can be set, it ends the process.
    if ctrlc::set_handler(|| CANCEL.store(true, Ordering::Relaxed)).is_err() {
        say("interrupting will lose what has been trained".to_owned());
    }
    if let Some(budget) = auto {
        let control = Control { progress: &mut |_| {}, cancel: &CANCEL, resume: None, threads };
        bar.set_message("trying settings");
        let mut tried = |trial: &Trial| {
            say(format!("validation NDCG@10 {:.4}  {}", trial.ndcg10, trial.recipe))
        };
        recipe = Recipe::auto(&recipe, &data, budget, &control, &mut tried)?;
        if CANCEL.swap(false, Ordering::Relaxed) {
            say("no more settings; training with the best so far (interrupt again to stop that)"
                .to_owned());
        }
        bar.set_length(u64::from(recipe.epochs));
    }

    bar.disable_steady_tick();
    if let Ok(style) =
        ProgressStyle::with_template("{bar:24} {pos}/{len} epochs, {eta} left  {msg}")
    {
        bar.set_style(style);
    }
    bar.set_message("");
    let mut is_first = true;
    let mut progress = |epoch: &Epoch| {
        if std::mem::take(&mut is_first) && epoch.epoch > 1 {
            say(format!("going on from {} after epoch {}", resume.display(), epoch.epoch - 1));
        }
        let line = format!(
            "loss {:.4}  HR@10 {:.4}  NDCG@10 {:.4}  {:.2} M samples/s",
            epoch.loss,
            epoch.hr10,
            epoch.ndcg10,
            epoch.samples_per_s / 1e6
        );
        if bar.is_hidden() {
            eprintln!("epoch {}/{}  {line}", epoch.epoch, epoch.epochs);
        }
        bar.set_message(line);
        bar.set_position(u64::from(epoch.epoch));
    };
    let mut warn = |why| say(format!("the state could not be kept, training goes on: {why}"));
    let mut control = Control {
        progress: &mut progress,
        cancel: &CANCEL,
        resume: Some(Resume { path: resume, warn: &mut warn }),
        threads,
    };
    let mut output = train(data, &recipe, &mut control)?;
    bar.finish_and_clear();
    match output.stopped {
        Some(Stopped::Diverged(epoch)) => say(format!(
            "the loss of epoch {epoch} is not a number; these are the vectors of the epoch before (try a lower \
             learning_rate)"
        )),
        Some(Stopped::Cancelled) => {
            say("stopped after the last whole epoch; the same command goes on".to_owned());
        }
        None => {}
    }
    let provenance = &mut output.vectors.provenance;
    let file = ratings.file_name().unwrap_or_default().to_string_lossy();
    provenance.data = format!("{file}, {} rows: {}", report.rows, provenance.data);
    Ok(output)
}

/// Gives the items that have a text and no ratings a place.
pub fn place_cold(output: &mut TrainOutput, texts: &Vectors, lambda: f64) {
    let placed = place(&mut output.vectors, output.residual.as_mut(), texts, lambda);
    output.counts.resize(output.vectors.ids.len(), 0);
    let data = &mut output.vectors.provenance.data;
    *data = format!("{data}; {placed} items without ratings placed by their texts");
    eprintln!("{placed} items without ratings placed by their texts");
}

/// Writes the vectors and what goes with them; what the training could go on from is no longer needed if it is over.
pub fn write(output: &TrainOutput, path: &Path, resume: &Path) -> crate::error::Result<()> {
    let more = output.residual.as_ref().map_or_else(Vec::new, Residual::tensors);
    output.vectors.write_with(path, &more)?;
    if output.stopped.is_none() {
        let _ = std::fs::remove_file(resume); // most trainings are too short to leave one
    }
    Ok(())
}

/// Runs the subcommand.
pub fn run(args: &Args) -> crate::error::Result<()> {
    let recipe = args.recipe()?;
    let threads =
        args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let columns = args.columns()?;
    let items = match &args.catalogue {
        Some(path) => Some(Items::of(&read_catalogue(path, &CatalogueColumns::default())?.0)),
        None => None,
    };
    let auto = args.recipe.as_ref().is_some_and(|path| path.as_os_str() == "auto");
    let auto = auto.then(|| Duration::from_secs(args.budget));
    let resume = args.resume.clone().unwrap_or_else(|| args.out.with_extension("resume"));
    let mut output =
        train_on(&args.ratings, columns.as_ref(), items.as_ref(), &recipe, auto, threads, &resume)?;
    output.vectors.provenance.date.clone_from(&args.date);
    if recipe.cold > 0.0 {
        let Some(texts) = &args.texts else {
            let (name, value) = ("cold", format!("{} without --texts", recipe.cold));
            return Err(TrainError::Setting {
                name,
                value,
                expected: "0, or --texts FILE beside it",
            }
            .into());
        };
        place_cold(&mut output, &Vectors::read(texts)?, recipe.cold);
    }
    write(&output, &args.out, &resume)?;
    let quality: Vec<String> = output
        .vectors
        .provenance
        .quality
        .iter()
        .map(|(name, value)| format!("{name} {value:.4}"))
        .collect();
    eprintln!(
        "{}: {} × {} vectors, exponent {}, {}",
        args.out.display(),
        output.vectors.ids.len(),
        output.vectors.dims,
        output.exponent,
        quality.join(", ")
    );
    Ok(())
}
