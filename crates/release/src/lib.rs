//! Opens and verifies releases in a folder.
//! This reads files for the device half of the project, and imports nothing else of it.

mod disk;
mod error;
pub mod related;
mod signature;

pub use error::{ReleaseError, Result};
pub use signature::{OwnerKey, SignatureError};

use disk::{has_length, read_at_most, read_exactly};

use std::io::Read;
use std::path::Path;

use flate2::read::{GzDecoder, MultiGzDecoder};
use serde::Deserialize;

use osusume::catalogue::Catalogue;
use osusume::engine::{Engine, EngineError};
use osusume::format::{
    About, AlignedBytes, CatalogueFile, Columns, FORMAT_VERSION, FileEntry, FormatError, Manifest,
    MapBlob, is_length,
};
use osusume::profile::{self, MAX_PROFILE_BYTES, Profile, ProfileError};

/// Name of the one mutable file.
pub const MANIFEST: &str = "manifest.json";

/// Name of the file of the manifest's signature.
pub const SIGNATURE: &str = "manifest.json.minisig";

/// Most bytes of a signature; minisign's have some 300.
pub const MAX_SIGNATURE_BYTES: u64 = 1 << 13;

/// Most bytes of a manifest; one of a hundred models has a thousandth of it.
pub const MAX_MANIFEST_BYTES: u64 = 1 << 24;

/// Returns the engine of the release in `folder`, with these models loaded, or all of them.
///
/// The length and SHA-256 of every file that is read are checked.
pub fn open(folder: &Path, models: Option<&[&str]>) -> Result<Engine> {
    assemble(manifest(folder)?, Trust::Nothing, models, |entry| read(folder, entry))
}

/// Returns what the release in `folder` says about itself, if it has that file.
pub fn about(folder: &Path, manifest: &Manifest) -> Result<About> {
    let file = manifest.about().map(|entry| verified(folder, entry)).transpose()?;
    Ok(file.map(|file| About::decode(&file)).transpose()?.unwrap_or_default())
}

/// Returns the engine of the release in `folder` after a check of every file, as [`open`] does.
///
/// This also reads the files that only browsers use, the map and the related lists, and the file
/// about the release.
pub fn verify(folder: &Path) -> Result<Engine> {
    let engine = open(folder, None)?;
    let manifest = engine.manifest().clone();
    about(folder, &manifest)?;
    if let Some(entry) = manifest.map() {
        MapBlob::decode(
            &verified(folder, entry)?,
            engine.catalogue().items(),
            engine.catalogue().tag_list().map_or(0, |tags| tags.names.len()),
        )?;
    }
    for model in &manifest.models {
        if model.text.is_some() {
            engine.text_encoder(&model.name)?;
        }
    }
    related::verify(folder, &engine)?;
    Ok(engine)
}

/// Checks that the owner of `key` signed the manifest of the release in `folder`.
pub fn verify_signature(folder: &Path, key: &OwnerKey) -> Result<()> {
    let manifest = manifest_bytes(folder)?;
    let missing = || SignatureError::Missing(folder.join(SIGNATURE).display().to_string());
    key.verify(&manifest, &signature_text(folder)?.ok_or_else(missing)?)?;
    Ok(())
}

/// Returns the signature of the manifest in `folder`, if there is one.
pub fn signature_text(folder: &Path) -> Result<Option<String>> {
    match read_at_most(&folder.join(SIGNATURE), MAX_SIGNATURE_BYTES) {
        Err(ReleaseError::FileMissing(_)) => Ok(None),
        bytes => Ok(Some(String::from_utf8_lossy(&bytes?).into_owned())),
    }
}

/// Returns the catalogue in a file; it may hold titles or images only.
fn catalogue(file: &[u8]) -> Result<Catalogue> {
    let CatalogueFile { items, column_bytes, gzip } = CatalogueFile::decode(file)?;
    let columns = gunzip(gzip, column_bytes, FormatError::Catalogue("its gzip is broken"))?;
    Ok(Catalogue::new(Columns::decode(&columns, items)?)?)
}

/// How far the files of a release are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The SHA-256 of every file is checked.
    Nothing,
    /// The files were checked when they were put in their place, and nobody can have changed them
    /// since, as in the bundle of a function. Lengths and shapes are still checked.
    Bundle,
}

/// Returns the engine of a release whose files come from `read`, with these models loaded, or all.
pub fn assemble<E>(
    manifest: Manifest,
    trust: Trust,
    models: Option<&[&str]>,
    mut read: impl FnMut(&FileEntry) -> Result<AlignedBytes, E>,
) -> Result<Engine, E>
where
    E: From<ReleaseError> + From<EngineError> + From<FormatError>,
{
    let file = read(manifest.catalogue()?)?;
    if trust == Trust::Nothing {
        manifest.catalogue()?.verify(&file)?;
    }
    let mut whole = catalogue(&file)?;
    if let Some(entry) = manifest.images() {
        let file = read(entry)?;
        if trust == Trust::Nothing {
            entry.verify(&file)?;
        }
        whole = whole.with_images(&catalogue(&file)?)?;
    }
    let mut engine = Engine::new(manifest, whole)?;
    let entries = engine.manifest().models.clone();
    for entry in entries {
        if models.is_none_or(|models| models.contains(&entry.name.as_str())) {
            let file = read(engine.manifest().file(&entry)?)?;
            let residual = match engine.manifest().residual_file(&entry)? {
                Some(residual) => Some(read(residual)?),
                None => None,
            };
            match trust {
                Trust::Nothing => engine.add(&entry.name, file, residual.as_deref())?,
                Trust::Bundle => engine.add_unhashed(&entry.name, file, residual.as_deref())?,
            }
            if let Some(text) = engine.manifest().text_file(&entry)?.cloned() {
                let file = read(&text)?;
                if trust == Trust::Nothing {
                    text.verify(&file)?;
                }
                engine.add_packed_text(&entry.name, file, gunzip_text)?;
            }
        }
    }
    Ok(engine)
}

#[derive(Deserialize)]
struct Version {
    format: u32,
}

/// Returns the checked manifest of the release in `folder`.
pub fn manifest(folder: &Path) -> Result<Manifest> {
    parse(&manifest_bytes(folder)?)
}

/// Returns the manifest of the release in `folder` as it is.
pub fn manifest_bytes(folder: &Path) -> Result<Vec<u8>> {
    read_at_most(&folder.join(MANIFEST), MAX_MANIFEST_BYTES)
}

/// Returns the checked manifest that `json` holds.
pub fn parse(json: &[u8]) -> Result<Manifest> {
    let invalid = |e: serde_json::Error| FormatError::Manifest(e.to_string());
    // The version is read first: a newer format is then refused by its number and not by a field.
    let Version { format: found } = serde_json::from_slice(json).map_err(invalid)?;
    if found != FORMAT_VERSION {
        return Err(FormatError::Version { found }.into());
    }
    let manifest: Manifest = serde_json::from_slice(json).map_err(invalid)?;
    Ok(manifest.checked()?)
}

/// Returns the file of `entry`, of the right length, from the files that it lies in.
pub fn read(folder: &Path, entry: &FileEntry) -> Result<AlignedBytes> {
    let parts = entry.parts();
    // Before any memory is taken: a manifest may promise what is not there.
    for (name, range) in &parts {
        has_length(&folder.join(name), range.len())?;
    }
    let mut bytes = AlignedBytes::zeroed(entry.bytes as usize);
    for (name, range) in parts {
        read_exactly(&folder.join(name), &mut bytes[range])?;
    }
    Ok(bytes)
}

/// Returns the file of `entry`, after a check of its SHA-256.
pub fn verified(folder: &Path, entry: &FileEntry) -> Result<AlignedBytes> {
    let bytes = read(folder, entry)?;
    entry.verify(&bytes)?;
    Ok(bytes)
}

/// Reads a visitor's list of another site, plain or gzip.
pub fn read_profile(bytes: &[u8], catalogue: &Catalogue) -> Result<Profile, ProfileError> {
    if !profile::is_gzip(bytes) {
        return Profile::read(bytes, catalogue);
    }
    let mut plain = Vec::new();
    let mut decoder = MultiGzDecoder::new(bytes).take(MAX_PROFILE_BYTES as u64 + 1);
    decoder.read_to_end(&mut plain).map_err(|_| ProfileError::Invalid("its gzip is broken"))?;
    Profile::read(&plain, catalogue)
}

/// Decompresses to exactly `len` bytes, never more.
fn gunzip(gzip: &[u8], len: u32, broken: FormatError) -> Result<Vec<u8>, FormatError> {
    let mut columns = Vec::new();
    let mut decoder = GzDecoder::new(gzip).take(u64::from(len) + 1);
    decoder.read_to_end(&mut columns).map_err(|_| broken)?;
    is_length(columns.len() as u64, u64::from(len))?;
    Ok(columns)
}

/// Decompresses the file of a text encoder, for [`Engine::add_packed_text`].
pub fn gunzip_text(gzip: &[u8], len: u32) -> Result<Vec<u8>, FormatError> {
    gunzip(gzip, len, FormatError::Text("its gzip is broken"))
}
