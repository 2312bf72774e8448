//! The build pipeline: read, train, encode, distil, draw the map, pack, and publish once at the end.
//! One cancellation token and one progress sink go through all stages. It prints nothing.
//!
//! Each stage also stands alone, for a caller that runs one of them.

mod encode;
mod error;
mod pack;
mod run;
mod train;
mod uncovered;

use std::path::{Path, PathBuf};

use osusume::format::Role;
use osusume_tables::{
    Entry, FieldColumn, FieldValues, ReleaseRecipe, TableError, Vectors, read_catalogue,
};
use osusume_train::{Recipe, TrainOutput};

use crate::assemble::PackReport;
use crate::entries::{entries, fields};
use crate::input::ModelInput;

pub use encode::{Encoding, read_sentences, texts_of};
pub use error::{PipelineError, Result};
pub use pack::{Packing, model_input, weights_input};
pub use run::{Event, Run, Stage};
pub use train::{KnownItems, Trained, Training, add_content, place_cold, write_trained};
pub use uncovered::{Coverage, UncoveredGroup, UncoveredItem, UncoveredReason};

/// The inputs of a release, and where it goes.
#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    /// The catalogue.
    pub catalogue: &'a Path,
    /// How the catalogue is read and the release is made.
    pub recipe: &'a ReleaseRecipe,
    /// The ratings. Without them there is no model "ncf".
    pub ratings: Option<&'a Path>,
    /// The folder of a sentence transformer. Without it there is no model "synopsis".
    pub encoder: Option<&'a Path>,
    /// Text files that the text encoder also learns from.
    pub sentences: &'a [PathBuf],
    /// The release's folder.
    pub out: &'a Path,
    /// The folder for vectors and for what an interrupted run resumes from.
    pub work: &'a Path,
    /// Training threads.
    pub threads: usize,
}

impl Build<'_> {
    /// Runs every stage and publishes the release.
    ///
    /// A run that fails or is cancelled leaves the old release as it is. The next run resumes
    /// training and encoding; with one thread it gives the bytes of an uninterrupted run.
    pub fn run(&self, run: Run<'_>) -> Result<PackReport> {
        let (mut entries, mut fields) = read_entries(self.catalogue, self.recipe, run)?;
        std::fs::create_dir_all(self.work).map_err(TableError::io(self.work))?;
        let settings =
            self.recipe.train.as_deref().map_or_else(|| Ok(Recipe::default()), Recipe::read)?;
        settings.check()?;
        let checkpoint = self.work.join("ncf.resume");
        let mut trained = None;
        let mut coverage = Coverage { has_texts: self.encoder.is_some(), ..Coverage::default() };
        if let Some(ratings) = self.ratings {
            let items = KnownItems::new(&entries);
            let training = Training {
                ratings,
                columns: None,
                items: Some(&items),
                recipe: &settings,
                auto_budget: None,
                threads: self.threads,
                resume: &checkpoint,
            };
            let Trained { output, rare } = training.run(run)?;
            (coverage.min_interactions, coverage.rare) = (Some(settings.min_interactions), rare);
            write_trained(&output, &self.work.join("ncf.safetensors"))?;
            count_people(&mut entries, &mut fields, &output);
            trained = Some(output);
        }
        let mut models = Vec::new();
        if settings.has_content() && self.encoder.is_none() {
            let text = "text_weight and predicted of the recipe need an encoder: no weight comes \
                        from content";
            run.report(Event::Warning(text.to_owned()));
        }
        if let Some(folder) = self.encoder {
            let model = self.encode(folder, &entries, run)?;
            if let Some(output) = trained.as_mut().filter(|_| settings.cold > 0.0) {
                place_cold(output, &model.vectors, settings.cold, run);
            }
            if let Some(output) = trained.as_mut() {
                let how = (&settings, self.threads);
                add_content(output, &entries, &fields, &model.vectors, how, run);
            }
            models.push(model);
        }
        if let Some(output) = trained {
            let mut model = model_input("ncf", output.vectors);
            model.residual = output.residual.as_ref().map(weights_input);
            models.insert(0, model);
        }
        let (out, recipe) = (self.out, self.recipe);
        let (entries, fields, coverage) = (&entries[..], &fields[..], &coverage);
        let packing = Packing { out, entries, fields, recipe, coverage };
        let report = packing.run(models, run)?;
        let _ = std::fs::remove_file(checkpoint); // only runs with ratings have one
        Ok(report)
    }

    /// Returns the model of the texts.
    fn encode(&self, folder: &Path, entries: &[Entry], run: Run<'_>) -> Result<ModelInput> {
        let texts = texts_of(entries);
        name_silent(entries, run);
        let resume = self.work.join("synopsis.resume");
        let encoding = Encoding::open(folder, &texts, &resume)?;
        let more = if self.recipe.distil { read_sentences(self.sentences, run)? } else { vec![] };
        if self.recipe.distil {
            encoding.forecast_distil(&more, run)?;
        }
        let mut vectors = encoding.run(run)?;
        name_source(&mut vectors, self.catalogue);
        vectors.write(&self.work.join("synopsis.safetensors"))?;
        let mut model = model_input("synopsis", vectors);
        if self.recipe.distil {
            let table = encoding.distil(&more, &self.work.join("text.resume"), run)?;
            table.write(&self.work.join("text.safetensors"))?;
            model.text = Some(table);
        }
        Ok(model)
    }
}

/// Reads the catalogue as the recipe says: its items, and the fields of a release, each with a value
/// for each item.
pub fn read_entries(
    path: &Path,
    recipe: &ReleaseRecipe,
    run: Run<'_>,
) -> Result<(Vec<Entry>, Vec<FieldColumn>)> {
    run.start(Stage::Reading(path))?;
    let (table, report) = read_catalogue(path, &recipe.catalogue)?;
    run.report(Event::CatalogueRead { path, report: &report });
    Ok((entries(&table), fields(table)))
}

/// Names the first items that have no text to encode.
fn name_silent(entries: &[Entry], run: Run<'_>) {
    let silent: Vec<&Entry> = entries.iter().filter(|entry| entry.text.is_none()).collect();
    let named: Vec<String> =
        silent.iter().take(3).map(|entry| format!("{} {:?}", entry.id, entry.title)).collect();
    if !named.is_empty() {
        let (count, all, named) = (silent.len(), entries.len(), named.join("; "));
        let text = format!("{count} of {all} items have no text to encode, for instance {named}");
        run.report(Event::Warning(text));
    }
}

/// Puts the catalogue's file name before the data in the provenance of vectors of its texts.
pub fn name_source(vectors: &mut Vectors, catalogue: &Path) {
    let data = &mut vectors.provenance.data;
    *data = format!("{}: {data}", catalogue.file_name().unwrap_or_default().to_string_lossy());
}

/// The name of the popularity that is counted in the ratings.
const PEOPLE: &str = "members";

/// Counts the people of each item by the ratings, if the catalogue does not say how many know it.
pub fn count_people(entries: &mut [Entry], fields: &mut Vec<FieldColumn>, output: &TrainOutput) {
    if fields.iter().any(|field| field.role == Some(Role::Popularity)) {
        return;
    }
    for entry in &mut *entries {
        let row = output.vectors.ids.binary_search(&entry.id).ok();
        entry.popularity = row.map(|row| f64::from(output.counts[row]));
    }
    if fields.iter().all(|field| field.name != PEOPLE) {
        let values = FieldValues::Number(entries.iter().map(|entry| entry.popularity).collect());
        fields.push(FieldColumn::new(PEOPLE, Some(Role::Popularity), values));
    }
}
