//! `osusume inspect` lists the parts of a release and its fields; `osusume verify` checks that it is whole.

use std::path::{Path, PathBuf};

use crate::error::Result;
use osusume::catalogue::FieldInfo;
use osusume::engine::Engine;
use osusume::format::{About, Manifest, ModelBlob, ModelEntry, RelatedEntry};
use osusume_release::{self as release, OwnerKey, ReleaseError};
use serde::Serialize;

use crate::output;

/// List the files, the declared fields and the models of a release.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The release's folder.
    #[arg(value_name = "FOLDER", default_value = "embeddings")]
    release: PathBuf,
}

/// Check every file of a release against its length, its SHA-256 and the format.
#[derive(Debug, clap::Args)]
pub struct Verify {
    #[command(flatten)]
    inspect: Args,
    /// Also check that the owner of this minisign key (56 letters, RW…) signed the manifest; the
    /// signature is manifest.json.minisig.
    #[arg(long, value_name = "KEY", value_parser = OwnerKey::parse)]
    public_key: Option<OwnerKey>,
}

/// Runs `inspect`.
pub fn run(args: &Args, json: bool) -> Result<()> {
    let engine = release::open(&args.release, Some(&[]))?;
    print(&engine, &args.release, json)
}

/// Runs `verify`.
pub fn verify(args: &Verify, json: bool) -> Result<()> {
    let folder = &args.inspect.release;
    if let Some(key) = &args.public_key {
        release::verify_signature(folder, key)?;
    }
    let engine = release::verify(folder)?;
    print(&engine, folder, json)?;
    if !json {
        let signed = if args.public_key.is_some() { "the manifest is signed, " } else { "" };
        output::line(&format!("{signed}every file is whole"));
    }
    Ok(())
}

/// The manifest, and how the release was made.
#[derive(Serialize)]
struct Described<'a> {
    #[serde(flatten)]
    manifest: &'a Manifest,
    about: &'a About,
}

fn print(engine: &Engine, folder: &Path, json: bool) -> Result<()> {
    let (manifest, fields) = (engine.manifest(), engine.catalogue().fields());
    let about = &release::about(folder, manifest)?;
    if json {
        let mut described = serde_json::json!(Described { manifest, about });
        described["fields"] = serde_json::json!(fields); // with the values that filters may ask for
        output::json(&described);
        return Ok(());
    }
    output::line(&format!(
        "release {} (format {}), {} items",
        manifest.release, manifest.format, manifest.items
    ));
    for file in &manifest.files {
        output::line(&format!("  {:>10} bytes  {:<10} {}", file.bytes, file.kind, file.name));
    }
    if let Some(RelatedEntry { folder, shards, listed, models, .. }) = &manifest.related {
        let models = models.join(", ");
        output::line(&format!(
            "  {shards:>10} files  related    {folder}: {listed} items alike by {models}"
        ));
    }
    for field in &fields {
        output::line(&describe(field));
    }
    for model in &manifest.models {
        let default = if model.name == manifest.default.model { ", the default" } else { "" };
        let what = what_it_holds(folder, manifest, model)?;
        output::line(&format!("model {}: {what}{default}", model.name));
        let Some(about) = about.models.get(&model.name) else { continue };
        for (name, fact) in &about.provenance {
            output::line(&format!("  {name}: {fact}"));
        }
        for (name, value) in &about.quality {
            output::line(&format!("  {name} {value:.4}"));
        }
    }
    Ok(())
}

/// Returns the rows of a model, and how its vectors compare, if it has any.
fn what_it_holds(folder: &Path, manifest: &Manifest, model: &ModelEntry) -> Result<String> {
    let ModelEntry { rows, dims, metric, exponent, .. } = model;
    // Only with weights does a row without a vector say anything.
    let with_vector = match model.residual {
        Some(_) => {
            let file = manifest.file(model).map_err(ReleaseError::from)?;
            let bytes = release::read(folder, file)?;
            ModelBlob::decode(bytes).map_err(ReleaseError::from)?.rows_with_vector()
        }
        None => *rows,
    };
    if with_vector == 0 {
        return Ok(format!("{rows} rows of weights alone"));
    }
    let bare = match rows - with_vector {
        0 => String::new(),
        1 => " and 1 row of weights alone".to_owned(),
        bare => format!(" and {bare} rows of weights alone"),
    };
    Ok(format!("{with_vector} × {dims} f16{bare}, {metric} with exponent {exponent}"))
}

/// Returns a line about a field: its name, type and role, and how many values or which range it
/// has.
fn describe(field: &FieldInfo<'_>) -> String {
    let FieldInfo { name, kind, role, values, min, max } = field;
    let role = role.map_or(String::new(), |role| format!(", role {}", role.name()));
    let values = values.map_or(String::new(), |values| format!(", {} values", values.len()));
    let range = match (min, max) {
        (Some(min), Some(max)) => {
            format!(", {} to {}", output::value(min), output::value(max))
        }
        _ => String::new(),
    };
    format!("field {name}: {kind}{role}{values}{range}")
}
