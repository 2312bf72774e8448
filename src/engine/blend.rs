//! The models that take part in an answer, and the score that they give an item together.
//!
//! Imports `lookup`'s and `text`'s methods, `search` through `model`, and `best`.

use std::cell::{RefCell, RefMut};
use std::rc::Rc;

use super::answer::Warning;
use super::best::Best;
use super::deadline::{Deadline, ROWS_PER_LOOK};
use super::error::EngineError;
use super::filter::Mask;
use super::model::{LoadedModel, ModelQuery};
use super::niche::{self, Niche};
use super::request::Request;
use super::search::{Bounds, Means};
use super::state::Engine;
use crate::format::ProfileKind;
use crate::topk::Scored;

/// Rows that are scored for a first threshold, for each row that is wanted.
const LIKELY: usize = 4;

/// A model that takes part in an answer.
pub(super) struct Part<'a> {
    pub model: &'a LoadedModel,
    pub query: Rc<ModelQuery>,
    pub weight: f32,
    means: Means<'a>,
    /// Made when they are first needed: one model alone needs them for `niche` only.
    bounds: RefCell<Option<Bounds<'a>>>,
}

impl<'a> Part<'a> {
    /// Returns an upper bound of each row's score.
    fn bounds(&self) -> RefMut<'_, Bounds<'a>> {
        let new = || Bounds::new(self.model, &self.query, self.means);
        RefMut::map(self.bounds.borrow_mut(), |bounds| bounds.get_or_insert_with(new))
    }
}

/// The part of a model in the score of an item that it covers: `factor × (score − mean)`. An item
/// that it does not cover gets 0, as one that it finds neither likely nor unlikely.
pub(super) struct Term {
    pub factor: f32,
    pub mean: f32,
}

impl Term {
    /// Returns the term of each model. The scores of one model are taken as they are.
    pub fn all(parts: &[Part<'_>]) -> Vec<Self> {
        if let [_] = parts {
            return vec![Self { factor: 1.0, mean: 0.0 }];
        }
        let total: f32 = parts.iter().map(|part| part.weight).sum();
        let term = |part: &Part<'_>| Self {
            factor: part.weight / total * part.query.scale,
            mean: part.model.mean(&part.query) as f32,
        };
        parts.iter().map(term).collect()
    }

    /// Returns what a score gives.
    pub fn of(&self, score: f32) -> f32 {
        self.factor * (score - self.mean)
    }
}

/// The sum of several models' terms, or one model with `niche`.
struct Blend<'p, 'a> {
    parts: &'p [Part<'a>],
    /// One for each part.
    terms: Vec<Term>,
    niche: Option<Niche<'p>>,
    deadline: Deadline<'p>,
}

impl Blend<'_, '_> {
    fn score(&self, row: u32) -> f32 {
        self.sum(row, |part, _, model_row| part.model.score(&part.query, model_row))
    }

    /// Returns what the models' `of` give a row together.
    fn sum(&self, row: u32, of: impl Fn(&Part<'_>, &Term, u32) -> f32) -> f32 {
        let mut sum = 0.0;
        for (part, term) in self.parts.iter().zip(&self.terms) {
            if let Some(model_row) = part.model.blob.row_of(row) {
                sum += term.of(of(part, term, model_row));
            }
        }
        self.with_niche(row, sum)
    }

    fn with_niche(&self, row: u32, sum: f32) -> f32 {
        self.niche.as_ref().map_or(sum, |niche| niche.of(row, sum))
    }

    /// Returns an upper bound of each catalogue row's score before popularity counts, NaN if no model
    /// covers the row.
    ///
    /// The steps are those of [`Blend::score`] in the same order. Each is increasing in the models'
    /// scores and rounding is monotone, so bounds of those scores give a bound of the sum.
    fn bounds(&self, items: u32) -> Vec<f32> {
        let mut sums = vec![f32::NAN; items as usize];
        for (part, term) in self.parts.iter().zip(&self.terms) {
            for (&row, &bound) in part.model.item_rows.iter().zip(part.bounds().all()) {
                let sum = &mut sums[row as usize];
                *sum = if sum.is_nan() { 0.0 } else { *sum } + term.of(bound);
            }
        }
        sums
    }

    /// Returns a close upper bound of a row's score, by the same steps. It need not be closer than
    /// `over` below the bound so far, since the row is out of question then.
    fn close_bound(&self, row: u32, over: f32) -> f32 {
        self.sum(row, |part, term, model_row| {
            let mut bounds = part.bounds();
            let least = bounds.all()[model_row as usize] - over / term.factor;
            bounds.close(model_row, least)
        })
    }

    /// Offers every row that passes and may be among the best. `bounds` are those of
    /// [`Blend::bounds`], with `niche`.
    ///
    /// Scores of likely rows give a first threshold; close bounds are made for the rows alone that
    /// reach it.
    fn offer(&self, bounds: &[f32], best: &mut Best<'_>, passes: &dyn Fn(u32) -> bool) {
        let score = |row| self.score(row);
        let all = || (0..).zip(bounds).map(|(row, &score)| Scored { row, score });
        let likely = LIKELY * best.wanted();
        let done = best.offer_likely(likely, all(), passes, &score, self.deadline);
        let mut left = Vec::new();
        for Scored { row, score } in all() {
            if self.deadline.is_over_at(row as usize, ROWS_PER_LOOK) {
                return;
            }
            if score >= best.least() && done.binary_search(&row).is_err() && passes(row) {
                let over = score - best.least();
                left.push(Scored { row, score: self.close_bound(row, over) });
            }
        }
        best.offer_bounded(&left, passes, &score, self.deadline);
    }

    /// Returns the best ten (of fewer than 100 items: the best tenth), without the query's own items
    /// and before popularity counts. `bounds` are those of [`Blend::bounds`].
    fn best(&self, bounds: &[f32]) -> Vec<Scored> {
        let mut own: Vec<u32> = Vec::new();
        for Part { model, query, .. } in self.parts {
            own.extend(query.items.iter().map(|&(item, _)| model.item_rows[item as usize]));
        }
        own.sort_unstable();
        let covered = bounds.iter().filter(|bound| !bound.is_nan()).count();
        let mut best = Best::new((covered / 10).clamp(1, 10), None);
        self.offer(bounds, &mut best, &|row| own.binary_search(&row).is_err());
        best.finish()
    }

    /// Returns the distance from a typical item to the mean of the best.
    fn span(&self, best: &[Scored]) -> f32 {
        let sum: f64 = best.iter().map(|scored| f64::from(scored.score)).sum();
        let span = sum / best.len().max(1) as f64 - self.typical();
        span.max(0.0) as f32
    }

    /// Returns the score of a typical item.
    fn typical(&self) -> f64 {
        if let [part] = self.parts { part.model.mean(&part.query) } else { 0.0 }
    }
}

impl Engine {
    /// Returns the models that take part, each with its query.
    ///
    /// They are those requested models that cover a liked item or know words of the text. If no
    /// requested model knows words, the first model that does joins them, for the words alone and
    /// with the weight of all others together. If there is no part then, the first model that
    /// covers a liked item takes part.
    pub(super) fn parts<'a>(
        &'a self,
        request: &Request,
        liked: &[(u32, f32)],
        disliked: &[(u32, f32)],
        warnings: &mut Vec<Warning>,
        deadline: Deadline<'a>,
    ) -> Result<Vec<Part<'a>>, EngineError> {
        let mut typed = self.typed(request, liked.is_empty(), warnings)?;
        let chosen = match &typed {
            Some(typed) if request.model.is_none() && liked.is_empty() => vec![(typed.model, 1.0)],
            _ => self.chosen(request.model.as_ref())?,
        };
        let mut parts: Vec<Part<'_>> = Vec::new();
        for &(name, weight) in &chosen {
            let words = typed.take_if(|typed| typed.model == name).map(|typed| typed.words);
            let words = words.unwrap_or_default();
            parts.extend(self.part((name, weight), liked, disliked, words, warnings, deadline)?);
        }
        let fallback = |used: &str| {
            let names = chosen.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("+");
            Warning::ModelFallback { asked: names, used: used.to_owned() }
        };
        if let Some(typed) = typed {
            if parts.is_empty() {
                warnings.insert(0, fallback(typed.model));
            }
            let (model, words) = ((typed.model, 1.0), typed.words);
            let mut words = self.part(model, &[], disliked, words, warnings, deadline)?;
            if let (Some(words), false) = (&mut words, parts.is_empty()) {
                self.balance(words, &parts, deadline);
            }
            parts.extend(words);
        }
        if parts.is_empty() {
            for entry in &self.manifest.models {
                let model = (entry.name.as_str(), 1.0);
                if let Some(part) =
                    self.part(model, liked, disliked, Vec::new(), warnings, deadline)?
                {
                    warnings.insert(0, fallback(&entry.name));
                    parts.push(part);
                    break;
                }
            }
        }
        Ok(parts)
    }

    /// Gives the part of the words the weight with which it counts as much as all `others`
    /// together: the best ten of each lie as far from a typical item.
    ///
    /// A model's scale is that of a typical item. Where popular items have larger scores, the list
    /// of a popular like would drown the words.
    fn balance<'a>(&self, words: &mut Part<'a>, others: &[Part<'a>], deadline: Deadline<'a>) {
        let [words_span, span] = [std::slice::from_ref(words), others].map(|parts| {
            let blend = Blend { parts, terms: Term::all(parts), niche: None, deadline };
            let span = blend.span(&blend.best(&blend.bounds(self.catalogue.items())));
            if let [part] = parts { span * part.query.scale } else { span }
        });
        let ratio = span / words_span;
        words.weight = others.iter().map(|part| part.weight).sum();
        if ratio > 0.0 && ratio < f32::INFINITY {
            words.weight *= ratio;
        }
    }

    /// Returns the distance from a typical item to the best ten: as one liked item gives it, and by
    /// a ridge profile for each of two likes that belong together, else 0. It is the mean over items
    /// spread evenly over the model's rows. `pack` makes the scales of a model of it.
    #[doc(hidden)]
    pub fn typical_spans(&self, model: &str) -> Result<[f32; 2], EngineError> {
        const ASKED: usize = 200;
        let LoadedModel { item_rows: rows, profile, .. } = self.loaded(model)?;
        let mut sums = [0.0; 2];
        let mut asked = 0;
        for &row in rows.iter().step_by(rows.len().div_ceil(ASKED)) {
            let (span, nearest) = self.span_of(model, &[(row, 1.0)])?;
            sums[0] += span;
            if profile.kind == ProfileKind::Ridge {
                let both = [(row, 1.0), (nearest.unwrap_or(row), 1.0)];
                sums[1] += self.span_of(model, &both)?.0 / 2.0;
            }
            asked += 1;
        }
        Ok(sums.map(|sum| (sum / f64::from(asked.max(1))) as f32))
    }

    /// Returns the span of one model alone for these likes, and the best row.
    fn span_of(
        &self,
        model: &str,
        liked: &[(u32, f32)],
    ) -> Result<(f64, Option<u32>), EngineError> {
        let deadline = Deadline::never();
        let part = self.part((model, 1.0), liked, &[], Vec::new(), &mut Vec::new(), deadline)?;
        let parts: Vec<Part<'_>> = part.into_iter().collect();
        let terms = Term::all(&parts);
        let blend = Blend { parts: &parts, terms, niche: None, deadline };
        let best = blend.best(&blend.bounds(self.catalogue.items()));
        Ok((blend.span(&best).into(), best.first().map(|scored| scored.row)))
    }

    /// Sets what a blend multiplies a model's scores by, as its manifest will say.
    #[doc(hidden)]
    pub fn set_scales(&mut self, model: &str, scales: [f32; 2]) {
        if let Ok(at) = self.position(model) {
            let entry = &mut self.manifest.models[at];
            [entry.scale, entry.profile.scale] = scales;
            if let Some(model) = &mut self.models[at] {
                model.set_scales(scales);
            }
        }
    }

    /// Returns a model's part; `None` if the model covers no liked item and gets no words.
    fn part<'a>(
        &'a self,
        (name, weight): (&str, f32),
        liked: &[(u32, f32)],
        disliked: &[(u32, f32)],
        words: Vec<(String, Vec<f32>)>,
        warnings: &mut Vec<Warning>,
        deadline: Deadline<'a>,
    ) -> Result<Option<Part<'a>>, EngineError> {
        let model = self.loaded(name)?;
        let covered = |items: &[(u32, f32)]| -> Vec<(u32, f32)> {
            items
                .iter()
                .filter_map(|&(row, weight)| Some((model.blob.row_of(row)?, weight)))
                .collect()
        };
        let rows = covered(liked);
        if rows.is_empty() && words.is_empty() {
            return Ok(None);
        }
        if rows.len() < liked.len() {
            let missing = liked.iter().filter(|(row, _)| model.blob.row_of(*row).is_none());
            let missing = missing.map(|&(row, _)| self.catalogue.id(row)).collect();
            warnings.push(Warning::PartlyCovered { model: name.to_owned(), missing });
        }
        let query = Rc::new(model.make_query(&rows, &covered(disliked), words, deadline));
        let means = Means { uses_codes: self.uses_codes, deadline };
        Ok(Some(Part { model, query, weight, means, bounds: RefCell::default() }))
    }

    /// Offers every candidate that may be among the best, with its score.
    ///
    /// One model's scores are taken as they are. In a blend a model gives its term to each item that
    /// it covers. Below 0.5 `niche` adds to each item its popularity, 0 to 1, times a part
    /// of the distance from a typical item to the best. Above, it takes from each item that part of
    /// its own distance. Only a row
    /// whose bound reaches the best so far is scored itself.
    pub(super) fn offer_combined(
        &self,
        request: &Request,
        parts: &[Part<'_>],
        mask: &Mask<'_>,
        best: &mut Best<'_>,
        deadline: Deadline<'_>,
    ) {
        let passes = |row: u32| mask.passes(row);
        let niche = self.niche_of(request);
        if let ([part], None) = (parts, niche) {
            part.model.search(&part.query, best, &passes, part.means);
            return;
        }
        let mut blend = Blend { parts, terms: Term::all(parts), niche: None, deadline };
        let mut bounds = blend.bounds(self.catalogue.items());
        if let Some(niche) = niche {
            let strength = niche::strength(niche) * strength(parts);
            let popularity = self.catalogue.popularities();
            let span = || blend.span(&blend.best(&bounds));
            let niche = Niche::new(popularity, strength, blend.typical() as f32, span);
            blend.niche = Some(niche);
            for (row, bound) in (0..).zip(&mut bounds) {
                *bound = blend.with_niche(row, *bound);
            }
        }
        blend.offer(&bounds, best, &passes);
    }
}

/// Returns how strongly `niche` acts: the mean of the models by their weights.
fn strength(parts: &[Part<'_>]) -> f32 {
    let total: f32 = parts.iter().map(|part| part.weight).sum();
    parts.iter().map(|part| part.weight / total * part.model.niche()).sum()
}
