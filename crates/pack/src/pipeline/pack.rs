//! The packing stage: models and a catalogue in, one publication of a release out.

use std::collections::HashSet;
use std::path::Path;

use osusume::format::{ProfileKind, ProfileRule};
use osusume_tables::{Entry, FieldColumn, ReleaseRecipe, Uncovered, Vectors};
use osusume_train as train;

use super::Result;
use super::run::{Event, Run, Stage};
use super::uncovered::Coverage;
use crate::assemble::{PackReport, assemble};
use crate::input::{Metric, ModelInput, WeightsInput};

/// Returns the vectors as a model to pack, compared as their provenance says.
#[must_use]
pub fn model_input(name: &str, vectors: Vectors) -> ModelInput {
    let metric = vectors.provenance.exponent.map_or(Metric::Cosine, Metric::Dot);
    let kind = vectors.provenance.profile.filter(|kind| *kind == ProfileKind::Ridge);
    // A ridge predicts interactions by plain products, whatever the exponent of single items.
    let profile = kind.map(|kind| ProfileRule { kind, exponent: 0.0, ..ProfileRule::default() });
    ModelInput { profile, ..ModelInput::new(name, vectors, metric) }
}

/// Returns trained weights as packing takes them.
#[must_use]
pub fn weights_input(trained: &train::Residual) -> WeightsInput {
    let rows = trained.offsets.len() - 1;
    let pairs = (0..rows).map(|row| trained.of(row).collect()).collect();
    WeightsInput { factor: trained.factor, pairs }
}

/// Where a release goes, and what beside its models it is made of.
#[derive(Debug, Clone, Copy)]
pub struct Packing<'a> {
    /// The release's folder.
    pub out: &'a Path,
    /// The catalogue.
    pub entries: &'a [Entry],
    /// The fields of the release, each with a value for each entry.
    pub fields: &'a [FieldColumn],
    /// Language, date, map and site of the release, and what becomes of uncovered items.
    pub recipe: &'a ReleaseRecipe,
    /// The reasons for items without a vector, as far as earlier stages know them.
    pub coverage: &'a Coverage,
}

impl Packing<'_> {
    /// Packs the models and publishes the release once, with its map if the recipe has one.
    pub fn run(&self, mut models: Vec<ModelInput>, run: Run<'_>) -> Result<PackReport> {
        run.start(Stage::Packing)?;
        for model in &mut models {
            let date = &mut model.vectors.provenance.date;
            if date.is_none() {
                date.clone_from(&self.recipe.date);
            }
        }
        let mut release = assemble(self.entries, self.fields, &models, self.recipe, run.cancel)?;
        if self.recipe.map {
            run.start(Stage::DrawingMap)?;
            release.add_map(run.cancel)?;
        }
        let site = self.recipe.site.as_ref().map(ToString::to_string);
        run.start(Stage::Publishing)?;
        let report = release.publish(self.out, site.as_deref(), run.cancel)?;
        let bare: HashSet<u32> = report.uncovered.iter().copied().collect();
        let entries = self.entries.iter().filter(|entry| bare.contains(&entry.id));
        let groups = self.coverage.groups(entries);
        run.report(Event::Uncovered {
            groups: &groups,
            are_kept: self.recipe.uncovered == Uncovered::Keep,
        });
        run.report(Event::Published { folder: self.out, report: &report });
        Ok(report)
    }
}
