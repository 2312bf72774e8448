//! Answers from neighbour lists, while catalogue and vectors are still on their way.

use super::request::{Answer, ModelChoice, Recommended, Request, Warning};
use super::{Engine, EngineError};
use crate::Result;
use crate::catalogue::Catalogue;
use crate::format::{FormatError, Manifest, Neighbours};

impl Engine {
    /// Returns an engine that knows the ids and main titles of the first items only, as the manifest's file of titles
    /// has them: enough for [`Engine::preliminary`]. [`Engine::complete`] adds the rest.
    pub fn begin(manifest: Manifest, titles: Catalogue) -> Result<Self> {
        if titles.items() > manifest.items {
            return Err(FormatError::Shape("there are more titles than items").into());
        }
        let models = manifest.models.iter().map(|_| None).collect();
        let neighbours = manifest.models.iter().map(|_| None).collect();
        let texts = manifest.models.iter().map(|_| None).collect();
        Ok(Self {
            manifest,
            catalogue: titles,
            whole: false,
            models,
            neighbours,
            texts,
            coded: true,
        })
    }

    /// Puts the whole catalogue in the place of the titles. Vectors are added after this.
    pub fn complete(&mut self, catalogue: Catalogue) -> Result<()> {
        if catalogue.items() != self.manifest.items {
            return Err(other_count());
        }
        (self.catalogue, self.whole) = (catalogue, true);
        Ok(())
    }

    /// Says whether the whole catalogue is here.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.whole
    }

    /// Adds the neighbour lists of the model called `name`.
    pub fn add_neighbours(&mut self, name: &str, lists: Neighbours) -> Result<()> {
        let at = self.position(name)?;
        if lists.shape() != (self.manifest.items, self.manifest.models[at].rows) {
            return Err(FormatError::Shape(
                "the neighbours have other items or rows than their model",
            )
            .into());
        }
        self.neighbours[at] = Some(lists);
        Ok(())
    }

    /// Answers from the neighbour lists, if they hold what is asked for: one liked item and nothing else that decides,
    /// one model with lists, and no more results than a list has. The items and their order are those of
    /// [`Engine::recommend`]; the scores are relative to the best.
    pub fn preliminary(&self, request: &Request) -> Result<Option<Answer<'_>>> {
        request.check()?;
        let Request { liked, disliked, text, n, model, filter, niche, diversity, explain } =
            request;
        let is_plain = text.is_none()
            && disliked.is_empty()
            && filter.passes_all()
            && niche.is_none()
            && *diversity == 0.0
            && !explain;
        let name = match model {
            None => &self.manifest.default_model,
            Some(ModelChoice::One(name)) => name,
            Some(ModelChoice::Blend(_)) => return Ok(None),
        };
        let lists = self.neighbours[self.position(name)?].as_ref();
        let ([liked], Some(lists), true) = (liked.as_slice(), lists, is_plain && liked.len() == 1)
        else {
            return Ok(None);
        };
        if *n > lists.n() {
            return Ok(None);
        }
        let Some(near) = lists.of(self.row_of(&liked.id)?) else { return Ok(None) };
        let mut items = Vec::new();
        for (row, score) in near.take(*n) {
            if row >= self.catalogue.items() {
                return Ok(None); // a title that is still to come
            }
            let (id, key, title) =
                (self.catalogue.id(row), self.catalogue.key(row), self.catalogue.title(row));
            items.push(Recommended {
                id,
                key,
                title,
                score: f64::from(score),
                because: None,
                by_model: None,
            });
        }
        let release = &self.manifest.release;
        let warnings: Vec<Warning> = Vec::new();
        Ok(Some(Answer { items, model: name.clone(), release, preliminary: true, warnings }))
    }

    /// Returns the exact answer or, where what it needs is not loaded, [`Engine::preliminary`]'s.
    pub fn recommend_early(&self, request: &Request) -> Result<Answer<'_>> {
        match self.recommend(request) {
            Err(error) if ["catalogue_not_loaded", "model_not_loaded"].contains(&error.code()) => {
                self.preliminary(request)?.ok_or(error)
            }
            answer => answer,
        }
    }

    /// Fails while only titles are here.
    pub fn check_catalogue(&self) -> Result<()> {
        if self.is_complete() { Ok(()) } else { Err(EngineError::CatalogueNotLoaded.into()) }
    }

    /// What is wrong where nothing has this id.
    pub(super) fn unknown(&self, id: String) -> crate::Error {
        match self.check_catalogue() {
            Ok(()) => EngineError::UnknownId(id).into(),
            Err(error) => error,
        }
    }
}

pub(super) fn other_count() -> crate::Error {
    FormatError::Manifest("its item count is not the catalogue's".into()).into()
}
