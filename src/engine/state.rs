//! The engine's state: a release in memory, and how its files get there.
//!
//! Imports `error`, `encoder` and `model`. The files that answer requests import this one.

use super::encoder::Encoder;
use super::error::EngineError;
use super::model::LoadedModel;
use crate::catalogue::Catalogue;
use crate::format::{AlignedBytes, FormatError, Manifest, ModelBlob, ModelEntry, ResidualBlob};

/// A release in memory.
#[derive(Debug)]
pub struct Engine {
    pub(super) manifest: Manifest,
    pub(super) catalogue: Catalogue,
    /// Whether the catalogue is loaded; until then it is empty.
    pub(super) has_catalogue: bool,
    /// In the manifest's order; `None` until loaded.
    pub(super) models: Vec<Option<LoadedModel>>,
    /// In the manifest's order.
    pub(super) encoders: Vec<Option<Encoder>>,
    /// Whether searches may use codes.
    pub(super) uses_codes: bool,
}

impl Engine {
    /// Returns an engine that knows the catalogue. [`Engine::add`] adds the models.
    pub fn new(manifest: Manifest, catalogue: Catalogue) -> Result<Self, EngineError> {
        let mut engine = Self::of_manifest(manifest);
        engine.complete(catalogue)?;
        Ok(engine)
    }

    /// Returns an engine that knows the manifest alone; [`Engine::complete`] adds the items.
    #[must_use]
    pub fn of_manifest(manifest: Manifest) -> Self {
        let models = manifest.models.iter().map(|_| None).collect();
        let encoders = manifest.models.iter().map(|_| None).collect();
        Self {
            manifest,
            catalogue: Catalogue::default(),
            has_catalogue: false,
            models,
            encoders,
            uses_codes: true,
        }
    }

    /// Adds the catalogue. Vectors are added after this.
    pub fn complete(&mut self, catalogue: Catalogue) -> Result<(), EngineError> {
        check_items(&self.manifest, &catalogue)?;
        (self.catalogue, self.has_catalogue) = (catalogue, true);
        Ok(())
    }

    /// Chooses whether the engine keeps small codes of the vectors; it does by default. Codes take
    /// half the memory of the vectors and make answers several times faster. The answers are the
    /// same.
    #[must_use]
    pub fn with_codes(self, uses_codes: bool) -> Self {
        Self { uses_codes, ..self }
    }

    /// Returns the release's manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns the release's catalogue.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Returns whether the catalogue is loaded.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.has_catalogue
    }

    /// Adds the vectors of the model called `name`, and its residual if it has one. Both are whole
    /// files; the engine checks their lengths, hashes and shapes against the manifest.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn add(
        &mut self,
        name: &str,
        file: AlignedBytes,
        residual: Option<&[u8]>,
    ) -> Result<(), EngineError> {
        let entry = &self.manifest.models[self.position(name)?];
        self.manifest.file(entry)?.verify(&file)?;
        if let (Some(pinned), Some(residual)) = (self.manifest.residual_file(entry)?, residual) {
            pinned.verify(residual)?;
        }
        self.add_unhashed(name, file, residual)
    }

    /// Adds files as [`Engine::add`] does, but does not check their hashes. For files that were
    /// checked when they were stored and that nobody can have changed since.
    pub fn add_unhashed(
        &mut self,
        name: &str,
        file: AlignedBytes,
        residual: Option<&[u8]>,
    ) -> Result<(), EngineError> {
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
        self.models[at] = Some(LoadedModel::new(blob, residual, entry));
        Ok(())
    }

    /// Returns the manifest's entry of the model called `name`.
    pub fn entry(&self, name: &str) -> Result<&ModelEntry, EngineError> {
        Ok(&self.manifest.models[self.position(name)?])
    }

    /// Returns whether the vectors of the model called `name` are loaded.
    #[must_use]
    pub fn is_loaded(&self, name: &str) -> bool {
        self.position(name).is_ok_and(|at| self.models[at].is_some())
    }

    /// Returns the position of a model in the manifest.
    pub(super) fn position(&self, name: &str) -> Result<usize, EngineError> {
        let models = &self.manifest.models;
        models.iter().position(|model| model.name == name).ok_or_else(|| {
            let known: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
            EngineError::UnknownModel { name: name.to_owned(), known: known.join(", ") }
        })
    }

    /// Returns a model whose vectors are loaded.
    pub(super) fn loaded(&self, name: &str) -> Result<&LoadedModel, EngineError> {
        let model = self.models[self.position(name)?].as_ref();
        model.ok_or_else(|| EngineError::ModelNotLoaded(name.to_owned()))
    }
}

/// Refuses a catalogue of another length or with other fields than the manifest's.
fn check_items(manifest: &Manifest, catalogue: &Catalogue) -> Result<(), FormatError> {
    if catalogue.items() != manifest.items {
        return Err(FormatError::Manifest("its item count is not the catalogue's".into()));
    }
    if catalogue.declared() != manifest.fields {
        return Err(FormatError::Catalogue("its fields are not those of the manifest"));
    }
    Ok(())
}
