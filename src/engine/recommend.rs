//! A request in, the exact top n out.
//!
//! Imports `blend`, `explain`, `filter` and `diversify`; only `preliminary` stands above it.

use super::answer::{Answer, Recommended, Warning};
use super::best::Best;
use super::blend::Part;
use super::diversify::{diversify, pool_size};
use super::error::EngineError;
use super::filter::Mask;
use super::model::LoadedModel;
use super::request::Request;
use super::state::Engine;
use crate::topk::Scored;

/// Least diversity of a start list: it is varied even if the request wants no diversity.
const START_DIVERSITY: f32 = 0.5;

impl Engine {
    /// Returns the exact top n of the request.
    pub fn recommend(&self, request: &Request) -> Result<Answer<'_>, EngineError> {
        request.check()?;
        self.check_catalogue()?;
        let liked = self.weighted(&request.liked)?;
        let disliked = self.weighted(&request.disliked)?;
        let mask = self.mask(request, &liked, &disliked)?;
        let mut warnings = Vec::new();
        let parts = if liked.is_empty() && request.text.is_none() {
            Vec::new()
        } else {
            self.parts(request, &liked, &disliked, &mut warnings)?
        };
        let models: Vec<&LoadedModel> = if parts.is_empty() {
            // The models of a start list only tell how different two items are.
            warnings.push(Warning::StartList);
            let chosen = self.chosen(request.model.as_ref())?;
            chosen.iter().map(|(name, _)| self.loaded(name)).collect::<Result<_, _>>()?
        } else {
            parts.iter().map(|part| part.model).collect()
        };
        let chosen = self.best(request, &parts, &models, &mask);
        if chosen.len() < request.n {
            warnings.push(Warning::FewMatches { asked: request.n, found: chosen.len() });
        }
        let items = chosen
            .into_iter()
            .map(|scored| self.recommended(scored, request.explain, &parts))
            .collect();
        let model = models.iter().map(|model| model.name()).collect::<Vec<_>>().join("+");
        let release = &self.manifest.release;
        Ok(Answer { items, model, release, preliminary: false, warnings })
    }

    /// Returns which rows may be results: those that pass the filter and are not in the request.
    fn mask<'a>(
        &'a self,
        request: &'a Request,
        liked: &[(u32, f32)],
        disliked: &[(u32, f32)],
    ) -> Result<Mask<'a>, EngineError> {
        let mut mask = Mask::new(&self.catalogue, &request.filter)?;
        for &(row, _) in liked.iter().chain(disliked) {
            mask.exclude(row);
        }
        for id in &request.filter.exclude {
            if let Ok(row) = self.row_of(id) {
                mask.exclude(row);
            }
        }
        Ok(mask)
    }

    /// Returns the results in order. Without parts they are a start list.
    fn best(
        &self,
        request: &Request,
        parts: &[Part<'_>],
        models: &[&LoadedModel],
        mask: &Mask<'_>,
    ) -> Vec<Scored> {
        let diversity = if parts.is_empty() {
            request.diversity.max(START_DIVERSITY)
        } else {
            request.diversity
        };
        let series = |row: u32| self.catalogue.series(row);
        let wanted = if diversity > 0.0 { pool_size(request.n) } else { request.n };
        let mut best = Best::new(wanted, request.filter.collapse_series.then_some(&series));
        if parts.is_empty() {
            self.offer_popular(mask, &mut best);
        } else {
            self.offer_combined(request, parts, mask, &mut best);
        }
        let best = best.finish();
        if diversity > 0.0 { diversify(request.n, best, diversity, models) } else { best }
    }

    /// Offers every item that passes, with its popularity as its score.
    fn offer_popular(&self, mask: &Mask<'_>, best: &mut Best<'_>) {
        for row in (0..self.catalogue.items()).filter(|&row| mask.passes(row)) {
            best.offer(Scored { row, score: self.catalogue.popularity(row) });
        }
    }

    /// Returns a row as a result, with its reasons if the request wants them.
    fn recommended(
        &self,
        Scored { row, score }: Scored,
        explain: bool,
        parts: &[Part<'_>],
    ) -> Recommended<'_> {
        let (because, by_model) = if explain && !parts.is_empty() {
            let (because, by_model) = self.reasons(row, parts);
            (Some(because), Some(by_model))
        } else {
            (None, None)
        };
        let (key, title) = (self.catalogue.key(row), self.catalogue.title(row));
        Recommended {
            id: self.catalogue.id(row),
            key,
            title,
            score: f64::from(score),
            because,
            by_model,
        }
    }
}
