//! `osusume profile`: turns a list exported from another site into liked and disliked items.

use std::io::Read;
use std::path::PathBuf;

use crate::error::Result;
use osusume::profile::{Counts, MAX_PROFILE_BYTES};
use osusume_release::{ReleaseError, open};

use crate::output;

/// Read an exported list of shows: `MyAnimeList`'s XML or `AniList`'s JSON, plain or gzip.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The exported file.
    file: PathBuf,
    /// The release's folder.
    #[arg(long, value_name = "FOLDER", default_value = "embeddings")]
    release: PathBuf,
}

/// Runs the subcommand.
pub fn run(args: &Args, json: bool) -> Result<()> {
    let engine = open(&args.release, Some(&[]))?;
    let io = |source| ReleaseError::Io { path: args.file.clone(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(&args.file).map_err(io)?;
    file.take(MAX_PROFILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(io)?;
    let profile = osusume_release::read_profile(&bytes, engine.catalogue())?;
    if json {
        output::json(&profile);
        return Ok(());
    }
    let Counts { entries, rated, liked, disliked, planned, unknown } = profile.counts;
    let source = profile.source;
    output::line(&format!(
        "{source}: {entries} shows, {rated} rated; {liked} liked, {disliked} disliked, \
         {planned} planned"
    ));
    for (label, list) in [("liked", &profile.liked), ("disliked", &profile.disliked)] {
        for weighted in list {
            let title = engine.item(weighted.id)?.title;
            output::line(&format!(
                "{label:<8}  {:>8}  {:>5.2}  {title}",
                weighted.id, weighted.weight
            ));
        }
    }
    output::line(&format!("{unknown} not in this release"));
    for entry in &profile.unknown {
        let id = entry.id.map_or(String::new(), |id| id.to_string());
        output::line(&format!(
            "unknown   {id:>8}         {}",
            entry.title.as_deref().unwrap_or("")
        ));
    }
    Ok(())
}
