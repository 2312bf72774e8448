//! `osusume find`: looks up items by title.

use std::path::PathBuf;

use crate::error::Result;
use osusume_release::open;

use crate::output;

/// Look up items by id, title or the beginning of one, in any language.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An id, a title, or the beginning of a title.
    text: String,
    /// Most results, 1 to 1000.
    #[arg(short = 'n', long, default_value_t = 10)]
    limit: usize,
    /// The release's folder.
    #[arg(long, value_name = "FOLDER", default_value = "embeddings")]
    release: PathBuf,
}

/// Runs the subcommand.
pub fn run(args: &Args, json: bool) -> Result<()> {
    let engine = open(&args.release, Some(&[]))?;
    let found = engine.find(&args.text, args.limit)?;
    if json {
        output::json(&found);
        return Ok(());
    }
    for found in found {
        let item = &found.item;
        let other = if found.matched == item.title {
            String::new()
        } else {
            format!("  ({})", found.matched)
        };
        let facts = output::facts(item);
        output::line(&format!("{:>8}  {}{other}{facts}", item.id, item.title));
    }
    Ok(())
}
