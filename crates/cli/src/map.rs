//! `osusume map`: a release in, the same with a map out.

use std::path::{Path, PathBuf};

use crate::error::Result;
use osusume_pack::add_map;

/// Add a map to a release: its items in the plane, what is alike near each other.
///
/// The other files stay as they are; the same release gets the same map. `map = true` in a release's recipe does the same
/// behind `build` and `pack`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The release's folder.
    #[arg(value_name = "FOLDER", default_value = "embeddings")]
    release: PathBuf,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> Result<()> {
    draw(&args.release)
}

/// Adds the map and says so.
pub fn draw(folder: &Path) -> Result<()> {
    eprintln!("drawing the map ...");
    let manifest = add_map(folder)?;
    let bytes = manifest.map().map_or(0, |file| file.bytes);
    eprintln!("{}: release {}, map of {bytes} bytes", folder.display(), manifest.release);
    Ok(())
}
