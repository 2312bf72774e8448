//! A request in, an answer out: the one online entry point, the same for every face.
//!
//! docs/ENGINE.md has the formulas.

mod best;
mod filter;
mod model;
mod preliminary;
#[cfg(test)]
mod reference;
mod request;
#[cfg(test)]
mod schema;
mod select;
mod text;

use std::cell::OnceCell;

use thiserror::Error;

use crate::Result;
use crate::catalogue::{Catalogue, Item, Match};
use crate::format::{
    AlignedBytes, FormatError, Manifest, ModelBlob, ModelEntry, Neighbours, ResidualBlob,
};
use crate::message::{Quoted, shown};
use crate::names::ByName;
use crate::topk::Scored;

use best::Best;
use filter::Mask;
use model::{Model, Query};
use preliminary::other_count;
use request::check_n;
pub use request::{
    Answer, Because, Filter, Id, MAX_IDS, MAX_N, MAX_WEIGHT, ModelChoice, Recommended, Request,
    Warning, Weighted,
};
use text::Text;

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum EngineError {
    /// No item has this id.
    #[error("no item has the id {0}; look it up by its title")]
    UnknownId(String),
    /// No item has this title.
    #[error("no item is called {}{}", Quoted(text), or_listed(candidates))]
    UnknownTitle {
        /// What was asked.
        text: String,
        /// Items with a similar title: id and title.
        candidates: Vec<(u32, String)>,
    },
    /// Several items have this title.
    #[error("{} is the title of {} items; give the id{}", Quoted(text), candidates.len(), or_listed(candidates))]
    AmbiguousTitle {
        /// What was asked.
        text: String,
        /// The items: id and title.
        candidates: Vec<(u32, String)>,
    },
    /// The release has no model of this name.
    #[error("there is no model {}; this release has {known}", Quoted(asked))]
    UnknownModel {
        /// The name asked for.
        asked: String,
        /// The names there are, separated by commas.
        known: String,
    },
    /// The model is part of the release and its vectors are not loaded.
    #[error("the model {} is not loaded yet; load it first", Quoted(.0))]
    ModelNotLoaded(String),
    /// Only the titles that the neighbour lists need are here.
    #[error("the catalogue is not loaded yet; load it first")]
    CatalogueNotLoaded,
    /// `n` is not in 1..=1000.
    #[error("n is {0}, it must be 1 to {MAX_N}")]
    NOutOfRange(usize),
    /// More than 10,000 ids.
    #[error("the request has {0} ids, at most {MAX_IDS} are allowed; leave out the oldest")]
    TooManyIds(usize),
    /// A number is outside its range.
    #[error("{name} is {}, it must be {range}", shown(*value))]
    OutOfRange {
        /// The field.
        name: &'static str,
        /// What it is.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
    /// A genre or type that the catalogue does not have.
    #[error("the catalogue has no {field} {}; it has {known}", Quoted(value))]
    UnknownValue {
        /// `genre` or `type`.
        field: &'static str,
        /// What was asked for.
        value: String,
        /// What there is, separated by commas.
        known: String,
    },
    /// No model of the release has a text encoder.
    #[error("this release has no text encoder, so that it knows no words; leave text out")]
    NoTextEncoder,
    /// The text encoder of a model is part of the release and not loaded.
    #[error("the text encoder of the model {} is not loaded yet; load it first", Quoted(.0))]
    TextNotLoaded(String),
    /// No word of the text is known, and nothing else is asked for.
    #[error("no word of the text is known; say it in other words")]
    UnknownText,
    /// The request is not of the right shape.
    #[error("the request cannot be read: {0}")]
    Request(String),
}

fn or_listed(candidates: &[(u32, String)]) -> String {
    let list: Vec<String> =
        candidates.iter().map(|(id, title)| format!("{id} {}", Quoted(title))).collect();
    if list.is_empty() { String::new() } else { format!(": {}", list.join(", ")) }
}

impl EngineError {
    /// Stable token for programs: the same in Rust, JavaScript and HTTP.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownId(_) => "unknown_id",
            Self::UnknownTitle { .. } => "unknown_title",
            Self::AmbiguousTitle { .. } => "ambiguous_title",
            Self::UnknownModel { .. } => "unknown_model",
            Self::ModelNotLoaded(_) => "model_not_loaded",
            Self::CatalogueNotLoaded => "catalogue_not_loaded",
            Self::NOutOfRange(_) => "n_out_of_range",
            Self::TooManyIds(_) => "too_many_ids",
            Self::OutOfRange { .. } => "out_of_range",
            Self::UnknownValue { .. } => "unknown_value",
            Self::NoTextEncoder => "no_text_encoder",
            Self::TextNotLoaded(_) => "text_not_loaded",
            Self::UnknownText => "text_unknown",
            Self::Request(_) => "request_invalid",
        }
    }
}

/// A release in memory.
#[derive(Debug)]
pub struct Engine {
    manifest: Manifest,
    catalogue: Catalogue,
    /// Whether the catalogue is the whole one, and not the file of titles.
    whole: bool,
    /// In the manifest's order; `None` until loaded.
    models: Vec<Option<Model>>,
    /// In the manifest's order.
    neighbours: Vec<Option<Neighbours>>,
    /// In the manifest's order.
    texts: Vec<Option<Text>>,
    coded: bool,
}

/// A model that takes part in an answer.
struct Part<'a> {
    model: &'a Model,
    query: Query,
    weight: f32,
    coded: bool,
    /// What makes scores of different models comparable. Made when it is first asked for, since one model alone needs it
    /// for `niche` only.
    scale: OnceCell<Scale>,
}

/// The mean of a model's scores, how far the best lie above it, and for each of its rows a bound of the score.
struct Scale {
    mean: f32,
    span: f32,
    bounds: Vec<f32>,
}

/// What a model gives to an item: `weight × ((score − mean) / span + lift × (tilt × popularity))`.
struct Terms {
    mean: f32,
    span: f32,
    weight: f32,
    tilt: f32,
    lift: f32,
}

impl Terms {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "else it is a call for each item in a build for size")]
    fn of(&self, score: f32, popularity: f32) -> f32 {
        self.weight * ((score - self.mean) / self.span + self.lift * (self.tilt * popularity))
    }

    /// Returns a score such that where every model gives an item less than its own, the weighted mean is below `least`.
    ///
    /// Were every term below `weight × x`, the mean would be at most x but for the roundings of its sums and its quotient,
    /// of some hundred models at most; x lies that much below `least`. What is below the score that gives x needs no exact
    /// inverse: that it gives less is tried, and rounding is monotone.
    fn goal(&self, least: f32) -> f32 {
        let x = least - (least.abs() * 1e-5 + 1e-10);
        let most_popular = if self.lift * self.tilt > 0.0 { 1.0 } else { 0.0 };
        let size = self.span.min(f32::MAX);
        let goal = ((x - self.lift * self.tilt * most_popular) * size + self.mean).min(f32::MAX);
        let goal = goal - (goal.abs() * 1e-5 + self.mean.abs() * 1e-5 + x.abs() * 1e-5 * size);
        // Not a number where nothing is known yet.
        if self.weight > 1e-20 && self.of(goal, most_popular) < self.weight * x {
            goal
        } else {
            f32::NEG_INFINITY
        }
    }
}

impl Engine {
    /// Returns an engine that knows the catalogue; models are added as they arrive.
    pub fn new(manifest: Manifest, catalogue: Catalogue) -> Result<Self> {
        if catalogue.items() != manifest.items {
            return Err(other_count());
        }
        Ok(Self { whole: true, ..Self::begin(manifest, catalogue)? })
    }

    /// Says whether to keep small codes of the vectors, half of their size once more, which make answers several times
    /// faster and no different. They are kept unless told.
    #[must_use]
    pub fn with_codes(self, coded: bool) -> Self {
        Self { coded, ..self }
    }

    /// The release's manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The release's catalogue.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Adds the vectors of the model called `name`, and its residual where it has one: whole files, held to the
    /// manifest's lengths, hashes and shapes.
    pub fn add(&mut self, name: &str, file: AlignedBytes, residual: Option<&[u8]>) -> Result<()> {
        let entry = &self.manifest.models[self.position(name)?];
        self.manifest.file(entry)?.verify(&file)?;
        if let (Some(pinned), Some(residual)) = (self.manifest.residual_file(entry)?, residual) {
            pinned.verify(residual)?;
        }
        self.add_unhashed(name, file, residual)
    }

    /// As [`Engine::add`], for files whose hashes were checked when they were put where they are and which nobody can
    /// have changed since.
    pub fn add_unhashed(
        &mut self,
        name: &str,
        file: AlignedBytes,
        residual: Option<&[u8]>,
    ) -> Result<()> {
        let at = self.position(name)?;
        let entry = &self.manifest.models[at];
        let blob = ModelBlob::decode(file)?;
        if (blob.items(), blob.rows(), blob.dims()) != (self.manifest.items, entry.rows, entry.dims)
        {
            return Err(FormatError::Shape("items, rows or dims differ from the manifest's").into());
        }
        let residual = match (self.manifest.residual_file(entry)?, residual) {
            (Some(_), Some(file)) => Some(ResidualBlob::decode(file)?),
            (None, _) => None,
            (Some(pinned), None) => {
                return Err(FormatError::Truncated { needed: pinned.bytes, found: 0 }.into());
            }
        };
        if residual.as_ref().is_some_and(|residual| residual.rows() != blob.rows()) {
            return Err(FormatError::Shape("the residual has other rows than its model").into());
        }
        self.models[at] = Some(Model::new(blob, residual, entry));
        Ok(())
    }

    /// Returns what the manifest says of the model called `name`.
    pub fn entry(&self, name: &str) -> Result<&ModelEntry> {
        Ok(&self.manifest.models[self.position(name)?])
    }

    /// Says whether the vectors of the model called `name` are loaded.
    #[must_use]
    pub fn is_loaded(&self, name: &str) -> bool {
        self.position(name).is_ok_and(|at| self.models[at].is_some())
    }

    /// Returns the catalogue row that `text` names: an id or text id, or else a title.
    pub fn row(&self, text: &str) -> Result<u32> {
        match self.row_by_id(text) {
            Ok(row) => Ok(row),
            Err(error) if text.bytes().all(|b| b.is_ascii_digit()) => Err(error),
            Err(_) => self.row_by_title(text),
        }
    }

    /// Returns the catalogue row of an id or text id.
    pub fn row_by_id(&self, text: &str) -> Result<u32> {
        let by_number = || text.parse().ok().and_then(|id| self.catalogue.row_of_id(id));
        let row = self.catalogue.row_of_key(text).or_else(by_number);
        row.ok_or_else(|| self.unknown(text.to_owned()))
    }

    /// Returns the catalogue row of the one item with this title, in any language.
    pub fn row_by_title(&self, text: &str) -> Result<u32> {
        let rows = self.catalogue.rows_titled(text);
        let text = text.to_owned();
        match rows.as_slice() {
            [row] => Ok(*row),
            [] => {
                let near = self.catalogue.find(&text, 5);
                let candidates = near.iter().map(|m| (m.item.id, m.matched.to_owned())).collect();
                Err(EngineError::UnknownTitle { text, candidates }.into())
            }
            rows => {
                let named =
                    |&row: &u32| (self.catalogue.id(row), self.catalogue.title(row).to_owned());
                let candidates = rows.iter().map(named).collect();
                Err(EngineError::AmbiguousTitle { text, candidates }.into())
            }
        }
    }

    /// Returns all that is known of an item.
    pub fn item(&self, id: u32) -> Result<Item<'_>> {
        Ok(self.catalogue.item(self.row_of(&Id::Number(id))?))
    }

    /// Returns the `n` best answers to a text as it is typed; see [`Catalogue::find`].
    pub fn find(&self, text: &str, n: usize) -> Result<Vec<Match<'_>>> {
        check_n(n)?;
        self.check_catalogue()?;
        Ok(self.catalogue.find(text, n))
    }

    /// Prepares the first [`Engine::find`] a part at a time; says whether more is left. See [`Catalogue::warm`].
    pub fn warm(&self) -> bool {
        self.catalogue.warm()
    }

    /// Returns the exact top-n of the request.
    pub fn recommend(&self, request: &Request) -> Result<Answer<'_>> {
        request.check()?;
        self.check_catalogue()?;
        let liked = self.weighted(&request.liked)?;
        let disliked = self.weighted(&request.disliked)?;
        let mut mask = Mask::new(&self.catalogue, &request.filter)?;
        for &(row, _) in liked.iter().chain(&disliked) {
            mask.exclude(row);
        }
        for id in &request.filter.exclude {
            if let Ok(row) = self.row_of(id) {
                mask.exclude(row);
            }
        }
        let mut warnings = Vec::new();
        let parts = if liked.is_empty() && request.text.is_none() {
            Vec::new()
        } else {
            self.parts(request, &liked, &disliked, &mut warnings)?
        };
        let models: Vec<&Model> = if parts.is_empty() {
            // Nothing to go by: the models only say how different two items are.
            warnings.push(Warning::StartList);
            let chosen = self.chosen(request.model.as_ref())?;
            chosen.iter().map(|(name, _)| self.loaded(name)).collect::<Result<_>>()?
        } else {
            parts.iter().map(|part| part.model).collect()
        };
        let name = models.iter().map(|model| model.name()).collect::<Vec<_>>().join("+");
        let diversity = if parts.is_empty() {
            request.diversity.max(START_DIVERSITY)
        } else {
            request.diversity
        };
        let series = |row: u32| self.catalogue.series(row);
        let wanted = if diversity > 0.0 { select::pool_size(request.n) } else { request.n };
        let mut best = Best::new(wanted, request.filter.collapse_series.then_some(&series));
        if parts.is_empty() {
            self.start_list(&mask, &mut best);
        } else {
            self.combined(request, &parts, &mask, &mut best);
        }
        let mut chosen = best.finish();
        if diversity > 0.0 {
            chosen = select::diversify(request.n, chosen, diversity, &models);
        }
        if chosen.len() < request.n {
            warnings.push(Warning::FewMatches { asked: request.n, found: chosen.len() });
        }
        let items = chosen
            .into_iter()
            .map(|scored| self.recommended(scored, request.explain, &parts))
            .collect();
        Ok(Answer {
            items,
            model: name,
            release: &self.manifest.release,
            preliminary: false,
            warnings,
        })
    }

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

    /// The models asked for, each with its weight.
    fn chosen<'a>(&'a self, choice: Option<&'a ModelChoice>) -> Result<Vec<(&'a str, f32)>> {
        let chosen = match choice {
            None => vec![(self.manifest.default_model.as_str(), 1.0)],
            Some(ModelChoice::One(name)) => vec![(name.as_str(), 1.0)],
            Some(ModelChoice::Blend(weights)) => {
                weights.iter().map(|(name, weight)| (name.as_str(), *weight)).collect()
            }
        };
        if chosen.is_empty() {
            return Err(EngineError::Request("model names no model".into()).into());
        }
        for (name, _) in &chosen {
            self.position(name)?;
        }
        Ok(chosen)
    }

    /// The models that take part, each with its query: of those asked for the ones that cover a liked item or know the words
    /// that were typed; where none of these knows words, the first model that does, for the words alone and with the weight
    /// of all others; or else the first model that covers a liked item.
    fn parts(
        &self,
        request: &Request,
        liked: &[(u32, f32)],
        disliked: &[(u32, f32)],
        warnings: &mut Vec<Warning>,
    ) -> Result<Vec<Part<'_>>> {
        let mut typed = self.typed(request, liked.is_empty(), warnings)?;
        let asked = match &typed {
            Some(typed) if request.model.is_none() && liked.is_empty() => vec![(typed.model, 1.0)],
            _ => self.chosen(request.model.as_ref())?,
        };
        let mut parts = Vec::new();
        for &(name, weight) in &asked {
            let words = typed.take_if(|typed| typed.model == name).map(|typed| typed.words);
            parts.extend(self.part(
                name,
                weight,
                liked,
                disliked,
                words.unwrap_or_default(),
                warnings,
            )?);
        }
        let names = || asked.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("+");
        if let Some(typed) = typed {
            if parts.is_empty() {
                warnings.insert(
                    0,
                    Warning::ModelFallback { asked: names(), used: typed.model.to_owned() },
                );
            }
            let weight = parts.iter().map(|part: &Part| part.weight).sum::<f32>();
            let weight = if parts.is_empty() { 1.0 } else { weight };
            parts.extend(self.part(typed.model, weight, &[], disliked, typed.words, warnings)?);
        }
        if parts.is_empty() {
            for entry in &self.manifest.models {
                if let Some(part) =
                    self.part(&entry.name, 1.0, liked, disliked, Vec::new(), warnings)?
                {
                    warnings.insert(
                        0,
                        Warning::ModelFallback { asked: names(), used: entry.name.clone() },
                    );
                    parts.push(part);
                    break;
                }
            }
        }
        Ok(parts)
    }

    fn part(
        &self,
        name: &str,
        weight: f32,
        liked: &[(u32, f32)],
        disliked: &[(u32, f32)],
        words: Vec<(String, Vec<f32>)>,
        warnings: &mut Vec<Warning>,
    ) -> Result<Option<Part<'_>>> {
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
        let query = model.query(&rows, &covered(disliked), words);
        Ok(Some(Part { model, query, weight, coded: self.coded, scale: OnceCell::new() }))
    }

    /// Offers every candidate that may be among the best, with its score.
    ///
    /// One model's scores are taken as they are. Those of several are made comparable first, so that 0 is the mean of a
    /// model's scores and 1 the mean of its best, and an item gets the weighted mean of the models that cover it. `niche` adds to each item its
    /// percentile of popularity, times a strength that falls from + to - as `niche` rises.
    ///
    /// All of this is increasing in the models' scores, and rounding is monotone: done to bounds of the scores it gives a
    /// bound of the result, and only where that one reaches the best so far are the scores themselves asked for. A mean is at most the
    /// largest of what it is of, so that only items are looked at that one model by itself lifts to the least that the best have.
    fn combined(
        &self,
        request: &Request,
        parts: &[Part<'_>],
        mask: &Mask<'_>,
        best: &mut Best<'_>,
    ) {
        let passes = |row: u32| mask.passes(row);
        let strength = request.niche.map(|niche| 1.0 - 2.0 * niche);
        if let ([part], None) = (parts, strength) {
            part.model.search(&part.query, best, &passes, None, part.coded);
            return;
        }
        let popularities = strength.map(|_| self.catalogue.popularities());
        let popularity = |row: u32| popularities.map_or(0.0, |all| all[row as usize]);
        let terms: Vec<Terms> = parts
            .iter()
            .map(|part| {
                let (scale, tilt) = (part.scale(), strength.unwrap_or(0.0) * part.model.niche());
                if parts.len() == 1 {
                    Terms { mean: 0.0, span: 1.0, weight: 1.0, tilt, lift: scale.span }
                } else {
                    let span = if scale.span > 0.0 { scale.span } else { f32::INFINITY };
                    Terms { mean: scale.mean, span, weight: part.weight, tilt, lift: 1.0 }
                }
            })
            .collect();
        let mean = |row: u32, of: &dyn Fn(&Part<'_>, u32) -> f32| {
            let (mut sum, mut weights) = (0.0, 0.0);
            for (part, terms) in parts.iter().zip(&terms) {
                if let Some(model_row) = part.model.blob.row_of(row) {
                    sum += terms.of(of(part, model_row), popularity(row));
                    weights += terms.weight;
                }
            }
            sum / weights
        };
        let score = |row: u32| mean(row, &|part, row| part.model.score(&part.query, row));
        // The least that the best have, by those that each model alone finds best.
        let mut foremost = Vec::new();
        for part in parts {
            let mut own = best.like();
            for (&row, &score) in part.model.item_rows.iter().zip(&part.scale().bounds) {
                if score >= own.least() && passes(row) {
                    own.offer(Scored { row, score });
                }
            }
            foremost.extend(own.finish().iter().map(|scored| scored.row));
        }
        foremost.sort_unstable();
        foremost.dedup();
        let mut known = best.like();
        for row in foremost {
            known.offer(Scored { row, score: score(row) });
        }
        known.prune();
        let mut lifted = Vec::new();
        for (part, terms) in parts.iter().zip(&terms) {
            let goal = terms.goal(known.least());
            for (&row, &bound) in part.model.item_rows.iter().zip(&part.scale().bounds) {
                if bound >= goal {
                    lifted.push(row);
                }
            }
        }
        lifted.sort_unstable();
        lifted.dedup();
        let bound = |row: u32| mean(row, &|part, row| part.scale().bounds[row as usize]);
        let candidates: Vec<Scored> =
            lifted.into_iter().map(|row| Scored { row, score: bound(row) }).collect();
        best.offer_bounded(&candidates, &passes, &score);
    }

    /// Offers every item that passes, the popular ones first.
    fn start_list(&self, mask: &Mask<'_>, best: &mut Best<'_>) {
        for row in (0..self.catalogue.items()).filter(|&row| mask.passes(row)) {
            best.offer(Scored { row, score: self.catalogue.popularity(row) });
        }
    }

    /// Which liked items carry a result, and what each model gave to its score.
    fn reasons(&self, row: u32, parts: &[Part<'_>]) -> (Vec<Because>, ByName<&str, f64>) {
        let covering: Vec<(&Part<'_>, u32)> =
            parts.iter().filter_map(|part| Some((part, part.model.blob.row_of(row)?))).collect();
        let total: f32 = covering.iter().map(|(part, _)| part.weight).sum();
        // By item, or by word.
        let mut by_cause: Vec<(std::result::Result<u32, &str>, f64)> = Vec::new();
        let mut by_model = Vec::new();
        for (part, model_row) in covering {
            let score = part.model.score(&part.query, model_row);
            let (scale, given) = if parts.len() == 1 {
                (1.0, score)
            } else {
                let share = part.weight / total;
                (f64::from(share) * part.inverse_span(), share * part.scale().standard(score))
            };
            let entry = self.manifest.models.iter().find(|entry| entry.name == part.model.name());
            by_model.extend(entry.map(|entry| (entry.name.as_str(), f64::from(given))));
            let contributions = part.model.contributions(&part.query, model_row);
            let Query { items, words, .. } = &part.query;
            let items = items.iter().map(|&(item, _)| Ok(part.model.item_rows[item as usize]));
            let causes = items.chain(words.iter().map(|word| Err(word.as_str())));
            by_cause.extend(causes.zip(contributions).map(|(cause, value)| (cause, value * scale)));
        }
        by_cause.sort_by_key(|&(cause, _)| cause);
        by_cause.dedup_by(|(cause, more), (kept, sum)| {
            let same = cause == kept;
            if same {
                *sum += *more;
            }
            same
        });
        by_cause.retain(|&(_, value)| value > 0.0);
        let positive: f64 = by_cause.iter().map(|(_, value)| value).sum();
        let because = |(cause, value): (std::result::Result<u32, &str>, f64)| {
            let share = value / positive;
            match cause {
                Ok(row) => Because::Item { id: self.catalogue.id(row), share },
                Err(word) => Because::Word { word: word.to_owned(), share },
            }
        };
        let mut because: Vec<Because> = by_cause.into_iter().map(because).collect();
        // Items before words, by id and by letter.
        let name = |because: &Because| match because {
            Because::Item { id, .. } => (*id, String::new()),
            Because::Word { word, .. } => (u32::MAX, word.clone()),
        };
        because.sort_by(|a, b| b.share().total_cmp(&a.share()).then_with(|| name(a).cmp(&name(b))));
        (because, by_model.into_iter().collect())
    }

    /// The catalogue rows of weighted items; one that stands twice counts twice.
    fn weighted(&self, items: &[Weighted]) -> Result<Vec<(u32, f32)>> {
        items.iter().map(|item| Ok((self.row_of(&item.id)?, item.weight))).collect()
    }

    /// Returns the names of the models that cover an item, as far as they are loaded.
    pub fn models_of(&self, id: u32) -> Result<Vec<&str>> {
        let row = self.row_of(&Id::Number(id))?;
        let loaded = self.manifest.models.iter().zip(&self.models);
        let covers =
            |model: &Option<Model>| model.as_ref().is_some_and(|m| m.blob.row_of(row).is_some());
        Ok(loaded
            .filter(|(_, model)| covers(model))
            .map(|(entry, _)| entry.name.as_str())
            .collect())
    }

    fn row_of(&self, id: &Id) -> Result<u32> {
        let row = match id {
            Id::Number(id) => self.catalogue.row_of_id(*id),
            Id::Key(key) => self.catalogue.row_of_key(key),
        };
        row.ok_or_else(|| self.unknown(id.to_string()))
    }

    fn position(&self, name: &str) -> Result<usize> {
        let models = &self.manifest.models;
        models.iter().position(|model| model.name == name).ok_or_else(|| {
            let known: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
            EngineError::UnknownModel { asked: name.to_owned(), known: known.join(", ") }.into()
        })
    }

    fn loaded(&self, name: &str) -> Result<&Model> {
        let model = self.models[self.position(name)?].as_ref();
        model.ok_or_else(|| EngineError::ModelNotLoaded(name.to_owned()).into())
    }
}

/// The start list is varied even if no diversity is asked for.
const START_DIVERSITY: f32 = 0.5;

impl Part<'_> {
    /// The best are the mean of the best ten (of a small model the best tenth), the query's own items left out. They are
    /// what is shown; a standard deviation says little of them where a few scores are far larger than the rest, as a
    /// residual makes them.
    fn scale(&self) -> &Scale {
        self.scale.get_or_init(|| {
            let rows = self.model.item_rows.len();
            let mut best = Best::new((rows / 10).clamp(1, 10), None);
            let own: Vec<u32> = self
                .query
                .items
                .iter()
                .map(|&(item, _)| self.model.item_rows[item as usize])
                .collect();
            let other = |row: u32| !own.contains(&row);
            let mut bounds = vec![0.0; rows];
            self.model.search(&self.query, &mut best, &other, Some(&mut bounds), self.coded);
            let best = best.finish();
            let best_mean = best.iter().map(|scored| f64::from(scored.score)).sum::<f64>()
                / best.len().max(1) as f64;
            let mean = self.model.mean(&self.query);
            Scale { mean: mean as f32, span: (best_mean - mean) as f32, bounds }
        })
    }

    fn inverse_span(&self) -> f64 {
        let span = self.scale().span;
        if span > 0.0 { 1.0 / f64::from(span) } else { 0.0 }
    }
}

impl Scale {
    fn standard(&self, score: f32) -> f32 {
        if self.span > 0.0 { (score - self.mean) / self.span } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{FileEntry, Profile, ProfileKind, ResidualEntry, hex_sha256};
    use half::f16;

    fn entry(name: &str, file: &FileEntry, exponent: f32, blob: &ModelBlob) -> ModelEntry {
        ModelEntry {
            name: name.into(),
            file: file.name.clone(),
            metric: "dot".into(),
            exponent,
            dims: blob.dims(),
            rows: blob.rows(),
            profile: Profile { exponent, ..Profile::default() },
            residual: None,
            neighbours: None,
            text: None,
            niche: 1.0,
            provenance: ByName::default(),
            quality: ByName::default(),
        }
    }

    fn file(kind: &str, content: &[u8]) -> FileEntry {
        let sha256 = hex_sha256(content);
        FileEntry {
            name: format!("f.{}.bin", &sha256[..16]),
            kind: kind.into(),
            bytes: content.len() as u64,
            sha256,
        }
    }

    /// Two models over the sample catalogue: `a` by dot covers rows 0 to 3, `b` by cosine rows 1 to 5.
    fn engine() -> (Engine, AlignedBytes, AlignedBytes) {
        let blob = |rows: &[u32], values: &[f32]| {
            let values: Vec<f16> = values.iter().copied().map(f16::from_f32).collect();
            ModelBlob::encode(6, 2, rows, &values).unwrap()
        };
        let a = blob(&[0, 1, 2, 3], &[1.0, 0.0, 2.0, 0.0, 0.0, 1.0, 2.0, 5.0]);
        let b = blob(&[1, 2, 3, 4, 5], &[1.0, 0.0, 9.0, 1.0, 0.0, 1.0, 0.0, 0.0, -1.0, 0.0]);
        let files = vec![file("catalogue", b"c"), file("model", &a), file("model", &b)];
        let decoded = |bytes: &AlignedBytes| ModelBlob::decode(bytes.clone()).unwrap();
        let models = vec![
            entry("a", &files[1], 0.0, &decoded(&a)),
            entry("b", &files[2], 1.0, &decoded(&b)),
        ];
        let release = "0123456789abcdef".into();
        let manifest =
            Manifest { format: 1, release, items: 6, default_model: "a".into(), files, models };
        let catalogue = crate::catalogue::tests::sample();
        (Engine::new(manifest.checked().unwrap(), catalogue).unwrap(), a, b)
    }

    pub(super) fn loaded() -> Engine {
        let (mut engine, a, b) = engine();
        engine.add("a", a, None).unwrap();
        engine.add("b", b, None).unwrap();
        engine
    }

    fn request(id: u32, n: usize, model: &str) -> Request {
        Request {
            liked: vec![id.into()],
            n,
            model: Some(ModelChoice::One(model.into())),
            ..Request::default()
        }
    }

    #[test]
    fn a_dot_model_prefers_long_rows_and_ties_go_by_row() {
        let engine = loaded();
        let answer = engine.recommend(&request(1, 3, "a")).unwrap();
        let got: Vec<(u32, f64)> = answer.items.iter().map(|item| (item.id, item.score)).collect();
        assert_eq!(got, [(20, 2.0), (7, 2.0), (5, 0.0)], "the show itself is left out");
        assert_eq!((answer.model.as_str(), answer.warnings), ("a", vec![]));
        let told = |item: &Recommended<'_>| item.because.is_some() || item.by_model.is_some();
        assert!(!answer.items.iter().any(told), "reasons are given only where they are asked for");
    }

    #[test]
    fn it_says_whether_more_is_left_to_prepare() {
        let engine = loaded();
        assert_eq!([(); 4].map(|()| engine.warm()), [true, true, false, false]);
    }

    #[test]
    fn a_cosine_model_ignores_length_and_a_zero_row_scores_zero() {
        let engine = loaded();
        let answer = engine.recommend(&request(20, 4, "b")).unwrap();
        let got: Vec<(u32, f64)> = answer.items.iter().map(|item| (item.id, item.score)).collect();
        let cosine = 9.0_f32 * (1.0 / 82.0_f32.sqrt());
        assert_eq!(got, [(5, f64::from(cosine)), (7, 0.0), (8, 0.0), (9, -1.0)]);
    }

    #[test]
    fn an_item_without_a_row_is_answered_by_another_model() {
        let engine = loaded();
        let answer = engine.recommend(&request(9, 2, "a")).unwrap();
        assert_eq!(answer.model, "b");
        assert_eq!(
            answer.warnings,
            [Warning::ModelFallback { asked: "a".into(), used: "b".into() }]
        );
        assert_eq!(answer.items.len(), 2);
    }

    #[test]
    fn fewer_than_n_is_a_warning() {
        let engine = loaded();
        let answer = engine.recommend(&request(1, 1000, "a")).unwrap();
        assert_eq!(answer.items.len(), 3);
        assert_eq!(answer.warnings, [Warning::FewMatches { asked: 1000, found: 3 }]);
    }

    #[test]
    fn bad_requests_are_named() {
        let engine = loaded();
        let code = |request: Request| engine.recommend(&request).unwrap_err().code();
        assert_eq!(code(request(1, 0, "a")), "n_out_of_range");
        assert_eq!(code(request(1, 1001, "a")), "n_out_of_range");
        assert_eq!(code(request(2, 1, "a")), "unknown_id");
        assert_eq!(code(request(1, 1, "c")), "unknown_model");
        assert_eq!(engine.find("a", 0).unwrap_err().code(), "n_out_of_range");
    }

    #[test]
    fn a_model_must_be_loaded_and_be_the_one_that_the_manifest_pins() {
        let (mut engine, a, b) = engine();
        let code = |e: Result<Answer<'_>>| e.unwrap_err().code();
        assert_eq!(code(engine.recommend(&request(1, 1, "a"))), "model_not_loaded");
        assert_eq!(engine.add("a", b, None).unwrap_err().code(), "blob_length");
        let mut flipped = a.clone();
        flipped[60] ^= 1;
        assert_eq!(engine.add("a", flipped, None).unwrap_err().code(), "integrity");
        assert!(!engine.is_loaded("a"));
        engine.add("a", a, None).unwrap();
        assert!(engine.is_loaded("a") && !engine.is_loaded("b"));
        assert_eq!(
            code(engine.recommend(&request(9, 1, "a"))),
            "model_not_loaded",
            "the fallback is not there yet"
        );
        assert_eq!(engine.models_of(1).unwrap(), ["a"]);
    }

    #[test]
    fn items_are_named_by_id_or_title() {
        let engine = loaded();
        assert_eq!(engine.row("20").unwrap(), 1);
        assert_eq!(engine.row("naruto").unwrap(), 1);
        let code = |text: &str| engine.row(text).unwrap_err().code();
        assert_eq!(code("21"), "unknown_id");
        assert_eq!(code("cowboy"), "unknown_title");
        assert_eq!(code("Henshin"), "ambiguous_title");
        let message = engine.row("cowboy").unwrap_err().to_string();
        assert!(message.contains("1 \"Cowboy Bebop\""), "{message}");
    }

    fn ids(answer: &Answer<'_>) -> Vec<u32> {
        answer.items.iter().map(|item| item.id).collect()
    }

    fn answered<'a>(engine: &'a Engine, json: &str) -> Answer<'a> {
        engine.recommend(&parse(json)).unwrap()
    }

    fn ask(engine: &Engine, json: &str) -> Vec<u32> {
        ids(&answered(engine, json))
    }

    fn parse(json: &str) -> Request {
        serde_json::from_str(json).unwrap()
    }

    fn refused(engine: &Engine, json: &str) -> &'static str {
        engine.recommend(&parse(json)).unwrap_err().code()
    }

    #[test]
    fn requests_are_read_in_every_form() {
        let request = parse(
            r#"{"liked": [1, {"id": 5, "weight": 2}, "key", 7.0], "disliked": [], "model": {"a": 1, "b": 0.5},
                "filter": {"excludeGenres": ["X"], "years": [1990, 2000], "exclude": [3]}, "explain": true}"#,
        );
        assert_eq!(request.liked[1], Weighted { id: Id::Number(5), weight: 2.0 });
        assert_eq!(request.liked[2].id, Id::Key("key".into()));
        assert_eq!(request.liked[3].id, Id::Number(7));
        assert_eq!(request.n, 10);
        for bad in [
            r#"{"like": [1]}"#,
            r#"{"liked": [1.5]}"#,
            r#"{"liked": [-1]}"#,
            r#"{"liked": [4294967296]}"#,
            r#"{"liked": [{"weight": 1}]}"#,
            r#"{"liked": [{"id": 1, "wait": 1}]}"#,
            r#"{"liked": [true]}"#,
            r#"{"filter": {"genre": ["X"]}}"#,
            r#"{"model": 3}"#,
            r#"{"n": -1}"#,
        ] {
            assert!(serde_json::from_str::<Request>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        let engine = loaded();
        for bad in [
            r#"{"liked": [1], "niche": 1.1}"#,
            r#"{"liked": [1], "diversity": -0.1}"#,
            r#"{"liked": [{"id": 1, "weight": 0}]}"#,
            r#"{"liked": [{"id": 1, "weight": -1}]}"#,
            r#"{"disliked": [{"id": 1, "weight": 1001}]}"#,
            r#"{"liked": [1], "model": {"a": 0}}"#,
        ] {
            assert_eq!(refused(&engine, bad), "out_of_range", "{bad}");
        }
        let many = Request { liked: vec![1.into(); MAX_IDS + 1], ..Request::default() };
        assert_eq!(engine.recommend(&many).unwrap_err().code(), "too_many_ids");
        assert_eq!(refused(&engine, r#"{"liked": [1], "model": {}}"#), "request_invalid");
        assert_eq!(
            refused(&engine, r#"{"liked": [1], "model": {"a": 1, "c": 1}}"#),
            "unknown_model"
        );
        assert_eq!(
            refused(&engine, r#"{"liked": [1], "filter": {"genres": ["None"]}}"#),
            "unknown_value"
        );
        assert_eq!(
            refused(&engine, r#"{"liked": [1], "filter": {"types": ["None"]}}"#),
            "unknown_value"
        );
    }

    /// The worked example of docs/ENGINE.md: every row of its tables is looked for in the file.
    #[test]
    fn the_worked_example_holds() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ENGINE.md");
        let document = std::fs::read_to_string(path).unwrap();
        let told =
            |line: &str| assert!(document.contains(line), "docs/ENGINE.md does not say {line}");
        let number = |value: f64| format!("{value:.4}").replace('-', "−");
        let engine = loaded();
        let ask = |json: &str| {
            told(&format!("`{json}`"));
            answered(&engine, json)
        };

        let answer = ask(
            r#"{"liked": [1, {"id": 5, "weight": 2}], "disliked": [20], "model": "a", "explain": true}"#,
        );
        assert_eq!(answer.items.len(), 1, "liked and disliked items never come back");
        let item = &answer.items[0];
        assert_eq!((item.id, item.score), (7, 10.0));
        assert_eq!(item.by_model.as_ref().unwrap().get("a"), Some(&10.0));
        let because = item.because.as_ref().unwrap();
        let shares: Vec<String> = because
            .iter()
            .map(|b| match b {
                Because::Item { id, share } => format!("{id}: {}", number(*share)),
                Because::Word { word, share } => format!("{word}: {}", number(*share)),
            })
            .collect();
        told(&format!("| 7 | {} | {} |", number(item.score), shares.join(", ")));
        assert!(
            (because[0].share() - 10.0 / 12.0).abs() < 1e-12
                && (because[1].share() - 2.0 / 12.0).abs() < 1e-12
        );

        let blend = r#"{"liked": [20], "model": {"a": 3, "b": 1}}"#;
        assert_eq!(ids(&ask(blend)), [7, 8, 1, 5, 9]);
        let with = |more: &str| {
            let answer = answered(&engine, &blend.replace("}}", &format!("}}, {more}}}")));
            answer
                .items
                .iter()
                .map(|item| (item.id, item.score))
                .collect::<std::collections::HashMap<_, _>>()
        };
        let (popular, niche) = (with(r#""niche": 0"#), with(r#""niche": 1"#));
        let explained = answered(&engine, &blend.replace("}}", r#"}, "explain": true}"#));
        for item in &explained.items {
            // A model gives its standard score times its part of the weights of those that cover the item.
            let by_model = item.by_model.as_ref().unwrap();
            let part = |name: &str, weight: f64| match by_model.get(name) {
                Some(given) if by_model.len() == 1 => number(*given),
                Some(given) => number(given / weight),
                None => String::new(),
            };
            let row = row(&engine, item.id);
            told(&format!("| {:.1} | ", engine.catalogue().popularity(row)));
            let columns = [
                item.id.to_string(),
                part("a", 0.75),
                part("b", 0.25),
                number(item.score),
                number(popular[&item.id]),
                number(niche[&item.id]),
            ];
            told(&format!("| {} |", columns.join(" | ")).replace("|  |", "| |"));
        }
        let varied = answered(&engine, &blend.replace("}}", r#"}, "diversity": 0.5}"#));
        assert_eq!(ids(&varied), [7, 8, 1, 9, 5]);
        told("The order becomes 7, 8, 1, 9, 5");
    }

    #[test]
    fn of_alike_scores_the_first_row_wins_whenever_it_is_looked_at() {
        // The query is row 40, and all others score -1, but row 9, which is all zeros, and row 50, which its residual lifts to 0.
        let items = 64;
        let value = |row: u32| {
            if row == 40 {
                1.0
            } else if row == 9 {
                0.0
            } else {
                -1.0
            }
        };
        let values: Vec<f16> = (0..items).map(|row| f16::from_f32(value(row))).collect();
        let blob = ModelBlob::encode(items, 1, &(0..items).collect::<Vec<_>>(), &values).unwrap();
        let pairs = |row| if row == 40 { vec![(50, f16::ONE)] } else { Vec::new() };
        let residual =
            ResidualBlob::encode(items, &(0..items).map(pairs).collect::<Vec<_>>()).unwrap();
        let files =
            vec![file("catalogue", b"c"), file("model", &blob), file("residual", &residual)];
        let mut model = entry("a", &files[1], 0.0, &ModelBlob::decode(blob.clone()).unwrap());
        model.residual = Some(ResidualEntry { file: files[2].name.clone(), factor: 1.0 });
        let release = "0123456789abcdef".into();
        let manifest = Manifest {
            format: 1,
            release,
            items,
            default_model: "a".into(),
            files,
            models: vec![model],
        };
        for coded in [false, true] {
            let catalogue = crate::catalogue::tests::of(items);
            let mut engine = Engine::new(manifest.clone(), catalogue).unwrap().with_codes(coded);
            engine.add("a", blob.clone(), Some(&residual)).unwrap();
            let (liked, first) = (engine.catalogue().id(40), engine.catalogue().id(9));
            for _again in 0..3 {
                let found = ask(&engine, &format!(r#"{{"liked": [{liked}], "n": 2}}"#));
                assert_eq!(found[0], first, "coded: {coded}");
                assert_eq!(
                    ask(&engine, &format!(r#"{{"liked": [{liked}], "n": 1}}"#)),
                    [first],
                    "coded: {coded}"
                );
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn what_no_model_lifts_to_its_goal_is_below_the_least(
            parts in proptest::collection::vec(
                (-5.0_f32..5.0, 0.01_f32..10.0, 0.001_f32..1000.0, -2.0_f32..2.0, 0.0_f32..2.0), 1..4),
            least in -5.0_f32..5.0,
            popularity in 0.0_f32..=1.0,
        ) {
            let (mut sum, mut weights) = (0.0, 0.0);
            for (mean, span, weight, tilt, lift) in parts {
                let terms = Terms { mean, span, weight, tilt, lift };
                let goal = terms.goal(least);
                let below = goal.next_down();
                sum += terms.of(below, popularity);
                weights += weight;
                for popularity in [0.0, 0.5, 1.0] {
                    proptest::prop_assert!(terms.of(below, popularity) < weight * least);
                }
                // And little more would be too much.
                let more = goal + 1e-4 * (goal.abs() + mean.abs() + span * (least.abs() + 4.0));
                let lifted = terms.of(more, 0.0).max(terms.of(more, 1.0));
                proptest::prop_assert!(lifted >= weight * least, "{} {}", lifted, weight * least);
            }
            proptest::prop_assert!(sum / weights < least);
        }
    }

    #[test]
    fn a_goal_that_cannot_be_had_leaves_nothing_out() {
        let terms =
            |span: f32, weight: f32| Terms { mean: 1.0, span, weight, tilt: 0.0, lift: 1.0 };
        assert_eq!(terms(1.0, 1.0).goal(f32::NEG_INFINITY), f32::NEG_INFINITY, "no least is known");
        assert!(terms(f32::INFINITY, 1.0).goal(0.5) > 1e38, "it says 0 of all items");
        assert_eq!(terms(f32::INFINITY, 1.0).goal(-0.5), f32::NEG_INFINITY);
        assert_eq!(terms(1.0, 1e-21).goal(0.5), f32::NEG_INFINITY, "weights that products lose");
        assert!(terms(1.0, 1e-19).goal(0.5) > 1.4);
        assert!(terms(1.0, 1.0).goal(0.0) < 1.0, "0 is not below itself");
        // The margins: for the mean's roundings, for those of the goal, and one that is left where the least is 0.
        let plain = |mean: f32, least: f32| Terms { mean, ..terms(1.0, 1.0) }.goal(least);
        for (mean, least, margin) in
            [(0.0, 0.0, 1e-10), (0.0, 1.0, 3e-5), (0.0, -1.0, 3e-5), (3.0, 1.0, 9e-5)]
        {
            let got = mean + least - plain(mean, least);
            assert!((got / margin - 1.0).abs() < 0.02, "{mean} {least}: {got}");
        }
    }

    fn row(engine: &Engine, id: u32) -> u32 {
        engine.catalogue().row_of_id(id).unwrap()
    }

    #[test]
    fn a_blend_makes_scores_comparable_and_does_not_punish_a_missing_model() {
        let engine = loaded();
        let answer =
            answered(&engine, r#"{"liked": [20], "model": {"a": 3, "b": 1}, "explain": true}"#);
        assert_eq!(answer.model, "a+b");
        // Scores by a: rows 0 to 3 are 2, 4, 0, 4; the mean is 2.5, the best beside the query lies 1.5 above it.
        let standard_a = |score: f64| (score - 2.5) / 1.5;
        let one = answer.items.iter().find(|item| item.id == 1).unwrap();
        assert!(
            (one.score - standard_a(2.0)).abs() < 1e-6,
            "covered by a alone, judged by a alone"
        );
        let seven = answer.items.iter().find(|item| item.id == 7).unwrap();
        let by_model = seven.by_model.as_ref().unwrap();
        assert!((by_model.get("a").unwrap() - 0.75 * standard_a(4.0)).abs() < 1e-6);
        assert!(
            (by_model.iter().map(|(_, given)| given).sum::<f64>() - seven.score).abs() < 1e-6,
            "the models' parts add up"
        );
        let nine = answer.items.iter().find(|item| item.id == 9).unwrap();
        assert_eq!(nine.by_model.as_ref().unwrap().len(), 1);
    }

    #[test]
    fn a_model_that_finds_all_alike_says_nothing_in_a_blend() {
        let engine = loaded();
        // The row of 8 in b is all zeros, and those of 20 and 9 point away from each other.
        for liked in ["[1, 8]", "[20, 9]"] {
            let request =
                format!(r#"{{"liked": {liked}, "model": {{"a": 1, "b": 1}}, "explain": true}}"#);
            let answer = answered(&engine, &request);
            assert_eq!(answer.model, "a+b");
            assert!(answer.items.iter().all(|item| item.score.is_finite()), "{answer:?}");
            let given: Vec<f64> = answer
                .items
                .iter()
                .filter_map(|item| item.by_model.as_ref()?.get("b").copied())
                .collect();
            assert!(given.len() > 1 && given.iter().all(|&given| given == 0.0), "{given:?}");
            let seven = answer.items.iter().find(|item| item.id == 7).unwrap();
            let because = seven.because.as_ref().unwrap();
            assert!(
                matches!(because[..], [Because::Item { id: 1 | 20, share: 1.0 }]),
                "a alone: {because:?}"
            );
        }
    }

    #[test]
    fn filters_work_before_the_selection() {
        let engine = loaded();
        let with = |filter: &str| {
            ask(&engine, &format!(r#"{{"liked": [8], "model": "b", "filter": {filter}}}"#))
        };
        assert_eq!(with("{}"), [20, 5, 7, 9]);
        assert_eq!(with(r#"{"genres": ["action"]}"#), [20]);
        assert_eq!(with(r#"{"excludeGenres": ["Action"]}"#), [5, 7, 9]);
        assert_eq!(with(r#"{"types": ["Movie"]}"#), [5]);
        assert_eq!(with(r#"{"years": [2001, 2001]}"#), [5]);
        assert_eq!(with(r#"{"minScore": 7.94}"#), [20, 5]);
        assert_eq!(with(r#"{"minScore": 7.95}"#), [5]);
        assert_eq!(with(r#"{"minMembers": 50}"#), [20, 5]);
        assert_eq!(with(r#"{"maxMembers": 50}"#), [5, 7, 9]);
        assert_eq!(with(r#"{"exclude": [5, 9, 123456]}"#), [20, 7]);
        let one = r#"{"liked": [8], "model": "b", "n": 1, "filter": {"exclude": [20]}}"#;
        assert_eq!(ask(&engine, one), [5], "n results whenever n exist");
    }

    #[test]
    fn niche_moves_from_the_popular_to_the_rest() {
        let engine = loaded();
        let mean_popularity = |niche: f32| {
            let json = format!(r#"{{"liked": [20], "model": "b", "n": 2, "niche": {niche}}}"#);
            let rows =
                ask(&engine, &json).into_iter().map(|id| engine.catalogue().row_of_id(id).unwrap());
            rows.map(|row| engine.catalogue().popularity(row)).sum::<f32>()
        };
        let steps: Vec<f32> = (0..=10).map(|step| mean_popularity(step as f32 / 10.0)).collect();
        assert!(steps.windows(2).all(|pair| pair[0] >= pair[1]), "{steps:?}");
        assert!(steps[0] > steps[10], "{steps:?}");
        let plain = ask(&engine, r#"{"liked": [20], "model": "b"}"#);
        assert_eq!(ask(&engine, r#"{"liked": [20], "model": "b", "niche": 0.5}"#), plain);
    }

    #[test]
    fn diversity_zero_is_the_plain_order_and_one_avoids_the_alike() {
        let engine = loaded();
        let plain = ask(&engine, r#"{"liked": [5], "model": "b"}"#);
        assert_eq!(ask(&engine, r#"{"liked": [5], "model": "b", "diversity": 0}"#), plain);
        assert_eq!(plain[..2], [20, 7]);
        let varied = ask(&engine, r#"{"liked": [5], "model": "b", "diversity": 1}"#);
        assert_eq!(varied.len(), plain.len());
        assert_eq!(varied[..2], [20, 9], "the one that points the other way comes next");
        assert_eq!(
            ask(&engine, r#"{"liked": [5], "model": "b", "diversity": 1, "n": 2}"#),
            [20, 9],
            "of more than n"
        );
    }

    #[test]
    fn nothing_liked_is_a_start_list() {
        let engine = loaded();
        for request in ["{}", r#"{"disliked": [7]}"#] {
            let answer = answered(&engine, request);
            assert_eq!(answer.items[0].id, 20, "the most popular first");
            assert_eq!(answer.warnings[0], Warning::StartList);
            assert_eq!(ids(&answer).contains(&7), request == "{}");
        }
        assert_eq!(ask(&engine, r#"{"filter": {"types": ["Movie"]}}"#), [5]);
    }

    #[test]
    fn a_start_list_does_not_depend_on_what_else_is_loaded() {
        let (mut engine, a, b) = engine();
        assert_eq!(
            refused(&engine, "{}"),
            "model_not_loaded",
            "whoever asks loads it and asks again"
        );
        engine.add("a", a, None).unwrap();
        let before = ask(&engine, "{}");
        engine.add("b", b, None).unwrap();
        assert_eq!(ask(&engine, "{}"), before);
    }

    #[test]
    fn a_profile_is_answered_from_what_is_covered() {
        let engine = loaded();
        let answer = answered(&engine, r#"{"liked": [1, 9], "model": "a"}"#);
        assert_eq!(
            answer.warnings[0],
            Warning::PartlyCovered { model: "a".into(), missing: vec![9] }
        );
        assert_eq!(answer.model, "a");
    }

    #[test]
    fn a_residual_adds_its_weights() {
        let (mut engine, a, _) = engine();
        let pair = |row, weight: f32| (row, f16::from_f32(weight));
        let residual =
            ResidualBlob::encode(6, &[vec![pair(2, 8.0)], vec![], vec![pair(1, -1.0)], vec![]])
                .unwrap();
        let pinned = file("residual", &residual);
        engine.manifest.models[0].residual =
            Some(ResidualEntry { file: pinned.name.clone(), factor: 0.5 });
        engine.manifest.files.push(pinned);
        assert_eq!(engine.add("a", a.clone(), None).unwrap_err().code(), "blob_truncated");
        engine.add("a", a, Some(&residual)).unwrap();
        let scores = |json: &str| -> Vec<(u32, f64)> {
            let answer = answered(&engine, json);
            answer.items.iter().map(|item| (item.id, item.score)).collect()
        };
        // By vectors 20 and 7 score 2 and 5 scores 0; halved, and 5 gets 8.
        assert_eq!(scores(r#"{"liked": [1]}"#), [(5, 8.0), (20, 1.0), (7, 1.0)]);
        // The profile (1, 0) + 3·(0, 1): 20 scores ½·2 - 3, 7 scores ½·(2 + 15).
        assert_eq!(scores(r#"{"liked": [1, {"id": 5, "weight": 3}]}"#), [(7, 8.5), (20, -2.0)]);
        let answer =
            answered(&engine, r#"{"liked": [1, {"id": 5, "weight": 3}], "explain": true}"#);
        let because = answer.items[1].because.as_ref().unwrap();
        assert_eq!(
            because.as_slice(),
            [Because::Item { id: 1, share: 1.0 }],
            "5 speaks against 20"
        );
    }

    /// Lengths that rows may have.
    pub(super) const USUAL: [f32; 4] = [0.0, 0.5, 1.0, 2.0];
    const STRANGE: [f32; 7] = [0.0, 6e-8, 1.0, 1.0, 1.0, 1.0, 60000.0];

    /// An engine over 200 items and two models, whose rows and residual are drawn by `seed`, many of them alike, as large
    /// as one of `sizes`.
    pub(super) fn drawn(seed: u64, dims: u32, coded: bool, sizes: &[f32]) -> Engine {
        let mut state = seed;
        let mut below = |n: u32| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32 % n
        };
        let items = 200;
        let (mut files, mut entries, mut blobs) =
            (vec![file("catalogue", b"c")], Vec::new(), Vec::new());
        for (name, exponent) in [("a", 0.5), ("b", 1.0)] {
            let rows: Vec<u32> = (0..items).filter(|_| below(4) > 0).collect();
            let mut values: Vec<f16> = Vec::new();
            for at in 0..rows.len() {
                let size = sizes[below(sizes.len() as u32) as usize];
                match below(4) {
                    0 if at > 0 => values.extend_from_within((at - 1) * dims as usize..),
                    1 => values.extend(std::iter::repeat_n(f16::from_f32(size), dims as usize)),
                    _ => values.extend(
                        (0..dims)
                            .map(|_| f16::from_f32(size * (below(2001) as f32 / 1000.0 - 1.0))),
                    ),
                }
            }
            let blob = ModelBlob::encode(items, dims, &rows, &values).unwrap();
            let pinned = file("model", &blob);
            let pairs: Vec<Vec<(u32, f16)>> = (0..rows.len() as u32)
                .map(|row| {
                    let others =
                        (0..rows.len() as u32).filter(|&other| other != row && below(20) == 0);
                    others
                        .collect::<Vec<_>>()
                        .into_iter()
                        .map(|other| (other, f16::from_f32(below(9) as f32 - 4.0)))
                        .collect()
                })
                .collect();
            let residual = ResidualBlob::encode(items, &pairs).unwrap();
            let mut model =
                entry(name, &pinned, exponent, &ModelBlob::decode(blob.clone()).unwrap());
            files.push(pinned);
            let residual = (name == "a").then(|| {
                let pinned = file("residual", &residual);
                let factor = below(5) as f32 - 1.0;
                model.residual = Some(ResidualEntry { file: pinned.name.clone(), factor });
                files.push(pinned);
                residual
            });
            if name == "b" {
                model.niche = 0.5;
                model.profile.kind = ProfileKind::Ridge;
            }
            entries.push(model);
            blobs.push((name, blob, residual));
        }
        let release = "0123456789abcdef".into();
        let manifest = Manifest {
            format: 1,
            release,
            items,
            default_model: "a".into(),
            files,
            models: entries,
        };
        let catalogue = crate::catalogue::tests::of(items);
        let mut engine =
            Engine::new(manifest.checked().unwrap(), catalogue).unwrap().with_codes(coded);
        for (name, blob, residual) in blobs {
            engine.add(name, blob, residual.as_deref()).unwrap();
        }
        engine
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]
        #[test]
        fn codes_change_no_answer(seed in proptest::prelude::any::<u64>(), dims in proptest::prelude::prop_oneof![1_u32..40, 192_u32..200]) {
            let (coded, plain) = (drawn(seed, dims, true, &STRANGE), drawn(seed, dims, false, &STRANGE));
            for _warm in 0..2 {
                for id in 1..=66_u32 {
                    let mut json = serde_json::json!({ "liked": [id], "n": 1 + id % 12, "explain": id % 2 == 0 });
                    json["model"] = [serde_json::json!("a"), "b".into(), serde_json::json!({ "a": 1, "b": 0.5 })][id as usize % 3].clone();
                    if id % 4 == 0 {
                        json["liked"] = serde_json::json!([id, id + 1, { "id": id + 2, "weight": 3 }]);
                        json["disliked"] = serde_json::json!([id + 3]);
                    }
                    if id % 5 == 0 {
                        json["niche"] = 0.2.into();
                    }
                    if id % 7 < 2 {
                        json["filter"] = serde_json::json!({ "collapseSeries": true, "minMembers": 40 });
                    }
                    if id % 11 == 0 {
                        json["diversity"] = 0.4.into();
                    }
                    let request: Request = serde_json::from_value(json).unwrap();
                    let answer = |engine: &Engine| serde_json::to_string(&engine.recommend(&request).unwrap()).unwrap();
                    proptest::prop_assert_eq!(answer(&coded), answer(&plain), "{:?}", request);
                }
            }
        }
    }

    #[test]
    fn a_ridge_profile_is_the_solution_of_its_equation() {
        let (mut engine, a, _) = engine();
        engine.manifest.models[0].profile =
            Profile { kind: ProfileKind::Ridge, exponent: 0.0, a0: 0.5, lambda: 2.0 };
        engine.add("a", a, None).unwrap();
        let answer = answered(&engine, r#"{"liked": [1, 20], "model": "a", "explain": true}"#);
        // Mean squared length 35 / 4, so c² = 4 / 35. G = c² (9, 10; 10, 26), S = c² (5, 0; 0, 0), b = c (3, 0).
        let c2 = 4.0_f64 / 35.0;
        let (first, both, second) =
            (0.5 * c2 * 9.0 + 2.0 + c2 * 5.0, 0.5 * c2 * 10.0, 0.5 * c2 * 26.0 + 2.0);
        let det = first * second - both * both;
        let u = (c2 * 3.0 * second / det, -c2 * 3.0 * both / det);
        let want = [(5, u.1), (7, 2.0 * u.0 + 5.0 * u.1)];
        for (id, score) in want {
            let item = answer.items.iter().find(|item| item.id == id).unwrap();
            assert!((item.score - score).abs() < 1e-6, "{id}: {} {score}", item.score);
        }
    }
}
