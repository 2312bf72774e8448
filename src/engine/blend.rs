//! The models that take part in an answer, and the score that they give an item together.
//!
//! Imports `lookup`'s and `text`'s methods, `search` through `model`, and `best`.

use std::cell::OnceCell;

use super::answer::Warning;
use super::best::Best;
use super::deadline::{Deadline, ROWS_PER_LOOK};
use super::error::EngineError;
use super::filter::Mask;
use super::model::{LoadedModel, ModelQuery};
use super::niche::{self, Terms};
use super::request::Request;
use super::search::Means;
use super::state::Engine;
use crate::kernel::BLOCK;
use crate::topk::Scored;

/// A model that takes part in an answer.
pub(super) struct Part<'a> {
    pub model: &'a LoadedModel,
    pub query: ModelQuery,
    pub weight: f32,
    means: Means<'a>,
    /// Makes scores of different models comparable. Made when it is first needed: one model alone
    /// needs it for `niche` only.
    scale: OnceCell<Scale>,
}

/// The mean of a model's scores, the distance from there to the best, and an upper bound of each
/// row's score.
struct Scale {
    mean: f32,
    span: f32,
    bounds: Vec<f32>,
}

impl Part<'_> {
    /// Returns the scale, made once.
    ///
    /// "The best" are the best ten scores, or the best tenth of a small model, without the query's
    /// own items: the scores that visitors see. A standard deviation would tell little about those,
    /// since a residual makes a few scores far larger than the rest.
    fn scale(&self) -> &Scale {
        self.scale.get_or_init(|| {
            let rows = self.model.item_rows.len();
            let mut best = Best::new((rows / 10).clamp(1, 10), None);
            let items = self.query.items.iter();
            let mut own: Vec<u32> =
                items.map(|&(item, _)| self.model.item_rows[item as usize]).collect();
            own.sort_unstable();
            let other = |row: u32| own.binary_search(&row).is_err();
            let mut bounds = vec![0.0; rows];
            self.model.search(&self.query, &mut best, &other, Some(&mut bounds), self.means);
            let best = best.finish();
            let best_mean = best.iter().map(|scored| f64::from(scored.score)).sum::<f64>()
                / best.len().max(1) as f64;
            let mean = self.model.mean(&self.query);
            Scale { mean: mean as f32, span: (best_mean - mean) as f32, bounds }
        })
    }

    /// Returns 1 / span, and 0 if all scores are equal.
    pub fn inverse_span(&self) -> f64 {
        let span = self.scale().span;
        if span > 0.0 { 1.0 / f64::from(span) } else { 0.0 }
    }

    /// Returns a score with the mean at 0 and the best at 1; 0 if all scores are equal.
    pub fn standard(&self, score: f32) -> f32 {
        let scale = self.scale();
        if scale.span > 0.0 { (score - scale.mean) / scale.span } else { 0.0 }
    }
}

/// The weighted mean of several models, or one model with `niche`.
struct Blend<'a> {
    parts: &'a [Part<'a>],
    /// One for each part.
    terms: Vec<Terms>,
    /// By catalogue row; `None` without `niche`.
    popularities: Option<&'a [f32]>,
    deadline: Deadline<'a>,
}

impl<'a> Blend<'a> {
    fn new(
        parts: &'a [Part<'a>],
        strength: Option<f32>,
        popularities: Option<&'a [f32]>,
        deadline: Deadline<'a>,
    ) -> Self {
        let terms = parts.iter().map(|part| {
            let scale = part.scale();
            let niche_sign = strength.unwrap_or(0.0) * part.model.niche();
            if parts.len() == 1 {
                let popularity_weight = scale.span;
                return Terms { mean: 0.0, span: 1.0, weight: 1.0, niche_sign, popularity_weight };
            }
            let span = if scale.span > 0.0 { scale.span } else { f32::INFINITY };
            let (mean, weight) = (scale.mean, part.weight);
            Terms { mean, span, weight, niche_sign, popularity_weight: 1.0 }
        });
        Self { parts, terms: terms.collect(), popularities, deadline }
    }

    /// Returns the weighted mean over the models that cover a catalogue row; `score` gives a
    /// model's score, or a bound of it, for one of its own rows.
    fn mean(&self, row: u32, score: &dyn Fn(&Part<'_>, u32) -> f32) -> f32 {
        let popularity = self.popularities.map_or(0.0, |all| all[row as usize]);
        let (mut sum, mut weights) = (0.0, 0.0);
        for (part, terms) in self.parts.iter().zip(&self.terms) {
            if let Some(model_row) = part.model.blob.row_of(row) {
                sum += terms.term(score(part, model_row), popularity);
                weights += terms.weight;
            }
        }
        sum / weights
    }

    fn score(&self, row: u32) -> f32 {
        self.mean(row, &|part, row| part.model.score(&part.query, row))
    }

    fn bound(&self, row: u32) -> f32 {
        self.mean(row, &|part, row| part.scale().bounds[row as usize])
    }

    /// Returns a score that each of the best reaches: the least of those that each model alone
    /// finds best. `best` is empty.
    fn threshold(&self, mut best: Best<'_>, passes: &dyn Fn(u32) -> bool) -> f32 {
        let mut foremost = Vec::new();
        for part in self.parts {
            let mut own = best.like();
            let bounds = part.model.item_rows.iter().zip(&part.scale().bounds);
            for (at, (&row, &score)) in bounds.enumerate() {
                if self.deadline.is_over_at(at, ROWS_PER_LOOK) {
                    break;
                }
                if score >= own.least() && passes(row) {
                    own.offer(Scored { row, score });
                }
            }
            foremost.extend(own.finish().iter().map(|scored| scored.row));
        }
        foremost.sort_unstable();
        foremost.dedup();
        for (at, row) in foremost.into_iter().enumerate() {
            if self.deadline.is_over_at(at, BLOCK) {
                break;
            }
            best.offer(Scored { row, score: self.score(row) });
        }
        best.prune();
        best.least()
    }

    /// Returns the catalogue rows that can reach the threshold, with upper bounds of their scores.
    ///
    /// A mean is at most the largest of its terms. So a row is a candidate only if at least one
    /// model alone bounds it above that model's floor.
    fn candidates(&self, threshold: f32) -> Vec<Scored> {
        let mut rows = Vec::new();
        for (part, terms) in self.parts.iter().zip(&self.terms) {
            let floor = terms.score_floor(threshold);
            for (&row, &bound) in part.model.item_rows.iter().zip(&part.scale().bounds) {
                if bound >= floor {
                    rows.push(row);
                }
            }
        }
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter().map(|row| Scored { row, score: self.bound(row) }).collect()
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
            let weight = parts.iter().map(|part| part.weight).sum::<f32>();
            let weight = if parts.is_empty() { 1.0 } else { weight };
            let (model, words) = ((typed.model, weight), typed.words);
            parts.extend(self.part(model, &[], disliked, words, warnings, deadline)?);
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
        let query = model.make_query(&rows, &covered(disliked), words, deadline);
        let means = Means { uses_codes: self.uses_codes, deadline };
        Ok(Some(Part { model, query, weight, means, scale: OnceCell::new() }))
    }

    /// Offers every candidate that may be among the best, with its score.
    ///
    /// One model's scores are taken as they are. The scores of several models are made comparable
    /// first: 0 is the mean of a model's scores and 1 the mean of its best. An item gets the
    /// weighted mean over the models that cover it. `niche` adds to each item its percentile of
    /// popularity, times a strength that falls from + to - as `niche` rises.
    ///
    /// Each step is increasing in the models' scores, and rounding is monotone. So the same steps
    /// turn bounds of the scores into a bound of the result. Only a row whose bound reaches the
    /// best so far is scored itself.
    pub(super) fn offer_combined(
        &self,
        request: &Request,
        parts: &[Part<'_>],
        mask: &Mask<'_>,
        best: &mut Best<'_>,
        deadline: Deadline<'_>,
    ) {
        let passes = |row: u32| mask.passes(row);
        let strength = request.niche.map(niche::strength);
        if let ([part], None) = (parts, strength) {
            part.model.search(&part.query, best, &passes, None, part.means);
            return;
        }
        let popularities = strength.map(|_| self.catalogue.popularities());
        let blend = Blend::new(parts, strength, popularities, deadline);
        let threshold = blend.threshold(best.like(), &passes);
        let score = |row: u32| blend.score(row);
        best.offer_bounded(&blend.candidates(threshold), &passes, &score, deadline);
    }
}
