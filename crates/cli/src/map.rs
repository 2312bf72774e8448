//! `osusume map`: a release in, the same with a map out.

use std::path::PathBuf;

use osusume_pack::add_map;
use osusume_pack::pipeline::{Event, PipelineError, Run, Stage};

use crate::error::Result;

/// Add a map to a release: its items in the plane, similar items near each other.
///
/// The other files stay as they are; the same release gets the same map. With `map = true` in its
/// recipe, `build` and `pack` publish a release with its map.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The release's folder.
    #[arg(value_name = "FOLDER", default_value = "embeddings")]
    release: PathBuf,
}

/// Runs the subcommand.
pub fn run(args: &Args, run: Run<'_>) -> Result<()> {
    (run.progress)(Event::Started(Stage::DrawingMap));
    let manifest = add_map(&args.release, run.cancel).map_err(PipelineError::from)?;
    let bytes = manifest.map().map_or(0, |file| file.bytes);
    eprintln!("{}: release {}, map of {bytes} bytes", args.release.display(), manifest.release);
    Ok(())
}
