//! `osusume inspect` lists the parts of a release; `osusume verify` checks that it is whole.

use std::path::PathBuf;

use crate::error::Result;
use osusume::format::Manifest;
use osusume_release as release;

use crate::output;

/// List the files and models of a release.
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
    #[arg(long, value_name = "KEY")]
    public_key: Option<String>,
}

/// Runs `inspect`.
pub fn run(args: &Args, json: bool) -> Result<()> {
    print(&release::manifest(&args.release)?, json);
    Ok(())
}

/// Runs `verify`.
pub fn verify(args: &Verify, json: bool) -> Result<()> {
    let folder = &args.inspect.release;
    if let Some(key) = &args.public_key {
        release::verify_signature(folder, key)?;
    }
    let engine = release::verify(folder)?;
    print(engine.manifest(), json);
    if !json {
        let signed = if args.public_key.is_some() { "the manifest is signed, " } else { "" };
        output::line(&format!("{signed}every file is whole"));
    }
    Ok(())
}

fn print(manifest: &Manifest, json: bool) {
    if json {
        output::json(manifest);
        return;
    }
    output::line(&format!(
        "release {} (format {}), {} items",
        manifest.release, manifest.format, manifest.items
    ));
    for file in &manifest.files {
        output::line(&format!("  {:>10} bytes  {:<10} {}", file.bytes, file.kind, file.name));
    }
    for model in &manifest.models {
        let default = if model.name == manifest.default_model { ", the default" } else { "" };
        output::line(&format!(
            "model {}: {} × {} f16, {} with exponent {}{default}",
            model.name, model.rows, model.dims, model.metric, model.exponent
        ));
        for (name, fact) in &model.provenance {
            output::line(&format!("  {name}: {fact}"));
        }
        for (name, value) in &model.quality {
            output::line(&format!("  {name} {value:.4}"));
        }
    }
}
