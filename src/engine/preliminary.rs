//! Early answers from neighbour lists, while the catalogue and the vectors are not loaded yet.
//!
//! Imports `request`, `answer` and `state`; uses the methods of `lookup` and `recommend`.

use super::answer::{Answer, Recommended, Warning};
use super::error::EngineError;
use super::request::{ModelChoice, Request};
use super::state::Engine;

impl Engine {
    /// Answers from the neighbour lists, if they suffice. They do for one liked item, one model
    /// with lists, no other field that changes the answer, and no more results than a list has.
    ///
    /// The items and their order are those of [`Engine::recommend`]. The scores are relative to the
    /// best.
    pub fn preliminary(&self, request: &Request) -> Result<Option<Answer<'_>>, EngineError> {
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
                return Ok(None); // the title is not loaded yet
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

    /// Returns the exact answer; if the files for it are not loaded, the answer of
    /// [`Engine::preliminary`].
    pub fn recommend_early(&self, request: &Request) -> Result<Answer<'_>, EngineError> {
        match self.recommend(request) {
            Err(error @ (EngineError::CatalogueNotLoaded | EngineError::ModelNotLoaded(_))) => {
                self.preliminary(request)?.ok_or(error)
            }
            answer => answer,
        }
    }
}
