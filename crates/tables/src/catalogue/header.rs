//! The header line of a catalogue: positions of columns by name.
//! It imports the error and the comparison of names.

use std::collections::BTreeMap;
use std::path::Path;

use csv::StringRecord;

use crate::error::TableError;
use crate::plain_name::plain_name;

/// The header line of a catalogue.
pub(super) struct Header<'a> {
    path: &'a Path,
    record: &'a StringRecord,
    /// The names in lower case, without a `:type` suffix.
    names: Vec<String>,
}

impl<'a> Header<'a> {
    pub fn new(path: &'a Path, record: &'a StringRecord) -> Self {
        Self { path, record, names: record.iter().map(plain_name).collect() }
    }

    pub fn missing(&self, column: &str) -> TableError {
        TableError::Column {
            path: self.path.to_owned(),
            column: column.to_owned(),
            found: self.record.iter().collect::<Vec<_>>().join(",").chars().take(200).collect(),
        }
    }

    /// Returns the names of the columns as the file has them.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.record.iter().map(str::trim)
    }

    /// Says whether `RecBole`'s suffix makes the column a list of words.
    pub fn is_spaced(&self, at: usize) -> bool {
        self.record[at].trim().ends_with(":token_seq")
    }

    /// Returns the position of the column `name`.
    pub fn position(&self, name: &str) -> Result<usize, TableError> {
        let plain = plain_name(name);
        self.names.iter().position(|other| *other == plain).ok_or_else(|| self.missing(name))
    }

    pub fn positions(&self, names: &[String]) -> Result<Vec<usize>, TableError> {
        names.iter().map(|name| self.position(name)).collect()
    }

    /// Returns every column with one of the `usual` names, best first.
    pub fn usual(&self, usual: &[&str]) -> Vec<usize> {
        usual.iter().filter_map(|name| self.position(name).ok()).collect()
    }

    /// Returns the column `named`, which must be there, or else the first with a usual name.
    pub fn named_or_usual(
        &self,
        named: Option<&String>,
        usual: &[&str],
    ) -> Result<Option<usize>, TableError> {
        match named {
            Some(name) => self.position(name).map(Some),
            None => Ok(self.usual(usual).first().copied()),
        }
    }

    /// Returns the columns of other titles: those that are named, or else those with usual names.
    pub fn titles(
        &self,
        named: &BTreeMap<String, String>,
        usual: &[(&str, &[&str])],
    ) -> Result<Vec<(String, usize)>, TableError> {
        if named.is_empty() {
            let found = usual.iter().filter_map(|(language, names)| {
                Some(((*language).to_owned(), *self.usual(names).first()?))
            });
            return Ok(found.collect());
        }
        named.iter().map(|(language, name)| Ok((language.clone(), self.position(name)?))).collect()
    }
}
