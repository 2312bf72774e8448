//! The options that name a catalogue and its columns, for every stage that reads one.
//! This imports the tables alone.

use std::path::PathBuf;

use crate::error::Result;
use osusume_tables::{CatalogueColumns, ReleaseRecipe};

/// Which catalogue, and how to read it.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)] // those that flatten it are called Args too
pub struct Args {
    /// Catalogue: CSV or tab separated with a header line, plain or gzip.
    #[arg(long, value_name = "FILE")]
    pub catalogue: PathBuf,
    /// Release recipe in TOML: columns, items to leave out, the training recipe, the date.
    #[arg(long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,
    /// A column whose name is not one of the known ones: id, title, title.LANGUAGE, tags, type,
    /// year, score, members, text, series or image. May be repeated.
    #[arg(long = "column", value_name = "FIELD=NAME", value_parser = field)]
    columns: Vec<(String, String)>,
}

fn field(text: &str) -> std::result::Result<(String, String), String> {
    const FIELDS: [&str; 10] =
        ["id", "title", "tags", "type", "year", "score", "members", "text", "series", "image"];
    let (field, name) = text.split_once('=').ok_or("expected FIELD=NAME")?;
    let known = FIELDS.contains(&field)
        || field.strip_prefix("title.").is_some_and(|language| !language.is_empty());
    if known {
        Ok((field.to_owned(), name.to_owned()))
    } else {
        Err(format!(
            "there is no field {field:?}; expected {} or title.LANGUAGE",
            FIELDS.join(", ")
        ))
    }
}

impl Args {
    /// Reads the recipe, with the columns of the command line in place of its own.
    pub fn recipe(&self) -> Result<ReleaseRecipe> {
        let mut recipe = match &self.recipe {
            Some(path) => ReleaseRecipe::read(path)?,
            None => ReleaseRecipe::default(),
        };
        for (field, name) in self.columns.iter().cloned() {
            let CatalogueColumns {
                id,
                title,
                titles,
                tags,
                kind,
                year,
                score,
                members,
                text,
                series,
                image,
                ..
            } = &mut recipe.catalogue;
            let column = match field.as_str() {
                "id" => id,
                "title" => title,
                "tags" => tags,
                "type" => kind,
                "year" => year,
                "score" => score,
                "members" => members,
                "text" => text,
                "series" => series,
                "image" => image,
                other => {
                    titles.insert(other.trim_start_matches("title.").to_owned(), name);
                    continue;
                }
            };
            *column = Some(name);
        }
        Ok(recipe)
    }
}
