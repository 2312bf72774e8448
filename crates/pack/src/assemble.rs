//! Puts a release together in memory: files of models and catalogue, related lists, map.
//! This joins the modules that make one file each; only publishing touches a folder.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use osusume::catalogue::Catalogue;
use osusume::engine::Engine;
use osusume::format::{
    ABOUT, AlignedBytes, Columns, DefaultQuestion, FORMAT_VERSION, FieldEntry, FileEntry, Manifest,
    ModelBlob, ModelEntry, ResidualBlob, ResidualEntry,
};
use osusume_release::related::Shards;
use osusume_tables::{Cancel, Entry, FieldColumn, ReleaseRecipe, Uncovered};

use crate::columns::{columns, images};
use crate::error::{PackError, Result};
use crate::f16_rows::{covered_rows, is_bare, residual_pairs};
use crate::files::{catalogue_file, gzipped};
use crate::input::ModelInput;
use crate::manifest::{about, model_entry, release_id};
use crate::map::{self, MAP};
use crate::publish::Publication;
use crate::rotation::rounded;
use crate::{related, text};

/// The outcome of packing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PackReport {
    /// The manifest that was written.
    pub manifest: Manifest,
    /// By model: vectors of items that the catalogue does not have, left out.
    pub unknown: BTreeMap<String, usize>,
    /// The ids of the catalogue's entries that no model covers, in its order.
    pub uncovered: Vec<u32>,
}

/// A release in memory, whole but not yet published.
pub struct NewRelease {
    manifest: Manifest,
    files: Vec<(FileEntry, Vec<u8>)>,
    related: Option<Shards>,
    engine: Engine,
    unknown: BTreeMap<String, usize>,
    uncovered: Vec<u32>,
}

/// Publishes the release of `models`, the default one first, over `entries` into the folder `out`.
///
/// As [`assemble`], but entries that no model covers are left out, and nothing can interrupt it.
pub fn pack(
    out: &Path,
    entries: &[Entry],
    fields: &[FieldColumn],
    language: &str,
    models: &[ModelInput],
) -> Result<PackReport> {
    let never = Cancel::new();
    let recipe = ReleaseRecipe { language: language.to_owned(), ..ReleaseRecipe::default() };
    assemble(entries, fields, models, &recipe, &never)?.publish(out, None, &never)
}

/// Returns the release of `models`, the default one first, over `entries`. Each of `fields` has a
/// value for each entry, in their order, and keeps its name, type and role.
///
/// The recipe names the language of the main titles and the default question. Items are ordered so
/// that those with a vector of the first model come first, then those with weights alone, and within
/// that those on most lists: ties then go to the popular, and the rows of the first model are one
/// run each. Entries that no model covers come last or not at all. The same inputs give
/// the same bytes.
pub fn assemble(
    entries: &[Entry],
    fields: &[FieldColumn],
    models: &[ModelInput],
    recipe: &ReleaseRecipe,
    cancel: &Cancel,
) -> Result<NewRelease> {
    let Some(first) = models.first() else { return Err(PackError::NoModel) };
    let rows_by_id: Vec<HashMap<u32, usize>> =
        models.iter().map(|model| model.vectors.ids.iter().copied().zip(0..).collect()).collect();
    let is_covered = |entry: &Entry| rows_by_id.iter().any(|rows| rows.contains_key(&entry.id));
    let bare: Vec<u32> =
        entries.iter().filter(|entry| !is_covered(entry)).map(|entry| entry.id).collect();
    let items = ordered_items(entries, models, &rows_by_id, recipe.uncovered);

    let mut packed = ModelFiles::default();
    let mut unknown = BTreeMap::new();
    for (model, rows_by_id) in models.iter().zip(&rows_by_id) {
        cancel.check()?;
        let rows = packed.add(model, rows_by_id, &items)?;
        unknown.insert(model.name.clone(), model.vectors.ids.len() - rows);
    }
    let ModelFiles { mut files, entries: model_entries } = packed;
    cancel.check()?;
    let rows: HashMap<u32, usize> = entries.iter().map(|entry| entry.id).zip(0..).collect();
    let rows: Vec<usize> = items.iter().map(|item| rows[&item.id]).collect();
    let columns = columns(&items, fields, &rows, &recipe.language)?;
    let catalogue = catalogue_file(&columns)?;
    files.insert(0, (FileEntry::new("catalogue", "catalogue", &catalogue), catalogue));
    let images = images(&items);
    if let Some(images) = &images {
        let content = catalogue_file(images)?;
        files.insert(1, (FileEntry::new("images", "images", &content), content));
    }
    let content = about(models, &recipe.published()).encode();
    files.push((FileEntry::new(ABOUT, ABOUT, &content), content));

    let mut manifest = Manifest {
        format: FORMAT_VERSION,
        release: String::new(),
        items: items.len() as u32,
        default: DefaultQuestion { model: first.name.clone(), niche: recipe.default.niche },
        fields: FieldEntry::all_of(&columns),
        files: files.iter().map(|(file, _)| file.clone()).collect(),
        models: model_entries,
        related: None,
    };
    manifest.release = release_id(&manifest);
    let mut manifest = manifest.checked()?;
    let mut engine = engine_of(&manifest, &files, columns, images)?;
    for model in &mut manifest.models {
        let scales = engine.typical_spans(&model.name)?.map(scale);
        [model.scale, model.profile.scale] = scales;
        engine.set_scales(&model.name, scales);
    }
    manifest.release = release_id(&manifest);
    let related = related::make(&engine, cancel)?;
    manifest.related = related.as_ref().map(|related| related.entry.clone());
    let manifest = manifest.checked()?;
    Ok(NewRelease { manifest, files, related, engine, unknown, uncovered: bare })
}

impl NewRelease {
    /// Returns the engine of the release, with every model and no text encoder.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the engine of the release, with every model and every text encoder.
    pub fn into_engine(mut self) -> Result<Engine> {
        for model in &self.manifest.models {
            let file = model.text.as_deref().and_then(|name| content(&self.files, name));
            let Some(file) = file else { continue };
            let file = AlignedBytes::from(file);
            self.engine.add_packed_text(&model.name, file, osusume_release::gunzip_text)?;
        }
        Ok(self.engine)
    }

    /// Adds a map, as [`crate::add_map`] adds it to a published release.
    pub fn add_map(&mut self, cancel: &Cancel) -> Result<()> {
        let mut models = Vec::new();
        for model in &self.manifest.models {
            let content = content(&self.files, &model.file).unwrap_or_default();
            models.push(ModelBlob::decode(AlignedBytes::from(content))?);
        }
        let content = map::draw(&models, self.engine.catalogue(), cancel)?.encode();
        let file = FileEntry::new(MAP, MAP, &content);
        let mut manifest = self.manifest.clone();
        manifest.files.push(file.clone());
        manifest.release = release_id(&manifest);
        self.manifest = manifest.checked()?;
        self.files.push((file, content));
        Ok(())
    }

    /// Replaces the release in `folder`, unless the run is cancelled: then the old one stays as it
    /// is. `site` is the text of `site.toml`; without it the folder keeps the one it has.
    pub fn publish(self, folder: &Path, site: Option<&str>, cancel: &Cancel) -> Result<PackReport> {
        self.publication(folder, site).publish(cancel)?;
        let Self { manifest, unknown, uncovered, .. } = self;
        Ok(PackReport { manifest, unknown, uncovered })
    }

    pub(crate) fn publication<'a>(
        &'a self,
        folder: &'a Path,
        site: Option<&'a str>,
    ) -> Publication<'a> {
        Publication {
            folder,
            manifest: &self.manifest,
            files: &self.files,
            related: self.related.as_ref(),
            site,
        }
    }
}

/// Returns the entries of the release in the order of its rows.
fn ordered_items<'a>(
    entries: &'a [Entry],
    models: &[ModelInput],
    rows_by_id: &[HashMap<u32, usize>],
    uncovered: Uncovered,
) -> Vec<&'a Entry> {
    // 2 with a vector, 1 with weights alone.
    let covered = |entry: &Entry| -> Vec<u8> {
        let of = |(model, rows): (&ModelInput, &HashMap<u32, usize>)| match rows.get(&entry.id) {
            Some(&row) if is_bare(model.vectors.row(row)) => 1,
            Some(_) => 2,
            None => 0,
        };
        models.iter().zip(rows_by_id).map(of).collect()
    };
    let is_covered = |entry: &Entry| covered(entry).iter().any(|&how| how > 0);
    let stays = |entry: &&Entry| uncovered == Uncovered::Keep || is_covered(entry);
    let mut items: Vec<&Entry> = entries.iter().filter(stays).collect();
    items.sort_by_cached_key(|entry| {
        let popularity = entry.popularity.map_or(0, |people| (people + 0.0).to_bits());
        (Reverse(covered(entry)), Reverse(popularity), entry.id)
    });
    items
}

/// The files of the models so far, and how the manifest describes them.
#[derive(Default)]
struct ModelFiles {
    files: Vec<(FileEntry, Vec<u8>)>,
    entries: Vec<ModelEntry>,
}

impl ModelFiles {
    /// Adds the files of a model, and returns how many items it covers.
    fn add(
        &mut self,
        model: &ModelInput,
        rows_by_id: &HashMap<u32, usize>,
        items: &[&Entry],
    ) -> Result<usize> {
        let (count, dims) = (items.len() as u32, model.vectors.dims);
        let covered = covered_rows(model, rows_by_id, items)?;
        let rows = covered.rows();
        let (values, rotation) = rounded(&covered.values, dims);
        let lists = [&covered.with_vector[..], &covered.bare];
        let blob = ModelBlob::encode_layers(count, &[dims as u32], lists, &values)?;
        let file = FileEntry::new("model", &model.name, &blob);
        let mut described = model_entry(model, &file, rows.len() as u32);
        self.files.push((file, blob.to_vec()));
        if let Some(residual) = &model.residual {
            let pairs = residual_pairs(model, residual, &covered, rows_by_id, items)?;
            let blob = ResidualBlob::encode(count, &pairs)?;
            let file = FileEntry::new("residual", &format!("{}-residual", model.name), &blob);
            described.residual =
                Some(ResidualEntry { file: file.name.clone(), factor: residual.factor });
            self.files.push((file, blob));
        }
        if let Some(table) = &model.text {
            if table.vectors.dims != dims {
                return Err(PackError::TextDims(model.name.clone()));
            }
            let (head, plain) = text::encode(table, rotation.as_ref(), count, text::STEPS)?;
            let content = gzipped(&head, &plain)?;
            let file = FileEntry::new("text", &format!("{}-text", model.name), &content);
            described.text = Some(file.name.clone());
            self.files.push((file, content));
        }
        self.entries.push(described);
        Ok(rows.len())
    }
}

/// Returns the engine of these files, with every model and no text encoder.
fn engine_of(
    manifest: &Manifest,
    files: &[(FileEntry, Vec<u8>)],
    columns: Columns,
    images: Option<Columns>,
) -> Result<Engine> {
    let mut catalogue = Catalogue::new(columns)?;
    if let Some(images) = images {
        catalogue = catalogue.with_images(&Catalogue::new(images)?)?;
    }
    let mut engine = Engine::new(manifest.clone(), catalogue)?;
    for model in &manifest.models {
        let residual = model.residual.as_ref().and_then(|residual| content(files, &residual.file));
        let blob = AlignedBytes::from(content(files, &model.file).unwrap_or_default());
        engine.add_unhashed(&model.name, blob, residual)?;
    }
    Ok(engine)
}

/// Returns the scale of a model whose best scores lie so far above the typical ones: it brings them
/// to 1.
fn scale(span: f32) -> f32 {
    let scale = 1.0 / span;
    if (1e-6..=1e6).contains(&scale) { scale } else { 1.0 }
}

/// Returns the bytes of the file `name`.
fn content<'a>(files: &'a [(FileEntry, Vec<u8>)], name: &str) -> Option<&'a [u8]> {
    files.iter().find(|(file, _)| file.name == name).map(|(_, content)| &content[..])
}
