//! The settings of a recipe's `[catalogue]`: which columns hold what, and which rows are left out.
//! It imports the declared fields.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::declared::{self, DeclaredField};
use osusume::format::Role;

/// Which columns of a catalogue hold what, and which items are left out.
///
/// The reader looks for a column without a name here under usual names. The known fields (`tags` to
/// `image`) need no type; [`CatalogueColumns::fields`] declares any other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogueColumns {
    /// Column of the id.
    pub id: Option<String>,
    /// Column of the main title.
    pub title: Option<String>,
    /// Columns of other titles, by language.
    pub titles: BTreeMap<String, String>,
    /// Column of the text that is encoded.
    pub text: Option<String>,
    /// Column of the tags (genres).
    pub tags: Option<String>,
    /// The text between two of these tags. By default it is a space in a `:token_seq` column; in
    /// other columns the reader chooses `,`, `;` or `|` by all rows.
    pub separator: Option<String>,
    /// Column of the type.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Column of the date or the year.
    pub date: Option<String>,
    /// Column of the mean score.
    pub score: Option<String>,
    /// Column of the number of people who have the item on their list.
    pub members: Option<String>,
    /// Column of the series: a name that the items of a series share, or ids of other items.
    pub series: Option<String>,
    /// Column of the address of the item's page, `https://…` or relative to the site.
    pub url: Option<String>,
    /// Column of the address of a picture, `https://…` or relative to the page.
    pub image: Option<String>,
    /// Other fields, and known ones under other names or types.
    pub fields: Vec<DeclaredField>,
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

impl CatalogueColumns {
    /// Returns the setting that names the column of a known field, or of `id`, `title` or `text`.
    pub fn column_mut(&mut self, field: &str) -> Option<&mut Option<String>> {
        Some(match field {
            "id" => &mut self.id,
            "title" => &mut self.title,
            "text" => &mut self.text,
            "tags" => &mut self.tags,
            "type" => &mut self.kind,
            "date" => &mut self.date,
            "score" => &mut self.score,
            "members" => &mut self.members,
            "series" => &mut self.series,
            "url" => &mut self.url,
            "image" => &mut self.image,
            _ => return None,
        })
    }

    /// Returns the column that the owner names for a known field.
    pub(super) fn named(&self, field: &str) -> Option<&String> {
        match field {
            "tags" => self.tags.as_ref(),
            "type" => self.kind.as_ref(),
            "date" => self.date.as_ref(),
            "score" => self.score.as_ref(),
            "members" => self.members.as_ref(),
            "series" => self.series.as_ref(),
            "url" => self.url.as_ref(),
            "image" => self.image.as_ref(),
            _ => None,
        }
    }

    /// Returns the column of the main title, if the owner names it.
    pub(super) fn title_column(&self) -> Option<&String> {
        let field = self.fields.iter().find(|field| field.role == Some(Role::Title));
        field.map(|field| field.column.as_ref().unwrap_or(&field.name)).or(self.title.as_ref())
    }

    /// Returns what is wrong with the settings, if anything is.
    pub(crate) fn problem(&self) -> Option<String> {
        if self.separator.as_deref() == Some("") {
            return Some("the separator of the tags is empty".to_owned());
        }
        declared::problem(&self.fields)
    }
}
