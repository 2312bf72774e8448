//! The parts of a catalogue that answers contain: an item, its facts, and what filters may ask.
//! Imports `date`, `names` and the roles of `format`.

use serde::{Serialize, Serializer};

use super::date::Date;
use crate::format::Role;
use crate::names::ByName;

/// All data of one item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item<'a> {
    /// The id of the item in requests and answers.
    pub id: u32,
    /// The catalogue's own text id, if it has text ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    /// Main title.
    pub title: &'a str,
    /// The address of the item's page, if the catalogue has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<&'a str>,
    /// The address of a picture, if the release has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<&'a str>,
    /// The known values of the declared fields, by name.
    pub fields: ByName<&'a str, Value<'a>>,
}

/// The value of a field. In JSON a list of texts, a text, a number, or a date as `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// The tags of an item.
    Tags(Vec<&'a str>),
    /// A category or a text.
    Text(&'a str),
    /// A number.
    Number(f64),
    /// A day.
    Date(Date),
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Tags(tags) => tags.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Date(date) => serializer.serialize_str(&date.to_string()),
        }
    }
}

impl<'a> Value<'a> {
    /// Returns the text of a category or text.
    #[must_use]
    pub fn as_text(&self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Returns the number.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// Returns the tags; none of another type.
    #[must_use]
    pub fn as_tags(&self) -> &[&'a str] {
        if let Self::Tags(tags) = self { tags } else { &[] }
    }
}

/// A declared field, and the values that a filter may ask for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldInfo<'a> {
    /// Name in requests and answers.
    pub name: &'a str,
    /// `tags`, `category`, `number`, `date` or `text`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The purpose that the reader knows, if the field has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Every name of tags and categories, in the order of the catalogue. `pack` puts the most
    /// frequent first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<&'a [String]>,
    /// The smallest known number, or the first known day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Value<'a>>,
    /// The largest known number, or the last known day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Value<'a>>,
}

/// An item that a search found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Match<'a> {
    /// The title that matched; the main title if the id matched.
    pub matched: &'a str,
    /// The name of the column of that title, or `id`.
    pub language: &'a str,
    /// The parts of `matched` that match, as start and end in UTF-16 code units, which JavaScript
    /// uses. They ascend and do not touch.
    pub spans: Vec<[u32; 2]>,
    /// The item.
    #[serde(flatten)]
    pub item: Item<'a>,
}
