//! The training stage: ratings in, item vectors and weights out.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use osusume_tables::{Entry, ItemKeys, RatingColumns, Vectors};
use osusume_train::{
    Control, Epoch, Feedback, Interactions, Keep, Recipe, Residual, Resume, Stopped, TrainOutput,
    Trial, place, train,
};

use super::Result;
use super::run::{Event, Run, Stage};

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
    /// The ratings: CSV or tab separated, plain or gzip.
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
        let file = self.ratings.file_name().unwrap_or_default().to_string_lossy();
        provenance.data = format!("{file}, {rows} rows: {}", provenance.data);
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
        run.start(Stage::Reading(self.ratings))?;
        // Timestamps, if there are any, decide which interactions are held out.
        let keep = Keep { ratings: self.recipe.feedback != Feedback::Implicit, order: true };
        let items = self.items.map_or(ItemKeys::Any, KnownItems::keys);
        let dislikes = self.recipe.dislikes();
        let (data, report) =
            Interactions::read(self.ratings, self.columns, &dislikes, items, keep)?;
        let (interactions, items) = (data.len(), data.items());
        run.report(Event::RatingsRead { report: &report, interactions, items });
        run.cancel.check()?;
        Ok((data, report.rows))
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

/// Writes the vectors and, with them, the weights.
pub fn write_trained(output: &TrainOutput, path: &Path) -> Result<()> {
    let weights = output.residual.as_ref().map_or_else(Vec::new, Residual::tensors);
    Ok(output.vectors.write_with(path, &weights)?)
}
