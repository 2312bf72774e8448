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
    /// A column whose name is not one of the known ones: id, title, title.LANGUAGE, text, tags,
    /// type, date, score, members, series, url or image. May be repeated. A recipe can declare any
    /// other field; docs/CATALOGUE.md has both.
    #[arg(long = "column", value_name = "FIELD=NAME", value_parser = field)]
    columns: Vec<(String, String)>,
}

fn field(text: &str) -> std::result::Result<(String, String), String> {
    let (field, name) = text.split_once('=').ok_or("expected FIELD=NAME")?;
    let is_title = field.strip_prefix("title.").is_some_and(|language| !language.is_empty());
    if is_title || CatalogueColumns::default().column_mut(field).is_some() {
        return Ok((field.to_owned(), name.to_owned()));
    }
    Err(format!("there is no known column {field:?}; expected one of {KNOWN}"))
}

/// The fields that `--column` takes.
const KNOWN: &str =
    "id, title, title.LANGUAGE, text, tags, type, date, score, members, series, url or image";

impl Args {
    /// Reads the recipe, with the columns of the command line in place of its own.
    pub fn recipe(&self) -> Result<ReleaseRecipe> {
        let mut recipe = match &self.recipe {
            Some(path) => ReleaseRecipe::read(path)?,
            None => ReleaseRecipe::default(),
        };
        let columns = &mut recipe.catalogue;
        for (field, name) in self.columns.iter().cloned() {
            if let Some(language) = field.strip_prefix("title.") {
                columns.titles.insert(language.to_owned(), name);
            } else if let Some(column) = columns.column_mut(&field) {
                *column = Some(name);
            }
        }
        Ok(recipe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_help_is_taken_and_no_other() {
        for name in KNOWN.replace(" or ", ", ").split(", ") {
            assert!(field(&format!("{name}=x")).is_ok(), "{name}");
        }
        for wrong in ["price=x", "title.=x", "id", "fields=x"] {
            assert!(field(wrong).is_err(), "{wrong}");
        }
    }
}
