//! A request in, an answer out: the one online entry point, the same for every face.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::catalogue::{Catalogue, Item, Match};
use crate::format::{AlignedBytes, FormatError, Manifest, ModelBlob, ModelEntry};
use crate::topk::{Scored, top};
use crate::{Result, kernel};

/// Most results of a request.
pub const MAX_N: usize = 1000;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The item that the results shall be like.
    pub liked: Vec<u32>,
    /// Results wanted, 1 to 1000; 10 unless told.
    #[serde(default = "ten")]
    pub n: usize,
    /// The model to answer from; the release's default unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl Request {
    /// The names of the fields.
    pub const FIELDS: [&str; 3] = ["liked", "n", "model"];
}

fn ten() -> usize {
    10
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer<'a> {
    /// Best first: score descending, then catalogue row ascending.
    pub items: Vec<Recommended<'a>>,
    /// The model that answered.
    pub model: &'a str,
    /// The release that answered.
    pub release: &'a str,
    /// What the asker should know.
    pub warnings: Vec<Warning>,
}

/// One result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recommended<'a> {
    /// The item.
    pub id: u32,
    /// Its text id, where the catalogue has such.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    /// Its main title.
    pub title: &'a str,
    /// How alike it is; an f32, comparable within one model only.
    pub score: f64,
}

/// What the asker should know of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// The model asked for has no row for the item; another one answered.
    ModelFallback {
        /// The model asked for.
        asked: String,
        /// The model that answered.
        used: String,
    },
    /// Fewer results than asked for exist.
    FewMatches {
        /// Results asked for.
        asked: usize,
        /// Results that exist.
        found: usize,
    },
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum EngineError {
    /// No item has this id.
    #[error("no item has the id {0}; look it up by its title")]
    UnknownId(String),
    /// No item has this title.
    #[error("no item is called {text:?}{}", or_listed(candidates))]
    UnknownTitle {
        /// What was asked.
        text: String,
        /// Items with a similar title: id and title.
        candidates: Vec<(u32, String)>,
    },
    /// Several items have this title.
    #[error("{text:?} is the title of {} items; give the id{}", candidates.len(), or_listed(candidates))]
    AmbiguousTitle {
        /// What was asked.
        text: String,
        /// The items: id and title.
        candidates: Vec<(u32, String)>,
    },
    /// The release has no model of this name.
    #[error("there is no model {asked:?}; this release has {known}")]
    UnknownModel {
        /// The name asked for.
        asked: String,
        /// The names there are, separated by commas.
        known: String,
    },
    /// The model is part of the release and its vectors are not loaded.
    #[error("the model {0:?} is not loaded yet; load it first")]
    ModelNotLoaded(String),
    /// `n` is not in 1..=1000.
    #[error("n is {0}, it must be 1 to {MAX_N}")]
    NOutOfRange(usize),
    /// The request is not of the right shape.
    #[error("the request cannot be read: {0}")]
    Request(String),
}

fn or_listed(candidates: &[(u32, String)]) -> String {
    let list: Vec<String> = candidates.iter().map(|(id, title)| format!("{id} {title:?}")).collect();
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
            Self::NOutOfRange(_) => "n_out_of_range",
            Self::Request(_) => "request_invalid",
        }
    }
}

/// A release in memory.
#[derive(Debug, Clone)]
pub struct Engine {
    manifest: Manifest,
    catalogue: Catalogue,
    /// In the manifest's order; `None` until loaded.
    models: Vec<Option<Model>>,
}

/// A loaded model: the score of blob row v for query q is `(q·v × factor(v)) × factor(q)`.
#[derive(Debug, Clone)]
struct Model {
    blob: ModelBlob,
    /// `1 / |v|^p` of each blob row; 0 for a row of zeros.
    factors: Vec<f32>,
}

impl Engine {
    /// Returns an engine that knows the catalogue; models are added as they arrive.
    pub fn new(manifest: Manifest, catalogue: Catalogue) -> Result<Self> {
        if catalogue.items() != manifest.items {
            return Err(FormatError::Manifest("its item count is not the catalogue's".into()).into());
        }
        let models = manifest.models.iter().map(|_| None).collect();
        Ok(Self { manifest, catalogue, models })
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

    /// Adds the vectors of the model called `name`: one whole file, held to the manifest's length, hash and shape.
    pub fn add(&mut self, name: &str, file: AlignedBytes) -> Result<()> {
        let entry = &self.manifest.models[self.position(name)?];
        self.manifest.file(entry)?.verify(&file)?;
        self.add_unhashed(name, file)
    }

    /// As [`Engine::add`], for a file whose hash was checked when it was put where it is and which nobody can have
    /// changed since.
    pub fn add_unhashed(&mut self, name: &str, file: AlignedBytes) -> Result<()> {
        let at = self.position(name)?;
        let entry = &self.manifest.models[at];
        let blob = ModelBlob::decode(file)?;
        if (blob.items(), blob.rows(), blob.dims()) != (self.manifest.items, entry.rows, entry.dims) {
            return Err(FormatError::Shape("items, rows or dims differ from the manifest's").into());
        }
        self.models[at] = Some(Model::new(blob, entry));
        Ok(())
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
        row.ok_or_else(|| EngineError::UnknownId(text.to_owned()).into())
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
                let named = |&row: &u32| (self.catalogue.id(row), self.catalogue.title(row).to_owned());
                let candidates = rows.iter().map(named).collect();
                Err(EngineError::AmbiguousTitle { text, candidates }.into())
            }
        }
    }

    /// Returns all that is known of an item.
    pub fn item(&self, id: u32) -> Result<Item<'_>> {
        Ok(self.catalogue.item(self.row_of(id)?))
    }

    /// Returns the `n` best answers to a text as it is typed; see [`Catalogue::find`].
    pub fn find(&self, text: &str, n: usize) -> Result<Vec<Match<'_>>> {
        check_n(n)?;
        Ok(self.catalogue.find(text, n))
    }

    /// Returns the exact top-n of the request.
    pub fn recommend(&self, request: &Request) -> Result<Answer<'_>> {
        check_n(request.n)?;
        let [id] = *request.liked.as_slice() else {
            return Err(EngineError::Request("liked must hold one id".into()).into());
        };
        let item_row = self.row_of(id)?;
        let asked = request.model.as_deref().unwrap_or(&self.manifest.default_model);
        let mut warnings = Vec::new();
        let (mut name, mut model) = self.loaded(asked)?;
        if model.blob.row_of(item_row).is_none()
            && let Some(used) = self.covering(item_row)?
        {
            (name, model) = used;
            warnings.push(Warning::ModelFallback { asked: asked.to_owned(), used: name.to_owned() });
        }
        let scored = model.blob.row_of(item_row).map(|row| model.similar(row, request.n)).unwrap_or_default();
        if scored.len() < request.n {
            warnings.push(Warning::FewMatches { asked: request.n, found: scored.len() });
        }
        let recommended = |scored: Scored| {
            let row = model.blob.item_row(scored.row);
            let (key, title) = (self.catalogue.key(row), self.catalogue.title(row));
            Recommended { id: self.catalogue.id(row), key, title, score: f64::from(scored.score) }
        };
        let items = scored.into_iter().map(recommended).collect();
        Ok(Answer { items, model: name, release: &self.manifest.release, warnings })
    }

    /// Returns the names of the models that cover an item, as far as they are loaded.
    pub fn models_of(&self, id: u32) -> Result<Vec<&str>> {
        let row = self.row_of(id)?;
        let loaded = self.manifest.models.iter().zip(&self.models);
        let covers = |model: &Option<Model>| model.as_ref().is_some_and(|m| m.blob.row_of(row).is_some());
        Ok(loaded.filter(|(_, model)| covers(model)).map(|(entry, _)| entry.name.as_str()).collect())
    }

    /// The first model that covers the item; `None` if none does. A model that is not loaded could, so it must be first.
    fn covering(&self, item_row: u32) -> Result<Option<(&str, &Model)>> {
        for entry in &self.manifest.models {
            let (name, model) = self.loaded(&entry.name)?;
            if model.blob.row_of(item_row).is_some() {
                return Ok(Some((name, model)));
            }
        }
        Ok(None)
    }

    fn row_of(&self, id: u32) -> Result<u32> {
        self.catalogue.row_of_id(id).ok_or_else(|| EngineError::UnknownId(id.to_string()).into())
    }

    fn position(&self, name: &str) -> Result<usize> {
        let models = &self.manifest.models;
        models.iter().position(|model| model.name == name).ok_or_else(|| {
            let known: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
            EngineError::UnknownModel { asked: name.to_owned(), known: known.join(", ") }.into()
        })
    }

    fn loaded(&self, name: &str) -> Result<(&str, &Model)> {
        let at = self.position(name)?;
        let model = self.models[at].as_ref().ok_or_else(|| EngineError::ModelNotLoaded(name.to_owned()))?;
        Ok((&self.manifest.models[at].name, model))
    }
}

fn check_n(n: usize) -> Result<()> {
    if (1..=MAX_N).contains(&n) { Ok(()) } else { Err(EngineError::NOutOfRange(n).into()) }
}

impl Model {
    fn new(blob: ModelBlob, entry: &ModelEntry) -> Self {
        let factors =
            (0..blob.rows()).map(|row| factor(kernel::norm(blob.row(row)), entry.exponent)).collect();
        Self { blob, factors }
    }

    /// The `n` rows most like `query`, itself left out.
    fn similar(&self, query: u32, n: usize) -> Vec<Scored> {
        let vector: Vec<f32> = self.blob.row(query).iter().map(|v| v.to_f32()).collect();
        let mut scores = vec![0.0; self.factors.len()];
        kernel::dots(&vector, self.blob.values(), &mut scores);
        let own = self.factors[query as usize];
        let products = scores.iter().zip(&self.factors).zip(0..);
        let all = products.map(|((dot, factor), row)| Scored { row, score: dot * factor * own });
        top(n, all.filter(|candidate| candidate.row != query))
    }
}

/// Returns `1 / norm^exponent`, and 0 for a norm of 0. `pow` is libm's on every target, since std's differ.
fn factor(norm: f32, exponent: f32) -> f32 {
    if norm == 0.0 {
        0.0
    } else if exponent == 0.0 {
        1.0
    } else if exponent == 1.0 {
        1.0 / norm
    } else {
        libm::powf(norm, -exponent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{FileEntry, hex_sha256};
    use half::f16;
    use std::collections::BTreeMap;

    fn entry(name: &str, file: &FileEntry, exponent: f32, blob: &ModelBlob) -> ModelEntry {
        ModelEntry {
            name: name.into(),
            file: file.name.clone(),
            metric: "dot".into(),
            exponent,
            dims: blob.dims(),
            rows: blob.rows(),
            provenance: BTreeMap::new(),
            quality: BTreeMap::new(),
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
        let models = vec![entry("a", &files[1], 0.0, &decoded(&a)), entry("b", &files[2], 1.0, &decoded(&b))];
        let release = "0123456789abcdef".into();
        let manifest = Manifest { format: 1, release, items: 6, default_model: "a".into(), files, models };
        let catalogue = crate::catalogue::tests::sample();
        (Engine::new(manifest.checked().unwrap(), catalogue).unwrap(), a, b)
    }

    fn loaded() -> Engine {
        let (mut engine, a, b) = engine();
        engine.add("a", a).unwrap();
        engine.add("b", b).unwrap();
        engine
    }

    fn request(id: u32, n: usize, model: &str) -> Request {
        Request { liked: vec![id], n, model: Some(model.into()) }
    }

    #[test]
    fn a_dot_model_prefers_long_rows_and_ties_go_by_row() {
        let engine = loaded();
        let answer = engine.recommend(&request(1, 3, "a")).unwrap();
        let got: Vec<(u32, f64)> = answer.items.iter().map(|item| (item.id, item.score)).collect();
        assert_eq!(got, [(20, 2.0), (7, 2.0), (5, 0.0)], "the show itself is left out");
        assert_eq!((answer.model, answer.warnings), ("a", vec![]));
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
        assert_eq!(answer.warnings, [Warning::ModelFallback { asked: "a".into(), used: "b".into() }]);
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
        assert_eq!(code(Request { liked: vec![], n: 1, model: None }), "request_invalid");
        assert_eq!(engine.find("a", 0).unwrap_err().code(), "n_out_of_range");
    }

    #[test]
    fn a_model_must_be_loaded_and_be_the_one_that_the_manifest_pins() {
        let (mut engine, a, b) = engine();
        let code = |e: Result<Answer<'_>>| e.unwrap_err().code();
        assert_eq!(code(engine.recommend(&request(1, 1, "a"))), "model_not_loaded");
        assert_eq!(engine.add("a", b).unwrap_err().code(), "blob_length");
        let mut flipped = a.clone();
        flipped[60] ^= 1;
        assert_eq!(engine.add("a", flipped).unwrap_err().code(), "integrity");
        assert!(!engine.is_loaded("a"));
        engine.add("a", a).unwrap();
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
}
