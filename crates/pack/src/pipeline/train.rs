//! The training stage: ratings in, item vectors and weights out.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use osusume_tables::{
    Entry, FieldColumn, FieldValues, ItemKeys, RatingColumns, RatingsReport, TableError, Vectors,
};
use osusume_train::{
    Control, Epoch, Facts, Feedback, Interactions, Keep, Recipe, Residual, Resume, Stopped,
    TrainOutput, Trial, place, train,
};

use super::Result;
use super::run::{Event, Run, Stage};
use crate::series::series;

/// The outcome of reading one file of ratings.
type ReadResult = std::result::Result<(Interactions, RatingsReport), TableError>;

/// The items whose ratings count.
#[derive(Debug, Clone)]
pub struct KnownItems {
    ids: HashSet<u32>,
    keys: HashMap<String, u32>,
}

impl KnownItems {
    /// Returns the items of a catalogue.
    #[must_use]
    pub fn new(entries: &[Entry]) -> Self {
        let keys =
            entries.iter().filter_map(|entry| Some((entry.key.clone()?, entry.id))).collect();
        Self { ids: entries.iter().map(|entry| entry.id).collect(), keys }
    }

    /// Returns how ratings name the items.
    #[must_use]
    pub fn keys(&self) -> ItemKeys<'_> {
        if self.keys.is_empty() { ItemKeys::Ids(&self.ids) } else { ItemKeys::Keys(&self.keys) }
    }
}

/// The training data and the settings.
#[derive(Debug, Clone)]
pub struct Training<'a> {
    /// The ratings: CSV or tab separated, plain or gzip; or the folder of the recipe's sources.
    pub ratings: &'a Path,
    /// Their columns, if the header line does not have the usual names.
    pub columns: Option<&'a RatingColumns>,
    /// The items whose ratings count; all if it is `None`.
    pub items: Option<&'a KnownItems>,
    /// The settings.
    pub recipe: &'a Recipe,
    /// How long other settings than the recipe's are tried first.
    pub auto_budget: Option<Duration>,
    /// Threads, at least 1. One thread gives the same bytes for the same seed.
    pub threads: usize,
    /// The checkpoint. An interrupted run leaves it for the next one.
    pub resume: &'a Path,
}

/// A trained model, and the items that it leaves out.
pub struct Trained {
    /// The model.
    pub output: TrainOutput,
    /// Items with fewer interactions than the recipe asks for, and how many they have.
    pub rare: HashMap<u32, u32>,
}

impl Training<'_> {
    /// Reads the ratings and trains on them.
    pub fn run(&self, run: Run<'_>) -> Result<Trained> {
        let (data, rows) = self.read(run)?;
        let rare = self.rare_items(&data, run);
        let recipe = self.settings(&data, run)?;
        run.start(Stage::Training(recipe.epochs))?;
        let mut is_first = true;
        let mut progress = |epoch: &Epoch| {
            if std::mem::take(&mut is_first) && epoch.epoch > 1 {
                run.report(Event::Resumed { path: self.resume, epochs: epoch.epoch - 1 });
            }
            run.report(Event::Epoch(epoch));
        };
        let mut warn = |why| {
            let text = format!("the checkpoint cannot be written, training continues: {why}");
            run.report(Event::Warning(text));
        };
        let mut control = Control {
            progress: &mut progress,
            cancel: run.cancel.flag(),
            resume: Some(Resume { path: self.resume, warn: &mut warn }),
            threads: self.threads,
        };
        let mut output = train(data, &recipe, &mut control)?;
        run.cancel.check()?;
        if let Some(Stopped::Diverged(epoch)) = output.stopped {
            run.report(Event::Diverged(epoch));
        }
        let provenance = &mut output.vectors.provenance;
        provenance.data = format!("{}, {rows} rows: {}", self.names(), provenance.data);
        Ok(Trained { output, rare })
    }

    /// Returns the items with too few interactions, and names them.
    fn rare_items(&self, data: &Interactions, run: Run<'_>) -> HashMap<u32, u32> {
        let min_interactions = self.recipe.min_interactions;
        let counted = data.ids().iter().copied().zip(data.counts());
        let mut rare: Vec<(u32, u32)> =
            counted.filter(|(_, count)| *count < min_interactions).collect();
        rare.sort_by_key(|&(id, count)| (Reverse(count), id));
        if !rare.is_empty() {
            run.report(Event::TooFewInteractions { min_interactions, items: &rare });
        }
        rare.into_iter().collect()
    }

    /// Returns the interactions, and how many rows the ratings had.
    fn read(&self, run: Run<'_>) -> Result<(Interactions, u64)> {
        let sources = &self.recipe.interactions;
        self.recipe.check_ratings(self.ratings)?;
        // Timestamps, if there are any, decide which interactions are held out.
        let keep = Keep { ratings: self.recipe.feedback != Feedback::Implicit, order: true };
        let items = self.items.map_or(ItemKeys::Any, KnownItems::keys);
        let read = |path: &Path, read: &dyn Fn() -> ReadResult| -> Result<(Interactions, u64)> {
            run.start(Stage::Reading(path))?;
            let (data, report) = read()?;
            let (interactions, items) = (data.len(), data.items());
            run.report(Event::RatingsRead { report: &report, interactions, items });
            run.cancel.check()?;
            Ok((data, report.rows))
        };
        if sources.is_empty() {
            let dislikes = self.recipe.dislikes();
            return read(self.ratings, &|| {
                Interactions::read(self.ratings, self.columns, &dislikes, items, keep)
            });
        }
        let (mut all, mut rows) = (Vec::new(), 0);
        for source in sources {
            let (data, count) = read(&self.ratings.join(&source.file), &|| {
                Interactions::read_source(source, self.ratings, &source.dislikes(), items, keep)
            })?;
            all.push((data, source.source_weight()));
            rows += count;
        }
        Ok((Interactions::joined(all), rows))
    }

    /// Returns the names of the files.
    fn names(&self) -> String {
        let name =
            |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if self.recipe.interactions.is_empty() {
            return name(self.ratings);
        }
        let names: Vec<String> =
            self.recipe.interactions.iter().map(|source| name(&source.file)).collect();
        names.join(", ")
    }

    /// Returns the recipe, or the best of the settings that are tried within the budget.
    fn settings(&self, data: &Interactions, run: Run<'_>) -> Result<Recipe> {
        let Some(budget) = self.auto_budget else { return Ok(self.recipe.clone()) };
        run.start(Stage::TryingSettings)?;
        let cancel = run.cancel.flag();
        let threads = self.threads;
        let control = Control { progress: &mut |_| {}, cancel, resume: None, threads };
        let mut tried = |trial: &Trial| run.report(Event::Tried(trial));
        let recipe = Recipe::auto(self.recipe, data, budget, &control, &mut tried)?;
        run.cancel.check()?;
        Ok(recipe)
    }
}

/// Places the items that have a text and no ratings, by the vectors of the texts.
pub fn place_cold(output: &mut TrainOutput, texts: &Vectors, lambda: f64, run: Run<'_>) {
    let placed = place(&mut output.vectors, output.residual.as_mut(), texts, lambda);
    output.counts.resize(output.vectors.ids.len(), 0);
    let data = &mut output.vectors.provenance.data;
    *data = format!("{data}; {placed} items without ratings placed by their texts");
    run.report(Event::ColdItemsPlaced(placed));
}

/// Adds weights by the content of items, if the recipe wants some: by their texts and `fields`, each
/// of which has a value for each of `entries`.
pub fn add_content(
    output: &mut TrainOutput,
    entries: &[Entry],
    fields: &[FieldColumn],
    texts: &Vectors,
    (recipe, threads): (&Recipe, usize),
    run: Run<'_>,
) {
    if recipe.has_content() {
        let facts = facts(entries, fields);
        let how = recipe.content_weights();
        let report = osusume_train::add_content(output, &facts, texts, how, threads);
        let data = &mut output.vectors.provenance.data;
        *data = format!("{data}; {} items without ratings by their content", report.predicted);
        run.report(Event::ContentAdded(report));
    }
}

/// Returns what the catalogue says of each item, by ascending id.
fn facts(entries: &[Entry], fields: &[FieldColumn]) -> Vec<Facts> {
    let groups = series(&entries.iter().collect::<Vec<_>>());
    let mut numbers: HashMap<(usize, &str), u32> = HashMap::new();
    let mut all: Vec<Facts> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let mut tags = Vec::new();
        let mut year = None;
        for (field, column) in fields.iter().enumerate() {
            let mut add = |name| {
                let next = numbers.len() as u32;
                tags.push(*numbers.entry((field, name)).or_insert(next));
            };
            match &column.values {
                FieldValues::Tags(all) => all[at].iter().for_each(|name| add(name)),
                FieldValues::Category(all) => all[at].iter().for_each(|name| add(name)),
                FieldValues::Date(all) => {
                    year = year.or(all[at].map(|date| f32::from(date.year())));
                }
                FieldValues::Number(all) if column.name == YEAR => {
                    year = year.or(all[at].map(|year| year as f32));
                }
                FieldValues::Number(_) | FieldValues::Text(_) => {}
            }
        }
        tags.sort_unstable();
        tags.dedup();
        let (id, people) = (entry.id, entry.popularity);
        all.push(Facts { id, tags, group: Some(groups[at]), people, year });
    }
    all.sort_unstable_by_key(|facts| facts.id);
    all
}

/// The name of a field of years.
const YEAR: &str = "year";

/// Writes the vectors and, with them, the weights.
pub fn write_trained(output: &TrainOutput, path: &Path) -> Result<()> {
    let weights = output.residual.as_ref().map_or_else(Vec::new, Residual::tensors);
    Ok(output.vectors.write_with(path, &weights)?)
}
