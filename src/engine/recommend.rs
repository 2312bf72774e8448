//! A request in, the exact top n out.
//!
//! Imports `blend`, `deadline`, `explain`, `filter` and `diversify`.

use super::answer::{Answer, Recommended, Warning};
use super::best::Best;
use super::blend::Part;
#[cfg(not(target_arch = "wasm32"))]
use super::deadline::Timer;
use super::deadline::{Deadline, ROWS_PER_LOOK};
use super::diversify::{diversify, pool_size};
use super::error::EngineError;
use super::filter::Mask;
use super::model::LoadedModel;
use super::request::Request;
use super::state::Engine;
use crate::topk::Scored;

/// Catalogue rows with weights.
type WeightedRows = Vec<(u32, f32)>;

/// Least diversity of a start list: it is varied even if the request wants no diversity.
const START_DIVERSITY: f32 = 0.5;

impl Engine {
    /// Returns the exact top n of the request.
    pub fn recommend(&self, request: &Request) -> Result<Answer<'_>, EngineError> {
        self.recommend_within(request, Deadline::never())
    }

    /// Returns the exact top n of the request, or [`EngineError::DeadlineExceeded`] if `is_over`
    /// returns true before the answer is complete.
    ///
    /// The engine calls `is_over` between blocks of rows and before each result that it explains. A
    /// request that is given up changes no later answer.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn recommend_until(
        &self,
        request: &Request,
        is_over: &dyn Fn() -> bool,
    ) -> Result<Answer<'_>, EngineError> {
        self.recommend_within(request, Deadline::of(&Timer::new(is_over)))
    }

    fn recommend_within(
        &self,
        request: &Request,
        deadline: Deadline<'_>,
    ) -> Result<Answer<'_>, EngineError> {
        request.check()?;
        deadline.check()?;
        self.check_catalogue()?;
        self.check_fields(&request.fields)?;
        let mut warnings = Vec::new();
        let (liked, disliked, mask) = self.items_of(request, &mut warnings)?;
        let parts = if liked.is_empty() && request.text.is_none() {
            Vec::new()
        } else {
            self.parts(request, &liked, &disliked, &mut warnings, deadline)?
        };
        let models: Vec<&LoadedModel> = if parts.is_empty() {
            // The models of a start list only tell how different two items are.
            warnings.push(Warning::StartList);
            let chosen = self.chosen(request.model.as_ref())?;
            chosen.iter().map(|(name, _)| self.loaded(name)).collect::<Result<_, _>>()?
        } else {
            parts.iter().map(|part| part.model).collect()
        };
        deadline.check()?;
        let chosen = self.best(request, &parts, &models, &mask, deadline);
        if chosen.len() < request.limit {
            warnings.push(Warning::FewMatches { asked: request.limit, found: chosen.len() });
        }
        self.check_length(&chosen, request)?;
        let item = |scored: Scored| {
            let parts = if request.explain && deadline.is_over() { &[] } else { parts.as_slice() };
            self.recommended(scored, request, parts)
        };
        let items = chosen.into_iter().map(item).collect();
        deadline.check()?;
        let model = models.iter().map(|model| model.name()).collect::<Vec<_>>().join("+");
        let release = &self.manifest.release;
        Ok(Answer { items, model, release, warnings })
    }

    /// Returns the `niche` of a request. One that names neither a model nor a `niche` has that of the
    /// default question.
    pub(super) fn niche_of(&self, request: &Request) -> Option<f32> {
        let default = self.manifest.default.niche.filter(|_| request.model.is_none());
        request.niche.or(default)
    }

    /// Returns the known liked and disliked items, and which rows may be results: those that pass
    /// the filter and are not in the request. Fails if no liked id is known and there is no text.
    fn items_of<'a>(
        &'a self,
        request: &Request,
        warnings: &mut Vec<Warning>,
    ) -> Result<(WeightedRows, WeightedRows, Mask<'a>), EngineError> {
        let mut mask = Mask::new(&self.catalogue, &request.filter)?;
        let mut unknown = Vec::new();
        let liked = self.weighted(&request.liked, &mut unknown);
        if let (true, Some(first), None) = (liked.is_empty(), unknown.first(), &request.text) {
            return Err(self.unknown(first.to_string()));
        }
        let disliked = self.weighted(&request.disliked, &mut unknown);
        if let Some(only) = &request.only {
            mask.exclude_all();
            for row in only.iter().filter_map(|id| self.known_row(id, &mut unknown)) {
                mask.include(row);
            }
        }
        for &(row, _) in liked.iter().chain(&disliked) {
            mask.exclude(row);
        }
        for row in request.exclude.iter().filter_map(|id| self.row_of(id).ok()) {
            mask.exclude(row);
        }
        if !unknown.is_empty() {
            warnings.push(Warning::UnknownIds { ids: unknown });
        }
        Ok((liked, disliked, mask))
    }

    /// Returns the results in order. Without parts they are a start list.
    fn best(
        &self,
        request: &Request,
        parts: &[Part<'_>],
        models: &[&LoadedModel],
        mask: &Mask<'_>,
        deadline: Deadline<'_>,
    ) -> Vec<Scored> {
        let diversity = if parts.is_empty() {
            request.diversity.max(START_DIVERSITY)
        } else {
            request.diversity
        };
        let group = |row: u32| self.catalogue.group(row);
        let wanted = if diversity > 0.0 { pool_size(request.limit) } else { request.limit };
        let mut best = Best::new(wanted, request.collapse.then_some(&group));
        if parts.is_empty() {
            self.offer_popular(mask, &mut best, deadline);
        } else {
            self.offer_combined(request, parts, mask, &mut best, deadline);
        }
        let best = best.finish();
        if diversity > 0.0 {
            diversify(request.limit, best, diversity, models, deadline)
        } else {
            best
        }
    }

    /// Offers every item that passes, with its popularity as its score.
    fn offer_popular(&self, mask: &Mask<'_>, best: &mut Best<'_>, deadline: Deadline<'_>) {
        for row in 0..self.catalogue.items() {
            if deadline.is_over_at(row as usize, ROWS_PER_LOOK) {
                return;
            }
            if mask.passes(row) {
                best.offer(Scored { row, score: self.catalogue.popularity(row) });
            }
        }
    }

    /// Returns a row as a result, with its reasons and fields if the request wants them.
    fn recommended(
        &self,
        Scored { row, score }: Scored,
        request: &Request,
        parts: &[Part<'_>],
    ) -> Recommended<'_> {
        let (because, by_model) = if request.explain && !parts.is_empty() {
            let (because, by_model) = self.reasons(row, parts);
            (Some(because), Some(by_model))
        } else {
            (None, None)
        };
        let fields = (!request.fields.is_empty()).then(|| self.values(&request.fields, row));
        Recommended { fields, because, by_model, ..self.bare(row, score.into()) }
    }

    /// Returns a row as a result without reasons and fields.
    pub(super) fn bare(&self, row: u32, score: f64) -> Recommended<'_> {
        let catalogue = &self.catalogue;
        Recommended {
            id: catalogue.id(row),
            key: catalogue.key(row),
            title: catalogue.title(row),
            url: catalogue.url(row),
            image: catalogue.image(row),
            score,
            fields: None,
            because: None,
            by_model: None,
        }
    }
}
