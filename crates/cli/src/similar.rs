//! `osusume similar`: items most like one item.

use std::path::PathBuf;

use crate::error::Result;
use osusume::engine::{ModelChoice, Request};
use osusume_release::open;

use crate::output;
use crate::recommend::show;
use crate::title;

/// Show the items most like one item.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An id (digits only) or a title, in any language and any case. Part of a title is enough if
    /// one item alone fits it best.
    #[arg(required_unless_present_any = ["id", "title"])]
    item: Option<String>,
    /// An id, or a text id of the catalogue.
    #[arg(long, conflicts_with_all = ["item", "title"])]
    id: Option<String>,
    /// A title, even if it is all digits.
    #[arg(long, conflicts_with = "item")]
    title: Option<String>,
    /// Most results, 1 to 1000.
    #[arg(short = 'n', long, default_value_t = 10)]
    limit: usize,
    /// Model that answers [default: the release's default model].
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// The release's folder.
    #[arg(long, value_name = "FOLDER", default_value = "embeddings")]
    release: PathBuf,
}

/// Runs the subcommand.
pub fn run(args: &Args, json: bool) -> Result<()> {
    let engine = open(&args.release, None)?;
    let row = match (&args.id, &args.title, &args.item) {
        (Some(id), ..) => engine.row_by_id(id)?,
        (None, Some(title), _) => title::row_by_title(&engine, title)?,
        (None, None, item) => title::row(&engine, item.as_deref().unwrap_or_default())?,
    };
    let liked = vec![engine.catalogue().id(row).into()];
    let model = args.model.clone().map(ModelChoice::One);
    let request = Request { liked, limit: args.limit, model, ..Request::default() };
    let answer = engine.recommend(&request)?;
    if json {
        output::json(&answer);
        return Ok(());
    }
    output::line(&format!("like {}", engine.catalogue().title(row)));
    show(&engine, &answer);
    Ok(())
}
