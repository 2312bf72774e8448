//! Ids and titles to catalogue rows, and what the engine knows of one item.
//!
//! Imports `state`, `request`, `validate` and `error`.

use super::error::EngineError;
use super::model::LoadedModel;
use super::request::{Id, ModelChoice, WeightedItem};
use super::state::Engine;
use super::validate::check_limit;
use crate::catalogue::{Item, Match};

impl Engine {
    /// Returns the catalogue row that `text` names: by id or text id, else by title.
    pub fn row(&self, text: &str) -> Result<u32, EngineError> {
        match self.row_by_id(text) {
            Ok(row) => Ok(row),
            Err(error) if text.bytes().all(|b| b.is_ascii_digit()) => Err(error),
            Err(_) => self.row_by_title(text),
        }
    }

    /// Returns the catalogue row of an id or text id.
    pub fn row_by_id(&self, text: &str) -> Result<u32, EngineError> {
        let by_number = || text.parse().ok().and_then(|id| self.catalogue.row_of_id(id));
        let row = self.catalogue.row_of_key(text).or_else(by_number);
        row.ok_or_else(|| self.unknown(text.to_owned()))
    }

    /// Returns the catalogue row of the one item with this title, in any language.
    pub fn row_by_title(&self, text: &str) -> Result<u32, EngineError> {
        let rows = self.catalogue.rows_titled(text);
        let text = text.to_owned();
        match rows.as_slice() {
            [row] => Ok(*row),
            [] => {
                let near = self.catalogue.find(&text, 5);
                let candidates = near.iter().map(|m| (m.item.id, m.matched.to_owned())).collect();
                Err(EngineError::UnknownTitle { text, candidates })
            }
            rows => {
                let named =
                    |&row: &u32| (self.catalogue.id(row), self.catalogue.title(row).to_owned());
                let candidates = rows.iter().map(named).collect();
                Err(EngineError::AmbiguousTitle { text, candidates })
            }
        }
    }

    /// Returns everything that the catalogue has on an item.
    pub fn item(&self, id: u32) -> Result<Item<'_>, EngineError> {
        Ok(self.catalogue.item(self.row_of(&Id::Number(id))?))
    }

    /// Returns the `limit` best matches of a text while it is typed; see [`Catalogue::find`].
    ///
    /// [`Catalogue::find`]: crate::catalogue::Catalogue::find
    pub fn find(&self, text: &str, limit: usize) -> Result<Vec<Match<'_>>, EngineError> {
        check_limit(limit)?;
        self.check_catalogue()?;
        Ok(self.catalogue.find(text, limit))
    }

    /// Prepares the first [`Engine::find`] a part at a time; returns whether work is left. See
    /// [`Catalogue::warm`].
    ///
    /// [`Catalogue::warm`]: crate::catalogue::Catalogue::warm
    pub fn warm(&self) -> bool {
        self.catalogue.warm()
    }

    /// Returns the names of the loaded models that cover an item.
    pub fn models_of(&self, id: u32) -> Result<Vec<&str>, EngineError> {
        self.models_where(id, |_, _| true)
    }

    /// Returns the names of the loaded models that have no vector of an item, only weights: these are
    /// predicted from its content.
    pub fn models_predicting(&self, id: u32) -> Result<Vec<&str>, EngineError> {
        self.models_where(id, |model, row| row >= model.blob.rows_with_vector())
    }

    /// Returns the names of the loaded models that cover an item in a row that passes `test`.
    fn models_where(
        &self,
        id: u32,
        test: fn(&LoadedModel, u32) -> bool,
    ) -> Result<Vec<&str>, EngineError> {
        let row = self.row_of(&Id::Number(id))?;
        let loaded = self.manifest.models.iter().zip(&self.models);
        let covers = |model: &LoadedModel| model.blob.row_of(row).is_some_and(|at| test(model, at));
        let covering = loaded.filter(|(_, model)| model.as_ref().is_some_and(covers));
        Ok(covering.map(|(entry, _)| entry.name.as_str()).collect())
    }

    /// Fails while the catalogue is not loaded.
    pub fn check_catalogue(&self) -> Result<(), EngineError> {
        if self.is_complete() { Ok(()) } else { Err(EngineError::CatalogueNotLoaded) }
    }

    pub(super) fn row_of(&self, id: &Id) -> Result<u32, EngineError> {
        let row = match id {
            Id::Number(id) => self.catalogue.row_of_id(*id),
            Id::Key(key) => self.catalogue.row_of_key(key),
        };
        row.ok_or_else(|| self.unknown(id.to_string()))
    }

    /// Returns the catalogue rows and weights of the known items; adds the other ids to `unknown`.
    /// An item that is listed twice counts twice.
    pub(super) fn weighted(
        &self,
        items: &[WeightedItem],
        unknown: &mut Vec<Id>,
    ) -> Vec<(u32, f32)> {
        let known = |item: &WeightedItem| Some((self.known_row(&item.id, unknown)?, item.weight));
        items.iter().filter_map(known).collect()
    }

    /// Returns the row of a known id; adds an unknown id to `unknown`.
    pub(super) fn known_row(&self, id: &Id, unknown: &mut Vec<Id>) -> Option<u32> {
        let row = self.row_of(id).ok();
        if row.is_none() {
            unknown.push(id.clone());
        }
        row
    }

    /// Returns the models that the request names, each with its weight.
    pub(super) fn chosen<'a>(
        &'a self,
        choice: Option<&'a ModelChoice>,
    ) -> Result<Vec<(&'a str, f32)>, EngineError> {
        let chosen = match choice {
            None => vec![(self.manifest.default.model.as_str(), 1.0)],
            Some(ModelChoice::One(name)) => vec![(name.as_str(), 1.0)],
            Some(ModelChoice::Blend(weights)) => {
                weights.iter().map(|(name, weight)| (name.as_str(), *weight)).collect()
            }
        };
        if chosen.is_empty() {
            return Err(EngineError::Request("model names no model".into()));
        }
        for (name, _) in &chosen {
            self.position(name)?;
        }
        Ok(chosen)
    }

    /// Returns the error for an id that no loaded item has.
    pub(super) fn unknown(&self, id: String) -> EngineError {
        match self.check_catalogue() {
            Ok(()) => EngineError::UnknownId(id),
            Err(error) => error,
        }
    }
}
