//! Which columns of a catalogue hold what, and which rows are left out.
//! It imports the error, the names of columns and the parser of fields.

use std::collections::BTreeMap;
use std::path::Path;

use csv::StringRecord;
use serde::{Deserialize, Serialize};

use super::row::{is_unknown, tags};
use crate::error::TableError;
use crate::plain_name::plain_name;

/// Which columns of a catalogue hold what, and which items are left out.
///
/// The reader looks for a column without a name here under usual names, unless its field says
/// otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct CatalogueColumns {
    /// Column of the id: a u32, or any text.
    pub id: Option<String>,
    /// Column of the main title.
    pub title: Option<String>,
    /// Columns of other titles, by language.
    pub titles: BTreeMap<String, String>,
    /// Column of the tags (genres).
    pub tags: Option<String>,
    /// The text between two tags. By default it is a space in a `:token_seq` column. In other
    /// columns it is `|` if the field contains one, else `,`.
    pub separator: Option<String>,
    /// Column of the type.
    pub kind: Option<String>,
    /// Column of the year: the first group of exactly four digits between 1800 and 2199.
    pub year: Option<String>,
    /// Column of the mean score.
    pub score: Option<String>,
    /// Column of the number of people who have the item on their list.
    pub members: Option<String>,
    /// Column of the text that is encoded.
    pub text: Option<String>,
    /// Column of the series: a name that the items of a series share, or ids of other items. It is
    /// never guessed. Without it, the packer derives series from titles.
    pub series: Option<String>,
    /// Column of the address of a picture, `https://…` or relative to the page. It is never
    /// guessed, because pictures have owners.
    pub image: Option<String>,
    /// Which items are left out.
    pub drop: Drop,
}

/// Items that are left out of a release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Drop {
    /// Columns that must not be empty.
    pub empty: Vec<String>,
    /// Tags that must not occur in the columns of `within`.
    pub tags: Vec<String>,
    /// Columns that must not hold any tag of `tags`.
    pub within: Vec<String>,
}

/// Names under which a column is looked for, best first. Case and a `:type` suffix do not count.
const ID: &[&str] = &["anime_id", "mal_id", "item_id", "movie_id", "movieid", "id", "key"];
const TITLE: &[&str] = &["name", "title", "movie_title"];
const TITLES: &[(&str, &[&str])] = &[
    ("english", &["english name", "english", "title_english"]),
    ("japanese", &["other name", "japanese name"]),
];
const TAGS: &[&str] = &["genres", "genre", "tags", "class"];
const KIND: &[&str] = &["type"];
const YEAR: &[&str] = &["aired", "premiered", "year", "release_year", "start_date"];
// CooperUnion's "rating" is the mean score. Kaggle's is the audience ("PG-13"), but Kaggle has
// "score".
const SCORE: &[&str] = &["score", "rating"];
const MEMBERS: &[&str] = &["members"];
const TEXT: &[&str] = &["synopsis", "sypnopsis", "description", "overview", "plot", "text"];

/// The positions of the columns in a catalogue's rows.
pub(super) struct ColumnPositions {
    pub id: usize,
    pub title: usize,
    /// Columns of other titles, with their languages.
    pub titles: Vec<(String, usize)>,
    pub tags: Option<usize>,
    separator: Option<String>,
    pub kind: Option<usize>,
    /// Columns that may hold a year, best first.
    pub year: Vec<usize>,
    pub score: Option<usize>,
    pub members: Option<usize>,
    pub text: Option<usize>,
    pub series: Option<usize>,
    pub image: Option<usize>,
    must_not_be_empty: Vec<usize>,
    must_not_hold: Vec<usize>,
}

impl ColumnPositions {
    /// Returns the positions of the columns that `columns` names, and of those with usual names.
    pub fn new(
        path: &Path,
        header: &StringRecord,
        columns: &CatalogueColumns,
    ) -> Result<Self, TableError> {
        let header = Header::new(path, header);
        let titles = header.titles(&columns.titles)?;
        let members = header.named_or_usual(columns.members.as_ref(), MEMBERS)?;
        let tags = header.named_or_usual(columns.tags.as_ref(), TAGS)?;
        let is_spaced = tags.is_some_and(|at| header.record[at].trim().ends_with(":token_seq"));
        let year = match &columns.year {
            Some(name) => vec![header.position(name)?],
            None => YEAR.iter().filter_map(|name| header.position(name).ok()).collect(),
        };
        let required = |named: &Option<String>, usual: &[&str], column: &str| {
            let found = header.named_or_usual(named.as_ref(), usual)?;
            found.ok_or_else(|| header.missing(column))
        };
        Ok(Self {
            id: required(&columns.id, ID, "the id")?,
            title: required(&columns.title, TITLE, "the title")?,
            titles,
            separator: columns.separator.clone().or_else(|| is_spaced.then(|| " ".to_owned())),
            tags,
            kind: header.named_or_usual(columns.kind.as_ref(), KIND)?,
            year,
            score: header.named_or_usual(columns.score.as_ref(), SCORE)?,
            members,
            text: header.named_or_usual(columns.text.as_ref(), TEXT)?,
            series: header.named_or_usual(columns.series.as_ref(), &[])?,
            image: header.named_or_usual(columns.image.as_ref(), &[])?,
            must_not_be_empty: header.positions(&columns.drop.empty)?,
            must_not_hold: header.positions(&columns.drop.within)?,
        })
    }

    /// Returns the tags of a field.
    pub fn tags(&self, text: &str) -> Vec<String> {
        let usual = if text.contains('|') { "|" } else { "," };
        tags(text, self.separator.as_deref().unwrap_or(usual))
    }

    /// Says whether `drop` leaves the row out.
    pub fn drops(&self, record: &StringRecord, drop: &Drop) -> bool {
        let is_empty = |&at: &usize| is_unknown(&record[at]);
        let holds = |&at: &usize| self.tags(&record[at]).iter().any(|tag| drop.tags.contains(tag));
        self.must_not_be_empty.iter().any(is_empty) || self.must_not_hold.iter().any(holds)
    }
}

/// The header line of a catalogue.
struct Header<'a> {
    path: &'a Path,
    record: &'a StringRecord,
    /// The names in lower case, without a `:type` suffix.
    names: Vec<String>,
}

impl<'a> Header<'a> {
    fn new(path: &'a Path, record: &'a StringRecord) -> Self {
        let names = record.iter().map(|name| plain_name(name.trim_start_matches('\u{feff}')));
        Self { path, record, names: names.collect() }
    }

    fn missing(&self, column: &str) -> TableError {
        TableError::Column {
            path: self.path.to_owned(),
            column: column.to_owned(),
            found: self.record.iter().collect::<Vec<_>>().join(",").chars().take(200).collect(),
        }
    }

    /// Returns the position of the column `name`.
    fn position(&self, name: &str) -> Result<usize, TableError> {
        let plain = plain_name(name);
        self.names.iter().position(|other| *other == plain).ok_or_else(|| self.missing(name))
    }

    fn positions(&self, names: &[String]) -> Result<Vec<usize>, TableError> {
        names.iter().map(|name| self.position(name)).collect()
    }

    /// Returns the first column with one of the `usual` names.
    fn usual(&self, usual: &[&str]) -> Option<usize> {
        usual.iter().find_map(|name| self.position(name).ok())
    }

    /// Returns the column `named`, which must be there, or else one with a usual name.
    fn named_or_usual(
        &self,
        named: Option<&String>,
        usual: &[&str],
    ) -> Result<Option<usize>, TableError> {
        match named {
            Some(name) => self.position(name).map(Some),
            None => Ok(self.usual(usual)),
        }
    }

    /// Returns the columns of other titles: those that are named, or else those with usual names.
    fn titles(&self, named: &BTreeMap<String, String>) -> Result<Vec<(String, usize)>, TableError> {
        if named.is_empty() {
            let usual = TITLES.iter();
            return Ok(usual
                .filter_map(|(language, names)| Some(((*language).to_owned(), self.usual(names)?)))
                .collect());
        }
        named.iter().map(|(language, name)| Ok((language.clone(), self.position(name)?))).collect()
    }
}
