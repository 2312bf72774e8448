//! The manifest: the one mutable file of a release, in JSON; it names and pins every other file.
//! Imports `columns`, `chunks` and the errors; `manifest_check` and `hash` are above it.

#[cfg(not(target_arch = "wasm32"))]
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::chunks::head_bytes;
#[cfg(not(target_arch = "wasm32"))]
use super::chunks::{CHUNK_BYTES, chunk_count};
#[cfg(not(target_arch = "wasm32"))]
use super::related::RelatedEntry;
use super::{Columns, FieldType, FormatError, Role};
use crate::message::Quoted;

/// The kind of the one file that is JSON. The manifest pins all of its bytes.
pub const ABOUT: &str = "about";

/// The files and models of a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Format version, [`super::FORMAT_VERSION`].
    pub format: u32,
    /// Names this release: the first 16 hexadecimal digits of the SHA-256 of everything that
    /// decides an answer.
    pub release: String,
    /// Items in the catalogue.
    pub items: u32,
    /// The question of requests that name no model.
    pub default: DefaultQuestion,
    /// The declared fields, and then the columns of titles, so that a page knows them before it has
    /// the catalogue.
    pub fields: Vec<FieldEntry>,
    /// Every other file.
    pub files: Vec<FileEntry>,
    /// Every model, in the order in which to load them.
    pub models: Vec<ModelEntry>,
    /// The related lists. The engine does not read them, so the browser build leaves them out.
    #[cfg(not(target_arch = "wasm32"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related: Option<RelatedEntry>,
}

/// How to answer a request that names no model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DefaultQuestion {
    /// The model.
    pub model: String,
    /// The `niche` of a request that has none either, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub niche: Option<f32>,
}

/// A field of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldEntry {
    /// Name in requests and answers.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// The purpose that the reader knows, if the field has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

impl FieldEntry {
    /// Returns the entries of a catalogue's fields and then of its titles.
    #[must_use]
    pub fn all_of(columns: &Columns) -> Vec<Self> {
        let fields = columns.fields.iter().map(|field| Self {
            name: field.name.clone(),
            kind: field.values.kind(),
            role: field.role,
        });
        let titles = columns.titles.iter().map(|column| Self {
            name: column.name.clone(),
            kind: FieldType::Text,
            role: Some(Role::Title),
        });
        fields.chain(titles).collect()
    }
}

/// One immutable file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Name beside the manifest: lower-case letters, digits, `.`, `_` and `-`. It contains the
    /// first 16 digits of `sha256`.
    pub name: String,
    /// `catalogue`, `model`, `residual`, `text`, `map`, `images` or `about`.
    /// Readers ignore files of other kinds.
    pub kind: String,
    /// Length.
    pub bytes: u64,
    /// SHA-256 of the first [`FileEntry::pinned_bytes`] bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

impl FileEntry {
    /// Returns how many of the file's first bytes have the hash in the manifest: the head of a
    /// binary file, or the whole of a file in JSON.
    #[must_use]
    pub fn pinned_bytes(&self) -> u64 {
        if self.kind == ABOUT { self.bytes } else { head_bytes(self.bytes) }
    }

    /// Returns the files that this one lies in on a server: their names, and which bytes they have.
    ///
    /// A file of one chunk lies in one. Of a longer one, the head has the name of the whole, and each
    /// chunk a name with its number.
    #[cfg(not(target_arch = "wasm32"))]
    #[must_use]
    pub fn parts(&self) -> Vec<(String, Range<usize>)> {
        let (whole, head) = (self.bytes as usize, self.pinned_bytes() as usize);
        let chunks = if self.kind == ABOUT { 0 } else { chunk_count(self.bytes) as usize };
        if chunks < 2 {
            return vec![(self.name.clone(), 0..whole)];
        }
        let chunk = |at: usize| {
            let name = match self.name.rsplit_once('.') {
                Some((stem, extension)) => format!("{stem}.{at}.{extension}"),
                None => format!("{}.{at}", self.name),
            };
            let from = head + at * CHUNK_BYTES;
            (name, from..whole.min(from + CHUNK_BYTES))
        };
        std::iter::once((self.name.clone(), 0..head)).chain((0..chunks).map(chunk)).collect()
    }
}

/// One model, and how to use its file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelEntry {
    /// Name in requests.
    pub name: String,
    /// Name of its file.
    pub file: String,
    /// `dot` or `cosine`.
    pub metric: String,
    /// The exponent p of `q·v / (|q||v|)^p`, in 0..=1; for `cosine` it is 1.
    pub exponent: f32,
    /// Values per row.
    pub dims: u32,
    /// Items covered.
    pub rows: u32,
    /// How several liked items become a query; by default the sum of their unit vectors.
    #[serde(default)]
    pub profile: ProfileRule,
    /// Sparse weights that the score adds to the products of the vectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual: Option<ResidualEntry>,
    /// Name of the file of its text encoder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How strongly `niche` acts: 0 to 100 times the distance from the mean score to the best at
    /// its ends; 1 by default.
    #[serde(default = "one")]
    pub niche: f32,
    /// A blend multiplies the model's scores by it, so that the scores of several models can be
    /// added: 1e-6 to 1e6, 1 by default.
    #[serde(default = "one")]
    pub scale: f32,
}

fn one() -> f32 {
    1.0
}

/// How several liked items become a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileRule {
    /// Which rule.
    pub kind: ProfileKind,
    /// The exponent p for such queries, in 0..=1.
    pub exponent: f32,
    /// Weight of the unseen items in the ridge solution, 0 to 1000.
    pub a0: f32,
    /// Regularisation of the ridge solution, above 0, at most 1,000,000.
    pub lambda: f32,
    /// A blend multiplies the scores of the ridge solution by it, for each unit of the likes'
    /// weights: 1e-6 to 1e6.
    pub scale: f32,
}

/// The kinds of [`ProfileRule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProfileKind {
    /// The weighted sum of the vectors, each divided by the p-th power of its length.
    Sum,
    /// The ridge solution.
    Ridge,
}

impl Default for ProfileRule {
    fn default() -> Self {
        Self { kind: ProfileKind::Sum, exponent: 1.0, a0: 1.0, lambda: 3.0, scale: 1.0 }
    }
}

/// The residual of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResidualEntry {
    /// Name of its file.
    pub file: String,
    /// The score multiplies the products of the vectors by it before it adds the weights; finite.
    pub factor: f32,
}

impl Manifest {
    /// Returns the catalogue's file.
    pub fn catalogue(&self) -> Result<&FileEntry, FormatError> {
        let mut found = self.files.iter().filter(|file| file.kind == "catalogue");
        match (found.next(), found.next()) {
            (Some(file), None) => Ok(file),
            _ => Err(FormatError::Manifest("it does not name exactly one catalogue".into())),
        }
    }

    /// Returns the file of the text encoder of `model`, if it has one.
    pub fn text_file(&self, model: &ModelEntry) -> Result<Option<&FileEntry>, FormatError> {
        model.text.as_ref().map(|file| self.file_of_kind(file, "text", &model.name)).transpose()
    }

    /// Returns the file of the map, if the release has one.
    #[must_use]
    pub fn map(&self) -> Option<&FileEntry> {
        self.files.iter().find(|file| file.kind == "map")
    }

    /// Returns the file of the addresses of pictures, if the release has one.
    #[must_use]
    pub fn images(&self) -> Option<&FileEntry> {
        self.files.iter().find(|file| file.kind == "images")
    }

    /// Returns the file that says how the release was made, if there is one.
    #[must_use]
    pub fn about(&self) -> Option<&FileEntry> {
        self.files.iter().find(|file| file.kind == ABOUT)
    }

    /// Returns the file of `model`.
    pub fn file(&self, model: &ModelEntry) -> Result<&FileEntry, FormatError> {
        self.file_of_kind(&model.file, "model", &model.name)
    }

    /// Returns the file of the residual of `model`, if it has one.
    pub fn residual_file(&self, model: &ModelEntry) -> Result<Option<&FileEntry>, FormatError> {
        let found = model
            .residual
            .as_ref()
            .map(|residual| self.file_of_kind(&residual.file, "residual", &model.name));
        found.transpose()
    }

    fn file_of_kind(&self, file: &str, kind: &str, model: &str) -> Result<&FileEntry, FormatError> {
        let found = self.files.iter().find(|entry| entry.kind == kind && entry.name == file);
        found.ok_or_else(|| {
            let (model, file) = (Quoted(model), Quoted(file));
            FormatError::Manifest(format!("model {model} names the missing file {file}"))
        })
    }

    /// Returns the entry of the model called `name`.
    #[must_use]
    pub fn model(&self, name: &str) -> Option<&ModelEntry> {
        self.models.iter().find(|model| model.name == name)
    }
}
