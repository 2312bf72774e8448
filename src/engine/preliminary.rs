//! Early answers from neighbour lists, while the catalogue and the vectors are not loaded yet.
//!
//! Imports `request`, `answer` and `state`; uses the methods of `lookup` and `recommend`.

use super::answer::{Answer, Warning};
use super::error::EngineError;
use super::request::{ModelChoice, Request};
use super::state::Engine;

impl Engine {
    /// Answers from the neighbour lists, if they suffice. They do for one liked item, one model
    /// with lists, no other field that changes the order, and no more results than a list has.
    ///
    /// The items and their order are those of [`Engine::recommend`]. The scores are relative to the
    /// best. The items have no `fields`, which are not loaded yet.
    pub fn preliminary(&self, request: &Request) -> Result<Option<Answer<'_>>, EngineError> {
        request.check()?;
        let Request { liked, disliked, text, limit, model, only, .. } = request;
        let is_plain = text.is_none()
            && disliked.is_empty()
            && request.filter.is_empty()
            && only.is_none()
            && request.exclude.is_empty()
            && !request.collapse
            && self.niche_of(request).is_none()
            && request.diversity == 0.0
            && !request.explain;
        let name = match model {
            None => &self.manifest.default.model,
            Some(ModelChoice::One(name)) => name,
            Some(ModelChoice::Blend(_)) => return Ok(None),
        };
        let lists = self.neighbours[self.position(name)?].as_ref();
        let ([liked], Some(lists), true) = (liked.as_slice(), lists, is_plain && liked.len() == 1)
        else {
            return Ok(None);
        };
        if *limit > lists.n() {
            return Ok(None);
        }
        let Some(near) = lists.of(self.row_of(&liked.id)?) else { return Ok(None) };
        let mut items = Vec::new();
        for (row, score) in near.take(*limit) {
            if row >= self.catalogue.items() {
                return Ok(None); // the title is not loaded yet
            }
            items.push(self.bare(row, score.into()));
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
